// SPDX-License-Identifier: Apache-2.0

/// One Unicode scalar value read from the front of bytes, or the maximal part of a broken one.
struct UTF8Scalar {
    /// Nil when the bytes are not UTF-8 (Unicode 15, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF).
    let value: UInt32?
    /// Bytes taken, 1…4.
    let length: Int

    /// Reads at `start`, which is inside `text`.
    init(_ text: Span<UInt8>, at start: Int) {
        let lead = text[start]
        let size: Int
        var range: ClosedRange<UInt8> = 0x80 ... 0xBF
        var value: UInt32
        switch lead {
        case ..<0x80: (self.value, length) = (UInt32(lead), 1); return
        case 0xC2 ... 0xDF: (size, value) = (2, UInt32(lead & 0x1F))
        case 0xE0 ... 0xEF:
            (size, value) = (3, UInt32(lead & 0x0F))
            if lead == 0xE0 { range = 0xA0 ... 0xBF }
            if lead == 0xED { range = 0x80 ... 0x9F }
        case 0xF0 ... 0xF4:
            (size, value) = (4, UInt32(lead & 0x07))
            if lead == 0xF0 { range = 0x90 ... 0xBF }
            if lead == 0xF4 { range = 0x80 ... 0x8F }
        default: (self.value, length) = (nil, 1); return
        }
        var place = 1
        while place < size, place < text.count - start, range.contains(text[start + place]) {
            value = value << 6 | UInt32(text[start + place] & 0x3F)
            range = 0x80 ... 0xBF
            place += 1
        }
        self.value = place == size ? value : nil
        length = place
    }
}
