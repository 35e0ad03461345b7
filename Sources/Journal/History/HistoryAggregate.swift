// SPDX-License-Identifier: Apache-2.0
import AlertModel

extension AlertHistory {
    /// Counts all alerts that match, by groups. Columns tell where they can; fields, tags, texts and conditions open the
    /// blocks that have a match otherwise.
    public func aggregate(_ query: AggregateQuery, _ stop: StopSign = StopSign()) throws(QueryProblem) -> AlertGroups {
        try QueryProblem.wrapping {
            var aggregate = HistoryAggregate(query, self)
            try forEachSegment(aggregate.query, stop) { segment, kept in
                try aggregate.take(segment, kept, stop)
                return true
            }
            return aggregate.finish()
        }
    }
}

/// One aggregation under way.
struct HistoryAggregate: Sendable {
    let query: AlertQuery
    private let by: [AggregateQuery.Key]
    private let hasBuckets: Bool
    private let limit: Int
    private let history: AlertHistory
    private let filter: SegmentFilter
    private let columnFilter: ColumnFilter
    private let text: TextMatch?
    private let needsAlerts: Bool
    /// Whether what enrichment added is looked at.
    private let readsAdded: Bool
    private var table: GroupTable
    private var matched = GroupTable.Count()
    private var unreadable: [Unreadable] = []

    init(_ aggregate: AggregateQuery, _ history: AlertHistory) {
        query = aggregate.alerts
        hasBuckets = aggregate.bucket != nil
        by = aggregate.by + (aggregate.bucket.map { [.time($0)] } ?? [])
        limit = max(0, aggregate.limit)
        self.history = history
        filter = SegmentFilter(query)
        columnFilter = ColumnFilter(query)
        text = TextMatch(query.text)
        needsAlerts =
            aggregate.needsAlerts || text != nil || query.condition != nil || columnFilter.needsAlert
        readsAdded =
            query.condition != nil || aggregate.by.contains { if case .field = $0 { true } else { false } }
        table = GroupTable(limit: history.settings.groupLimit)
    }

    mutating func take(_ segment: ColumnSegment, _ kept: Range<Int>, _ stop: StopSign) throws {
        unreadable += segment.unreadable
        let found = filter.matches(segment, in: kept)
        guard !found.isEmpty else { return }
        guard needsAlerts || hasCutValues(segment) else {
            for index in found { matched.add(segment.times[index]) }
            try SegmentCounting.count(segment, found, by: by, into: &table)
            return
        }
        let opened = try history.inParts(segment.wishes(found, newestFirst: false)[...], stop) {
            [self] part, opening, lost in
            try count(part, opening, stop, lost: lost)
        }
        unreadable += opened.lost
        for counting in opened.results {
            matched.add(counting.matched)
            try table.add(counting.table)
        }
    }

    /// A column that is grouped by has values as long as columns hold: only the alerts tell them apart.
    private func hasCutValues(_ segment: ColumnSegment) -> Bool {
        by.contains { key in
            guard case .column(let column) = key else { return false }
            return segment[column].values.contains { $0.count >= ColumnDictionary.valueLimit }
        }
    }

    private func count(
        _ wishes: ArraySlice<BlockWish>, _ opening: BlockOpening, _ stop: StopSign, lost: (Unreadable) -> Void
    ) throws -> AlertCounting {
        var counting = AlertCounting(by: by, limit: history.settings.groupLimit)
        try opening.open(wishes, withNotes: readsAdded, stop, lost: lost) { block in
            for position in block.wanted.indices {
                let alert = block.batch.alert(at: position)
                if columnFilter.needsAlert, !columnFilter.matches(alert) { continue }
                if let text, !text.matches(alert) { continue }
                let facts = AlertFacts(alert, block.notes.added, at: position)
                if let condition = query.condition, !condition(facts) { continue }
                try counting.add(facts, SearchBlock.fate(block.row.decision, block.wanted[position]))
            }
            return true
        }
        return counting
    }

    /// Sorts and sums up.
    func finish() -> AlertGroups {
        var result = Self.groups(table, limit: limit, hasBuckets: hasBuckets)
        // An alert with several tags stands in several groups.
        result.matched = matched.alerts
        result.unreadable = unreadable
        return result
    }

    /// The groups of a table. With buckets, the last value of its keys is a time.
    static func groups(_ table: GroupTable, limit: Int, hasBuckets: Bool = false) -> AlertGroups {
        var result = AlertGroups()
        var span = GroupTable.Count()
        var groups: [[UInt8]: AlertGroup] = [:]
        var all: [EventTime: Int] = [:]
        for (key, count) in table.counts {
            span.add(count)
            // A time is a kind and eight bytes.
            let prefix = hasBuckets ? Array(key.dropLast(9)) : key
            var group =
                groups.removeValue(forKey: prefix)
                ?? AlertGroup(
                    values: GroupBytes.values(prefix), count: 0, first: EventTime(nanoseconds: .max),
                    last: EventTime(nanoseconds: .min))
            group.count += count.alerts
            group.first = min(group.first, EventTime(nanoseconds: count.first))
            group.last = max(group.last, EventTime(nanoseconds: count.last))
            if hasBuckets, case .time(let start) = GroupBytes.values(Array(key.suffix(9))).first {
                group.buckets.append((start, count.alerts))
                all[start, default: 0] += count.alerts
            }
            groups[prefix] = group
        }
        result.matched = span.alerts
        if span.alerts > 0 {
            result.first = EventTime(nanoseconds: span.first)
            result.last = EventTime(nanoseconds: span.last)
        }
        result.distinct = groups.count
        let sorted = groups.sorted {
            $0.value.count != $1.value.count
                ? $0.value.count > $1.value.count : $0.key.lexicographicallyPrecedes($1.key)
        }
        result.others = sorted.dropFirst(limit).reduce(0) { $0 + $1.value.count }
        result.groups = sorted.prefix(limit).map { _, group in
            var group = group
            group.buckets.sort { $0.start < $1.start }
            return group
        }
        result.buckets = all.sorted { $0.key < $1.key }.map { (start: $0.key, count: $0.value) }
        return result
    }
}
