// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Which alerts to find. Every condition that is set must hold; a list is satisfied by any of its values.
public struct AlertQuery: Sendable {
    /// The columns of a block, and of a count.
    public enum Column: String, CaseIterable, Sendable {
        case rule, source, hostname
        case container = "container.id"
        case namespace = "k8s.ns.name"
    }

    /// Event time, both ends included.
    public var from: EventTime?
    public var through: EventTime?
    /// That severe or more.
    public var atLeast: Priority?
    /// Exact values per column; a column without values is not looked at. A null equals nothing.
    public var values: [Column: [String]] = [:]
    /// A part of the output, rule, hostname, a tag or a field's value; upper and lower case of ASCII letters are the same.
    public var text: String?
    /// Any further condition, over the alert and what enrichment added to it; asked last, of what everything else lets
    /// through. Called on the thread that searches.
    public var condition: (@Sendable (borrowing AlertFacts) -> Bool)?
    /// What became of it; empty for whatever did, not decided included.
    public var fates: Set<Fate> = []
    /// The order is that of acceptance.
    public var newestFirst = true
    public var limit = 100
    /// Goes on behind the alert at this place: `SearchPage.next` of the page before.
    public var after: Int64?
    /// How many blocks to open for their text or alerts at most before the page ends: bounds the time a page takes.
    public var blockLimit = 4096

    public init() {}
}

/// One alert that a search found.
public struct FoundAlert: Sendable {
    public let id: RecordID
    /// The configured name of the source it came from.
    public let receivedFrom: String
    /// nil before the engine decided.
    public let fate: Fate?
    /// Holds the alert at `index`, and maybe others that were found.
    public let batch: AlertBatch
    /// Of the alert in `batch`, and of what is noted about it in `notes`.
    public let index: Int
    /// What the engine noted about the alerts of `batch`, without records and routes. Empty where its bytes are damaged.
    public let notes: EntryNotes

    public var mark: AlertMark? { notes.marks.indices.contains(index) ? notes.marks[index] : nil }
    /// The group, silence, inhibition, storm or original behind its fate.
    public var subject: NoteSubject? { notes.subject(of: index) }
    /// The incidents it counted in.
    public var incidents: [SubjectID] { notes.links.filter { $0.alert == index }.map(\.incident) }
}

/// What a search found, in its order.
public struct SearchPage: Sendable {
    public internal(set) var alerts: [FoundAlert] = []
    /// Where the next page goes on; nil when there is nothing more.
    public internal(set) var next: Int64?
    /// Blocks that had to be left out because they are damaged.
    public internal(set) var unreadable: [Unreadable] = []
    /// Blocks whose columns were looked at, and of those the ones that were opened.
    public internal(set) var blocksSeen = 0
    public internal(set) var blocksOpened = 0
}
