// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Everything that one transaction stores: all of it, or after an error nothing.
///
/// Entries get consecutive places in the order they were appended. A plain value: after a failed commit the same group can
/// be committed again.
public struct CommitGroup: Sendable {
    /// What the journal can hold, in one numbered sequence.
    public enum Entry: Sendable {
        /// One place per alert. Its rejects become dead letters and take no place.
        case alerts(AlertBatch, source: String)
        case gap(Gap)
        /// Time passed without alerts.
        case tick(EventTime)
        /// A process began; it and the entries after it stand under `epoch`.
        case start(epoch: UInt64, at: EventTime)
        /// The SHA-256 of the configuration in force from here on, in hexadecimal.
        case configuration(String, at: EventTime)
        /// A silence set or lifted while the process runs.
        case silence(SilenceChange, at: EventTime)
    }

    public private(set) var entries: [Entry] = []
    public private(set) var decisions: [Decision] = []
    public private(set) var sourceCheckpoints: [String: [UInt8]] = [:]
    public private(set) var cursors: [String: SinkCursor] = [:]
    /// What destinations refused: stored with the cursors that pass it. One that is known already is noted as tried again.
    public var refused: [RefusedRecord] = []
    /// Dead letters of deliveries, by number, whose records have arrived after all.
    public var replayed: [Int64] = []
    public var engineCheckpoint: EngineCheckpoint?
    /// What the group's configuration entries name and depend on, by SHA-256 in hexadecimal: their own bodies, rule files,
    /// tables. A body that is stored already costs nothing. All of them are kept while a checkpoint may need them.
    public var generations: [String: [UInt8]] = [:]
    /// Raw bytes of all batches: what the caller bounds a group by.
    public private(set) var byteCount = 0

    public init() {}

    public var isEmpty: Bool {
        entries.isEmpty && decisions.isEmpty && sourceCheckpoints.isEmpty && cursors.isEmpty && engineCheckpoint == nil
            && generations.isEmpty && refused.isEmpty && replayed.isEmpty
    }

    public mutating func append(_ entry: Entry) {
        if case .alerts(let batch, _) = entry { byteCount += batch.byteCount }
        entries.append(entry)
    }

    /// Decisions come in the order of their places, each once.
    public mutating func append(_ decision: Decision) { decisions.append(decision) }

    /// The newest of several checkpoints of a source in one group is the one stored.
    public mutating func setCheckpoint(_ state: [UInt8], ofSource source: String) { sourceCheckpoints[source] = state }

    public mutating func setCursor(_ cursor: SinkCursor, ofSink sink: String) { cursors[sink] = cursor }

    public mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        decisions.removeAll(keepingCapacity: true)
        sourceCheckpoints.removeAll(keepingCapacity: true)
        cursors.removeAll(keepingCapacity: true)
        refused.removeAll(keepingCapacity: true)
        replayed.removeAll(keepingCapacity: true)
        engineCheckpoint = nil
        generations.removeAll(keepingCapacity: true)
        byteCount = 0
    }
}

/// What the engine made of one journal entry: which alerts pass, the numbers of the outputs, and why.
public struct Decision: Sendable {
    /// The entry's (first) place.
    public let place: Int64
    /// Places the entry takes: its number of alerts, 1 for the others.
    public let placeCount: Int
    /// One `Fate` raw value per alert; empty when all passed.
    public let fates: [UInt8]
    public let notes: EntryNotes
    public let firstOutput: Int64
    public let outputCount: Int

    public init(
        place: Int64, placeCount: Int, fates: [UInt8], notes: EntryNotes = EntryNotes(), firstOutput: Int64,
        outputCount: Int
    ) {
        self.place = place
        self.placeCount = placeCount
        self.fates = fates
        self.notes = notes
        self.firstOutput = firstOutput
        self.outputCount = outputCount
    }
}

extension Decision {
    /// The engine's decision about an entry that takes `placeCount` places.
    public init(_ decision: EntryDecision, placeCount: Int) {
        self.init(
            place: decision.place, placeCount: placeCount, fates: decision.fates, notes: decision.notes,
            firstOutput: decision.firstOutput, outputCount: decision.outputCount)
    }
}

/// The engine's state at a place: recovery loads it and runs the journal from there.
public struct EngineCheckpoint: Hashable, Sendable {
    /// The version of `state`'s form, the engine's own.
    public var version: Int
    /// The first place whose entry is not in `state`.
    public var nextPlace: Int64
    /// The number the next output gets.
    public var nextOutput: Int64
    public var state: [UInt8]

    public init(version: Int, nextPlace: Int64, nextOutput: Int64, state: [UInt8]) {
        self.version = version
        self.nextPlace = nextPlace
        self.nextOutput = nextOutput
        self.state = state
    }
}

/// What a commit gave out.
public struct CommitReceipt: Sendable {
    /// The first place of each entry, in the group's order. A batch without alerts takes none and shows its successor's.
    public let places: [Int64]
    /// The epoch each entry stands under, in the group's order.
    public let epochs: [UInt64]
    public let deadLetterCount: Int
}
