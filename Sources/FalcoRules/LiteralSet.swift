// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Matching

/// The values of a list: texts in a hash table, numbers in order, address ranges one after the other.
struct LiteralSet: Sendable {
    /// The texts, back to back, and where each of them is.
    private let bytes: [UInt8]
    private let texts: [Range<Int>]
    /// Indexes into `texts` by hash, -1 for an empty slot; a power of two, at most half full. Empty for few texts.
    private let slots: [Int32]
    private let numbers: [ExactNumber]
    private let blocks: [CIDRBlock]
    /// Bit n: some text has n bytes; bit 63: some text has 63 or more.
    private let lengths: UInt64

    init(_ literals: [ConditionLiteral]) {
        var texts: [[UInt8]] = []
        var seen: Set<[UInt8]> = []
        for literal in literals where seen.insert(literal.text).inserted { texts.append(literal.text) }
        var slots: [Int32] = []
        if texts.count > 8 {
            var capacity = 32
            while capacity < texts.count * 2 { capacity *= 2 }
            slots = [Int32](repeating: -1, count: capacity)
            for (index, text) in texts.enumerated() {
                var slot = Self.hash(text.span) & (capacity - 1)
                while slots[slot] >= 0 { slot = (slot + 1) & (capacity - 1) }
                slots[slot] = Int32(index)
            }
        }
        var bytes: [UInt8] = []
        var ranges: [Range<Int>] = []
        for text in texts {
            ranges.append(bytes.count ..< bytes.count + text.count)
            bytes += text
        }
        self.bytes = bytes
        self.texts = ranges
        self.slots = slots
        numbers = literals.compactMap(\.number).sorted()
        blocks = literals.compactMap(\.block)
        lengths = texts.reduce(0) { $0 | 1 << UInt64(min($1.count, 63)) }
    }

    func contains(_ value: borrowing ValueView) -> Bool {
        if containsText(value.text) { return true }
        switch value.kind {
        case .int64, .uint64, .double:
            guard !numbers.isEmpty, let number = ExactNumber(value) else { return false }
            return containsNumber(number)
        case .string:
            guard !blocks.isEmpty, let address = IPAddress(value.text) else { return false }
            for index in blocks.indices where blocks[index].contains(address) { return true }
            return false
        case .null, .notAvailable, .empty, .bool, .json: return false
        }
    }

    private func containsText(_ text: Span<UInt8>) -> Bool {
        guard lengths >> UInt64(min(text.count, 63)) & 1 != 0 else { return false }
        if slots.isEmpty {
            for index in texts.indices where isText(index, text) { return true }
            return false
        }
        var slot = Self.hash(text) & (slots.count - 1)
        while slots[slot] >= 0 {
            if isText(Int(slots[slot]), text) { return true }
            slot = (slot + 1) & (slots.count - 1)
        }
        return false
    }

    private func isText(_ index: Int, _ text: Span<UInt8>) -> Bool {
        bytes.span.extracting(texts[index]).equals(text)
    }

    private func containsNumber(_ number: ExactNumber) -> Bool {
        var low = 0
        var high = numbers.count
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low < numbers.count && numbers[low] == number
    }

    /// FNV-1a. The list is the operator's own, so nobody can choose what collides in it.
    private static func hash(_ text: Span<UInt8>) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in text.indices { hash = (hash ^ UInt64(text[index])) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: hash ^ hash >> 32)
    }
}
