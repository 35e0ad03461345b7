// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Decides what becomes of every alert: a function of its state and the next journal entry, and of nothing else.
///
/// No clock, no randomness, no I/O, no threads: the same entries give the same decisions on any machine at any speed
/// (semantics.md, 1).
public struct AlertEngine: Sendable {
    public internal(set) var clock: EventClock
    let settings: EngineSettings
    var epochs = EpochTable()
    var outbox = Outbox()
    /// The number the next output will get.
    public internal(set) var nextOutput: Int64 = 1
    /// The place behind the last entry that was decided.
    public internal(set) var nextPlace: Int64 = 1
    public internal(set) var counts = FateCounts()

    public init(_ settings: EngineSettings) {
        self.settings = settings
        clock = EventClock(settings.time)
    }

    /// Decides one entry. Entries come in order of place; one that was decided before is a programmer's mistake.
    public mutating func process(_ entry: JournalEntry) -> EntryDecision {
        precondition(entry.place >= nextPlace, "journal entries must come in order")
        nextPlace = entry.place + Int64(entry.placeCount)
        outbox.removeAll(epochs: epochs)
        var fates: [UInt8] = []
        var outputs = 0
        switch entry.content {
        case .alerts(let batch):
            clock.observe(batch)
            fates = settings.hasSinks ? [] : [UInt8](repeating: Fate.unrouted.rawValue, count: batch.count)
            counts.count(fates, of: batch.count)
            outputs = settings.hasSinks ? batch.count : 0
            clock.settle()
        case .gap: outputs = settings.hasSinks ? 1 : 0
        case .tick(let time), .start(let time): clock.tick(time)
        case .configuration: break
        }
        defer { nextOutput += Int64(outputs) }
        return EntryDecision(place: entry.place, fates: fates, firstOutput: nextOutput, outputCount: outputs)
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

    /// Numbers outputs from at least `output` on: what the journal has given out already is never given out again.
    public mutating func resume(atOutput output: Int64) { nextOutput = max(nextOutput, output) }
}
