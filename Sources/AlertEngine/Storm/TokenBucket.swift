// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// The measures of one kind of bucket in whole numbers: a token is as many units as its interval has nanoseconds, so that
/// every nanosecond brings `perNanosecond` units and nothing is ever rounded.
struct BucketMeasure: Hashable, Sendable {
    let token: Int64
    let capacity: Int64
    let perNanosecond: Int64

    init(_ bucket: StormSettings.Bucket) {
        let largest = StormSettings.Bucket.largest
        token = min(max(1, bucket.interval.wholeNanoseconds), 3_600_000_000_000)
        capacity = token * Int64(min(max(1, bucket.burst), largest))
        perNanosecond = Int64(min(max(1, bucket.count), largest))
    }
}

/// A token bucket over the alerts' own times.
struct TokenBucket: Sendable {
    /// In units of its measure, at `time`.
    private(set) var level: Int64
    /// The latest time it has seen: it never goes back, and an earlier alert brings no tokens.
    private(set) var time: EventTime

    init(level: Int64, time: EventTime) {
        self.level = level
        self.time = time
    }

    /// Full.
    init(_ measure: BucketMeasure, at time: EventTime) { self.init(level: measure.capacity, time: time) }

    /// What it would hold at `time`.
    func level(at time: EventTime, _ measure: BucketMeasure) -> Int64 {
        guard time > self.time else { return level }
        let elapsed = time.nanoseconds.subtractingReportingOverflow(self.time.nanoseconds)
        let gain = elapsed.partialValue.multipliedReportingOverflow(by: measure.perNanosecond)
        let sum = level.addingReportingOverflow(gain.partialValue)
        if elapsed.overflow || gain.overflow || sum.overflow { return measure.capacity }
        return min(sum.partialValue, measure.capacity)
    }

    mutating func refill(at time: EventTime, _ measure: BucketMeasure) {
        level = level(at: time, measure)
        self.time = max(self.time, time)
    }

    func hasToken(_ measure: BucketMeasure) -> Bool { level >= measure.token }

    mutating func take(_ measure: BucketMeasure) { level -= measure.token }
}
