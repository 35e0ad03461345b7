// SPDX-License-Identifier: Apache-2.0

/// Finds the byte of the n-th character of a text. The parser counts characters, and asks mostly forwards, so that the
/// walk starts where the last one ended.
struct PlaceWalk {
    private let bytes: [UInt8]
    private var character = 0
    private var offset = 0
    /// Of the line that `offset` is in.
    private var lineStart = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func place(ofCharacter wanted: Int, line: Int) -> YAMLPosition {
        while character < wanted, offset < bytes.count {
            let passed = bytes[offset]
            offset += 1
            while offset < bytes.count, bytes[offset] & 0xc0 == 0x80 { offset += 1 }
            if passed == 10 || passed == 13 { lineStart = offset }
            character += 1
        }
        while character > wanted, offset > 0 {
            offset -= 1
            while offset > 0, bytes[offset] & 0xc0 == 0x80 { offset -= 1 }
            character -= 1
        }
        if offset < lineStart {
            lineStart = offset
            while lineStart > 0, bytes[lineStart - 1] != 10, bytes[lineStart - 1] != 13 { lineStart -= 1 }
        }
        return YAMLPosition(line: line, column: offset - lineStart, offset: offset)
    }
}
