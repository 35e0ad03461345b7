// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import Journal

@Suite struct RecordTests {
    /// What the naive oracle knows of a record.
    struct Known {
        let place: RecordQuery.Place
        let record: EngineRecord
        let output: Int64
    }

    /// Entries of alerts and ticks with random notes.
    private static func fill(_ writer: JournalWriter, _ random: inout SplitMix) throws -> [Known] {
        var known: [Known] = []
        var place: Int64 = 1
        var output: Int64 = 1
        for _ in 0 ..< 60 {
            let size = Int.random(in: 0 ... 4, using: &random)
            let raw = [[UInt8]](repeating: SampleAlerts.json(), count: size)
            let entry: CommitGroup.Entry =
                size == 0
                ? .tick(EventTime(nanoseconds: 1))
                : .alerts(SampleAlerts.batches(raw, .json, size: size)[0], source: "node")
            _ = try writer.commit(CommitGroup(entry))
            let notes = SampleNotes.notes(alerts: size, &random)
            let fates =
                size == 0 || Bool.random(using: &random) ? [] : (0 ..< size).map { _ in UInt8(random.next() % 7) }
            let walk = Array(OutputWalk(alertCount: size, fates: fates, notes: notes))
            #expect(walk.count == OutputWalk.count(alertCount: size, isGap: false, fates: fates, notes: notes))
            for (offset, one) in walk.enumerated() {
                guard case .record(let number) = one else { continue }
                known.append(
                    Known(
                        place: RecordQuery.Place(entry: place, number: number), record: notes.records[number].record,
                        output: output + Int64(offset)))
            }
            var group = CommitGroup()
            group.append(
                Decision(
                    place: place, placeCount: max(1, size), fates: fates, notes: notes, firstOutput: output,
                    outputCount: walk.count))
            _ = try writer.commit(group)
            place += Int64(max(1, size))
            output += Int64(walk.count)
        }
        return known
    }

    @Test(arguments: 1 ... 6 as ClosedRange<UInt64>)
    func `records are found as a look at every one finds them, page by page`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let journal = try TemporaryJournal()
        let known = try Self.fill(try JournalWriter(journal.settings()), &random)
        #expect(known.count > 40)
        let reader = try journal.reader()
        for _ in 0 ..< 40 {
            var query = RecordQuery()
            query.limit = Int.random(in: 1 ... 9, using: &random)
            query.newestFirst = .random(using: &random)
            let sample = try #require(known.randomElement(using: &random)).record
            if Bool.random(using: &random) { query.kind = RecordQuery.Kind.allCases.randomElement(using: &random) }
            switch Int.random(in: 0 ... 5, using: &random) {
            case 0: query.subject = sample.subject
            case 1: query.id = sample.id
            case 2: query.states = [.open, .close]
            case 3: if case .incident(let incident) = sample { query.rule = incident.ruleID }
            case 4:
                query.from = EventTime(nanoseconds: -1)
                query.through = EventTime(nanoseconds: 1)
            default: break
            }
            let expected = known.filter { one in
                (query.kind == nil || query.kind == one.record.kind)
                    && (query.subject == nil || query.subject == one.record.subject)
                    && (query.id == nil || query.id == one.record.id)
                    && (query.states.isEmpty || query.states.contains(one.record.state))
                    && (query.rule.map { wanted in
                        if case .incident(let incident) = one.record { incident.ruleID == wanted } else { false }
                    } ?? true)
                    && (query.from == nil
                        || Self.last(one.record) >= -1 && Self.first(one.record) <= 1)
            }
            var found: [FoundRecord] = []
            while true {
                let page = try reader.records(query)
                #expect(page.records.count <= query.limit && page.unreadable.isEmpty)
                found += page.records
                guard let next = page.next else { break }
                query.after = next
            }
            let ordered = query.newestFirst ? expected.reversed() : expected
            #expect(found.map(\.place) == ordered.map(\.place))
            #expect(found.map(\.record) == ordered.map(\.record))
            #expect(found.map(\.output) == ordered.map(\.output))
        }
    }

    private static func first(_ record: EngineRecord) -> Int64 {
        switch record {
        case .summary(let summary): summary.first.nanoseconds
        case .incident(let incident): incident.first.nanoseconds
        case .storm(let storm): storm.first.nanoseconds
        }
    }

    private static func last(_ record: EngineRecord) -> Int64 {
        switch record {
        case .summary(let summary): summary.last.nanoseconds
        case .incident(let incident): incident.last.nanoseconds
        case .storm(let storm): storm.last.nanoseconds
        }
    }

    @Test func `records go with the entries they belong to`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings { $0.retainAge = .seconds(60) })
        var random = SplitMix(seed: 3)
        for index in 1 ... 10 as ClosedRange<Int64> {
            _ = try writer.commit(CommitGroup(.tick(EventTime(nanoseconds: index * 30_000_000_000))))
            var notes = EntryNotes()
            notes.records = [PlacedRecord(position: 0, record: SampleNotes.record(&random))]
            var group = CommitGroup()
            group.append(
                Decision(place: index, placeCount: 1, fates: [], notes: notes, firstOutput: index, outputCount: 1))
            group.engineCheckpoint = EngineCheckpoint(
                version: 1, nextPlace: index + 1, nextOutput: index + 1, state: [1])
            _ = try writer.commit(group)
        }
        while try writer.prune(limit: 3).hasMore {}
        let places = try journal.reader().records(RecordQuery()).records.map(\.place.entry)
        #expect(places == [10, 9, 8])
        #expect(try journal.reader().status().prunedEntries == 7)
    }
}
