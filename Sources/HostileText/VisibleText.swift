// SPDX-License-Identifier: Apache-2.0

/// Text that somebody else chose, made harmless to look at: what cannot be seen becomes visible, nothing is deleted.
///
/// Characters that show nothing, change the order of others or steer a terminal become `\u{…}` in ASCII, two digits or
/// more; what is not UTF-8 becomes U+FFFD. Doing it twice is doing it once: a backslash stays one, so the form cannot be
/// read back, and a text that already says `\u{1b}` looks like one with an escape in it. (A form that could be read back
/// would have to change with every turn.) `Manipulation` tells the two apart.
public enum VisibleText {
    /// Any bytes as visible text. Linear in their number; the result has at most eight characters for each of theirs.
    public static func of(_ text: Span<UInt8>) -> String {
        String(decoding: of(Scalars.repaired(text)), as: UTF8.self)
    }

    /// The same of a string.
    public static func of(_ text: String) -> String { of(text.utf8Span.span) }

    /// Whether a character is written as `\u{…}`.
    public static func hides(_ scalar: Unicode.Scalar) -> Bool { Invisible.contains(scalar.value) }

    /// Valid UTF-8 in, visible UTF-8 out.
    static func of(_ text: [UInt8]) -> [UInt8] {
        guard let first = text.firstIndex(where: { $0 < 0x20 || $0 >= 0x7F }) else { return text }
        var visible = Array(text[..<first])
        visible.reserveCapacity(text.count + 16)
        var place = first
        while place < text.count {
            let (value, length) = Scalars.read(text, at: place)
            append(value, of: text, at: place, length, to: &visible)
            place += length
        }
        return visible
    }

    /// One character of valid UTF-8 as it is seen.
    @inline(__always)
    static func append(_ value: UInt32, of text: [UInt8], at place: Int, _ length: Int, to visible: inout [UInt8]) {
        if Invisible.contains(value) {
            appendEscape(value, to: &visible)
        } else if length == 1 {
            visible.append(text[place])
        } else {
            visible.append(contentsOf: text[place ..< place + length])
        }
    }

    /// `\u{…}` with two or more digits.
    private static func appendEscape(_ value: UInt32, to visible: inout [UInt8]) {
        visible.append(contentsOf: [0x5C, 0x75, 0x7B])
        var digits = max(2, (35 - value.leadingZeroBitCount) / 4)
        while digits > 0 {
            digits -= 1
            let digit = UInt8(truncatingIfNeeded: value >> UInt32(4 * digits)) & 15
            visible.append(digit + (digit < 10 ? 48 : 87))
        }
        visible.append(0x7D)
    }
}
