// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Where a group's record is, by its 128-bit key: open addressing, linear probing, no tombstones.
///
///     slot  [ 32 bits of the key · index + 1 ]   0: empty
///
/// The keys themselves stand in the records, two words from `keyWord` on. At most three quarters full; doubles when it
/// has to. Nothing that leaves the engine depends on the order of slots.
struct GroupSlots: Sendable {
    static let keyWord = 1
    /// A live group's share, between the densest and the loosest table.
    static let bytesPerGroup = 16
    private var slots: [UInt64]
    private var count = 0

    init() { slots = [UInt64](repeating: 0, count: 64) }

    @inline(__always)
    private func home(_ tag: UInt64) -> Int { Int(tag) & (slots.count - 1) }

    @inline(__always)
    func find(_ key: Fingerprint, _ slab: borrowing Slab) -> Int? {
        let tag = key.low & 0xffff_ffff
        var place = home(tag)
        while slots[place] != 0 {
            if slots[place] >> 32 == tag {
                let index = Int(slots[place] & 0xffff_ffff) - 1
                if slab[index, Self.keyWord] == key.low, slab[index, Self.keyWord + 1] == key.high { return index }
            }
            place = (place + 1) & (slots.count - 1)
        }
        return nil
    }

    /// The key must not be there yet; its record already holds it.
    mutating func insert(_ index: Int, _ key: Fingerprint) {
        if (count + 1) * 4 > slots.count * 3 { grow() }
        count += 1
        place(key.low & 0xffff_ffff, UInt64(index + 1))
    }

    private mutating func place(_ tag: UInt64, _ value: UInt64) {
        var place = home(tag)
        while slots[place] != 0 { place = (place + 1) & (slots.count - 1) }
        slots[place] = tag << 32 | value
    }

    private mutating func grow() {
        let old = slots
        slots = [UInt64](repeating: 0, count: old.count * 2)
        for slot in old where slot != 0 { place(slot >> 32, slot & 0xffff_ffff) }
    }

    /// The key must be there. What stands behind it moves forward, so that no probe ends early.
    mutating func remove(_ index: Int, _ key: Fingerprint) {
        let wrap = slots.count - 1
        let value = (key.low & 0xffff_ffff) << 32 | UInt64(index + 1)
        var hole = home(key.low & 0xffff_ffff)
        while slots[hole] != value {
            if slots[hole] == 0 { return }
            hole = (hole + 1) & wrap
        }
        count -= 1
        var next = (hole + 1) & wrap
        while slots[next] != 0 {
            // It may move into the hole when its home is not between the hole (exclusive) and itself.
            if (next - home(slots[next] >> 32)) & wrap >= (next - hole) & wrap {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & wrap
        }
        slots[hole] = 0
    }
}
