// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// What the subscription of a Falco stores with its alerts, to know after a start what may be missing.
///
///     0      1                                9
///     │ 1    │ arrival, ns, little-endian     │ 1: left cleanly │
struct SubscriptionCheckpoint: Hashable, Sendable {
    /// Arrival of the last alert stored; before the first one, when the subscription began.
    var arrival: EventTime
    /// The stream was left so that nothing was under way, or what was has its gap record.
    var isClean: Bool

    init(arrival: EventTime, isClean: Bool) {
        self.arrival = arrival
        self.isClean = isClean
    }

    /// nil when the bytes are of another version or damaged.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == 10, bytes[0] == 1, bytes[9] <= 1 else { return nil }
        let pattern = bytes[1 ... 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        arrival = EventTime(nanoseconds: Int64(bitPattern: pattern))
        isClean = bytes[9] == 1
    }

    var bytes: [UInt8] {
        let pattern = UInt64(bitPattern: arrival.nanoseconds)
        return [1] + (0 ..< 8).map { UInt8(truncatingIfNeeded: pattern >> ($0 * 8)) } + [isClean ? 1 : 0]
    }
}
