// SPDX-License-Identifier: Apache-2.0

/// What the engine itself has to say, beside the alerts that pass: records.md has the keys.
///
/// Immutable values, made seldom; texts in them may be hostile, they come from alerts.
public enum EngineRecord: Hashable, Sendable {
    case summary(GroupSummary)
    case incident(IncidentRecord)
    case storm(StormRecord)

    public var state: RecordState {
        switch self {
        case .summary(let summary): summary.state
        case .incident(let incident): incident.state
        case .storm(let storm): storm.state
        }
    }

    /// What the record is about, stable from open to close.
    public var subject: SubjectID {
        switch self {
        case .summary(let summary): summary.group
        case .incident(let incident): incident.incident
        case .storm(let storm): storm.storm
        }
    }

    /// The record's own id, which never comes again (records.md).
    public var id: SubjectID {
        switch self {
        case .summary(let summary): summary.id
        case .incident(let incident): incident.id
        case .storm(let storm): storm.id
        }
    }
}

/// Where in its subject's life a record stands.
public enum RecordState: UInt8, CaseIterable, Sendable {
    case open, update, close

    /// The value of `state`.
    public var name: String {
        switch self {
        case .open: "open"
        case .update: "update"
        case .close: "close"
        }
    }
}

/// One member of a key: its name, and the canonical value (`.null` for absent).
public struct KeyField: Hashable, Sendable {
    public let name: String
    public let value: FieldValue

    public init(name: String, value: FieldValue) {
        self.name = name
        self.value = value
    }
}

/// How many alerts of one kind there were, where repeats did not leave (semantics.md, 2).
public struct GroupSummary: Hashable, Sendable {
    public var group: SubjectID
    /// When the group's first alert was: two groups of one key, one after the other, have the same `group`.
    public var opened: EventTime
    public var state: RecordState
    public var revision: Int
    public var fields: [KeyField]
    public var total: Int
    public var suppressed: Int
    public var variants: Int
    public var first: EventTime
    public var last: EventTime
    /// By `Priority.rawValue`, eight numbers.
    public var byPriority: [Int]
    public var samples: [RecordID]
    /// Masked command lines of variants beyond the limit, new since the record before.
    public var newVariants: [String]

    public init(
        group: SubjectID, opened: EventTime, state: RecordState, revision: Int, fields: [KeyField], total: Int,
        suppressed: Int, variants: Int, first: EventTime, last: EventTime, byPriority: [Int], samples: [RecordID],
        newVariants: [String] = []
    ) {
        self.group = group
        self.opened = opened
        self.state = state
        self.revision = revision
        self.fields = fields
        self.total = total
        self.suppressed = suppressed
        self.variants = variants
        self.first = first
        self.last = last
        self.byPriority = byPriority
        self.samples = samples
        self.newVariants = newVariants
    }

    /// Of the group, the state, the revision, when the group was opened and by which alert, its first sample: a late
    /// alert may open a group of the same key at the same time again.
    public var id: SubjectID {
        let opener = samples.first.map { [$0.epoch, UInt64(bitPattern: $0.place)] } ?? []
        return SubjectID(
            subject: group, state: state, revision: revision,
            further: [UInt64(bitPattern: opened.nanoseconds)] + opener)
    }

    /// The most severe priority in the group.
    public var priority: Priority {
        Priority.allCases.first { byPriority.indices.contains(Int($0.rawValue)) && byPriority[Int($0.rawValue)] > 0 }
            ?? .debug
    }
}

/// A correlation rule's condition holds, changed, or held (semantics.md, 3).
public struct IncidentRecord: Hashable, Sendable {
    public var incident: SubjectID
    public var state: RecordState
    public var revision: Int
    /// `emit: every`: the alert that fired, part of the record's id.
    public var firing: RecordID?
    public var ruleID: String
    public var ruleTitle: String
    /// The Sigma type: `event_count`, `temporal_ordered` …
    public var ruleType: String
    public var level: IncidentLevel
    public var tags: [String]
    public var group: [KeyField]
    public var value: Double
    public var first: EventTime
    public var last: EventTime
    /// Up to 16: the first 8 and the last 8.
    public var alerts: [RecordID]
    /// ATT&CK tactics of the rule and its alerts, in order of their names.
    public var attack: [String]
    public var isApproximate: Bool
    public var mayBeUndercounted: Bool
    /// A gap record falls into the incident's time.
    public var hasGap: Bool
    /// The incident that this one turned out to be part of.
    public var mergedInto: SubjectID?

