// SPDX-License-Identifier: Apache-2.0

/// Text from outside made safe for a terminal or a line of text.
extension OutputBuffer {
    /// Writes what a person can see as it is, and the rest as escapes in ASCII: `\n`, `\t`, `\u{1b}`. Escaped are control
    /// characters (C0, DEL, C1), line and paragraph separators, and characters that change the reading direction or show
    /// nothing. What is not UTF-8 becomes U+FFFD. A backslash stays one: nothing is ever read back from this form.
    public mutating func append(visible text: Span<UInt8>) {
        var place = 0
        while place < text.count {
            let byte = text[place]
            if byte >= 0x20, byte < 0x7F {
                append(byte: byte)
                place += 1
                continue
            }
            let scalar = UTF8Scalar(text, at: place)
            if let value = scalar.value, Invisible.contains(value) {
                append(visibleEscape: value)
            } else {
                append(scalar, of: text, at: place)
            }
            place += scalar.length
        }
    }

    /// `\t`, `\n`, `\r`, or `\u{…}` with two or more digits.
    mutating func append(visibleEscape value: UInt32) {
        switch value {
        case 0x09: append("\\t")
        case 0x0A: append("\\n")
        case 0x0D: append("\\r")
        default:
            append("\\u{")
            var digits = max(2, (35 - value.leadingZeroBitCount) / 4)
            while digits > 0 {
                digits -= 1
                let digit = UInt8(truncatingIfNeeded: value >> UInt32(4 * digits)) & 15
                append(byte: digit + (digit < 10 ? 48 : 87))
            }
            append(byte: 0x7D)
        }
    }
}

/// Characters that can make text look like other text.
enum Invisible {
    static func contains(_ value: UInt32) -> Bool {
        switch value {
        case ..<0x20, 0x7F ... 0x9F: true  // C0, DEL, C1
        case 0xAD, 0x061C, 0x180E: true  // soft hyphen, Arabic letter mark, Mongolian vowel separator
        case 0x200B, 0x200E, 0x200F: true  // zero width space, direction marks; joiners stay, scripts need them
        case 0x2028 ... 0x202E: true  // line and paragraph separator, embeddings and overrides
        case 0x2060 ... 0x206F: true  // word joiner, invisible operators, isolates
        case 0xFEFF, 0xFFF9 ... 0xFFFB: true  // byte order mark, interlinear annotation
        case 0xE0000 ... 0xE0FFF: true  // tags
        default: false
        }
    }
}
