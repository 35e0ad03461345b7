// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// What is due when, earliest first; of equal times in the order they were set. A binary heap.
///
/// Timers are not taken back: who gets one asks whether it still holds.
struct TimerQueue: Sendable {
    struct Timer: Hashable, Sendable {
        var due: Int64
        /// Order among equal times; unique.
        var order: UInt64
        /// What it is for: a slot of the owner's.
        var slot: UInt32
    }

    private(set) var timers: [Timer] = []
    private(set) var nextOrder: UInt64 = 0

    static let bytesPerTimer = MemoryLayout<Timer>.stride

    var count: Int { timers.count }
    /// The earliest, whether it still holds or not; `.max` without any.
    var firstDue: Int64 { timers.first?.due ?? .max }

    /// Returns the timer's order: the owner keeps it to tell this timer from older ones of the same slot.
    @discardableResult
    mutating func set(_ due: Int64, _ slot: UInt32) -> UInt64 {
        timers.append(Timer(due: due, order: nextOrder, slot: slot))
        nextOrder += 1
        rise(timers.count - 1)
        return nextOrder - 1
    }

    /// The earliest timer before `time`, taken out; nil when none is due.
    mutating func popDue(before time: Int64) -> Timer? {
        guard let first = timers.first, first.due < time else { return nil }
        timers.swapAt(0, timers.count - 1)
        timers.removeLast()
        sink(0)
        return first
    }

    func write(to writer: inout ByteWriter) {
        writer.put(nextOrder)
        writer.put(timers) { writer, timer in
            writer.put(timer.due)
            writer.put(timer.order)
            writer.put(timer.slot)
        }
    }

    init() {}

    /// Slots are the owner's to check, when their timers come up.
    init(from reader: inout ByteReader) throws(MalformedBytes) {
        nextOrder = try reader.take(UInt64.self)
        guard nextOrder < UInt64.max / 2 else { throw MalformedBytes() }
        for _ in 0 ..< Int(try reader.take(UInt32.self)) {
            timers.append(
                Timer(
                    due: try reader.take(Int64.self), order: try reader.take(UInt64.self),
                    slot: try reader.take(UInt32.self)))
            rise(timers.count - 1)
        }
    }

    /// The same, with slots by the timers' orders; timers that none names are left out.
    init(from reader: inout ByteReader, _ slots: [UInt64: UInt32]) throws(MalformedBytes) {
        let all = try TimerQueue(from: &reader)
        nextOrder = all.nextOrder
        for timer in all.timers {
            guard let slot = slots[timer.order] else { continue }
            timers.append(Timer(due: timer.due, order: timer.order, slot: slot))
            rise(timers.count - 1)
        }
    }

    private static func precedes(_ left: Timer, _ right: Timer) -> Bool {
        left.due != right.due ? left.due < right.due : left.order < right.order
    }

    private mutating func rise(_ start: Int) {
        var place = start
        while place > 0, Self.precedes(timers[place], timers[(place - 1) / 2]) {
            timers.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func sink(_ start: Int) {
        var place = start
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < timers.count {
                if Self.precedes(timers[child], timers[least]) { least = child }
            }
            guard least != place else { return }
            timers.swapAt(place, least)
            place = least
        }
    }
}
