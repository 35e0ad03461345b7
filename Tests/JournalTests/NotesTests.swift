// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
import GRDB
import Testing

@testable import Journal

@Suite struct NotesTests {
    private func blob(_ notes: EntryNotes) -> [UInt8] {
        var encoder = NotesEncoder()
        var compressor = Compressor(level: 1)
        return [UInt8](encoder.encode(notes, &compressor))
    }

    private func signed(_ body: [UInt8]) -> [UInt8] {
        var body = body
        body.appendLittleEndian(checksum(body.span))
        return body
    }

    @Test func `any notes come back as they were`() throws {
        let zstd = ZstdReading()
        for seed in 0 ..< 400 as Range<UInt64> {
            var random = SplitMix(seed: seed)
            let alerts = Int.random(in: 0 ... 40, using: &random)
            let notes = SampleNotes.notes(alerts: alerts, &random)
            let back = EntryNotes(blob(notes), alertCount: alerts, zstd)
            #expect(back.map(SampleNotes.summary) == SampleNotes.summary(notes), "seed \(seed)")
        }
    }

    @Test func `a blob that is cut, flipped or of another entry is no notes, and none crashes`() throws {
        let zstd = ZstdReading()
        var random = SplitMix(seed: 11)
        for _ in 0 ..< 12 {
            let alerts = Int.random(in: 2 ... 6, using: &random)
            var notes = SampleNotes.notes(alerts: alerts, &random)
            notes.marks = (0 ..< alerts).map { AlertMark(subject: UInt32($0), variant: 1, count: 7) }
            let intact = blob(notes)
            #expect(EntryNotes(intact, alertCount: alerts, zstd) != nil)
            #expect(EntryNotes(intact, alertCount: alerts + 1, zstd) == nil)
            for length in intact.indices {
                #expect(EntryNotes(Array(intact[..<length]), alertCount: alerts, zstd) == nil)
            }
            for bit in 0 ..< min(intact.count, 400) * 8 {
                var altered = intact
                altered[bit / 8] ^= 1 << (bit % 8)
                #expect(EntryNotes(altered, alertCount: alerts, zstd) == nil)
                // With its checksum made right: anything but a crash or a huge reserve.
                _ = EntryNotes(signed(Array(altered.dropLast(4))), alertCount: alerts, zstd)
            }
        }
    }

    @Test func `lengths that claim more than there is are refused before anything is reserved`() {
        let zstd = ZstdReading()
        var huge: [UInt8] = []
        huge.appendVarint(.max)
        for prefix in [[], [0], [0, 0], [0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]] as [[UInt8]] {
            #expect(EntryNotes(signed([1, 0] + prefix + huge), alertCount: 3, zstd) == nil)
        }
        // A frame that says it holds 4 GiB.
        #expect(EntryNotes(signed([1, 1, 255, 255, 255, 255, 0x28, 0xB5, 0x2F, 0xFD]), alertCount: 3, zstd) == nil)
        #expect(EntryNotes(signed([9, 0]), alertCount: 0, zstd) == nil)
        #expect(EntryNotes([], alertCount: 0, zstd) == nil)
    }

