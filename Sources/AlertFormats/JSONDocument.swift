// SPDX-License-Identifier: Apache-2.0

/// JSON that is already there: copied onto one line, or looked into for one key.
extension OutputBuffer {
    /// Valid JSON text on one line: as it is, or without the white space between its tokens when any of it is a control
    /// character (inside a string JSON allows none).
    mutating func append(json text: Span<UInt8>) {
        let start = count
        reserve(text.count)
        let plain = unsafe text.withUnsafeBufferPointer { source in
            guard let from = source.baseAddress else { return true }
            return unsafe copyLine(from, source.count)
        }
        if plain {
            count = start + text.count
        } else {
            minify(text)
        }
    }

    /// Copies without counting; false as soon as a control character is met.
    @inline(__always)
    private func copyLine(_ from: UnsafePointer<UInt8>, _ length: Int) -> Bool {
        let to = unsafe memory + count
        var place = 0
        while length - place >= 16 {
            let vector = unsafe UnsafeRawPointer(from + place).loadUnaligned(as: SIMD16<UInt8>.self)
            unsafe UnsafeMutableRawPointer(to + place).storeBytes(of: vector, as: SIMD16<UInt8>.self)
            if Special.firstControl(vector) < 16 { return false }
            place += 16
        }
        while place < length {
            let byte = unsafe from[place]
            if byte < 0x20 { return false }
            unsafe to[place] = byte
            place += 1
        }
        return true
    }

    /// Drops white space outside strings, and nothing else.
    private mutating func minify(_ text: Span<UInt8>) {
        reserve(text.count)
        var inString = false
        var escaped = false
        for place in text.indices {
            let byte = text[place]
            if inString {
                if escaped { escaped = false } else if byte == 0x5C { escaped = true } else if byte == 0x22 { inString = false }
            } else if byte == 0x22 {
                inString = true
            } else if byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
                continue
            }
            append(byte: byte)
        }
    }
}

/// Finds the value of a key of the outermost object in valid JSON.
struct JSONMember {
    /// Where the value stands, white space around it left out; the last one wins, as in the decoder. Nil when the key is
    /// not there as plain text.
    static func find(_ key: StaticString, in text: Span<UInt8>) -> Range<Int>? {
        var found: Range<Int>?
        var place = skipSpace(text, 0)
        guard place < text.count, text[place] == 0x7B else { return nil }
        place = skipSpace(text, place + 1)
        while place < text.count, text[place] == 0x22 {
            let keyEnd = skipString(text, place)
            let isKey = keyEnd - place - 2 == key.utf8CodeUnitCount && same(text, place + 1, key)
            place = skipSpace(text, keyEnd)
            guard place < text.count, text[place] == 0x3A else { return nil }
            let start = skipSpace(text, place + 1)
            let end = skipValue(text, start)
            if isKey { found = start..<end }
            place = skipSpace(text, end)
            guard place < text.count, text[place] == 0x2C else { break }
            place = skipSpace(text, place + 1)
        }
        return found
    }

    private static func same(_ text: Span<UInt8>, _ start: Int, _ key: StaticString) -> Bool {
        for offset in 0..<key.utf8CodeUnitCount where unsafe text[start + offset] != key.utf8Start[offset] { return false }
        return true
    }

    @inline(__always)
    private static func skipSpace(_ text: Span<UInt8>, _ start: Int) -> Int {
        var place = start
        while place < text.count, text[place] <= 0x20 { place += 1 }
        return place
    }

    /// One past the closing quote of the string at `start`; the end of the text when it is not closed.
    @inline(__always)
    private static func skipString(_ text: Span<UInt8>, _ start: Int) -> Int {
        unsafe text.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return start }
            let count = bytes.count
            var place = start + 1
            while place < count {
                while count - place >= 8 {
                    let word = unsafe UnsafeRawPointer(base + place).loadUnaligned(as: UInt64.self)
                    let quote = word ^ 0x2222_2222_2222_2222
                    let backslash = word ^ 0x5C5C_5C5C_5C5C_5C5C
                    let marks = Special.zeros(quote) | Special.zeros(backslash)
                    let hit = (marks & 0x8080_8080_8080_8080).trailingZeroBitCount / 8
                    place += hit
                    if hit < 8 { break }
                }
                guard place < count else { return count }
                let byte = unsafe base[place]
                if byte == 0x22 { return place + 1 }
                place += byte == 0x5C ? 2 : 1
            }
            return count
        }
    }

    /// One past the value at `start`. Iterative, so that nesting costs no stack.
    private static func skipValue(_ text: Span<UInt8>, _ start: Int) -> Int {
        var place = start
        var depth = 0
        while place < text.count {
            switch text[place] {
            case 0x22:
                place = skipString(text, place)
                if depth == 0 { return place }
            case 0x7B, 0x5B:
                depth += 1
                place += 1
            case 0x7D, 0x5D:
                if depth == 0 { return place }
                depth -= 1
                place += 1
                if depth == 0 { return place }
            case 0x2C where depth == 0: return place
            case ...0x20 where depth == 0: return place
            default: place += 1
            }
        }
        return place
    }
}
