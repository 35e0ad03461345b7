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
        // By phrase and step, where its first word began; made when the first word is found.
        var progress: [Int] = []
        // Where the last word ended: another may follow without a gap.
        var lastEnd = -1
        let table = PhraseWord.table
        var place = -1
        while place + 2 < letters.count {
            place += 1
            guard begins[place] || place == lastEnd else { continue }
            let pair = Int(letters[place]) << 8 | Int(letters[place + 1])
            var index = Int(table.starts[pair])
            let last = Int(table.starts[pair + 1])
            while index < last {
                let word = table.words[index]
                index += 1
                work += 1
                guard matches(word.letters, at: place) else { continue }
                let end = place + word.letters.count
                if word.isWhole, end < letters.count, !begins[end] { continue }
                lastEnd = max(lastEnd, end)
                if progress.isEmpty { progress = [Int](repeating: -1, count: Phrase.all.count * Phrase.stepLimit) }
                for (phrase, step) in word.uses { take(phrase, step, place, end, &progress, &found) }
            }
        }
        return found
    }

    private func take(
        _ phrase: Int, _ step: Int, _ place: Int, _ end: Int, _ progress: inout [Int], _ found: inout Manipulation
    ) {
        var first = place
        if step > 0 {
            first = progress[phrase * Phrase.stepLimit + step - 1]
            guard first >= 0, end - first <= Phrase.all[phrase].span else { return }
        }
        progress[phrase * Phrase.stepLimit + step] = first
        if step + 1 == Phrase.all[phrase].steps.count { found.insert(Phrase.all[phrase].reason) }
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

    /// All words by their first two letters: `words[starts[pair] ..< starts[pair + 1]]`.
    struct Table {
        let words: [PhraseWord]
        let starts: [Int32]
    }

    static let table: Table = {
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
        var words: [PhraseWord] = []
        for letters in uses.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let isWhole = letters.last == 0xFF
            words.append(
                PhraseWord(
                    letters: isWhole ? letters.dropLast() : letters, isWhole: isWhole, uses: uses[letters] ?? []))
        }
        // In order of their letters, so those of one pair are neighbours. No word has fewer than two.
        var counts = [Int32](repeating: 0, count: 65_537)
        for word in words { counts[(Int(word.letters[0]) << 8 | Int(word.letters[1])) + 1] += 1 }
        for pair in 1 ... 65_536 { counts[pair] += counts[pair - 1] }
        return Table(words: words, starts: counts)
    }()
}
