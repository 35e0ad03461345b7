// SPDX-License-Identifier: Apache-2.0

/// The distinct values of one column of a block, and which of them each alert has; memory is kept from block to block.
///
/// Index 0 is null. Values are cut at `valueLimit` bytes: a search for a longer one looks into the alert itself.
struct ColumnDictionary {
    static let valueLimit = 255

    private var values: [UInt8] = []
    private var ends: [Int] = []
    private var hashes: [UInt64] = []
    /// Open addressing over `hashes`; 0 is free, n + 1 is value n. At most half full.
    private var slots = [UInt32](repeating: 0, count: 64)
    private var indexes: [UInt32] = []
    private var last: UInt32 = 0
    private let seed: UInt64

    /// `seed` keeps senders from choosing values that collide.
    init(seed: UInt64) { self.seed = seed }

    mutating func removeAll() {
        if !ends.isEmpty { for slot in slots.indices { slots[slot] = 0 } }
        values.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        hashes.removeAll(keepingCapacity: true)
        indexes.removeAll(keepingCapacity: true)
        last = 0
    }

    mutating func appendNull() { indexes.append(0) }

    mutating func append(_ value: Span<UInt8>) {
        let cut = value.count > Self.valueLimit ? value.extracting(first: Self.valueLimit) : value
        if last == 0 || !holds(cut, at: Int(last) - 1) { last = index(of: cut) }
        indexes.append(last)
    }

    private mutating func index(of value: Span<UInt8>) -> UInt32 {
        let hash = Self.hash(value, seed: seed)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let found = Int(slots[slot]) - 1
            if hashes[found] == hash, holds(value, at: found) { return UInt32(found) + 1 }
            slot = (slot + 1) & (slots.count - 1)
        }
        for position in value.indices { values.append(value[position]) }
        ends.append(values.count)
        hashes.append(hash)
        slots[slot] = UInt32(ends.count)
        if ends.count * 2 > slots.count { grow() }
        return UInt32(ends.count)
    }

    private func holds(_ value: Span<UInt8>, at index: Int) -> Bool {
        let start = index == 0 ? 0 : ends[index - 1]
        guard ends[index] - start == value.count else { return false }
        let stored = values.span.extracting(start ..< ends[index])
        return equalBytes(stored, value)
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        for (index, hash) in hashes.enumerated() {
            var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(index) + 1
        }
    }

    /// FNV-1a with a seed and a final mix.
    private static func hash(_ value: Span<UInt8>, seed: UInt64) -> UInt64 {
        var hash = seed ^ 0xcbf2_9ce4_8422_2325
        for position in value.indices { hash = (hash ^ UInt64(value[position])) &* 0x0000_0100_0000_01b3 }
        hash ^= hash >> 32
        return hash &* 0x9e37_79b9_7f4a_7c15
    }

    /// `count`, the values with a length byte each, then how wide an index is and the indexes. A width of 0 is one index
    /// for all alerts.
    func write(to block: inout [UInt8]) {
        block.appendVarint(UInt64(ends.count))
        var start = 0
        for end in ends {
            block.append(UInt8(end - start))
            block.append(contentsOf: values[start ..< end])
            start = end
        }
        let first = indexes.first ?? 0
        if (ends.count == 1 && !indexes.contains(0)) || ends.isEmpty {
            block.append(0)
            block.appendVarint(UInt64(first))
        } else if ends.count < 256 {
            block.append(1)
            for index in indexes { block.append(UInt8(index)) }
        } else {
            block.append(4)
            for index in indexes { block.appendLittleEndian(index) }
        }
    }
}
