// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertFormats
import AlertModel

/// The engine of a replay, and what it decided as lines: entries in, bytes out.
struct ReplayDecisions: ~Copyable {
    private(set) var engine: AlertEngine
    private let format: any AlertFormat
    private let installation: UInt64
    private var buffer = OutputBuffer()
    var summary = ReplaySummary()
    /// Told every entry and what was decided on it.
    var watch: ((JournalEntry, EntryDecision) -> Void)?

    /// Bytes gathered before they are written.
    private static let flushBytes = 1 << 20

    init(_ engine: AlertEngine, _ format: any AlertFormat, installation: UInt64 = 0) {
        self.engine = engine
        self.format = format
        self.installation = installation
    }

    mutating func adopt(_ settings: EngineSettings, generation: String) {
        _ = engine.adopt(settings, generation: generation)
    }

    mutating func decide(_ entry: JournalEntry, _ write: (Span<UInt8>) throws -> Void) throws {
        try take(engine.process(entry), of: entry, write)
    }

    /// The end of the input: everything that waits for time to pass comes due.
    mutating func end(at place: Int64, _ write: (Span<UInt8>) throws -> Void) throws {
        let entry = JournalEntry(place: place, epoch: 0, source: "", content: .tick(engine.clock.latestArrival))
        try take(engine.end(at: place), of: entry, write)
        try flush(write)
        summary.late = engine.clock.lateCount
        summary.arrivalTimed = engine.clock.arrivalTimedCount
    }

    mutating func flush(_ write: (Span<UInt8>) throws -> Void) throws {
        if buffer.count > 0 { try write(buffer.bytes) }
        buffer.removeAll()
    }

    private mutating func take(
        _ decision: EntryDecision, of entry: JournalEntry, _ write: (Span<UInt8>) throws -> Void
    ) throws {
        if case .alerts(let batch) = entry.content { summary.count(batch, decision) }
        watch?(entry, decision)
        summary.count(decision.notes.records)
        guard decision.outputCount > 0 else { return }
        summary.outputs += decision.outputCount
        let decided = DecidedEntry(entry, decision, installation: installation)
        _ = format.append(outputsOf: decided, from: decided.firstOutput, limitBytes: .max, to: &buffer)
        if buffer.count >= Self.flushBytes { try flush(write) }
    }
}

extension DecidedEntry {
    /// An entry with its decision, as sinks see it.
    init(_ entry: JournalEntry, _ decision: EntryDecision, installation: UInt64) {
        let content: Content
        switch entry.content {
        case .alerts(let batch): content = .alerts(batch)
        case .gap(let gap): content = .gap(gap)
        case .tick(let time), .start(let time): content = .time(time)
        // Only records come of these: when they were made is in them.
        case .configuration, .silence: content = .time(EventTime(nanoseconds: 0))
        }
        self.init(
            installation: installation, epoch: entry.epoch, place: entry.place, source: entry.source, content: content,
            fates: decision.fates, notes: decision.notes, firstOutput: decision.firstOutput,
            outputCount: decision.outputCount)
    }
}
