// SPDX-License-Identifier: Apache-2.0

/// Finds phrases as words in order, close to one another.
///
/// The text is brought to letters alone (`i g n o r e`, `IgnorePrevious`, `1gn0re_previous` and `ignore%20previous` are all
/// the same), with a note of where words begin. One walk; each place costs a look at the words of one first letter.
struct PhraseMatcher {
    private var letters: [UInt8] = []
    /// Per letter: a word begins here.
    private var begins: [Bool] = []
    /// Steps over letters and words, for the test that the work is linear.
    private(set) var work = 0

    init(_ text: [UInt8]) {
        letters.reserveCapacity(text.count)
        begins.reserveCapacity(text.count)
        var isBehindGap = true
        var before: UInt8 = 0x20
        // How many bytes of an escape are left: `%20`, `\n` in two characters.
        var escape = 0
        for place in text.indices {
            let byte = text[place]
            if escape > 0 {
                escape -= 1
                before = 0x20
                continue
            }
            escape = Self.escapeLength(byte, place, text)
            if Ascii.isAlphanumeric(byte) || byte >= 0x80 || isLetter(byte, before, place, text) {
                let isCamel = Ascii.isUpper(byte) && Ascii.isLower(before)
                // Scripts without spaces have a word everywhere.
                begins.append(isBehindGap || isCamel || byte >= 0xC0)
                letters.append(Self.folded(byte))
                isBehindGap = false
            } else {
                isBehindGap = true
            }
            before = byte
        }
    }

    private static func escapeLength(_ byte: UInt8, _ place: Int, _ text: [UInt8]) -> Int {
        if byte == 0x25, place + 2 < text.count, Ascii.isHexadecimal(text[place + 1]),
            Ascii.isHexadecimal(text[place + 2])
        {
            return 2
        }
        guard byte == 0x5C, place + 1 < text.count else { return 0 }
        return [0x6E, 0x72, 0x74].contains(text[place + 1]) ? 1 : 0
    }

    /// `@` and `$` for letters, within a word.
    private func isLetter(_ byte: UInt8, _ before: UInt8, _ place: Int, _ text: [UInt8]) -> Bool {
        guard byte == 0x40 || byte == 0x24, Ascii.isAlphanumeric(before), place + 1 < text.count else { return false }
        return Ascii.isAlphanumeric(text[place + 1])
    }

    /// Small letters; digits and signs that stand for letters are those letters, and `l` is `i`.
    static func folded(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 0x30: 0x6F
        case 0x31, 0x6C, 0x4C: 0x69
        case 0x33: 0x65
        case 0x34, 0x40: 0x61
        case 0x35, 0x24: 0x73
        case 0x37: 0x74
        default: Ascii.lower(byte)
        }
    }

    mutating func found() -> Manipulation {
        var found: Manipulation = []
        var progress = Phrase.all.map { [Int?](repeating: nil, count: $0.steps.count) }
        // Where the last word ended: another may follow without a gap.
        var lastEnd = -1
        for place in letters.indices where begins[place] || place == lastEnd {
            for word in PhraseWord.byFirst[Int(letters[place])] {
                work += 1
                guard matches(word.letters, at: place) else { continue }
                let end = place + word.letters.count
                if word.isWhole, end < letters.count, !begins[end] { continue }
                lastEnd = max(lastEnd, end)
                for (phrase, step) in word.uses {
                    let first: Int
                    if step == 0 {
                        first = place
                    } else {
                        guard let start = progress[phrase][step - 1], end - start <= Phrase.all[phrase].span else {
                            continue
                        }
                        first = start
                    }
                    progress[phrase][step] = first
                    if step + 1 == Phrase.all[phrase].steps.count { found.insert(Phrase.all[phrase].reason) }
                }
            }
        }
        return found
    }

    private mutating func matches(_ word: [UInt8], at place: Int) -> Bool {
        guard letters.count - place >= word.count else { return false }
        var length = 0
        while length < word.count, letters[place + length] == word[length] { length += 1 }
        work += length
        return length == word.count
    }
}

/// A word of some phrases, as `PhraseMatcher` sees it.
struct PhraseWord {
    let letters: [UInt8]
    /// The next letter begins another word.
    let isWhole: Bool
    /// In which phrases, as which step; later steps first, so that one word is not two of them.
    let uses: [(phrase: Int, step: Int)]

    static let byFirst: [[PhraseWord]] = {
        var uses: [[UInt8]: [(phrase: Int, step: Int)]] = [:]
        for (phrase, declared) in Phrase.all.enumerated() {
            for step in declared.steps.indices.reversed() {
                for word in declared.steps[step].split(separator: " ") {
                    // 0xFF, which is no UTF-8, marks a whole word.
                    var letters: [UInt8] = []
                    for byte in FoldedText(Array(word.utf8), for: .phrases).bytes where byte != 0x5F {
                        letters.append(PhraseMatcher.folded(byte))
                    }
                    if word.last == "_" { letters.append(0xFF) }
                    uses[letters, default: []].append((phrase, step))
                }
            }
        }
        var table = [[PhraseWord]](repeating: [], count: 256)
        for letters in uses.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let isWhole = letters.last == 0xFF
            table[Int(letters[0])].append(
                PhraseWord(
                    letters: isWhole ? letters.dropLast() : letters, isWhole: isWhole, uses: uses[letters] ?? []))
        }
        return table
    }()
}
