// SPDX-License-Identifier: Apache-2.0

/// A text as patterns look at it, beside the text itself: without what cannot be seen, look-alikes of ASCII letters as
/// those letters, all white space as spaces and line feeds.
///
///     text    A K <U+200B> I A      bytes   A K I A
///     offset  0 1 2 . .    5 6      origin  0 1 5 6 7
///
/// Steps of terminal control (`ESC [ 3 1 m`) are left out too. So a mark in the middle of a word or of a secret changes
/// nothing. Linear.
struct FoldedText {
    /// What to make of characters that carry hidden text.
    enum Purpose {
        /// Secrets: hidden characters are not there.
        case secrets
        /// Phrases: tag characters are the letters that they hide.
        case phrases
    }

    private(set) var bytes: [UInt8]
    /// Where in the text each byte comes from, and the text's length at the end; nil where both are the same.
    private var origins: [Int]?

    /// `text` is valid UTF-8.
    init(_ text: [UInt8], for purpose: Purpose) {
        if text.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
            bytes = text
            return
        }
        bytes = []
        bytes.reserveCapacity(text.count)
        var origins: [Int] = []
        origins.reserveCapacity(text.count + 1)
        var place = 0
        while place < text.count {
            let start = place
            let (value, length) = Scalars.read(text, at: place)
            place += length
            if value == 0x1B || value == 0x9B {
                place = Self.endOfControl(text, behind: place, isLong: value == 0x1B)
                continue
            }
            if length == 1, value >= 0x20, value < 0x7F {
                bytes.append(text[start])
                origins.append(start)
            } else if let letter = Lookalike.ascii(value, tags: purpose == .phrases) {
                bytes.append(letter)
                origins.append(start)
            } else if !Invisible.contains(value), !(0x0300 ... 0x036F).contains(value) {
                for index in start ..< place {
                    bytes.append(text[index])
                    origins.append(start)
                }
            }
        }
        origins.append(text.count)
        self.origins = origins
    }

    var count: Int { bytes.count }

    /// Where in the text the byte at `place`, 0 … count, comes from.
    func origin(_ place: Int) -> Int { origins?[place] ?? place }

    /// Behind `ESC [ parameters letter`, if that is what stands here; where parameters are missing, only letters that
    /// colour and erase count, so that no one hides a letter behind an escape.
    private static func endOfControl(_ text: [UInt8], behind place: Int, isLong: Bool) -> Int {
        var end = place
        if isLong {
            guard end < text.count, text[end] == 0x5B else { return place }
            end += 1
        }
        let first = end
        while end < text.count, end - first < 32, (0x20 ... 0x3F).contains(text[end]) { end += 1 }
        guard end < text.count, (0x40 ... 0x7E).contains(text[end]) else { return place }
        let erases = text[end] == 0x6D || text[end] == 0x4B || text[end] == 0x4A || text[end] == 0x48
        return end > first || erases ? end + 1 : place
    }
}
