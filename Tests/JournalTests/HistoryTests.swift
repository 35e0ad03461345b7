// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import Journal

/// Searches and counts over columns in memory, against a look at every alert.
@Suite struct HistoryTests {
    /// Settings under which everything is in memory, some of it is, nothing is, and blocks are split between segments.
    static let settings: [AlertHistory.Settings] = [
        (1_500_000, 1 << 15, 2), (1_500_000, 7, 3), (100, 32, 1), (0, 50, 2),
    ]
    .map { held, segment, threads in
        var settings = AlertHistory.Settings()
        settings.heldAlerts = held
        settings.segmentAlerts = segment
        settings.threads = threads
        return settings
    }

    @Test(arguments: [11, 12, 13, 14] as [UInt64], settings.indices)
    func `history finds what a look at every alert finds, page by page, and knows how many`(
        seed: UInt64, form: Int
    ) throws {
        var random = SplitMix(seed: seed)
        let journal = try TemporaryJournal()
        let known = try SearchTests.fill(try JournalWriter(journal.settings()), &random)
        let history = AlertHistory(try journal.reader(), Self.settings[form])
        for _ in 0 ..< 25 {
            var query = Self.query(&random)
            let expected = known.filter { Self.matches($0, query) }.map(\.place)
            let isOfColumns = query.text == nil && query.condition == nil
            var found: [Int64] = []
            for _ in 0 ... known.count {
                let page = try history.search(query)
                #expect(page.alerts.count <= query.limit && page.unreadable.isEmpty)
                #expect(page.matched == (isOfColumns ? expected.count : nil))
                for alert in page.alerts { try SearchTests.check(alert, known[Int(alert.id.place) - 1]) }
                found += page.alerts.map(\.id.place)
                guard let next = page.next else { break }
                query.after = next
            }
            #expect(found == (query.newestFirst ? expected.reversed() : expected))
        }
    }

    @Test(arguments: [21, 22, 23, 24] as [UInt64], settings.indices)
    func `aggregation counts what a look at every alert counts`(seed: UInt64, form: Int) throws {
        var random = SplitMix(seed: seed)
        let journal = try TemporaryJournal()
        let known = try SearchTests.fill(try JournalWriter(journal.settings()), &random)
        let history = AlertHistory(try journal.reader(), Self.settings[form])
        for _ in 0 ..< 15 {
            var aggregate = AggregateQuery(by: Self.keys(&random))
            aggregate.alerts = Self.query(&random)
            aggregate.bucket = Int.random(in: 0 ..< 3, using: &random) == 0 ? .seconds(7) : nil
            aggregate.limit = Int.random(in: 0 ... 8, using: &random)
            let result = try history.aggregate(aggregate)
            let matching = known.filter { Self.matches($0, aggregate.alerts) }
            Self.check(result, matching, aggregate)
        }
    }

