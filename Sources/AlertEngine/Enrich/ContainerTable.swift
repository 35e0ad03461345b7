// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Containers by host and id with what is known about each, bounded in bytes; the one not seen for longest goes first.
///
///     memory   [ hostname length u16 │ id length u8 │ hostname │ id │ values… ]     one run of bytes per container
///     value    [ number u8 │ kind u8 │ length u16 │ bits u64 if a number │ text ]   in ascending order of numbers
///
/// Order is that of arrival: the same alerts leave the same table, whatever the hash key.
struct ContainerTable: Sendable {
    /// What a container costs beside its bytes: entry, slots, allocation.
    static let entryBytes = 96

    struct Entry: Sendable {
        fileprivate(set) var hash: UInt64
        fileprivate(set) var newer: Int32
        fileprivate(set) var older: Int32
        /// Where values begin in `memory`.
        fileprivate(set) var valuesOffset: Int32
        fileprivate(set) var memory: [UInt8]
    }

    private(set) var entries: [Entry] = []
    private(set) var usedBytes = 0
    private(set) var count = 0
    private let limitBytes: Int
    private let seed: TextHash.Seed
    private var free: [Int32] = []
    /// Open addressing: one more than an index into `entries`, 0 for a free slot. A power of two.
    private var slots = [Int32](repeating: 0, count: 64)
    private var newest: Int32 = -1
    private(set) var oldest: Int32 = -1

    init(limitBytes: Int, _ seed: TextHash.Seed) {
        self.limitBytes = limitBytes
        self.seed = seed
    }

    func hash(host: Span<UInt8>, id: Span<UInt8>) -> UInt64 {
        var hasher = TextHash(seed)
        hasher.combine(host)
        hasher.combine(id)
        return hasher.value
    }

    func find(_ hash: UInt64, host: Span<UInt8>, id: Span<UInt8>) -> Int? {
        var slot = home(of: hash)
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            if entries[index].hash == hash, isKey(index, host, id) { return index }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    private func isKey(_ index: Int, _ host: Span<UInt8>, _ id: Span<UInt8>) -> Bool {
        let memory = entries[index].memory
        let key = memory.span.extracting(..<Int(entries[index].valuesOffset))
        guard key.count == 3 + host.count + id.count, Int(key[2]) == id.count else { return false }
        return key.extracting(3 ..< 3 + host.count).equals(host) && key.extracting((3 + host.count)...).equals(id)
    }

    /// The container was seen: it becomes the last to be forgotten.
    mutating func touch(_ index: Int) {
        guard newest != Int32(index) else { return }
        unlink(index)
        linkNewest(index)
    }

    /// Puts a container in. `memory` is as above. Returns how many were forgotten for it; nil when it alone is too much.
    mutating func insert(_ hash: UInt64, memory: [UInt8], valuesOffset: Int) -> Int? {
        guard memory.count + Self.entryBytes <= limitBytes else { return nil }
        let index: Int
        let entry = Entry(hash: hash, newer: -1, older: -1, valuesOffset: Int32(valuesOffset), memory: memory)
        if let reused = free.popLast() {
            index = Int(reused)
            entries[index] = entry
        } else {
            index = entries.count
            entries.append(entry)
        }
        if (count + 1) * 2 > slots.count { grow() }
        place(index)
        count += 1
        usedBytes += memory.count + Self.entryBytes
        linkNewest(index)
        return shrink()
    }

    /// Replaces what is known about a container that was just touched. Returns how many were forgotten for it.
    mutating func replace(_ index: Int, memory: [UInt8]) -> Int {
        usedBytes += memory.count - entries[index].memory.count
        entries[index].memory = memory
        return shrink()
    }

    /// Calls `visit` for every container, the one not seen for longest first.
    func forEachFromOldest(_ visit: (Entry) -> Void) {
        var index = oldest
        while index >= 0 {
            visit(entries[Int(index)])
            index = entries[Int(index)].newer
        }
    }

    private mutating func shrink() -> Int {
        var forgotten = 0
        while usedBytes > limitBytes, oldest >= 0 {
            remove(Int(oldest))
            forgotten += 1
        }
        return forgotten
    }

    private mutating func remove(_ index: Int) {
        unlink(index)
        var slot = home(of: entries[index].hash)
        while Int(slots[slot]) != index + 1 { slot = (slot + 1) & (slots.count - 1) }
        closeGap(at: slot)
        usedBytes -= entries[index].memory.count + Self.entryBytes
        entries[index].memory = []
        free.append(Int32(index))
        count -= 1
    }

    /// Moves what a search would no longer find behind a freed slot (Knuth, volume 3, 6.4, algorithm R).
    private mutating func closeGap(at slot: Int) {
        let mask = slots.count - 1
        var gap = slot
        var next = (gap + 1) & mask
        while slots[next] != 0 {
            let home = home(of: entries[Int(slots[next]) - 1].hash)
            if (next - home) & mask >= (next - gap) & mask {
                slots[gap] = slots[next]
                gap = next
            }
            next = (next + 1) & mask
        }
        slots[gap] = 0
    }

    private mutating func grow() {
        let old = slots
        slots = [Int32](repeating: 0, count: old.count * 2)
        for slot in old where slot != 0 { place(Int(slot) - 1) }
    }

    private mutating func place(_ index: Int) {
        var slot = home(of: entries[index].hash)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = Int32(index) + 1
    }

    private func home(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (slots.count - 1) }

    private mutating func linkNewest(_ index: Int) {
        entries[index].older = newest
        entries[index].newer = -1
        if newest >= 0 { entries[Int(newest)].newer = Int32(index) } else { oldest = Int32(index) }
        newest = Int32(index)
    }

    private mutating func unlink(_ index: Int) {
        let (older, newer) = (entries[index].older, entries[index].newer)
        if older >= 0 { entries[Int(older)].newer = newer } else { oldest = newer }
        if newer >= 0 { entries[Int(newer)].older = older } else { newest = older }
    }
}
