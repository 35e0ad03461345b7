// SPDX-License-Identifier: Apache-2.0
import CAlertBatch

/// The clock of a replay (semantics.md, 1): an alert arrives at the greatest event time so far, and one without a time takes
/// that of the alert before it.
public struct ReplayClock: Sendable {
    /// The greatest event time so far; nil before the first alert.
    public private(set) var now: EventTime?
    private var previous = EventTime(nanoseconds: 0)

    public init() {}

    /// The arrival time of an alert that is next.
    mutating func arrive(_ time: EventTime?) -> (event: EventTime, arrival: EventTime) {
        let event = time ?? previous
        previous = event
        let arrival = max(now ?? event, event)
        now = arrival
        return (event, arrival)
    }

    /// When the alert at `index` would arrive, without letting time pass.
    public func arrival(of alert: AlertView) -> EventTime {
        var copy = self
        return copy.arrive(alert.isTimeFromArrival ? nil : alert.eventTime).arrival
    }
}

extension AlertBatchBuilder {
    /// Appends a copy of an alert of another batch, arriving by `clock`. False when this batch is at its limit.
    public mutating func append(_ index: Int, of batch: AlertBatch, clock: inout ReplayClock) -> Bool {
        precondition(index >= 0 && index < batch.count)
        guard unsafe calert_batch_copy_record(raw, batch.raw, UInt32(index)) else { return false }
        let record = unsafe raw.pointee.records + (alertCount - 1)
        let hasTime = unsafe UInt32(record.pointee.flags) & CALERT_TIME_FROM_ARRIVAL == 0
        let times = unsafe clock.arrive(hasTime ? EventTime(nanoseconds: record.pointee.event_time) : nil)
        unsafe record.pointee.event_time = times.event.nanoseconds
        unsafe record.pointee.arrival_time = times.arrival.nanoseconds
        return true
    }
}
