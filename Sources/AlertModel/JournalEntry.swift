// SPDX-License-Identifier: Apache-2.0

/// One entry of the journal: everything the engine's decisions depend on arrives as one of these, in order of place.
public struct JournalEntry: Sendable {
    public enum Content: Sendable {
        /// Accepted alerts; the alert at index i stands at `place + i`.
        case alerts(AlertBatch)
        case gap(Gap)
        /// Time passed while nothing arrived: the clock the engine does not have.
        case tick(EventTime)
        /// A process start: from here on `epoch` names new entries.
        case start(EventTime)
        /// The SHA-256 of the configuration in force from here on, in hexadecimal.
        case configuration(String)
        /// A silence that was set or lifted while the process ran.
        case silence(SilenceChange)
    }

    /// The place of the first alert, or of the control entry.
    public let place: Int64
    /// Of the process start that accepted the entry.
    public let epoch: UInt64
    /// The configured name of the source; empty for control entries.
    public let source: String
    public let content: Content

    public init(place: Int64, epoch: UInt64, source: String, content: Content) {
        self.place = place
        self.epoch = epoch
        self.source = source
        self.content = content
    }

    /// Places the entry takes: one per alert, one for everything else.
    public var placeCount: Int {
        if case .alerts(let batch) = content { batch.count } else { 1 }
    }
}

extension JournalEntry {
    public var alertCount: Int { if case .alerts(let batch) = content { batch.count } else { 0 } }
}

/// What the engine decided for one entry; committed before any sink may see it.
public struct EntryDecision: Sendable {
    public let place: Int64
    /// One `Fate` raw value per alert; empty when all passed.
    public let fates: [UInt8]
    public let notes: EntryNotes
    public let firstOutput: Int64
    /// Alerts that passed, a gap, and the notes' records.
    public let outputCount: Int

    public init(
        place: Int64, fates: [UInt8], notes: EntryNotes = EntryNotes(), firstOutput: Int64, outputCount: Int
    ) {
        self.place = place
        self.fates = fates
        self.notes = notes
        self.firstOutput = firstOutput
        self.outputCount = outputCount
    }
}

/// How far a sink has come: stored in the journal from time to time.
public struct SinkCursor: Hashable, Sendable {
    /// The number of the first output that is not known to be delivered.
    public let nextOutput: Int64
    /// The sink's own note of where that is, such as a file's identity and length.
    public let position: [UInt8]
    /// What behind `nextOutput` it will not get any more.
    public let shed: ShedOutputs

    public init(nextOutput: Int64, position: [UInt8] = [], shed: ShedOutputs = ShedOutputs()) {
        self.nextOutput = nextOutput
        self.position = position
        self.shed = shed
    }
}
