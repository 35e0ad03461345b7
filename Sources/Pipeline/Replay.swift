// SPDX-License-Identifier: Apache-2.0
import AlertEngine
public import AlertFormats
public import AlertModel
import AlertSources

/// Recorded alerts through the engine at full speed, without journal, clock or threads: the same input gives the same bytes.
///
/// Several files are merged by the times of their next alerts, each in its own order; on equal times the file named first
/// goes first. Installation and epoch are zero, places count from 1 (records.md).
public struct Replay: ~Copyable {
    /// What a replay did, for the line at its end.
    public struct Summary: Sendable, Equatable {
        public var alerts = 0
        public var rejects = 0
        public var outputs = 0
        public var late = 0
        public var arrivalTimed = 0
        public var first: EventTime?
        public var last: EventTime?
    }

    /// The most alerts in one entry.
    static let entryLimit = 1024

    private var inputs: [ReplayInput]
    private var engine: AlertEngine
    private let format: any AlertFormat
    private var clock = ReplayClock()
    private var place: Int64 = 1
    private var buffer = OutputBuffer()
    public private(set) var summary = Summary()

    public init(files: [String], configuration: Configuration, format: any AlertFormat) throws {
        inputs = try files.map { try ReplayInput(path: $0) }
        var settings = EngineSettings(time: configuration.time)
        // A replay's arrivals are event times: none can be ahead of them (semantics.md, 1).
        settings.time.futureSkew = .seconds(1 << 33)
        engine = AlertEngine(settings)
        self.format = format
    }

    /// Bytes of all files, packed, and how many of them are read: for progress.
    public var totalBytes: Int { inputs.reduce(0) { $0 + $1.totalBytes } }
    public var readBytes: Int { inputs.reduce(0) { $0 + $1.readBytes } }

    /// Runs to the end. `write` gets whole lines, in order, and returns when it has taken them.
    public mutating func run(write: (Span<UInt8>) throws -> Void, progress: (Int) -> Void) throws {
        var builder = AlertBatchBuilder()
        for index in inputs.indices { try inputs[index].advance() }
        while let next = nextInput() {
            let arrival = inputs[next].arrival(clock)
            let passes = clock.now.map { Self.second($0) != Self.second(arrival) } ?? false
            if passes || builder.alertCount >= Self.entryLimit || builder.byteCount >= 1 << 20 {
                builder = try decide(builder, write)
                progress(readBytes)
            }
            if passes, let now = clock.now { tick(from: now, to: arrival) }
            if !inputs[next].take(into: &builder, &clock) {
                // At the batch's limit: an alert of its own.
                builder = try decide(builder, write)
                guard inputs[next].take(into: &builder, &clock) else {
                    preconditionFailure("an empty batch takes any alert")
                }
            }
            try inputs[next].advance()
        }
        _ = try decide(builder, write)
        if buffer.count > 0 { try write(buffer.bytes) }
        summary.rejects = inputs.reduce(0) { $0 + $1.rejects }
        summary.late = engine.clock.lateCount
        summary.arrivalTimed = engine.clock.arrivalTimedCount
    }

    private func nextInput() -> Int? {
        var best: Int?
        for index in inputs.indices where !inputs[index].isAtEnd {
            if best.map({ inputs[index].time(clock) < inputs[$0].time(clock) }) ?? true { best = index }
        }
        return best
    }

    private static func second(_ time: EventTime) -> Int64 { time.nanoseconds / 1_000_000_000 }

    /// A tick at each whole second passed; over more than an hour only one, because no timer is due in between.
    private mutating func tick(from now: EventTime, to arrival: EventTime) {
        let (first, last) = (Self.second(now) + 1, Self.second(arrival))
        for second in (last - first > 3600 ? last ... last : first ... max(first, last)) {
            _ = engine.process(
                JournalEntry(
                    place: place, epoch: 0, source: "", content: .tick(EventTime(nanoseconds: second * 1_000_000_000))))
            place += 1
        }
    }

    /// Runs the gathered alerts through the engine and writes what leaves; returns an empty builder.
    private mutating func decide(
        _ builder: consuming AlertBatchBuilder, _ write: (Span<UInt8>) throws -> Void
    ) throws -> AlertBatchBuilder {
        guard builder.alertCount > 0 else { return builder }
        let batch = builder.seal()
        let entry = JournalEntry(place: place, epoch: 0, source: "replay", content: .alerts(batch))
        place += Int64(batch.count)
        let decision = engine.process(entry)
        let decided = DecidedEntry(
            installation: 0, epoch: 0, place: entry.place, source: entry.source, content: .alerts(batch),
            fates: decision.fates,
            firstOutput: decision.firstOutput, outputCount: decision.outputCount)
        _ = format.append(outputsOf: decided, from: decided.firstOutput, limitBytes: .max, to: &buffer)
        summary.alerts += batch.count
        summary.outputs += decision.outputCount
        summary.first = min(summary.first ?? batch.alert(at: 0).arrivalTime, batch.alert(at: 0).arrivalTime)
        summary.last = batch.alert(at: batch.count - 1).arrivalTime
        if buffer.count >= 1 << 20 {
            try write(buffer.bytes)
            buffer.removeAll()
        }
        return AlertBatchBuilder()
    }
}

/// One file of a replay and its next alert.
final class ReplayInput {
    private var reader: AlertFileReader
    private var batch: AlertBatch?
    private var index = 0
    private var hasMore = true
    private(set) var rejects = 0
    private(set) var isAtEnd = false

    init(path: String) throws { reader = try AlertFileReader(path: path) }

    var totalBytes: Int { reader.totalBytes }
    var readBytes: Int { reader.readBytes }

    /// Makes the next alert the head. To be called once at first and after every `take`.
    func advance() throws {
        while batch == nil || index >= (batch?.count ?? 0) {
            guard hasMore else {
                isAtEnd = true
                return
            }
            var builder = AlertBatchBuilder(byteCapacity: 256 << 10, recordCapacity: 1024)
            hasMore = try reader.fill(&builder, arrival: EventTime(nanoseconds: 0))
            let filled = builder.seal()
            rejects += filled.rejectCount
            batch = filled
            index = 0
        }
    }

    /// The head's own time; without one, the time it would get.
    func time(_ clock: ReplayClock) -> EventTime {
        guard let batch else { return EventTime(nanoseconds: .max) }
        let alert = batch.alert(at: index)
        return alert.isTimeFromArrival ? clock.arrival(of: alert) : alert.eventTime
    }

    func arrival(_ clock: ReplayClock) -> EventTime {
        guard let batch else { return EventTime(nanoseconds: .max) }
        return clock.arrival(of: batch.alert(at: index))
    }

    /// Moves the head into `builder`; false when that is at its limit.
    func take(into builder: inout AlertBatchBuilder, _ clock: inout ReplayClock) -> Bool {
        guard let batch, builder.append(index, of: batch, clock: &clock) else { return false }
        index += 1
        return true
    }
}
