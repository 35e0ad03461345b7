// SPDX-License-Identifier: Apache-2.0

extension [UInt8] {
    /// LEB128: seven bits a byte, least first, the high bit says that more follow.
    mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    /// Small numbers of either sign take few bytes: 0, −1, 1, −2 … are 0, 1, 2, 3 …
    mutating func appendVarint(zigzag value: Int64) {
        appendVarint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }

    mutating func appendLittleEndian(_ value: some FixedWidthInteger) {
        for shift in stride(from: 0, to: value.bitWidth, by: 8) { append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    /// Its length as a varint, then the bytes.
    mutating func appendText(_ text: String) {
        appendVarint(UInt64(text.utf8.count))
        append(contentsOf: text.utf8)
    }
}

/// Reads what the writers above wrote. Every read is checked: nil means that the bytes are damaged.
struct ByteCursor: ~Escapable {
    private let bytes: Span<UInt8>
    private(set) var place = 0

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) { self.bytes = bytes }

    var remaining: Int { bytes.count - place }

    mutating func byte() -> UInt8? {
        guard place < bytes.count else { return nil }
        defer { place += 1 }
        return bytes[place]
    }

    mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let next = byte() {
            guard shift < 63 || next <= 1 else { return nil }
            value |= UInt64(next & 0x7f) << shift
            if next < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    mutating func zigzag() -> Int64? {
        guard let value = varint() else { return nil }
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func littleEndian<Number: FixedWidthInteger>(_: Number.Type) -> Number? {
        let width = Number.bitWidth / 8
        guard remaining >= width else { return nil }
        var value: Number = 0
        for index in 0 ..< width { value |= Number(truncatingIfNeeded: bytes[place + index]) << (8 * index) }
        place += width
        return value
    }

    mutating func bytes(_ count: Int) -> [UInt8]? {
        guard count >= 0, remaining >= count else { return nil }
        defer { place += count }
        var copy = [UInt8]()
        copy.reserveCapacity(count)
        for index in place ..< place + count { copy.append(bytes[index]) }
        return copy
    }

    mutating func text(limit: Int = 1 << 16) -> String? {
        guard let length = varint(), length <= UInt64(limit), let bytes = bytes(Int(length)) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
