// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Several counts of one window at once, from columns alone: a look over everything for the price of one pass.
public struct HistoryOverview: Sendable {
    public struct Question: Sendable {
        /// Which alerts; only what columns can tell. Texts and conditions are not looked at.
        public var alerts = AlertQuery()
        /// The largest groups of each column.
        public var limit = 5
        /// The length of the stretches that all alerts are counted in; nil for none.
        public var bucket: Duration?

        public init() {}
    }

    public internal(set) var matched = 0
    public internal(set) var first: EventTime?
    public internal(set) var last: EventTime?
    /// Most severe first, without those that have none.
    public internal(set) var byPriority: [(priority: Priority, count: Int)] = []
    /// nil: not decided yet.
    public internal(set) var byFate: [(fate: Fate?, count: Int)] = []
    /// Of each column, null counted as a group.
    public internal(set) var columns: [AlertQuery.Column: AlertGroups] = [:]
    /// By the start of each stretch that has any.
    public internal(set) var buckets: [(start: EventTime, count: Int)] = []
    public internal(set) var unreadable = 0
}

extension AlertHistory {
    public func overview(
        _ question: HistoryOverview.Question, _ stop: StopSign = StopSign()
    ) throws(QueryProblem) -> HistoryOverview {
        try QueryProblem.wrapping {
            let filter = SegmentFilter(question.alerts)
            var overview = HistoryOverview()
            let keys: [AggregateQuery.Key] = [.priority, .fate] + AlertQuery.Column.allCases.map { .column($0) }
            var tables = keys.map { _ in GroupTable(limit: settings.groupLimit) }
            var series = GroupTable(limit: settings.groupLimit)
            try forEachSegment(question.alerts, stop) { segment, kept in
                overview.unreadable += segment.unreadable.count
                let found = filter.matches(segment, in: kept)
                guard !found.isEmpty else { return true }
                for (position, key) in keys.enumerated() {
                    try SegmentCounting.count(segment, found, by: [key], into: &tables[position])
                }
                if let bucket = question.bucket {
                    try SegmentCounting.count(segment, found, by: [.time(bucket)], into: &series)
                }
                return true
            }
            overview.summarise(tables, series, limit: question.limit)
            return overview
        }
    }
}

extension HistoryOverview {
    /// The tables of priority, fate and the columns, in this order.
    fileprivate mutating func summarise(_ tables: [GroupTable], _ series: GroupTable, limit: Int) {
        let all = tables.map { HistoryAggregate.groups($0, limit: limit) }
        let priorities = HistoryAggregate.groups(tables[0], limit: .max)
        matched = priorities.matched
        (first, last) = (priorities.first, priorities.last)
        byPriority = priorities.groups.compactMap { group in
            if case .priority(let priority) = group.values.first { (priority, group.count) } else { nil }
        }
        byPriority.sort { $0.priority > $1.priority }
        byFate = HistoryAggregate.groups(tables[1], limit: .max).groups.map { group in
            if case .fate(let fate) = group.values.first { (fate, group.count) } else { (nil, group.count) }
        }
        for column in AlertQuery.Column.allCases { columns[column] = all[2 + column.position] }
        for group in HistoryAggregate.groups(series, limit: .max).groups {
            if case .time(let start) = group.values.first { buckets.append((start, group.count)) }
        }
        buckets.sort { $0.start < $1.start }
    }
}
