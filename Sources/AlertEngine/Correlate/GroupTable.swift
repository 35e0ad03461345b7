// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// A group of a rule: fixed in size, found by its key, in one of its table's queues.
protocol CorrelationGroup: Sendable {
    var key: Fingerprint { get }
    /// The group behind it in its queue; the table's business.
    var next: UInt32 { get set }
}

/// Groups in one flat array, found through an open-addressing index by 128-bit keyed hash.
///
///     index   [ 32 bits of the key │ slot + 1 ]   linear probing, at most 3/4 full, deletion shifts back
///     groups  [ Group … ]                slots are stable; free ones are linked through `next`
///     queues  one per EvictionRank       in order of their (re)queueing; the owner moves groups on when their head is seen
///
/// No order it gives depends on a hash: queues are in order of time, the index is only asked.
struct GroupTable<Element: CorrelationGroup>: Sendable {
    static var none: UInt32 { .max }
    /// What a live group takes, its share of the index included: 8 bytes a place, of which half are taken on average.
    static var bytesPerGroup: Int { MemoryLayout<Element>.stride + 16 }

    private var groups: [Element] = []
    private var index: [UInt64]
    private var mask: Int
    private(set) var count = 0
    private var free = UInt32.max
    private var heads = [UInt32](repeating: .max, count: EvictionRank.allCases.count)
    private var tails = [UInt32](repeating: .max, count: EvictionRank.allCases.count)

    init() {
        index = [UInt64](repeating: 0, count: 64)
        mask = 63
    }

    @inline(__always)
    subscript(slot: UInt32) -> Element {
        get { groups[Int(slot)] }
        _modify { yield &groups[Int(slot)] }
    }

    /// Slots ever given out.
    var slotCount: UInt32 { UInt32(groups.count) }

    /// The slot of a key; `none` without one.
    func find(_ key: Fingerprint) -> UInt32 {
        let tag = key.low & 0xffff_ffff
        var place = Int(tag) & mask
        while true {
            let word = index[place]
            if word == 0 { return Self.none }
            if word >> 32 == tag {
                let slot = UInt32(truncatingIfNeeded: word) &- 1
                if groups[Int(slot)].key == key { return slot }
            }
            place = (place + 1) & mask
        }
    }

    /// Adds a group whose key is not there, at the end of a queue; of none for an owner that does not use them.
    mutating func insert(_ group: Element, _ rank: EvictionRank?) -> UInt32 {
        if (count + 1) * 4 > index.count * 3 { grow() }
        let slot: UInt32
        if free != Self.none {
            slot = free
            free = groups[Int(slot)].next
            groups[Int(slot)] = group
        } else {
            slot = UInt32(groups.count)
            groups.append(group)
        }
        count += 1
        place(group.key.low & 0xffff_ffff, slot)
        if let rank { queue(slot, rank) }
        return slot
    }

    /// Forgets a group that is in no queue any more (`dequeue`).
    mutating func remove(_ slot: UInt32) {
        unplace(slot)
        count -= 1
        groups[Int(slot)].next = free
        free = slot
    }

    /// The oldest of a queue; `none` when it is empty.
    func head(_ rank: EvictionRank) -> UInt32 { heads[Int(rank.rawValue)] }

    /// Takes the head out of its queue.
    mutating func dequeue(_ rank: EvictionRank) -> UInt32 {
        let slot = heads[Int(rank.rawValue)]
        guard slot != Self.none else { return slot }
        heads[Int(rank.rawValue)] = groups[Int(slot)].next
        if heads[Int(rank.rawValue)] == Self.none { tails[Int(rank.rawValue)] = Self.none }
        groups[Int(slot)].next = Self.none
        return slot
    }

    /// Puts a group that is in no queue at the end of one.
    mutating func queue(_ slot: UInt32, _ rank: EvictionRank) {
        let tail = tails[Int(rank.rawValue)]
        groups[Int(slot)].next = Self.none
        if tail == Self.none { heads[Int(rank.rawValue)] = slot } else { groups[Int(tail)].next = slot }
        tails[Int(rank.rawValue)] = slot
    }

    /// The slots of a queue in order: for checkpoints.
    func slots(_ rank: EvictionRank) -> [UInt32] {
        var slots: [UInt32] = []
        var slot = heads[Int(rank.rawValue)]
        while slot != Self.none {
            slots.append(slot)
            slot = groups[Int(slot)].next
        }
        return slots
    }

    private mutating func place(_ tag: UInt64, _ slot: UInt32) {
        var place = Int(tag) & mask
        while index[place] != 0 { place = (place + 1) & mask }
        index[place] = tag << 32 | UInt64(slot + 1)
    }

    private mutating func unplace(_ slot: UInt32) {
        var hole = Int(groups[Int(slot)].key.low & 0xffff_ffff) & mask
        while UInt32(truncatingIfNeeded: index[hole]) != slot + 1 { hole = (hole + 1) & mask }
        var next = (hole + 1) & mask
        while index[next] != 0 {
            let home = Int(index[next] >> 32) & mask
            // Shift back only what may stand at the hole: its home is not between the hole and itself.
            if (next - home) & mask >= (next - hole) & mask {
                index[hole] = index[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        index[hole] = 0
    }

    private mutating func grow() {
        var isFree = [UInt64](repeating: 0, count: groups.count / 64 + 1)
        var slot = free
        while slot != Self.none {
            isFree[Int(slot) >> 6] |= 1 << UInt64(slot & 63)
            slot = groups[Int(slot)].next
        }
        // The old one goes first, so that the new one can lie where it was: it is made from the groups.
        let size = index.count * 2
        index = []
        index = [UInt64](repeating: 0, count: size)
        mask = size - 1
        for slot in groups.indices where isFree[slot >> 6] & 1 << UInt64(slot & 63) == 0 {
            place(groups[slot].key.low & 0xffff_ffff, UInt32(slot))
        }
    }
}
