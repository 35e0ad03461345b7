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
                if escaped {
                    escaped = false
                } else if byte == 0x5C {
                    escaped = true
                } else if byte == 0x22 {
                    inString = false
                }
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
///
/// What is not valid JSON gives a wrong answer or none, never a read outside the text. Iterative: nesting costs no stack.
@safe
struct JSONMember {
    private let base: UnsafePointer<UInt8>
    private let count: Int

    /// Where the value stands, white space around it left out; the last one wins, as in the decoder. Nil when the key is
    /// not there as plain text.
    static func find(_ key: String, in text: Span<UInt8>) -> Range<Int>? {
        unsafe text.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return nil }
            return unsafe JSONMember(base: base, count: bytes.count).find(key.utf8Span.span)
        }
    }

    private init(base: UnsafePointer<UInt8>, count: Int) {
        unsafe self.base = base
        self.count = count
    }

    private func find(_ key: Span<UInt8>) -> Range<Int>? {
        var found: Range<Int>?
        var place = skipSpace(0)
        guard byte(place) == 0x7B else { return nil }
        place = skipSpace(place + 1)
        while byte(place) == 0x22 {
            let keyEnd = skipString(place)
            let isKey = keyEnd - place - 2 == key.count && key.indices.allSatisfy { byte(place + 1 + $0) == key[$0] }
            place = skipSpace(keyEnd)
            guard byte(place) == 0x3A else { return nil }
            let start = skipSpace(place + 1)
            let end = skipValue(start)
            if isKey { found = start ..< end }
            place = skipSpace(end)
            guard byte(place) == 0x2C else { break }
            place = skipSpace(place + 1)
        }
        return found
    }

    /// The byte at `place`; 0, which stands nowhere in JSON, behind the end.
    @inline(__always)
    private func byte(_ place: Int) -> UInt8 { place < count ? unsafe base[place] : 0 }

    @inline(__always)
    private func skipSpace(_ start: Int) -> Int {
        var place = start
        while place < count, unsafe base[place] <= 0x20 { place += 1 }
        return place
    }

    /// One past the closing quote of the string at `start`; the end of the text when it is not closed.
    @inline(__always)
    private func skipString(_ start: Int) -> Int {
        var place = start + 1
        while place < count {
            if count - place >= 8 {
                let word = unsafe UnsafeRawPointer(base + place).loadUnaligned(as: UInt64.self)
                let marks = Special.zeros(word ^ 0x2222_2222_2222_2222) | Special.zeros(word ^ 0x5C5C_5C5C_5C5C_5C5C)
                let hit = (marks & 0x8080_8080_8080_8080).trailingZeroBitCount / 8
                place += hit
                if hit == 8 { continue }
            }
            let byte = unsafe base[place]
            if byte == 0x22 { return place + 1 }
            place += byte == 0x5C ? 2 : 1
        }
        return count
    }

    /// One past the value at `start`.
    private func skipValue(_ start: Int) -> Int {
        var place = start
        var depth = 0
        while place < count {
            let byte = unsafe base[place]
            if byte == 0x22 {
                place = skipString(place)
                if depth == 0 { return place }
                continue
            }
            // Only `{`, `[` and `}`, `]` are left with these bits: 0x5B, 0x5D, 0x7B, 0x7D.
            if byte & 0xD9 == 0x59 {
                let kind = byte | 0x20
                if kind == 0x7B {
                    depth += 1
                } else if kind == 0x7D {
                    if depth == 0 { return place }
                    depth -= 1
                    if depth == 0 { return place + 1 }
                }
            } else if depth == 0, byte == 0x2C || byte <= 0x20 {
                return place
            }
            place += 1
        }
        return place
    }
}
