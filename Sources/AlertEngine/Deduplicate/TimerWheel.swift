// SPDX-License-Identifier: Apache-2.0

/// When which group is due: a ring of 8,192 lists of half a second each, chained through the groups themselves.
///
/// A group may hang earlier than it is due: whoever takes it down looks, and hangs it up again. Due more than a turn of
/// the ring ahead, it is passed by once a turn.
struct TimerWheel: Sendable {
    /// 2²⁹ ns, shorter than the shortest `quiet`: what an alert changes is never due in the part that is under way.
    static let shift: Int64 = 29
    static let slotCount: Int64 = 8192

    private var heads = [UInt32](repeating: 0, count: Int(slotCount))
    /// The part of time that the watermark is in.
    var cursor = Int64.min >> TimerWheel.shift

    static func part(of time: Int64) -> Int64 { time >> shift }
    /// The first time of a part.
    static func start(of part: Int64) -> Int64 { part << shift }

    /// Hangs a group up where `due` says: in front of the part's list, and in the part under way in order.
    mutating func hang(_ name: UInt32, _ groups: inout RecordTable<Group>) {
        let farthest = GroupTimes.sum(cursor, Self.slotCount - 1)
        let part = min(max(Self.part(of: groups[name].due), cursor), farthest)
        let slot = Int(part & (Self.slotCount - 1))
        var (before, after): (UInt32, UInt32) = (0, heads[slot])
        if part == cursor {
            while after != 0, GroupSorting.precedes(after, name, groups) {
                (before, after) = (after, groups[after].next)
            }
        }
        groups[name].slot = UInt16(slot)
        groups[name].previous = before
        groups[name].next = after
        if after != 0 { groups[after].previous = name }
        if before != 0 { groups[before].next = name } else { heads[slot] = name }
    }

    mutating func takeDown(_ name: UInt32, _ groups: inout RecordTable<Group>) {
        let (previous, next) = (groups[name].previous, groups[name].next)
        if previous != 0 { groups[previous].next = next } else { heads[Int(groups[name].slot)] = next }
        if next != 0 { groups[next].previous = previous }
    }

    func head(ofPart part: Int64) -> UInt32 { heads[Int(part & (Self.slotCount - 1))] }

    /// Puts a sorted list in a part's place; the list is linked through `next` alone.
    mutating func setList(_ head: UInt32, ofPart part: Int64, _ groups: inout RecordTable<Group>) {
        let slot = Int(part & (Self.slotCount - 1))
        heads[slot] = head
        var (previous, name): (UInt32, UInt32) = (0, head)
        while name != 0 {
            groups[name].previous = previous
            groups[name].slot = UInt16(slot)
            (previous, name) = (name, groups[name].next)
        }
    }

    /// Takes a part's whole list, linked through `next`.
    mutating func takeList(ofPart part: Int64) -> UInt32 {
        let slot = Int(part & (Self.slotCount - 1))
        defer { heads[slot] = 0 }
        return heads[slot]
    }
}
