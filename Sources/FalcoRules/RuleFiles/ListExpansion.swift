// SPDX-License-Identifier: Apache-2.0

/// A list with the items of the lists that it names in their place.
struct ExpandedList {
    let name: String
    let items: [String]
    var isUsed = false

    /// Puts the items where the list's name stands in a condition, as text, as Falco does; so places in the condition
    /// behind it are places in what it became.
    ///
    /// - Returns: nil when the name does not stand there.
    func expanded(in condition: [UInt8]) -> [UInt8]? {
        let name = Array(self.name.utf8)
        guard !name.isEmpty else { return nil }
        var text: [UInt8] = []
        var isFound = false
        var place = 0
        while place < condition.count {
            let end = place + name.count
            guard condition[place] == name[0], end <= condition.count, condition[place ..< end].elementsEqual(name),
                place == 0 || Self.isDelimiter(condition[place - 1]),
                end == condition.count || Self.isDelimiter(condition[end])
            else {
                text.append(condition[place])
                place += 1
                continue
            }
            isFound = true
            place = end
            while let last = text.last, Self.isBlank(last) { text.removeLast() }
            while place < condition.count, Self.isBlank(condition[place]) { place += 1 }
            if items.isEmpty {
                if text.last == UInt8(ascii: ",") {
                    text.removeLast()
                } else if place < condition.count, condition[place] == UInt8(ascii: ",") {
                    place += 1
                }
            }
            if !text.isEmpty { text.append(32) }
            text += items.map(ExceptionItem.quotedItem).joined(separator: ", ").utf8
            text.append(32)
            if text.count > ConditionLimit.textBytes { return text }
        }
        return isFound ? text : nil
    }

    /// What stands between delimiters in a condition, where a list's name may be.
    static func words(of condition: [UInt8]) -> [ArraySlice<UInt8>] { condition.split(whereSeparator: isDelimiter) }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 || byte == 13 }
    private static func isDelimiter(_ byte: UInt8) -> Bool { isBlank(byte) || "(),=".utf8.contains(byte) }
}
