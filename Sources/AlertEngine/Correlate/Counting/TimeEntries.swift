// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// One counted alert: a node of its group's list, which is in order of time.
struct TimeEntry<Payload: Sendable>: Sendable {
    /// Nanoseconds.
    var time: Int64
    /// `AlertReference.packed`; the top bit says that the alert counted in an incident.
    var reference: UInt64
    var previous: UInt32
    var next: UInt32
    var payload: Payload

    static var countedBit: UInt64 { 1 << 63 }

    var isCounted: Bool { reference & Self.countedBit != 0 }
    var contribution: Contribution {
        Contribution(
            time: EventTime(nanoseconds: time), reference: AlertReference(packed: reference & ~Self.countedBit))
    }
}

/// The entries of all groups of one rule: a flat array with a free list. `Payload` is what a rule keeps of each alert.
struct TimeEntries<Payload: Sendable>: Sendable {
    static var none: UInt32 { .max }
    static var bytesPerEntry: Int { MemoryLayout<TimeEntry<Payload>>.stride }

    private var entries: [TimeEntry<Payload>] = []
    private var free = UInt32.max
    private(set) var count = 0

    @inline(__always)
    subscript(slot: UInt32) -> TimeEntry<Payload> {
        get { entries[Int(slot)] }
        _modify { yield &entries[Int(slot)] }
    }

    private mutating func take(_ entry: TimeEntry<Payload>) -> UInt32 {
        count += 1
        guard free != Self.none else {
            entries.append(entry)
            return UInt32(entries.count - 1)
        }
        let slot = free
        free = entries[Int(slot)].next
        entries[Int(slot)] = entry
        return slot
    }

    private mutating func give(_ slot: UInt32) {
        count -= 1
        entries[Int(slot)].next = free
        free = slot
    }

    /// Adds an entry behind all of its time or earlier.
    mutating func insert(
        _ time: Int64, _ reference: UInt64, _ payload: Payload, into list: inout TimeList
    ) -> UInt32 {
        var before = list.tail
        while before != Self.none, self[before].time > time { before = self[before].previous }
        let after = before == Self.none ? list.head : self[before].next
        let slot = take(
            TimeEntry(time: time, reference: reference, previous: before, next: after, payload: payload))
        if before == Self.none { list.head = slot } else { self[before].next = slot }
        if after == Self.none { list.tail = slot } else { self[after].previous = slot }
        list.length += 1
        return slot
    }

    mutating func removeHead(of list: inout TimeList) {
        let slot = list.head
        list.head = self[slot].next
        if list.head == Self.none { list.tail = Self.none } else { self[list.head].previous = Self.none }
        list.length -= 1
        give(slot)
    }

    mutating func removeAll(of list: inout TimeList) {
        while list.head != Self.none { removeHead(of: &list) }
    }
}

/// A group's entries, doubly linked, oldest first.
struct TimeList: Sendable {
    var head = UInt32.max
    var tail = UInt32.max
    var length: UInt32 = 0
}

/// Nothing is kept of an alert but when it was.
struct NoPayload: Sendable {}
