// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Decides what becomes of every alert: a function of its state and the next journal entry, and of nothing else.
///
/// No clock, no randomness, no I/O, no threads: the same entries give the same decisions on any machine at any speed
/// (semantics.md, 1). `EngineStages` has the order of decisions.
public struct AlertEngine: Sendable {
    public internal(set) var clock: EventClock
    public internal(set) var settings: EngineSettings
    public internal(set) var stages: EngineStages
    /// The digest of the configuration in force, as its journal entry names it; empty before the first.
    public internal(set) var generation = ""
    var epochs = EpochTable()
    /// The number the next output will get.
    public internal(set) var nextOutput: Int64 = 1
    /// The place behind the last entry that was decided.
    public internal(set) var nextPlace: Int64 = 1
    public internal(set) var counts = FateCounts()

    public init(_ settings: EngineSettings) {
        self.settings = settings
        clock = EventClock(settings.time)
        stages = EngineStages(settings)
    }

    /// Decides one entry. Entries come in order of place; one that was decided before is a programmer's mistake.
    public mutating func process(_ entry: JournalEntry) -> EntryDecision {
        precondition(entry.place >= nextPlace, "journal entries must come in order")
        nextPlace = entry.place + Int64(entry.placeCount)
        let epoch = epochs.index(of: entry.epoch)
        stages.begin(epochs)
        var made = EngineStages.Made()
        var isGap = false
        switch entry.content {
        case .alerts(let batch):
            clock.observe(batch)
            made = stages.decide(batch, at: entry.place, epoch: epoch, clock)
            clock.settle()
        case .gap(let gap):
            isGap = settings.hasSinks
            stages.observe(gap)
        case .tick(let time), .start(let time): clock.tick(time)
        case .configuration(let digest): generation = digest
        case .silence(let change): stages.apply(change, clock.moment)
        }
        return finish(entry, &made, isGap: isGap)
    }

    /// The end of a replay: everything that waits for time to pass comes due (semantics.md, 1). `place` is behind all
    /// entries.
    public mutating func end(at place: Int64) -> EntryDecision {
        clock.end()
        stages.begin(epochs)
        var made = EngineStages.Made()
        let entry = JournalEntry(place: place, epoch: 0, source: "", content: .tick(clock.latestArrival))
        nextPlace = place + 1
        return finish(entry, &made, isGap: false)
    }

    /// Timers, then the numbers of the outputs.
    private mutating func finish(
        _ entry: JournalEntry, _ made: inout EngineStages.Made, isGap: Bool
    ) -> EntryDecision {
        stages.advance(clock.moment, entry.alertCount)
        stages.collect(&made, entry, isGap: isGap)
        if case .alerts(let batch) = entry.content { counts.count(made.fates, of: batch.count) }
        let outputs = settings.hasSinks ? made.outputCount(of: entry.alertCount, isGap: isGap) : 0
        defer { nextOutput += Int64(outputs) }
        return EntryDecision(
            place: entry.place, fates: made.fates, notes: made.notes, firstOutput: nextOutput, outputCount: outputs)
    }

    /// Runs an entry whose decision is already committed, to rebuild the state behind a checkpoint. The committed decision
    /// stands: a new configuration or program must not renumber what a sink may have sent.
    public mutating func recover(_ entry: JournalEntry, decision: EntryDecision) {
        let before = counts
        _ = process(entry)
        counts = before
        if case .alerts(let batch) = entry.content { counts.count(decision.fates, of: batch.count) }
        nextOutput = decision.firstOutput + Int64(decision.outputCount)
    }

    /// Goes on under other settings, as the entry that names `generation` asks: the state of everything that is the same
    /// stays, and what is no longer wanted ends with its records when that entry is processed. The generation in force
    /// already changes nothing. Returns the titles of the correlation rules whose state is dropped, because their text changed.
    public mutating func adopt(_ settings: EngineSettings, generation: String) -> [String] {
        guard generation != self.generation else { return [] }
        guard let next = AlertEngine(settings, checkpoint: checkpoint()) else {
            preconditionFailure("an engine reads its own checkpoint")
        }
        self = next
        self.generation = generation
        return next.stages.droppedRules
    }

    /// Numbers outputs from at least `output` on: what the journal has given out already is never given out again.
    public mutating func resume(atOutput output: Int64) { nextOutput = max(nextOutput, output) }
}
