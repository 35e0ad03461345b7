// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Decides what becomes of every alert: a function of its state and the next journal entry, and of nothing else.
///
/// No clock, no randomness, no I/O, no threads: the same entries give the same decisions on any machine at any speed
/// (semantics.md, 1). The order of decisions is semantics.md, section 4; the stages that exist are marked:
///
///     time ✓ · transport identity · enrich · deduplicate · correlate · silence · inhibit · storm · route ✓
public struct AlertEngine: Sendable {
    public private(set) var clock: EventClock
    private var route: RouteStage
    /// The number the next output will get.
    public private(set) var nextOutput: Int64
    /// The place behind the last entry that was decided.
    public private(set) var nextPlace: Int64
    public private(set) var counts: FateCounts

    public init(_ settings: EngineSettings) {
        clock = EventClock(settings)
        route = RouteStage(hasSinks: settings.hasSinks)
        nextOutput = 1
        nextPlace = 1
        counts = FateCounts()
    }

    /// Decides one entry. Entries come in order of place; one that was decided before is a programmer's mistake.
    public mutating func process(_ entry: JournalEntry) -> EntryDecision {
        precondition(entry.place >= nextPlace, "journal entries must come in order")
        nextPlace = entry.place + Int64(entry.placeCount)
        switch entry.content {
        case .alerts(let batch):
            clock.observe(batch)
            let fates = route.decide(batch)
            let passed = counts.count(fates, of: batch.count)
            return decision(entry, fates: fates, outputs: passed)
        case .gap:
            return decision(entry, fates: [], outputs: route.hasSinks ? 1 : 0)
        case .tick(let time), .start(let time):
            clock.tick(time)
            return decision(entry, fates: [], outputs: 0)
        case .configuration:
            return decision(entry, fates: [], outputs: 0)
        }
    }

    /// Runs an entry whose decision is already committed, to rebuild the state behind a checkpoint. The committed decision
    /// stands: a new configuration or program must not renumber what a sink may have sent.
    public mutating func recover(_ entry: JournalEntry, decision: EntryDecision) {
        let before = counts
        _ = process(entry)
        counts = before
        if case .alerts(let batch) = entry.content { _ = counts.count(decision.fates, of: batch.count) }
        nextOutput = decision.firstOutput + Int64(decision.outputCount)
    }

    /// Numbers outputs from at least `output` on: what the journal has given out already is never given out again.
    public mutating func resume(atOutput output: Int64) { nextOutput = max(nextOutput, output) }

    /// Takes over what a checkpoint holds, in the order `checkpoint()` writes it.
    mutating func restore(_ numbers: [Int64], _ streams: StreamTable, _ settings: EngineSettings) {
        nextPlace = numbers[0]
        nextOutput = numbers[1]
        counts = FateCounts(passed: Int(numbers[2]), unrouted: Int(numbers[3]))
        clock = EventClock(
            settings, streams: streams, watermark: EventTime(nanoseconds: numbers[4]),
            latestArrival: EventTime(nanoseconds: numbers[5]), counts: numbers[6 ... 8].map(Int.init))
    }

    private mutating func decision(_ entry: JournalEntry, fates: [UInt8], outputs: Int) -> EntryDecision {
        defer { nextOutput += Int64(outputs) }
        return EntryDecision(place: entry.place, fates: fates, firstOutput: nextOutput, outputCount: outputs)
    }
}

/// The fate equation's right-hand side, since the journal began.
public struct FateCounts: Hashable, Sendable {
    public private(set) var passed = 0
    public private(set) var unrouted = 0

    public var total: Int { passed + unrouted }

    /// Counts a batch's fates (empty: all passed); returns how many passed.
    mutating func count(_ fates: [UInt8], of alerts: Int) -> Int {
        let dropped = fates.reduce(0) { $0 + ($1 == Fate.passed.rawValue ? 0 : 1) }
        passed += alerts - dropped
        unrouted += dropped
        return alerts - dropped
    }

    init() {}

    init(passed: Int, unrouted: Int) {
        self.passed = passed
        self.unrouted = unrouted
    }
}

/// The last stage: which alerts leave. Until routes have conditions, all of them do when there is anywhere to go.
struct RouteStage: Sendable {
    let hasSinks: Bool

    func decide(_ batch: AlertBatch) -> [UInt8] {
        hasSinks ? [] : [UInt8](repeating: Fate.unrouted.rawValue, count: batch.count)
    }
}
