// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// A 128-bit hash keyed by the installation's secret, which finds an entry in a table and says nothing else.
struct TableKey: Hashable, Sendable {
    let low: UInt64
    let high: UInt64

    init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    init(_ fingerprint: Fingerprint) {
        low = fingerprint.low
        high = fingerprint.high
    }
}

/// Gives every key a slot, a small number by which its owner finds what belongs to it in flat arrays.
///
///     cells [ slot + 1, or 0 ]  open addressing, at most half full, found by the key's low word
///     keys  [ key ]             by slot
///
/// Slots come from the order of insertions and removals, never from the hashes. Grows by doubling up to `limit`.
struct SlotTable: Sendable {
    let limit: Int
    private var cells: [Int32]
    private var keys: [TableKey] = []
    /// Slots given back; the last one is given out first.
    private var free: [Int32] = []
    private(set) var count = 0

    init(limit: Int) {
        self.limit = limit
        cells = [Int32](repeating: 0, count: 64)
    }

    /// One more than the highest slot ever given out.
    var slotCount: Int { keys.count }
    var isFull: Bool { count >= limit }

    func slot(of key: TableKey) -> Int? {
        var cell = home(of: key)
        while cells[cell] != 0 {
            let slot = Int(cells[cell]) - 1
            if keys[slot] == key { return slot }
            cell = (cell + 1) & (cells.count - 1)
        }
        return nil
    }

    /// A slot for a key that has none; nil when the table is full.
    mutating func insert(_ key: TableKey) -> Int? {
        guard !isFull else { return nil }
        if (count + 1) * 2 > cells.count { grow() }
        let slot: Int
        if let given = free.popLast() {
            slot = Int(given)
            keys[slot] = key
        } else {
            slot = keys.count
            keys.append(key)
        }
        place(slot)
        count += 1
        return slot
    }

    /// Takes a key that has a slot out; the slot will be given out again.
    mutating func remove(_ slot: Int) {
        var hole = home(of: keys[slot])
        while cells[hole] != Int32(slot + 1) {
            guard cells[hole] != 0 else { return }
            hole = (hole + 1) & (cells.count - 1)
        }
        // What follows moves back where that brings it nearer to its home, so that no search stops short.
        var next = (hole + 1) & (cells.count - 1)
        while cells[next] != 0 {
            let distance = (next - home(of: keys[Int(cells[next]) - 1])) & (cells.count - 1)
            if distance >= (next - hole) & (cells.count - 1) {
                cells[hole] = cells[next]
                hole = next
            }
            next = (next + 1) & (cells.count - 1)
        }
        cells[hole] = 0
        free.append(Int32(slot))
        count -= 1
    }

    private func home(of key: TableKey) -> Int { Int(truncatingIfNeeded: key.low) & (cells.count - 1) }

    private mutating func place(_ slot: Int) {
        var cell = home(of: keys[slot])
        while cells[cell] != 0 { cell = (cell + 1) & (cells.count - 1) }
        cells[cell] = Int32(slot + 1)
    }

    private mutating func grow() {
        let old = cells
        cells = [Int32](repeating: 0, count: old.count * 2)
        for cell in old where cell != 0 { place(Int(cell) - 1) }
    }
}

extension SlotTable {
    func write(to writer: inout ByteWriter) {
        writer.put(keys) {
            $0.put($1.low)
            $0.put($1.high)
        }
        writer.put(free) { $0.put($1) }
    }

    init(limit: Int, from reader: inout ByteReader) throws(MalformedBytes) {
        self.init(limit: limit)
        keys = try reader.takeList { (reader) throws(MalformedBytes) in
            TableKey(low: try reader.take(UInt64.self), high: try reader.take(UInt64.self))
        }
        free = try reader.takeList { (reader) throws(MalformedBytes) in try reader.take(Int32.self) }
        let isFree = try Self.marks(of: free, among: keys.count)
        count = keys.count - free.count
        guard keys.count <= limit else { throw MalformedBytes() }
        while count * 2 > cells.count { cells = [Int32](repeating: 0, count: cells.count * 2) }
        for slot in keys.indices where !isFree[slot] {
            guard self.slot(of: keys[slot]) == nil else { throw MalformedBytes() }
            place(slot)
        }
    }

    private static func marks(of slots: [Int32], among count: Int) throws(MalformedBytes) -> [Bool] {
        var marks = [Bool](repeating: false, count: count)
        for slot in slots {
            guard slot >= 0, Int(slot) < count, !marks[Int(slot)] else { throw MalformedBytes() }
            marks[Int(slot)] = true
        }
        return marks
    }
}
