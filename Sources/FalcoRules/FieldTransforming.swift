// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Matching

extension FieldTransformer {
    /// Calls `body` with a value as the functions from `index` on leave it. `onNull` is the result when nothing is left,
    /// and when a text is no Base64.
    ///
    /// Texts up to a kilobyte are rewritten on the stack.
    static func apply(
        _ transformers: [FieldTransformer], from index: Int, upTo end: Int, to value: borrowing ValueView,
        _ body: (borrowing ValueView) -> Bool, onNull: Bool
    ) -> Bool {
        guard index < end else { return body(value) }
        switch transformers[index] {
        case .len:
            return withLength(value.text.count) {
                apply(transformers, from: index + 1, upTo: end, to: $0, body, onNull: onNull)
            }
        case .basename:
            var start = value.text.count
            while start > 0, value.text[start - 1] != UInt8(ascii: "/") { start -= 1 }
            guard start < value.text.count else { return onNull }
            let name = ValueView(kind: .string, text: value.text.extracting(start ..< value.text.count), bits: 0)
            return apply(transformers, from: index + 1, upTo: end, to: name, body, onNull: onNull)
        case .tolower, .toupper, .b64:
            let source = value.text
            return unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: max(source.count, 1)) { buffer in
                var count = 0
                switch transformers[index] {
                case .b64: count = unsafe decodeBase64(source, into: buffer)
                case .toupper:
                    for byte in source.indices {
                        let folded = source[byte]
                        unsafe buffer[byte] = folded &- 97 < 26 ? folded & 0xdf : folded
                    }
                    count = source.count
                default:
                    for byte in source.indices { unsafe buffer[byte] = foldedASCII(source[byte]) }
                    count = source.count
                }
                guard count > 0 else { return onNull }
                let text = unsafe Span(_unsafeStart: UnsafePointer(buffer.baseAddress!), count: count)
                let changed = ValueView(kind: .string, text: text, bits: 0)
                return apply(transformers, from: index + 1, upTo: end, to: changed, body, onNull: onNull)
            }
        }
    }

    /// Calls `body` with a length as a value: a number, and its digits.
    static func withLength(_ length: Int, _ body: (borrowing ValueView) -> Bool) -> Bool {
        var digits = InlineArray<20, UInt8>(repeating: 48)
        var first = digits.count
        var rest = length
        repeat {
            first -= 1
            digits[first] = UInt8(48 + rest % 10)
            rest /= 10
        } while rest > 0
        return body(
            ValueView(kind: .int64, text: digits.span.extracting(first ..< digits.count), bits: UInt64(length)))
    }

    /// The bytes that a Base64 text (RFC 4648, with or without padding) stands for; 0 when it is none.
    private static func decodeBase64(_ text: Span<UInt8>, into buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var end = text.count
        while end > 0, text.count - end < 2, text[end - 1] == UInt8(ascii: "=") { end -= 1 }
        guard end % 4 != 1, end == text.count || text.count.isMultiple(of: 4) else { return 0 }
        var bits: UInt32 = 0
        var bitCount = 0
        var count = 0
        for index in 0 ..< end {
            let byte = text[index]
            let sextet: UInt8
            switch byte {
            case 65 ... 90: sextet = byte - 65
            case 97 ... 122: sextet = byte - 71
            case 48 ... 57: sextet = byte + 4
            case 43: sextet = 62
            case 47: sextet = 63
            default: return 0
            }
            bits = bits << 6 | UInt32(sextet)
            bitCount += 6
            guard bitCount >= 8 else { continue }
            bitCount -= 8
            unsafe buffer[count] = UInt8(truncatingIfNeeded: bits >> UInt32(bitCount))
            count += 1
        }
        return count
    }
}
