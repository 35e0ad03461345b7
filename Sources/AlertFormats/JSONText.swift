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
        unsafe text.withUnsafeBufferPointer { source in
            guard var from = source.baseAddress else { return }
            let end = unsafe from + source.count
            while unsafe from < end {
                let plain = unsafe copyPlain(from, end)
                unsafe from += plain
                count += plain
                if unsafe from < end {
                    unsafe from += escapeOne(from, end)
                    unsafe reserve(end - from)
                }
            }
        }
    }

    /// Copies up to the first byte that cannot stand as it is, without counting it; says how many bytes that were.
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
        if unsafe end - from >= 4 {
            let half = unsafe UnsafeRawPointer(from).loadUnaligned(as: UInt32.self)
            unsafe UnsafeMutableRawPointer(to).storeBytes(of: half, as: UInt32.self)
            // The upper half is filled with a byte that needs no escaping.
            let hit = min(Special.first(UInt64(half) | 0x2020_2020_0000_0000), 4)
            unsafe from += hit
            unsafe to += hit
            if hit < 4 { return unsafe from - start }
        }
        while unsafe from < end {
            let byte = unsafe from.pointee
            guard byte >= 0x20, byte != 0x22, byte != 0x5C, byte < 0x80 else { break }
            unsafe to.pointee = byte
            unsafe from += 1
            unsafe to += 1
        }
        return unsafe from - start
    }

    /// Writes the escape of the character at `from`, or the character when it is UTF-8; says how many bytes it took.
    private mutating func escapeOne(_ from: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Int {
        let byte = unsafe from.pointee
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
            let scalar = unsafe UTF8Scalar(UnsafeBufferPointer(start: from, count: min(end - from, 4)))
            unsafe append(scalar, from: from)
            return scalar.length
        }
        return 1
    }

    @inline(__always)
    mutating func append(_ scalar: UTF8Scalar, from: UnsafePointer<UInt8>) {
        guard scalar.value != nil else { return append("\u{FFFD}") }
        for place in 0..<scalar.length { unsafe append(byte: from[place]) }
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
