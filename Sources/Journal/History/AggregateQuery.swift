// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// How many alerts of a query fall into which groups.
public struct AggregateQuery: Sendable {
    /// What alerts are grouped by.
    public enum Key: Hashable, Sendable {
        case column(AlertQuery.Column)
        case priority
        /// Of alerts that are not decided yet: null.
        case fate
        /// An alert with several tags counts once under each.
        case tag
        /// An output field's value, or what enrichment added under its name.
        case field(FieldName)
        /// The start of the stretch of this length that the event time falls into, counted from 1970.
        case time(Duration)
    }

    /// Which alerts; order, limit, cursor and block limit are not looked at.
    public var alerts = AlertQuery()
    /// Up to two of them.
    public var by: [Key]
    /// Every group also says how many of its alerts fall into which stretch of this length; nil: it does not.
    public var bucket: Duration?
    /// The largest groups that are returned; the others are summed up.
    public var limit = 20

    public init(by: [Key]) { self.by = by }

    /// Tags and fields are in no column.
    var needsAlerts: Bool {
        by.contains { key in
            switch key {
            case .tag, .field: true
            case .column, .priority, .fate, .time: false
            }
        }
    }
}

/// What the alerts of one group share.
public enum GroupValue: Hashable, Sendable {
    case null
    /// As the sender wrote it; a number in digits.
    case text([UInt8])
    case priority(Priority)
    case fate(Fate)
    case time(EventTime)
}

/// One group of alerts.
public struct AlertGroup: Hashable, Sendable {
    /// One for each key of the query.
    public internal(set) var values: [GroupValue]
    public internal(set) var count: Int
    /// Event times of the earliest and the latest of them.
    public internal(set) var first: EventTime
    public internal(set) var last: EventTime
    /// By the start of each stretch that has any, in order of time; empty unless asked for.
    public internal(set) var buckets: [(start: EventTime, count: Int)] = []

    public static func == (left: AlertGroup, right: AlertGroup) -> Bool {
        left.values == right.values && left.count == right.count && left.first == right.first
            && left.last == right.last && left.buckets.elementsEqual(right.buckets, by: ==)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(values) }
}

/// What an aggregation counted: exact, over all alerts that match and can be read.
public struct AlertGroups: Sendable {
    /// Alerts that match.
    public internal(set) var matched = 0
    /// Event times of the earliest and the latest of them; nil without any.
    public internal(set) var first: EventTime?
    public internal(set) var last: EventTime?
    /// Most alerts first, equal ones in order of their values. At most the query's limit.
    public internal(set) var groups: [AlertGroup] = []
    /// Different groups in all, and the alerts of those that are not in `groups`.
    public internal(set) var distinct = 0
    public internal(set) var others = 0
    /// All alerts, by stretch, when the query asks for buckets.
    public internal(set) var buckets: [(start: EventTime, count: Int)] = []
    /// Blocks that had to be left out because they are damaged.
    public internal(set) var unreadable: [Unreadable] = []
}