    public init(
        incident: SubjectID, state: RecordState, revision: Int, firing: RecordID? = nil, ruleID: String,
        ruleTitle: String, ruleType: String, level: IncidentLevel, tags: [String], group: [KeyField], value: Double,
        first: EventTime, last: EventTime, alerts: [RecordID], attack: [String] = [], isApproximate: Bool = false,
        mayBeUndercounted: Bool = false, hasGap: Bool = false, mergedInto: SubjectID? = nil
    ) {
        self.incident = incident
        self.state = state
        self.revision = revision
        self.firing = firing
        self.ruleID = ruleID
        self.ruleTitle = ruleTitle
        self.ruleType = ruleType
        self.level = level
        self.tags = tags
        self.group = group
        self.value = value
        self.first = first
        self.last = last
        self.alerts = alerts
        self.attack = attack
        self.isApproximate = isApproximate
        self.mayBeUndercounted = mayBeUndercounted
        self.hasGap = hasGap
        self.mergedInto = mergedInto
    }

    /// Of the incident, the state, the revision, the firing alert if one is named, and the first and last of its alerts: a
    /// late alert may open an incident of the same group at the same time again, after the one before was closed.
    public var id: SubjectID {
        var further = firing.map { [$0.installation, $0.epoch, UInt64(bitPattern: $0.place)] } ?? []
        further.append(UInt64(further.count))
        for alert in [alerts.first, alerts.last] {
            if let alert { further += [alert.epoch, UInt64(bitPattern: alert.place)] }
        }
        return SubjectID(subject: incident, state: state, revision: revision, further: further)
    }
}

/// Sigma's five levels, most severe first. `a < b` reads "a is less severe than b".
public enum IncidentLevel: UInt8, CaseIterable, Comparable, Sendable {
    case critical, high, medium, low, informational

    public static func < (left: IncidentLevel, right: IncidentLevel) -> Bool { left.rawValue > right.rawValue }

    /// As Sigma writes it.
    public var name: String {
        switch self {
        case .critical: "critical"
        case .high: "high"
        case .medium: "medium"
        case .low: "low"
        case .informational: "informational"
        }
    }

    public init?(name: some StringProtocol) {
        guard let match = IncidentLevel.allCases.first(where: { $0.name == name.lowercased() }) else { return nil }
        self = match
    }

    /// The priority that stands for the level where something expects one of Falco's.
    public var priority: Priority {
        switch self {
        case .critical: .critical
        case .high: .error
        case .medium: .warning
        case .low: .notice
        case .informational: .informational
        }
    }
}

/// More alerts than storm control lets through (semantics.md, 4).
public struct StormRecord: Hashable, Sendable {
    public struct Talker: Hashable, Sendable {
        public let key: String
        public let count: Int

        public init(key: String, count: Int) {
            self.key = key
            self.count = count
        }
    }

    public enum Scope: UInt8, CaseIterable, Sendable {
        case rule, scope, overall

        /// The value of `scope`.
        public var name: String {
            switch self {
            case .rule: "rule"
            case .scope: "scope"
            case .overall: "overall"
            }
        }
    }

    public var storm: SubjectID
    public var state: RecordState
    public var revision: Int
    public var scope: Scope
    /// The rule's name, or the container or host; empty for `overall`.
    public var key: String
    public var held: Int
    public var top: [Talker]
    public var first: EventTime
    public var last: EventTime
    /// Ids of some of the alerts held.
    public var samples: [RecordID]

    public init(
        storm: SubjectID, state: RecordState, revision: Int, scope: Scope, key: String, held: Int, top: [Talker],
        first: EventTime, last: EventTime, samples: [RecordID]
    ) {
        self.storm = storm
        self.state = state
        self.revision = revision
        self.scope = scope
        self.key = key
        self.held = held
        self.top = top
        self.first = first
        self.last = last
        self.samples = samples
    }

    public var id: SubjectID { SubjectID(subject: storm, state: state, revision: revision, further: []) }
}

extension SubjectID {
    /// The id of a record: a digest of its subject's id, its state, its revision, and what else tells it from others.
    init(subject: SubjectID, state: RecordState, revision: Int, further: [UInt64]) {
        var writer = ByteWriter()
        writer.put(subject)
        writer.put(state.rawValue)
        writer.put(Int64(revision))
        for word in further { writer.put(word) }
        self.init(digestOf: writer.bytes.span)
    }
}
