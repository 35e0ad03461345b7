// SPDX-License-Identifier: Apache-2.0
import AlertEngine
public import AlertModel

/// The journal as a list: entries with places, committed decisions, and checkpoints.
public struct ModelJournal: Sendable {
    public private(set) var entries: [JournalEntry] = []
    /// Of the first entries, in order.
    public private(set) var decisions: [EntryDecision] = []
    /// Newest last. Of entries with committed decisions only.
    private(set) var checkpoints: [[UInt8]] = []
    public private(set) var nextPlace: Int64 = 1
    var epoch: UInt64 = 1

    var undecided: ArraySlice<JournalEntry> { entries[decisions.count...] }

    mutating func append(_ source: String, _ content: JournalEntry.Content) {
        let entry = JournalEntry(place: nextPlace, epoch: epoch, source: source, content: content)
        nextPlace += Int64(entry.placeCount)
        entries.append(entry)
    }

    mutating func commit(_ decision: EntryDecision) { decisions.append(decision) }

    /// A checkpoint holds nothing whose decision is not committed, or a sink could get it twice under two numbers.
    mutating func keep(_ checkpoint: [UInt8]) {
        checkpoints.append(checkpoint)
        if checkpoints.count > 2 { checkpoints.removeFirst() }
    }

    /// The power goes: the last entries were not yet durable. Their places will be given to others, in another epoch.
    mutating func loseEntries(_ count: Int) {
        for _ in 0 ..< min(count, undecided.count) {
            if let entry = entries.popLast() { nextPlace = entry.place }
        }
    }

    mutating func loseCheckpoints() { checkpoints = [] }

    mutating func damage(_ chance: inout Chance) {
        guard let newest = checkpoints.indices.last, !checkpoints[newest].isEmpty else { return }
        checkpoints[newest] = Array(checkpoints[newest].prefix(chance.below(checkpoints[newest].count)))
    }

    var nextOutput: Int64 { decisions.last.map { $0.firstOutput + Int64($0.outputCount) } ?? 1 }

    /// As the daemon does: the newest good checkpoint, then what came after it; returns what is left to decide.
    func recover(_ settings: (String) -> EngineSettings) -> (engine: AlertEngine, undecided: ArraySlice<JournalEntry>) {
        var restored: AlertEngine?
        for checkpoint in checkpoints.reversed() where restored == nil {
            restored = AlertEngine.generation(ofCheckpoint: checkpoint).flatMap {
                AlertEngine(settings($0), checkpoint: checkpoint)
            }
        }
        var engine = restored ?? AlertEngine(settings(""))
        for (entry, decision) in zip(entries, decisions) where entry.place >= engine.nextPlace {
            if case .configuration(let digest) = entry.content {
                _ = engine.adopt(settings(digest), generation: digest)
            }
            engine.recover(entry, decision: decision)
        }
        engine.resume(atOutput: nextOutput)
        return (engine, undecided)
    }
}
