// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Networks and the row each belongs to; a search finds the narrowest. Filled once, then only read.
public struct NetworkIndex: Sendable {
    private var ranges: [NetworkRange] = []
    private var rows: [UInt32] = []
    private var slots = [UInt32](repeating: 0, count: 16)
    /// Prefix lengths, the longest first.
    private var lengths: [Int] = []
    private let seed: TextHash.Seed

    public init(_ key: HashKey) { seed = TextHash.Seed(key) }

    public var isEmpty: Bool { ranges.isEmpty }
    public var count: Int { ranges.count }

    /// False when the network is there already: the first row stays.
    public mutating func insert(_ range: NetworkRange, row: Int) -> Bool {
        guard find(range.first, range.bits) == nil else { return false }
        if (ranges.count + 1) * 2 > slots.count {
            slots = [UInt32](repeating: 0, count: slots.count * 2)
            for index in ranges.indices { place(index) }
        }
        ranges.append(range)
        rows.append(UInt32(truncatingIfNeeded: row))
        place(ranges.count - 1)
        if !lengths.contains(range.bits) {
            lengths.insert(range.bits, at: lengths.firstIndex { $0 < range.bits } ?? lengths.count)
        }
        return true
    }

    public func find(_ address: NetworkAddress) -> Int? {
        var length = 0
        return next(address, &length)
    }

    /// The row of the next wider network with the address in it. `length`: 0 at first; where the search stands.
    func next(_ address: NetworkAddress, _ length: inout Int) -> Int? {
        while length < lengths.count {
            let bits = lengths[length]
            length += 1
            if let row = find(address.prefix(bits), bits) { return row }
        }
        return nil
    }

    /// The row of exactly this network.
    func find(_ range: NetworkRange) -> Int? { find(range.first, range.bits) }

    private func find(_ first: NetworkAddress, _ bits: Int) -> Int? {
        var slot = home(of: first, bits)
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            if ranges[index].bits == bits, ranges[index].first == first { return Int(rows[index]) }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    private mutating func place(_ index: Int) {
        var slot = home(of: ranges[index].first, ranges[index].bits)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt32(index) + 1
    }

    private func home(of first: NetworkAddress, _ bits: Int) -> Int {
        var hasher = TextHash(seed)
        hasher.combine(first.high, first.low ^ UInt64(bits))
        return Int(truncatingIfNeeded: hasher.value) & (slots.count - 1)
    }
}
