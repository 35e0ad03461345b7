// SPDX-License-Identifier: Apache-2.0

/// What the engine says about one entry beyond fates: records of its own, why an alert has its fate, what was added to it,
/// and which sinks get what. Empty for most ticks.
///
/// Outputs of an entry are numbered so: for each index i of its alerts in order, first the records whose `position` is i,
/// then the alert when it passed; at the end the records whose position is the number of alerts.
public struct EntryNotes: Sendable {
    /// In order of `position`; several of one position in order of their making.
    public var records: [PlacedRecord] = []
    /// One per alert, or empty when there is nothing to say about any.
    public var marks: [AlertMark] = []
    /// What `AlertMark.subject` points at.
    public var subjects: [NoteSubject] = []
    /// Which alerts counted in which incidents, in order of alerts.
    public var links: [IncidentLink] = []
    /// What enrichment added. Alerts that did not pass may be left out.
    public var added = AddedFields()
    public var routes = OutputRoutes()

    public init() {}

    public var isEmpty: Bool {
        records.isEmpty && marks.isEmpty && links.isEmpty && added.alertCount == 0 && routes.isEverything
    }

    /// What stands behind an alert's fate; nil when nothing was noted.
    public func subject(of alert: Int) -> NoteSubject? {
        guard marks.indices.contains(alert), marks[alert].subject > 0, Int(marks[alert].subject) <= subjects.count
        else { return nil }
        return subjects[Int(marks[alert].subject) - 1]
    }
}

/// A record of the engine's own, and before which alert of its entry it comes.
public struct PlacedRecord: Hashable, Sendable {
    /// 0 … number of the entry's alerts.
    public let position: Int
    public let record: EngineRecord

    public init(position: Int, record: EngineRecord) {
        self.position = position
        self.record = record
    }
}

/// What was noted about one alert.
public struct AlertMark: Hashable, Sendable {
    public struct Flags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Behind the watermark when it came.
        public static let late = Flags(rawValue: 1)
        /// Its event time lay too far ahead: its arrival decided.
        public static let skewed = Flags(rawValue: 2)
        /// The deduplication table was full: it passed without a group.
        public static let ungrouped = Flags(rawValue: 4)
        /// At least one correlation rule could not place it.
        public static let unplaced = Flags(rawValue: 8)
    }

    /// One more than an index into `EntryNotes.subjects`; 0 for none.
    public var subject: UInt32
    /// Of a group: the variant's number, from 1.
    public var variant: UInt32
    /// Of a group: how many alerts it had, this one included; saturates.
    public var count: UInt32
    public var flags: Flags

    public init(subject: UInt32 = 0, variant: UInt32 = 0, count: UInt32 = 0, flags: Flags = []) {
        self.subject = subject
        self.variant = variant
        self.count = count
        self.flags = flags
    }
}

/// What stands behind a fate.
public enum NoteSubject: Hashable, Sendable {
    /// The alert belongs to this group (passed or suppressed).
    case group(SubjectID)
    /// Silenced by the silence of this id.
    case silence(String)
    /// Inhibited by this inhibition (its condition, as configured).
    case inhibition(String)
    /// Held by this storm.
    case storm(SubjectID)
    /// The same alert came before: a transport duplicate of this one.
    case original(RecordID)
}

/// An alert counted in an incident.
public struct IncidentLink: Hashable, Sendable {
    public let alert: Int
    public let incident: SubjectID

    public init(alert: Int, incident: SubjectID) {
        self.alert = alert
        self.incident = incident
    }
}

/// Which sinks get which outputs of an entry. Without sets: every output goes to every sink.
public struct OutputRoutes: Hashable, Sendable {
    /// Distinct sets of sink names.
    public var sets: [[String]] = []
    /// Per output of the entry, an index into `sets`.
    public var perOutput: [UInt16] = []

    public init() {}

    public var isEverything: Bool { sets.isEmpty }

    /// Whether the output at `offset` (0 for the entry's first) goes to `sink`.
    public func contains(_ sink: String, at offset: Int) -> Bool {
        guard !isEverything else { return true }
        guard perOutput.indices.contains(offset), Int(perOutput[offset]) < sets.count else { return false }
        return sets[Int(perOutput[offset])].contains(sink)
    }

    /// The sinks that the output at `offset` goes to; nil for all of them.
    public func sinks(at offset: Int) -> [String]? {
        guard !isEverything else { return nil }
        guard perOutput.indices.contains(offset), Int(perOutput[offset]) < sets.count else { return [] }
        return sets[Int(perOutput[offset])]
    }
}
