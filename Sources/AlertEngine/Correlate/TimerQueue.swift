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

    mutating func set(_ due: Int64, _ slot: UInt32) {
        timers.append(Timer(due: due, order: nextOrder, slot: slot))
        nextOrder += 1
        rise(timers.count - 1)
    }

    /// The earliest timer before `time`, taken out; nil when none is due.
    mutating func popDue(before time: Int64) -> Timer? {
        guard let first = timers.first, first.due < time else { return nil }
        timers.swapAt(0, timers.count - 1)
        timers.removeLast()
        sink(0)
        return first
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
