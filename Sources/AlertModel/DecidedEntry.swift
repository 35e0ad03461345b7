// SPDX-License-Identifier: Apache-2.0

/// What became of one alert. The numbers are stored in the journal and never change.
public enum Fate: UInt8, CaseIterable, Sendable {
    case passed = 0
    /// No route wanted it.
    case unrouted = 1
    /// The same alert had come before, by the same or another transport.
    case transportDuplicate = 2
    /// A repeat, counted in its group.
    case suppressed = 3
    /// A silence matched it.
    case silenced = 4
    /// An open incident or a rule's alert inhibits it.
    case inhibited = 5
    /// Storm control held it back.
    case held = 6

    /// The metric label.
    public var name: String {
        switch self {
        case .passed: "passed"
        case .unrouted: "unrouted"
        case .transportDuplicate: "transport_duplicate"
        case .suppressed: "suppressed"
        case .silenced: "silenced"
        case .inhibited: "inhibited"
        case .held: "held"
        }
    }
}

/// A journal entry after the engine: its content, where it stands, and what was decided for it.
///
/// Immutable and shared by all sinks. Every alert that passed, every gap and every record of the engine's own is one output; outputs
/// are numbered without holes (`EntryNotes` has the order), and a sink's cursor counts in those numbers.
public struct DecidedEntry: Sendable {
    public enum Content: Sendable {
        case alerts(AlertBatch)
        case gap(Gap)
        /// A tick or a start: only records of the engine's own come of it.
        case time(EventTime)
    }

    public let installation: UInt64
    /// The epoch the entry was accepted under.
    public let epoch: UInt64
    /// The place of the first alert; the alert at index i stands at `place + i`. A gap has one place.
    public let place: Int64
    /// The configured name of the source it came from.
    public let source: String
    public let content: Content
    /// One `Fate` raw value per alert; empty when all of them passed, which is the common case and costs nothing.
    public let fates: [UInt8]
    public let notes: EntryNotes
    /// The number of the first output.
    public let firstOutput: Int64
    public let outputCount: Int

    public init(
        installation: UInt64, epoch: UInt64, place: Int64, source: String, content: Content, fates: [UInt8],
        notes: EntryNotes = EntryNotes(), firstOutput: Int64, outputCount: Int
    ) {
        self.installation = installation
        self.epoch = epoch
        self.place = place
        self.source = source
        self.content = content
        self.fates = fates
        self.notes = notes
        self.firstOutput = firstOutput
        self.outputCount = outputCount
    }

    /// One past the number of the last output.
    public var endOutput: Int64 { firstOutput + Int64(outputCount) }

    /// The id of the record at `index` (0 for a gap).
    public func id(at index: Int) -> RecordID {
        RecordID(installation: installation, epoch: epoch, place: place + Int64(index))
    }

    public func isOutput(at index: Int) -> Bool { fates.isEmpty || fates[index] == Fate.passed.rawValue }
}
