// SPDX-License-Identifier: Apache-2.0
import AlertEngine
public import AlertFormats
public import AlertModel
import AlertSources

/// Recorded alerts through the engine at full speed, without journal, clock or threads: the same input gives the same bytes.
///
/// Several files are merged by the times of their next alerts, each in its own order; on equal times the file named first
/// goes first. Installation and epoch are zero, places count from 1 (records.md). At the end the watermark is infinite:
/// every group, incident and storm closes.
public struct Replay: ~Copyable {
    /// The most alerts in one entry.
    static let entryLimit = 1024

    private var inputs: [ReplayInput]
    private var decisions: ReplayDecisions
    private var clock = ReplayClock()
    private var place: Int64 = 1

    /// - Parameter watch: told every entry and what was decided on it, in order.
    /// - Throws: what cannot be read, or `RulesRefused` and the like for a generation that cannot be used.
    public init(
        files: [String], configuration: Configuration, generation: Generation, format: any AlertFormat,
        watch: ((JournalEntry, EntryDecision) -> Void)? = nil
    ) throws {
        let inputs = try files.map { try ReplayInput(path: $0) }
        // No output depends on the key; a recording may be as hostile as what comes live.
        let home = EngineHome(
            hashKey: HashKey(low: .random(in: 0 ... .max), high: .random(in: 0 ... .max)),
            sinks: configuration.sinks?.map(\.name) ?? ["replay"],
            canRepeat: files.count > 1 || (configuration.sources.map(Configuration.canRepeat) ?? false))
        var settings = try generation.engineSettings(configuration, home)
        // A replay's arrivals are event times: none can be ahead of them (semantics.md, 1).
        settings.time.futureSkew = .seconds(1 << 33)
        self.inputs = inputs
        decisions = ReplayDecisions(AlertEngine(settings), format)
        decisions.watch = watch
    }

    public var summary: ReplaySummary { decisions.summary }

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
            if passes, let now = clock.now { try tick(from: now, to: arrival, write) }
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
        try decisions.end(at: place, write)
        decisions.summary.rejects = inputs.reduce(0) { $0 + $1.rejects }
    }

    private func nextInput() -> Int? {
        var best: Int?
        for index in inputs.indices where !inputs[index].isAtEnd {
            if best.map({ inputs[index].time(clock) < inputs[$0].time(clock) }) ?? true { best = index }
        }
        return best
    }

    private static func second(_ time: EventTime) -> Int64 { time.nanoseconds / 1_000_000_000 }

    /// Pauses up to here are ticked every second, in seconds.
    private static let shortPause: Int64 = 3600

    /// A tick at each whole second passed; in a longer pause at each whole second at which a timer is due, and at the last:
    /// the ticks between would bring nothing, and a recording with a wrong year in it ends all the same.
    private mutating func tick(
        from now: EventTime, to arrival: EventTime, _ write: (Span<UInt8>) throws -> Void
    ) throws {
        let (first, last) = (Self.second(now) + 1, Self.second(arrival))
        guard first <= last else { return try tick(last, write) }
        guard last - first > Self.shortPause else {
            for second in first ... last { try tick(second, write) }
            return
        }
        var second = min(max(dueSecond, first), last)
        // Ticks in a row at which what was due did not go: a host that spoke last holds the watermark for some seconds.
        var waited: Int64 = 0
        while true {
            try tick(second, write)
            guard second < last else { return }
            waited = dueSecond <= second ? waited + 1 : 0
            second = waited > Self.shortPause ? last : min(max(dueSecond, second + 1), last)
        }
    }

    /// The first whole second at which something may be due; without anything, behind all time.
    private var dueSecond: Int64 {
        guard let due = decisions.engine.nextDue else { return .max }
        let (second, rest) = due.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return rest > 0 ? second + 1 : second
    }

    private mutating func tick(_ second: Int64, _ write: (Span<UInt8>) throws -> Void) throws {
        let time = EventTime(nanoseconds: second * 1_000_000_000)
        try decisions.decide(JournalEntry(place: place, epoch: 0, source: "", content: .tick(time)), write)
        place += 1
    }

    /// Runs the gathered alerts through the engine; returns an empty builder.
    private mutating func decide(
        _ builder: consuming AlertBatchBuilder, _ write: (Span<UInt8>) throws -> Void
    ) throws -> AlertBatchBuilder {
        guard builder.alertCount > 0 else { return builder }
        let batch = builder.seal()
        let entry = JournalEntry(place: place, epoch: 0, source: "replay", content: .alerts(batch))
        place += Int64(batch.count)
        try decisions.decide(entry, write)
        return AlertBatchBuilder()
    }
}
