// SPDX-License-Identifier: Apache-2.0

/// Characters of UTF-8 bytes that are known to be valid.
enum Scalars {
    /// The character at `place`, which is the first byte of one.
    @inline(__always)
    static func read(_ text: [UInt8], at place: Int) -> (value: UInt32, length: Int) {
        let lead = UInt32(text[place])
        if lead < 0x80 { return (lead, 1) }
        let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        guard place + length <= text.count else { return (0xFFFD, text.count - place) }
        var value = lead & (0x7F >> UInt32(length))
        for index in place + 1 ..< place + length { value = value << 6 | UInt32(text[index] & 0x3F) }
        return (value, length)
    }

    /// The bytes with every maximal part that is not UTF-8 replaced by U+FFFD (Unicode 15, section 3.9).
    static func repaired(_ text: Span<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var isASCII = true
        for index in 0 ..< text.count {
            isASCII = isASCII && text[index] < 0x80
            bytes.append(text[index])
        }
        return isASCII ? bytes : Array(String(decoding: bytes, as: UTF8.self).utf8)
    }
}
