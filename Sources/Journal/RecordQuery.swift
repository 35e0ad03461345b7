// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Which of the engine's own records to find. Every condition that is set must hold.
public struct RecordQuery: Sendable {
    /// The kinds of records. The numbers are in files and never change.
    public enum Kind: Int64, CaseIterable, Sendable {
        case summary = 0
        case incident, storm
    }

    public var kind: Kind?
    public var states: Set<RecordState> = []
    /// What the record is about: a group, an incident, a storm.
    public var subject: SubjectID?
    /// The record's own id. Looked for row by row.
    public var id: SubjectID?
    /// The id of an incident's rule.
    public var rule: String?
    /// That its first … last time overlaps, both ends included.
    public var from: EventTime?
    public var through: EventTime?
    public var newestFirst = true
    public var limit = 100
    /// Goes on behind this record: `RecordPage.next` of the page before.
    public var after: Place?

    public init() {}

    /// Where a record stands in the journal: the (first) place of its entry, and its number there.
    public struct Place: Hashable, Sendable {
        public let entry: Int64
        public let number: Int

        public init(entry: Int64, number: Int) {
            self.entry = entry
            self.number = number
        }
    }
}

extension EngineRecord {
    var kind: RecordQuery.Kind {
        switch self {
        case .summary: .summary
        case .incident: .incident
        case .storm: .storm
        }
    }
}

/// One record that was found, and where it stands.
public struct FoundRecord: Sendable {
    public let record: EngineRecord
    public let place: RecordQuery.Place
    /// Of the entry it belongs to.
    public let epoch: UInt64
    /// The number it left under; nil when there was no sink.
    public let output: Int64?
    /// The sinks it was routed to; nil for all of them.
    public let sinks: [String]?
}

/// What was found, in the query's order.
public struct RecordPage: Sendable {
    public internal(set) var records: [FoundRecord] = []
    /// Where the next page goes on; nil when there is nothing more.
    public internal(set) var next: RecordQuery.Place?
    /// Decisions whose notes are damaged.
    public internal(set) var unreadable: [Unreadable] = []
}
