// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// A correlation rule, checked and resolved: what the engine runs (Sigma 2.1, correlation rules; semantics.md, 3).
public struct CorrelationRule: Sendable {
    /// Where it stands among the correlations of its `SigmaRuleSet`.
    public var index: Int
    /// The rule's `id`; its `name`, else its title, where it has none.
    public var id: String
    /// What other rules and conditions call it.
    public var name: String
    public var title: String
    public var level: IncidentLevel
    public var tags: [String]
    /// SHA-256 of the rule's text, cut to 128 bits: a changed rule starts anew.
    public var body: SubjectID
    public var kind: CorrelationKind
    /// What it looks at, in the order of `rules:`. Conditions and orders refer to indexes of this list.
    public var references: [RuleReference]
    public var groupBy: [GroupField]
    public var timespan: Duration
    public var window: WindowKind
    public var emit: EmitMode
    /// `on_null: group`: an alert with a null group field takes part, under null.
    public var groupsNulls: Bool
    /// `until`: an index into `references`-like space of its own; a match of it ends partial matches of the group.
    public var until: RuleReference?
    /// `generate: false` in a rule that others refer to: it makes no incident of its own, only feeds them.
    public var makesIncidents: Bool

    public init(
        index: Int, id: String, name: String, title: String, level: IncidentLevel, tags: [String], body: SubjectID,
        kind: CorrelationKind, references: [RuleReference], groupBy: [GroupField], timespan: Duration,
        window: WindowKind = .sliding, emit: EmitMode = .once, groupsNulls: Bool = false, until: RuleReference? = nil,
        makesIncidents: Bool = true
    ) {
        self.index = index
        self.id = id
        self.name = name
        self.title = title
        self.level = level
        self.tags = tags
        self.body = body
        self.kind = kind
        self.references = references
        self.groupBy = groupBy
        self.timespan = timespan
        self.window = window
        self.emit = emit
        self.groupsNulls = groupsNulls
        self.until = until
        self.makesIncidents = makesIncidents
    }
}

/// A rule that a correlation looks at: an index into `SigmaRuleSet.detections` or `.correlations`.
///
/// `falco:NAME` is a detection that the compiler makes.
public enum RuleReference: Hashable, Sendable {
    case detection(Int)
    case correlation(Int)
}

/// One `group-by` field: what it is called, and where it is read for each of the rule's references (they differ where
/// `aliases` say so).
public struct GroupField: Sendable {
    public let name: String
    /// Of every reference, in their order.
    public let fields: [FactName]
    /// Of the `until` rule.
    public let untilField: FactName

    public init(name: String, fields: [FactName], untilField: FactName) {
        self.name = name
        self.fields = fields
        self.untilField = untilField
    }
}

/// What a rule or a key can read of an alert.
public enum FactName: Hashable, Sendable {
    case rule, priority, source, hostname, output
    /// All tags, in order.
    case tags
    case field(FieldName)
    /// Written as a Falco user writes it.
    public init(_ name: String) {
        switch name {
        case "rule": self = .rule
        case "priority": self = .priority
        case "source": self = .source
        case "hostname": self = .hostname
        case "output": self = .output
        case "tags": self = .tags
        default: self = .field(FieldName(name))
        }
    }
}

public enum CorrelationKind: Sendable {
    case eventCount(Bounds)
    /// Distinct tuples of `fields`.
    case valueCount(fields: [FactName], Bounds)
    case temporal(TemporalCondition)
    /// References in order.
    case temporalOrdered
    case valueSum(field: FactName, Bounds)
    case valueAverage(field: FactName, Bounds)
    /// 0 … 100; a median is 50.
    case valuePercentile(field: FactName, percentile: Double, Bounds)
    /// `x-creance: new_value`: a tuple not seen in `history` (0: ever); nothing fires within `learning` of the rule's start.
    case newValue(fields: [FactName], history: Duration, learning: Duration)
    /// `x-creance: absence`: reference 0 (the anchor) without a match of reference 1 within the timespan.
    case absence
    /// `x-creance: risk`: scores summed over the timespan; fires at `threshold` or at `tactics` different tactics.
    case risk(RiskScores, threshold: Double, tactics: Int)

    /// The Sigma name, or the one under `x-creance`.
    public var name: String {
        switch self {
        case .eventCount: "event_count"
        case .valueCount: "value_count"
        case .temporal: "temporal"
        case .temporalOrdered: "temporal_ordered"
        case .valueSum: "value_sum"
        case .valueAverage: "value_avg"
        case .valuePercentile(_, let percentile, _): percentile == 50 ? "value_median" : "value_percentile"
        case .newValue: "new_value"
        case .absence: "absence"
        case .risk: "risk"
        }
    }
}

/// A condition on a number: all the bounds that are there hold.
public struct Bounds: Hashable, Sendable {
    public var gt: Double?
    public var gte: Double?
    public var lt: Double?
    public var lte: Double?
    public var eq: Double?
    public var neq: Double?

    public init(
        gt: Double? = nil, gte: Double? = nil, lt: Double? = nil, lte: Double? = nil, eq: Double? = nil,
        neq: Double? = nil
    ) {
        self.gt = gt
        self.gte = gte
        self.lt = lt
        self.lte = lte
        self.eq = eq
        self.neq = neq
    }

    @inlinable
    public func contains(_ value: Double) -> Bool {
        (gt.map { value > $0 } ?? true) && (gte.map { value >= $0 } ?? true) && (lt.map { value < $0 } ?? true)
            && (lte.map { value <= $0 } ?? true) && (eq.map { value == $0 } ?? true)
            && (neq.map { value != $0 } ?? true)
    }

    /// Only lower bounds: once true of a growing number it stays true.
    public var isMonotone: Bool { lt == nil && lte == nil && eq == nil && neq == nil }
}

/// A Boolean condition over a temporal rule's references, in postfix order: no recursion at run time.
public struct TemporalCondition: Hashable, Sendable {
    public enum Step: Hashable, Sendable {
        /// The reference of this index matched in the window.
        case reference(Int)
        case and, or, not
    }

    public let steps: [Step]

    public init(steps: [Step]) { self.steps = steps }

    /// All of `count` references.
    public static func all(_ count: Int) -> TemporalCondition {
        TemporalCondition(
            steps: (0 ..< count).flatMap { index in index == 0 ? [.reference(0)] : [.reference(index), .and] })
    }

    public var isMonotone: Bool { !steps.contains(.not) }
}

public enum WindowKind: Hashable, Sendable {
    case sliding, tumbling
    /// Ends where the next alert of the group is more than `gap` away.
    case session(gap: Duration)
}

public enum EmitMode: String, Hashable, Sendable {
    /// One incident while the condition holds.
    case once
    /// One record for every alert that satisfies the condition.
    case every
    /// One record, then the group starts from nothing.
    case reset
}

/// What an alert adds to an entity's risk.
public struct RiskScores: Hashable, Sendable {
    /// By `Priority.rawValue`, eight numbers.
    public var byPriority: [Double]
    /// Added for each tag of this name.
    public var byTag: [String: Double]

    public init(byPriority: [Double], byTag: [String: Double]) {
        self.byPriority = byPriority
        self.byTag = byTag
    }
}
