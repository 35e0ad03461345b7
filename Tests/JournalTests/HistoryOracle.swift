// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import Journal

extension HistoryTests {
    /// What `SearchTests` asks, and fates.
    static func query(_ random: inout SplitMix) -> AlertQuery {
        var query = SearchTests.query(&random)
        query.fates = [[], [], [.passed], [.unrouted, .held], [.silenced]].randomElement(using: &random) ?? []
        return query
    }

    static func matches(_ alert: SearchTests.Known, _ query: AlertQuery) -> Bool {
        let fate = alert.passed ? Fate.passed : .unrouted
        return (query.fates.isEmpty || query.fates.contains(fate)) && SearchTests.matches(alert, query)
    }

    static func keys(_ random: inout SplitMix) -> [AggregateQuery.Key] {
        let all: [AggregateQuery.Key] = [
            .column(.rule), .column(.source), .column(.hostname), .column(.container), .column(.namespace), .priority,
            .fate, .tag, .field(FieldName("proc.name")), .field(FieldName("container.id")), .time(.seconds(5)),
        ]
        return Array(all.shuffled(using: &random).prefix(Int.random(in: 0 ... 2, using: &random)))
    }

    static func check(_ result: AlertGroups, _ matching: [SearchTests.Known], _ aggregate: AggregateQuery) {
        let naive = Dictionary(grouping: matching) { alert in aggregate.by.map { value(alert, $0) } }
        #expect(result.matched == matching.count)
        #expect(result.distinct == naive.count)
        #expect(result.groups.count == min(aggregate.limit, naive.count))
        #expect(result.groups.reduce(result.others) { $0 + $1.count } == matching.count)
        #expect(result.groups.map(\.count) == Array(naive.values.map(\.count).sorted(by: >).prefix(aggregate.limit)))
        #expect(result.first?.nanoseconds == matching.map(\.time).min())
        #expect(result.last?.nanoseconds == matching.map(\.time).max())
        for group in result.groups {
            let alerts = naive[group.values] ?? []
            #expect(group.count == alerts.count)
            #expect(group.first.nanoseconds == alerts.map(\.time).min())
            #expect(group.last.nanoseconds == alerts.map(\.time).max())
            if let bucket = aggregate.bucket { #expect(group.buckets.elementsEqual(buckets(alerts, bucket), by: ==)) }
        }
        if let bucket = aggregate.bucket { #expect(result.buckets.elementsEqual(buckets(matching, bucket), by: ==)) }
    }

    private static func buckets(
        _ alerts: [SearchTests.Known], _ width: Duration
    ) -> [(start: EventTime, count: Int)] {
        Dictionary(grouping: alerts) { start($0, width) }.sorted { $0.key < $1.key }
            .map { (start: EventTime(nanoseconds: $0.key), count: $0.value.count) }
    }

    private static func start(_ alert: SearchTests.Known, _ width: Duration) -> Int64 {
        alert.time - alert.time % width.wholeNanoseconds
    }

    private static func value(_ alert: SearchTests.Known, _ key: AggregateQuery.Key) -> GroupValue {
        func text(_ text: String?) -> GroupValue { text.map { .text(Array($0.utf8)) } ?? .null }
        return switch key {
        case .column(.rule): text(alert.rule)
        case .column(.source): text(alert.source)
        case .column(.hostname): text(alert.hostname)
        case .column(.container), .field(FieldName("container.id")): text(alert.container)
        case .column(.namespace): text(alert.namespace == "" ? nil : alert.namespace)
        case .priority: .priority(alert.priority)
        case .fate: .fate(alert.passed ? .passed : .unrouted)
        case .tag: text("test")
        case .time(let width): .time(EventTime(nanoseconds: start(alert, width)))
        case .field: text("sh")
        }
    }
}