    @Test func `what is committed, decided and pruned between questions is in the next answer`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings { $0.retainBytes = 1 })
        var settings = AlertHistory.Settings()
        settings.segmentAlerts = 4
        let history = AlertHistory(try journal.reader(), settings)
        var query = AlertQuery()
        #expect(try history.search(query).matched == 0)
        let block = SampleAlerts.batch(SampleAlerts.json(rule: "a"), SampleAlerts.json(rule: "b"))
        for index in 0 ..< 20 {
            let place = Int64(index) * 2 + 1
            _ = try writer.commit(CommitGroup(.alerts(block, source: "node")))
            query.fates = []
            #expect(try history.search(query).matched == (index + 1) * 2)
            #expect(try history.search(query).alerts.first?.fate == nil)
            query.fates = [.passed]
            #expect(try history.search(query).matched == index * 2)
            var group = CommitGroup()
            group.append(Decision(place: place, placeCount: 2, fates: [], firstOutput: place, outputCount: 2))
            _ = try writer.commit(group)
            #expect(try history.search(query).matched == (index + 1) * 2)
        }
        var checkpoint = CommitGroup()
        checkpoint.engineCheckpoint = EngineCheckpoint(version: 1, nextPlace: 33, nextOutput: 33, state: [1])
        _ = try writer.commit(checkpoint)
        _ = try writer.commit(checkpoint)
        while try writer.prune(limit: 3).hasMore {}
        let kept = try journal.allEntries().filter { $0.alertCount > 0 }
        #expect(kept.count < 20)
        query.fates = []
        let page = try history.search(query)
        #expect(page.matched == kept.count * 2)
        #expect(page.alerts.last?.id.place == kept.first?.place)
        var aggregate = AggregateQuery(by: [.column(.rule)])
        aggregate.alerts = query
        #expect(try history.aggregate(aggregate).groups.map(\.count) == [kept.count, kept.count])
    }

    @Test func `a raised sign ends a question, and too many groups are refused`() throws {
        var random = SplitMix(seed: 5)
        let journal = try TemporaryJournal()
        _ = try SearchTests.fill(try JournalWriter(journal.settings()), &random)
        var settings = AlertHistory.Settings()
        settings.groupLimit = 3
        let history = AlertHistory(try journal.reader(), settings)
        let stop = StopSign()
        stop.raise()
        #expect(throws: QueryProblem.stopped) { try history.search(AlertQuery(), stop) }
        #expect(throws: QueryProblem.stopped) { try history.aggregate(AggregateQuery(by: [.tag]), stop) }
        #expect(throws: QueryProblem.tooManyGroups(limit: 3)) {
            try history.aggregate(AggregateQuery(by: [.column(.rule)]))
        }
        #expect(throws: QueryProblem.tooManyGroups(limit: 3)) {
            try history.aggregate(AggregateQuery(by: [.field(FieldName("container.id"))]))
        }
    }

    @Test func `values longer than columns hold are told apart, in searches and in groups`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings())
        let long = String(repeating: "r", count: 300)
        let batch = SampleAlerts.batch(SampleAlerts.json(rule: long + "a"), SampleAlerts.json(rule: long + "b"))
        _ = try writer.commit(CommitGroup(.alerts(batch, source: "node")))
        let history = AlertHistory(try journal.reader())
        var query = AlertQuery()
        query.values = [.rule: [long + "b"]]
        #expect(try history.search(query).alerts.map(\.id.place) == [2])
        query.values = [.rule: [String(repeating: "r", count: 255)]]
        #expect(try history.search(query).alerts.isEmpty)
        let groups = try history.aggregate(AggregateQuery(by: [.column(.rule)])).groups
        #expect(groups.map(\.values) == [[.text(Array((long + "a").utf8))], [.text(Array((long + "b").utf8))]])
    }

    @Test func `an overview is the counts of single questions at once`() throws {
        var random = SplitMix(seed: 6)
        let journal = try TemporaryJournal()
        let known = try SearchTests.fill(try JournalWriter(journal.settings()), &random)
        let history = AlertHistory(try journal.reader())
        var question = HistoryOverview.Question()
        question.alerts.from = EventTime(nanoseconds: known[200].time)
        question.bucket = .seconds(10)
        let overview = try history.overview(question)
        let matching = known.filter { $0.time >= known[200].time }
        #expect(overview.matched == matching.count)
        #expect(overview.first?.nanoseconds == matching.map(\.time).min())
        for (priority, count) in overview.byPriority { #expect(count == matching.count { $0.priority == priority }) }
        #expect(overview.byPriority.reduce(0) { $0 + $1.count } == matching.count)
        for (fate, count) in overview.byFate { #expect(count == matching.count { $0.passed == (fate == .passed) }) }
        #expect(overview.buckets.reduce(0) { $0 + $1.count } == matching.count)
        let rules = try #require(overview.columns[.rule])
        #expect(rules.groups.count == 5 && rules.distinct == Set(matching.map(\.rule)).count)
        #expect(rules.groups.reduce(rules.others) { $0 + $1.count } == matching.count)
    }
}