    @Test func `notes of a decision are there for recovery, for sinks, for a search and for one alert`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings())
        var random = SplitMix(seed: 5)
        let raw = (0 ..< 6).map { SampleAlerts.json(rule: "rule \($0)") }
        _ = try writer.commit(
            CommitGroup(
                .alerts(SampleAlerts.batches(raw, .json, size: 6)[0], source: "node"),
                .tick(EventTime(nanoseconds: 77))))
        let group = SampleNotes.id(&random)
        let incident = SampleNotes.id(&random)
        var notes = EntryNotes()
        notes.subjects = [.group(group), .silence("4711")]
        notes.marks = (0 ..< 6).map { AlertMark(subject: $0 == 4 ? 2 : 1, variant: 1, count: $0 + 1, flags: .late) }
        notes.links = [IncidentLink(alert: 2, incident: incident), IncidentLink(alert: 5, incident: incident)]
        for index in 0 ..< 6 {
            notes.added.add(FieldName("attack"), Array("\(index)".utf8).span, kind: .json)
            notes.added.endAlert()
        }
        notes.records = [PlacedRecord(position: 3, record: SampleNotes.record(&random))]
        var late = EntryNotes()
        late.records = [PlacedRecord(position: 0, record: SampleNotes.record(&random))]
        let fates = [0, 3, 0, 0, 4, 0] as [UInt8]
        var decided = CommitGroup()
        decided.append(
            Decision(place: 1, placeCount: 6, fates: fates, notes: notes, firstOutput: 1, outputCount: 5))
        decided.append(Decision(place: 7, placeCount: 1, fates: [], notes: late, firstOutput: 6, outputCount: 1))
        _ = try writer.commit(decided)

        let reader = try journal.reader()
        let stored = try reader.entries(from: 1)
        #expect(
            stored.decisions.map { $0.map { SampleNotes.summary($0.notes) } }
                == [SampleNotes.summary(notes), SampleNotes.summary(late)])
        let outputs = try reader.decided(fromOutput: 1)
        #expect(outputs.unreadable.isEmpty && outputs.nextOutput == 7)
        #expect(
            outputs.entries.map { SampleNotes.summary($0.notes) } == [
                SampleNotes.summary(notes), SampleNotes.summary(late),
            ])
        guard case .time(let time)? = outputs.entries.last?.content else { throw Unexpected() }
        #expect(time == EventTime(nanoseconds: 77))
        #expect(
            Array(OutputWalk(outputs.entries[0])) == [.alert(0), .alert(2), .record(0), .alert(3), .alert(5)])
        #expect(Array(OutputWalk(outputs.entries[1])) == [.record(0)])

        var query = AlertQuery()
        query.newestFirst = false
        query.values = [.rule: ["rule 2", "rule 4"]]
        let found = try reader.search(query).alerts
        #expect(found.map(\.fate) == [.passed, .silenced])
        #expect(found.map(\.subject) == [.group(group), .silence("4711")])
        #expect(found.map(\.mark?.count) == [3, 5])
        #expect(found.map(\.incidents) == [[incident], []])
        #expect(found.map { $0.notes.added.isEmpty(ofAlert: $0.index) } == [false, false])
        query.values = [:]
        for (fates, places) in [([.suppressed], [2]), ([.silenced, .suppressed], [2, 5]), ([.held], [])]
            as [(Set<Fate>, [Int64])]
        {
            query.fates = fates
            #expect(try reader.search(query).alerts.map(\.id.place) == places)
            #expect(try reader.counts(by: .source, query).reduce(0) { $0 + $1.count } == places.count)
        }
        let one = try #require(try reader.alert(found[0].id))
        #expect(one.subject == .group(group) && one.mark?.count == 3 && one.incidents == [incident])
    }

    @Test func `damaged notes keep an entry from sinks, not from recovery and not from a search`() throws {
        let journal = try TemporaryJournal()
        do {
            let writer = try JournalWriter(journal.settings())
            _ = try writer.commit(CommitGroup(.alerts(SampleAlerts.batch(SampleAlerts.json()), source: "node")))
            var notes = EntryNotes()
            notes.marks = [AlertMark(flags: .late)]
            var group = CommitGroup()
            group.append(Decision(place: 1, placeCount: 1, fates: [], notes: notes, firstOutput: 1, outputCount: 1))
            _ = try writer.commit(group)
        }
        let queue = try DatabaseQueue(path: journal.path)
        try queue.writeWithoutTransaction { try $0.execute(sql: "UPDATE decisions SET notes = x'0100ff00000000'") }
        let reader = try journal.reader()
        #expect(try reader.decided(fromOutput: 1).unreadable.map(\.place) == [1])
        #expect(try reader.decided(fromOutput: 1).nextOutput == 2)
        let page = try reader.entries(from: 1)
        #expect(page.entries.count == 1 && page.decisions[0]?.outputCount == 1)
        let found = try reader.search(AlertQuery()).alerts
        #expect(found.count == 1 && found[0].mark == nil && found[0].fate == .passed)
    }

    @Test func `a decision that does not fit its entry's outputs is not sent`() throws {
        let journal = try TemporaryJournal()
        do {
            let writer = try JournalWriter(journal.settings())
            _ = try writer.commit(CommitGroup(.alerts(SampleAlerts.batch(SampleAlerts.json()), source: "node")))
            var group = CommitGroup()
            group.append(Decision(place: 1, placeCount: 1, fates: [], firstOutput: 1, outputCount: 1))
            _ = try writer.commit(group)
        }
        let queue = try DatabaseQueue(path: journal.path)
        try queue.writeWithoutTransaction { try $0.execute(sql: "UPDATE decisions SET output_count = 9") }
        let page = try journal.reader().decided(fromOutput: 1)
        #expect(page.entries.isEmpty && page.unreadable.count == 1 && page.nextOutput == 10)
    }
}
