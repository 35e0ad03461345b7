// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Event time as the journal tells it: one watermark per stream, and the engine's own (semantics.md, 1).
///
/// Pure. All times come from alerts and ticks. Judged per entry: an alert is late when it lies behind the watermark that
/// stood before its batch.
public struct EventClock: Sendable {
    private let settings: EngineSettings
    private(set) var streams: StreamTable
    /// Nothing at or before this time is expected any more. Never goes back.
    public private(set) var watermark = EventTime(nanoseconds: .min)
    /// The latest arrival or tick so far: the engine's "now".
    public private(set) var latestArrival = EventTime(nanoseconds: .min)
    /// Alerts behind the watermark when they came.
    public private(set) var lateCount = 0
    /// Alerts whose event time lay too far ahead, so that arrival decided.
    public private(set) var skewedCount = 0
    /// Alerts without a usable time of their own.
    public private(set) var arrivalTimedCount = 0

    public init(_ settings: EngineSettings) {
        self.settings = settings
        streams = StreamTable()
    }

    mutating func observe(_ batch: AlertBatch) {
        let futureSkew = settings.futureSkew.wholeNanoseconds
        let back = (.zero - settings.allowedLateness).wholeNanoseconds
        for index in 0 ..< batch.count {
            let alert = batch.alert(at: index)
            let arrival = alert.arrivalTime
            var time = alert.eventTime
            if alert.isTimeFromArrival { arrivalTimedCount += 1 }
            if time > arrival.advanced(byNanoseconds: futureSkew) {
                time = arrival
                skewedCount += 1
            }
            if time < watermark { lateCount += 1 }
            if arrival > latestArrival { latestArrival = arrival }
            let mark = min(time, arrival).advanced(byNanoseconds: back)
            streams.advance(source: alert.source, hostname: alert.hostname, to: mark, arrival: arrival)
        }
        advanceWatermark()
    }

    mutating func tick(_ time: EventTime) {
        if time > latestArrival { latestArrival = time }
        advanceWatermark()
    }

    /// The least watermark of the streams that spoke lately and keep up; without any, time itself minus the lateness.
    private mutating func advanceWatermark() {
        let idleSince = latestArrival.advanced(by: .zero - settings.idleTimeout)
        let quiet = latestArrival.advanced(by: .zero - settings.allowedLateness)
        let candidate = streams.least(spokeAfter: idleSince, notBehind: idleSince) ?? quiet
        if candidate > watermark { watermark = candidate }
    }

    /// Streams further than the idle time-out behind arrival: they hold nothing back, and health names them.
    public func laggingStreams() -> [StreamName] {
        streams.names(behind: latestArrival.advanced(by: .zero - settings.idleTimeout))
    }

    init(
        _ settings: EngineSettings, streams: StreamTable, watermark: EventTime, latestArrival: EventTime, counts: [Int]
    ) {
        self.settings = settings
        self.streams = streams
        self.watermark = watermark
        self.latestArrival = latestArrival
        lateCount = counts[0]
        skewedCount = counts[1]
        arrivalTimedCount = counts[2]
    }
}
