// SPDX-License-Identifier: Apache-2.0

/// Text into JSON. The kernels look at sixteen bytes at once: most text of alerts needs no escaping.
extension OutputBuffer {
    /// A JSON string with its quotes. Control characters, `"` and `\` are escaped as Falco escapes them; what is not UTF-8
    /// becomes U+FFFD, one for each maximal part of a sequence (Unicode 15, section 3.9), as in Swift's own decoding.
    @inline(__always)
    public mutating func append(quoted text: Span<UInt8>) {
        append(byte: 0x22)
        append(escaped: text)
        append(byte: 0x22)
    }

    /// The inside of a JSON string.
    mutating func append(escaped text: Span<UInt8>) {
        reserve(text.count)
        var place = 0
        while true {
            let plain = copyPlain(text, from: place)
            count += plain
            place += plain
            guard place < text.count else { return }
            place += appendEscape(text, at: place)
            reserve(text.count - place)
        }
    }

    /// Copies from `place` up to the first byte that cannot stand as it is, without counting it; says how many bytes that
    /// were. There is room for the rest of `text`.
    @inline(__always)
    private func copyPlain(_ text: Span<UInt8>, from place: Int) -> Int {
        unsafe text.withUnsafeBufferPointer { source in
            guard let base = source.baseAddress else { return 0 }
            return unsafe copyPlain(base + place, base + source.count)
        }
    }

    @inline(__always)
    private func copyPlain(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Int {
        var from = unsafe start
        var to = unsafe memory + count
        while unsafe end - from >= 16 {
            let vector = unsafe UnsafeRawPointer(from).loadUnaligned(as: SIMD16<UInt8>.self)
            unsafe UnsafeMutableRawPointer(to).storeBytes(of: vector, as: SIMD16<UInt8>.self)
            let hit = Special.first(vector)
            unsafe from += hit
            unsafe to += hit
            if hit < 16 { return unsafe from - start }
        }
        if unsafe end - from >= 8 {
            let word = unsafe UnsafeRawPointer(from).loadUnaligned(as: UInt64.self)
            unsafe UnsafeMutableRawPointer(to).storeBytes(of: word, as: UInt64.self)
            let hit = Special.first(word)
            unsafe from += hit
            unsafe to += hit
            if hit < 8 { return unsafe from - start }
        }
        let rest = unsafe end - from
        guard rest > 0 else { return unsafe from - start }
        // Fewer than eight: one word, with spaces behind them, which need no escaping.
        let word = unsafe Self.shortWord(from, rest) | 0x2020_2020_2020_2020 << UInt64(8 * rest)
        unsafe UnsafeMutableRawPointer(to).storeBytes(of: word, as: UInt64.self)
        unsafe from += min(Special.first(word), rest)
        return unsafe from - start
    }

    /// One to seven bytes as a word with zeros behind them, without reading past them.
    @inline(__always)
    private static func shortWord(_ bytes: UnsafePointer<UInt8>, _ length: Int) -> UInt64 {
        if length >= 4 {
            let head = unsafe UnsafeRawPointer(bytes).loadUnaligned(as: UInt32.self)
            let tail = unsafe UnsafeRawPointer(bytes + length - 4).loadUnaligned(as: UInt32.self)
            return UInt64(head) | UInt64(tail) << UInt64(8 * (length - 4))
        }
        let middle = unsafe UInt64(bytes[length / 2]) << UInt64(8 * (length / 2))
        return unsafe UInt64(bytes[0]) | middle | UInt64(bytes[length - 1]) << UInt64(8 * (length - 1))
    }

    /// Writes the escape of the character at `place`, or the character when it is UTF-8; says how many bytes it took.
    private mutating func appendEscape(_ text: Span<UInt8>, at place: Int) -> Int {
        let byte = text[place]
        switch byte {
        case 0x22: append("\\\"")
        case 0x5C: append("\\\\")
        case 0x0A: append("\\n")
        case 0x0D: append("\\r")
        case 0x09: append("\\t")
        case 0x08: append("\\b")
        case 0x0C: append("\\f")
        case ..<0x20:
            append("\\u00")
            append(byte: 48 + byte >> 4)
            append(byte: (byte & 15) + (byte & 15 < 10 ? 48 : 87))
        default:
            let scalar = UTF8Scalar(text, at: place)
            append(scalar, of: text, at: place)
            return scalar.length
        }
        return 1
    }

    /// The bytes of a character of `text`, or U+FFFD for what is none.
    mutating func append(_ scalar: UTF8Scalar, of text: Span<UInt8>, at place: Int) {
        guard scalar.value != nil else { return append("\u{FFFD}") }
        for offset in 0 ..< scalar.length { append(byte: text[place + offset]) }
    }
}

/// Finds bytes that cannot stand in a JSON string as they are: below 0x20, `"`, `\`, above 0x7F.
enum Special {
    /// The index of the first such byte, 16 when there is none.
    @inline(__always)
    static func first(_ bytes: SIMD16<UInt8>) -> Int {
        // In each term the high bit of a byte is set if it is special; false hits only above 0x7F, special anyway.
        let one = SIMD16<UInt8>(repeating: 1)
        let control = bytes &- SIMD16(repeating: 0x20)
        let quote = (bytes ^ SIMD16(repeating: 0x22)) &- one
        let backslash = (bytes ^ SIMD16(repeating: 0x5C)) &- one
        let marks = (bytes | control) | (quote | backslash)
        return firstMark(marks)
    }

    @inline(__always)
    static func first(_ word: UInt64) -> Int {
        // A borrow can only reach bytes above a true hit, so the lowest hit is right.
        let quote = word ^ 0x2222_2222_2222_2222
        let backslash = word ^ 0x5C5C_5C5C_5C5C_5C5C
        let control = word &- 0x2020_2020_2020_2020
        let marks = (word | control) | zeros(quote) | zeros(backslash)
        return (marks & 0x8080_8080_8080_8080).trailingZeroBitCount / 8
    }

    /// Marks zero bytes in their high bit; above the lowest there may be false marks.
    @inline(__always)
    static func zeros(_ word: UInt64) -> UInt64 { (word &- 0x0101_0101_0101_0101) & ~word }

    /// The index of the first control character, 16 when there is none.
    @inline(__always)
    static func firstControl(_ bytes: SIMD16<UInt8>) -> Int {
        firstMark((bytes &- SIMD16(repeating: 0x20)) & ~bytes)
    }

    @inline(__always)
    private static func firstMark(_ marks: SIMD16<UInt8>) -> Int {
        let words = unsafe unsafeBitCast(marks, to: SIMD2<UInt64>.self)
        let low = words[0] & 0x8080_8080_8080_8080
        let high = words[1] & 0x8080_8080_8080_8080
        return low != 0 ? low.trailingZeroBitCount / 8 : 8 + high.trailingZeroBitCount / 8
    }
}
