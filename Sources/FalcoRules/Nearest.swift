// SPDX-License-Identifier: Apache-2.0

/// Finds what was probably meant by a misspelt word.
enum Nearest {
    /// The candidate with the fewest insertions, deletions, replacements and swaps of neighbours, the first of equals;
    /// nil when that is more than a third of the word.
    static func to(_ word: String, among candidates: [String]) -> String? {
        let letters = Array(word.utf8.prefix(64))
        guard !letters.isEmpty else { return nil }
        var best: (distance: Int, candidate: String)?
        for candidate in candidates {
            let other = Array(candidate.utf8.prefix(64))
            let bound = max(1, max(letters.count, other.count) / 3)
            guard abs(letters.count - other.count) <= bound else { continue }
            let distance = distance(letters, other)
            if distance <= bound, best.map({ distance < $0.distance }) ?? true { best = (distance, candidate) }
        }
        return best?.candidate
    }

    static func distance(_ first: [UInt8], _ second: [UInt8]) -> Int {
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
