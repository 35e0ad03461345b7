// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import AlertSources
public import Journal

/// The engine as it stood when the process before this one ended, and what it left undecided (semantics.md, 7).
///
/// The newest good checkpoint, then the journal after it: entries with a committed decision rebuild the state, the others
/// wait for the engine's lane.
struct Recovery {
    let engine: AlertEngine
    /// Committed entries without a decision, in order.
    let undecided: [JournalEntry]
    /// Damaged entries that were passed over.
    let unreadable: [Unreadable]
    /// The arrival of the last good alert before the first damaged entry; nil when none came before it.
    let lastArrival: EventTime?
    /// Newer checkpoints that were damaged, or written by another version.
    let lostCheckpoints: Int
    /// Entries that were run again.
    let replayed: Int

    init(_ reader: JournalReader, _ shelf: GenerationShelf) throws(JournalError) {
        let status = try reader.status()
        let stored = try reader.engineCheckpoint()
        let restored = stored.checkpoint.flatMap { checkpoint in
            AlertEngine.generation(ofCheckpoint: checkpoint.state).flatMap {
                AlertEngine(shelf.settings(of: $0), checkpoint: checkpoint.state)
            }
        }
        var engine: AlertEngine
        if let restored { engine = restored } else { engine = AlertEngine(try Self.startingSettings(reader, shelf)) }
        var undecided: [JournalEntry] = []
        var unreadable: [Unreadable] = []
        var replayed = 0
        var lastArrival: EventTime?
        var place = engine.nextPlace
        while true {
            let page = try reader.entries(from: place)
            if page.isEmpty { break }
            for (entry, decision) in zip(page.entries, page.decisions) {
                if unreadable.isEmpty, case .alerts(let batch) = entry.content, batch.count > 0 {
                    lastArrival = batch.alert(at: batch.count - 1).arrivalTime
                }
                if entry.place > status.decidedPlace {
                    // The lane puts it in force at its place.
                    if case .configuration(let digest) = entry.content { _ = shelf.settings(of: digest) }
                    undecided.append(entry)
                } else {
                    if case .configuration(let digest) = entry.content {
                        _ = engine.adopt(shelf.settings(of: digest), generation: digest)
                    }
                    engine.recover(entry, decision: decision ?? .nothing(of: entry, at: engine.nextOutput))
                    replayed += 1
                }
            }
            unreadable += page.unreadable
            place = page.nextPlace
        }
        engine.resume(atOutput: status.nextOutput)
        self.engine = engine
        self.undecided = undecided
        self.unreadable = unreadable
        self.replayed = replayed
        self.lastArrival = lastArrival
        lostCheckpoints = stored.damaged + (stored.checkpoint != nil && restored == nil ? 1 : 0)
    }

    /// What an engine without a checkpoint starts under, at the oldest entry.
    private static func startingSettings(
        _ reader: JournalReader, _ shelf: GenerationShelf
    ) throws(JournalError) -> EngineSettings {
        guard let digest = try reader.startingConfiguration()?.digest else { return shelf.current.settings }
        return shelf.settings(of: digest)
    }
}

extension EntryDecision {
    /// The decision that is not stored because nothing of the entry leaves.
    fileprivate static func nothing(of entry: JournalEntry, at output: Int64) -> EntryDecision {
        let fates = [UInt8](repeating: Fate.unrouted.rawValue, count: entry.alertCount)
        return EntryDecision(place: entry.place, fates: fates, firstOutput: output, outputCount: 0)
    }
}

/// Decodes the journal's blocks with the decoder that the sources use.
struct JournalDecoder: BlockDecoder {
    private let decoder = AlertDecoder()

    func decode(_ encoding: AlertEncoding, _ raw: Span<UInt8>, arrival: EventTime, into batch: inout AlertBatchBuilder)
    {
        decoder.decode(encoding, raw, arrival: arrival, into: &batch)
    }
}

extension JournalReader {
    /// A reader whose blocks are decoded as they were when they arrived.
    public static func open(_ path: String) throws(JournalError) -> JournalReader {
        try JournalReader(path: path, decoder: { JournalDecoder() })
    }
}
