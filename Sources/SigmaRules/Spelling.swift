// SPDX-License-Identifier: Apache-2.0

/// Finds what was meant by a misspelt word.
enum Spelling {
    /// The closest candidate, if it is close enough to be what was meant: about a third of the letters may differ.
    static func closest(to word: String, among candidates: some Sequence<String>) -> String? {
        let wanted = letters(of: word)
        guard !wanted.isEmpty else { return nil }
        var best: (distance: Int, candidate: String)?
        for candidate in candidates {
            let letters = letters(of: candidate)
            let bound = max(1, max(wanted.count, letters.count) / 3)
            // `warn` begins `warning`.
            let isBeginning = wanted.count >= 3 && letters.starts(with: wanted)
            guard isBeginning || abs(wanted.count - letters.count) <= bound else { continue }
            let distance = distance(wanted, letters)
            if distance <= bound || isBeginning, distance < max(wanted.count, letters.count),
                best.map({ distance < $0.distance }) ?? true
            {
                best = (distance, candidate)
            }
        }
        return best?.candidate
    }

    /// `group_by`, `group-by` and `Group By` are one word to a reader.
    private static func letters(of word: String) -> [Unicode.Scalar] {
        Array(word.lowercased().unicodeScalars.filter { $0 != "_" && $0 != "-" && $0 != " " }.prefix(64))
    }

    /// Insertions, deletions, replacements and swaps of neighbours.
    private static func distance(_ first: [Unicode.Scalar], _ second: [Unicode.Scalar]) -> Int {
        if first.isEmpty || second.isEmpty { return max(first.count, second.count) }
        var beforeLast = [Int](repeating: 0, count: second.count + 1)
        var last = Array(0 ... second.count)
        for row in 1 ... first.count {
            var current = [row] + [Int](repeating: 0, count: second.count)
            for column in 1 ... second.count {
                let same = first[row - 1] == second[column - 1]
                current[column] = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + (same ? 0 : 1))
                if row > 1, column > 1, first[row - 1] == second[column - 2], first[row - 2] == second[column - 1] {
                    current[column] = min(current[column], beforeLast[column - 2] + 1)
                }
            }
            (beforeLast, last) = (last, current)
        }
        return last[second.count]
    }
}
