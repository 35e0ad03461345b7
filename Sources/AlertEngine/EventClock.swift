// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Event time as the journal tells it: one watermark per stream, and the engine's own (semantics.md, 1).
///
/// Pure. All times come from alerts and ticks. Judged per entry: an alert is late when it lies behind the watermark that
/// stood before its batch.
public struct EventClock: Sendable {
    /// How one alert of the batch that was observed last stands in time.
    struct Reading: Sendable {
        /// The event time, or the arrival where that lies too far ahead.
        let time: EventTime
        let isLate: Bool
        let isSkewed: Bool
    }

    private let settings: TimeSettings
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
    /// One for each alert of the batch observed last.
    private(set) var readings: [Reading] = []

    public init(_ settings: TimeSettings) {
        self.settings = settings
        streams = StreamTable()
    }

    /// For timers. An alert of the watermark's own time is still on time: what is over lies a nanosecond before it.
    public var moment: EngineMoment {
        let isEnd = watermark.nanoseconds == .max
        return EngineMoment(watermark: isEnd ? watermark : watermark.advanced(byNanoseconds: -1), now: latestArrival)
    }

    mutating func observe(_ batch: AlertBatch) {
        let futureSkew = settings.futureSkew.wholeNanoseconds
        let back = (.zero - settings.allowedLateness).wholeNanoseconds
        readings.removeAll(keepingCapacity: true)
        for index in 0 ..< batch.count {
            let alert = batch.alert(at: index)
            let arrival = alert.arrivalTime
            var time = alert.eventTime
            if alert.isTimeFromArrival { arrivalTimedCount += 1 }
            let isSkewed = time > arrival.advanced(byNanoseconds: futureSkew)
            if isSkewed {
                time = arrival
                skewedCount += 1
            }
            let isLate = time < watermark
            if isLate { lateCount += 1 }
            readings.append(Reading(time: time, isLate: isLate, isSkewed: isSkewed))
            if arrival > latestArrival { latestArrival = arrival }
            let mark = min(time, arrival).advanced(byNanoseconds: back)
            streams.advance(
                source: alert.source, hostname: alert.hostname, to: mark, arrival: arrival, idle: settings.idleTimeout)
        }
    }

    /// After a batch was decided: the watermark of what it brought.
    mutating func settle() { advanceWatermark() }

    mutating func tick(_ time: EventTime) {
        if time > latestArrival { latestArrival = time }
        advanceWatermark()
    }

    /// The end of a replay: everything that waits for time to pass comes due.
    mutating func end() { watermark = EventTime(nanoseconds: .max) }

    /// The least watermark of the streams that spoke lately and keep up; without any, time itself minus the lateness.
    private mutating func advanceWatermark() {
        let idleSince = latestArrival.advanced(by: .zero - settings.idleTimeout)
        let quiet = latestArrival.advanced(by: .zero - settings.allowedLateness)
        let candidate = streams.least(spokeAfter: idleSince, notBehind: keepingUp) ?? quiet
        if candidate > watermark { watermark = candidate }
    }

    /// The least watermark of a stream whose newest alert is no further than the idle time-out behind arrival.
    private var keepingUp: EventTime {
        latestArrival.advanced(by: .zero - settings.idleTimeout).advanced(by: .zero - settings.allowedLateness)
    }

    /// Streams further than the idle time-out behind arrival: they hold nothing back, and health names them.
    public func laggingStreams() -> [StreamName] {
        streams.names(behind: keepingUp, spokeAfter: latestArrival.advanced(by: .zero - settings.idleTimeout))
    }
}

extension EventClock {
    func write(to writer: inout ByteWriter) {
        writer.put(watermark)
        writer.put(latestArrival)
        for value in [lateCount, skewedCount, arrivalTimedCount] { writer.put(Int64(value)) }
        writer.put(streams.streams) { writer, stream in
            writer.put(stream.name.source)
            writer.put(stream.name.hostname)
            writer.put(stream.watermark)
            writer.put(stream.lastArrival)
        }
    }

    init(_ settings: TimeSettings, from reader: inout ByteReader) throws(MalformedBytes) {
        self.init(settings)
        watermark = try reader.takeTime()
        latestArrival = try reader.takeTime()
        lateCount = try reader.takeInt()
        skewedCount = try reader.takeInt()
        arrivalTimedCount = try reader.takeInt()
        let restored = try reader.takeList { (reader) throws(MalformedBytes) in
            StreamTable.Stream(
                name: StreamName(source: try reader.takeBytes(), hostname: try reader.takeBytes()),
                watermark: try reader.takeTime(), lastArrival: try reader.takeTime())
        }
        guard restored.count <= StreamTable.limit + StreamTable.sharedLimit else { throw MalformedBytes() }
        streams = StreamTable(restored)
    }
}
