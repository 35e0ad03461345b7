// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSources
import Journal

/// What one transaction of the journal's lane is made of, and what waits for the engine.
struct JournalRound {
    private(set) var decided: [EngineLane.Decided] = []
    private(set) var items: [(intake: Int, item: IntakeItem)] = []
    /// What the lanes of sinks want stored.
    private var progress: [String: SinkProgress] = [:]
    private var progressTime = EventTime(nanoseconds: 0)
    /// Silences to be set or lifted.
    private(set) var letters: [ControlMailbox.Letter] = []
    private var lettersTime = EventTime(nanoseconds: 0)
    var tick: EventTime?
    /// Counts rounds, to begin each with another source.
    var turn = 0
    private(set) var bytes = 0
    /// Committed entries that the engine's ring had no room for yet, oldest first.
    private var forEngine: ArraySlice<JournalEntry>
    /// Entries the engine has and has not given back.
    private var atEngine = 0

    init(recovered: [JournalEntry]) { forEngine = recovered[...] }

    var isEmpty: Bool { items.isEmpty && decided.isEmpty && progress.isEmpty && letters.isEmpty && tick == nil }
    var hasEntries: Bool { !items.isEmpty || !letters.isEmpty }
    /// Nothing is under way between here and the engine.
    var isQuiet: Bool { forEngine.isEmpty && atEngine == 0 }
    /// The engine keeps up: more may be accepted.
    var canTakeEntries: Bool { forEngine.isEmpty }

    mutating func add(_ one: EngineLane.Decided) {
        decided.append(one)
        atEngine -= 1
    }

    mutating func add(_ item: IntakeItem, from intake: Int) {
        items.append((intake, item))
        bytes += item.bytes
    }

    /// After a failed commit what comes later goes with what is still here.
    mutating func add(_ more: SinkProgress, of sink: String, at time: EventTime) {
        if progress[sink] == nil { progress[sink] = more } else { progress[sink]?.add(more) }
        progressTime = time
    }

    /// What the transaction stored, once it is committed.
    mutating func takeProgress() -> [String: SinkProgress] {
        defer { progress.removeAll(keepingCapacity: true) }
        return progress
    }

    mutating func add(_ more: [ControlMailbox.Letter], at time: EventTime) {
        guard !more.isEmpty else { return }
        letters += more
        lettersTime = time
    }

    /// The letters, once their transaction is over one way or the other.
    mutating func takeLetters() -> [ControlMailbox.Letter] {
        defer { letters = [] }
        return letters
    }

    /// Gives back the submissions of some intakes, after a failed commit.
    mutating func shed(_ isShed: (Int) -> Bool) -> [(intake: Int, item: IntakeItem)] {
        let given = items.filter { isShed($0.intake) }
        items.removeAll { isShed($0.intake) }
        bytes = items.reduce(0) { $0 + $1.item.bytes }
        return given
    }

    /// The transaction's content. Built anew for every try: a failed one may have shed submissions since.
    func group(sourceNames: [String]) -> CommitGroup {
        var group = CommitGroup()
        for (intake, item) in items {
            switch item.content {
            case .batch(let batch):
                if batch.count > 0 || batch.rejectCount > 0 {
                    group.append(.alerts(batch, source: sourceNames[intake]))
                }
            case .gap(let gap): group.append(.gap(gap))
            }
            if let checkpoint = item.checkpoint { group.setCheckpoint(checkpoint, ofSource: sourceNames[intake]) }
        }
        for letter in letters { group.append(.silence(letter.change, at: lettersTime)) }
        if let tick { group.append(.tick(tick)) }
        for one in decided {
            group.append(Decision(one.decision, placeCount: one.entry.placeCount))
            if let checkpoint = one.checkpoint { group.engineCheckpoint = checkpoint.stored }
        }
        for (sink, one) in progress { group.add(one, of: sink, at: progressTime) }
        return group
    }

    /// After the commit: what was stored becomes entries for the engine, in the order of their places. Returns the
    /// submissions, to be settled.
    mutating func finish(
        _ receipt: CommitReceipt, sourceNames: [String], _ counters: JournalCounters
    ) -> [(intake: Int, item: IntakeItem)] {
        var position = 0
        var alerts = 0
        func entry(_ source: String, _ content: JournalEntry.Content) -> JournalEntry {
            defer { position += 1 }
            return JournalEntry(
                place: receipt.places[position], epoch: receipt.epochs[position], source: source, content: content)
        }
        for (intake, item) in items {
            switch item.content {
            case .batch(let batch):
                guard batch.count > 0 || batch.rejectCount > 0 else { continue }
                let stored = entry(sourceNames[intake], .alerts(batch))
                guard batch.count > 0 else { continue }
                counters.batchAlerts.observe(Double(batch.count))
                alerts += batch.count
                forEngine.append(stored)
            case .gap(let gap): forEngine.append(entry(sourceNames[intake], .gap(gap)))
            }
        }
        for letter in letters { forEngine.append(entry("", .silence(letter.change))) }
        if let tick { forEngine.append(entry("", .tick(tick))) }
        counters.entries.add(position)
        counters.alerts.add(alerts)
        counters.undecidedAlerts.add(alerts)
        defer {
            items.removeAll(keepingCapacity: true)
            tick = nil
            bytes = 0
        }
        return items
    }

    /// The decisions of the transaction that was committed.
    mutating func takeDecided() -> [EngineLane.Decided] {
        defer { decided.removeAll(keepingCapacity: true) }
        return decided
    }

    /// Moves what the engine's ring has room for.
    mutating func handOn(to engine: EngineLane) {
        guard !forEngine.isEmpty else { return }
        while let entry = forEngine.first {
            guard engine.input.push(entry) == nil else { break }
            forEngine.removeFirst()
            atEngine += 1
        }
        if forEngine.isEmpty { forEngine = [] }
        engine.bell.signal()
    }
}

extension CommitGroup {
    mutating func add(_ progress: SinkProgress, of sink: String, at time: EventTime) {
        setCursor(progress.cursor, ofSink: sink)
        refused += progress.refused.map { RefusedRecord(sink: sink, refused: $0, at: time) }
        replayed += progress.replayed
    }
}

extension EngineLane.EngineCheckpoint {
    var stored: Journal.EngineCheckpoint {
        Journal.EngineCheckpoint(
            version: Int(EngineLane.checkpointVersion), nextPlace: nextPlace, nextOutput: nextOutput, state: bytes)
    }
}
