// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import Journal

@Suite struct RetentionTests {
    static let second: Int64 = 1_000_000_000

    /// `count` decided single alerts, the one at place p arriving at second p.
    static func fill(_ writer: JournalWriter, _ places: ClosedRange<Int64>, decided: Bool = true) throws {
        for place in places {
            let batch = SampleAlerts.batch(SampleAlerts.json(output: "number \(place)"), arrival: place * second)
            let receipt = try writer.commit(CommitGroup(.alerts(batch, source: "node")))
            #expect(receipt.places == [place])
            guard decided else { continue }
            var group = CommitGroup()
            group.append(Decision(place: place, placeCount: 1, fates: [], firstOutput: place, outputCount: 1))
            _ = try writer.commit(group)
        }
    }

    static func checkpoint(_ writer: JournalWriter, at place: Int64) throws {
        var group = CommitGroup()
        group.engineCheckpoint = EngineCheckpoint(version: 1, nextPlace: place, nextOutput: place, state: [1])
        _ = try writer.commit(group)
    }

    static func pruneAll(_ writer: JournalWriter) throws {
        for _ in 0 ..< 1000 { if try !writer.prune(limit: 7).hasMore { return } }
        Issue.record("pruning does not end")
    }

    @Test func `history older than its age goes, by arrival`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings { $0.retainAge = .seconds(10) })
        try Self.fill(writer, 1 ... 40)
        try Self.checkpoint(writer, at: 41)
        try Self.pruneAll(writer)
        #expect(try journal.allEntries().map(\.place) == Array(30 ... 40))
        let status = try journal.reader().status()
        #expect(status.entries == 40 && status.alerts == 40 && status.prunedEntries == 29 && status.prunedAlerts == 29)
        #expect(try journal.reader().decided(fromOutput: 1).entries.map(\.firstOutput) == Array(30 ... 40))
    }

    @Test func `without a checkpoint everything stays`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings { $0.retainAge = .seconds(1) })
        try Self.fill(writer, 1 ... 30)
        try Self.pruneAll(writer)
        #expect(try journal.allEntries().count == 30)
    }

    @Test func `nothing after the older checkpoint goes, so that a damaged newer one costs nothing`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings { $0.retainAge = .seconds(1) })
        try Self.fill(writer, 1 ... 30)
        try Self.checkpoint(writer, at: 12)
        try Self.checkpoint(writer, at: 25)
        try Self.pruneAll(writer)
        #expect(try journal.allEntries().first?.place == 12)
        try Self.checkpoint(writer, at: 31)
        try Self.pruneAll(writer)
        #expect(try journal.allEntries().first?.place == 25)
    }

    @Test func `nothing the slowest sink still needs goes, until the sink is forgotten`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings { $0.retainAge = .seconds(1) })
        try Self.fill(writer, 1 ... 30)
        try Self.checkpoint(writer, at: 31)
        var group = CommitGroup()
        group.setCursor(SinkCursor(nextOutput: 31), ofSink: "fast")
        group.setCursor(SinkCursor(nextOutput: 9), ofSink: "slow")
        _ = try writer.commit(group)
        try Self.pruneAll(writer)
        #expect(try journal.allEntries().first?.place == 9)
        try writer.forgetSink("slow")
        _ = try writer.commit(CommitGroup(.tick(EventTime(nanoseconds: 31 * Self.second))))
        try Self.pruneAll(writer)
        #expect(try journal.allEntries().map(\.place) == [30, 31])
    }

    @Test func `undecided entries stay`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings { $0.retainAge = .seconds(1) })
        try Self.fill(writer, 1 ... 10)
        try Self.fill(writer, 11 ... 30, decided: false)
        try Self.checkpoint(writer, at: 31)
        try Self.pruneAll(writer)
        #expect(try journal.allEntries().first?.place == 11)
    }

    @Test func `history above its size goes by itself, and the file stops growing`() throws {
        let journal = try TemporaryJournal()
        let limit = 2 << 20
        let writer = try JournalWriter(
            journal.settings {
                $0.retainBytes = limit; $0.logLimitBytes = 1 << 20
            })
        var random = SplitMix(seed: 1)
        var place: Int64 = 1
        for round in 0 ..< 400 {
            let raw = (0 ..< 16).map { _ in
                SampleAlerts.json(output: (0 ..< 100).map { _ in String(random.next(), radix: 36) }.joined())
            }
            let batch = SampleAlerts.batches(raw, .json, size: 16, arrival: Int64(round))[0]
            _ = try writer.commit(CommitGroup(.alerts(batch, source: "node")))
            var group = CommitGroup()
            group.append(Decision(place: place, placeCount: 16, fates: [], firstOutput: place, outputCount: 16))
            place += 16
            group.engineCheckpoint = EngineCheckpoint(version: 1, nextPlace: place, nextOutput: place, state: [])
            _ = try writer.commit(group)
        }
        let status = try journal.reader().status()
        #expect(status.rawBytes > 4 * limit)
        #expect(status.usedBytes < limit + limit / 2)
        #expect(status.fileBytes < 2 * limit)
        #expect(status.logBytes < 8 << 20)
        #expect(try journal.allEntries().last?.place == place - 16)
    }

    @Test func `old dead letters go, their totals stay`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings { $0.retainAge = .seconds(10) })
        for place in 1 ... 40 as ClosedRange<Int64> {
            let batch = SampleAlerts.batch([UInt8]("no alert".utf8), arrival: place * Self.second)
            _ = try writer.commit(
                CommitGroup(.alerts(batch, source: "log"), .tick(EventTime(nanoseconds: place * Self.second))))
        }
        try Self.pruneAll(writer)
        #expect(try journal.reader().status().deadLetters == ["plain_text": 40])
        #expect(try journal.reader().status().keptDeadLetters == ["plain_text": 11])
        #expect(try journal.reader().deadLetters(limit: 100).map(\.id) == Array((30 ... 40).reversed()))
    }

    @Test func `silences that have not ended outlive the history around them`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings { $0.retainAge = .seconds(10) })
        func silence(_ reason: String, until second: Int64) -> Silence {
            Silence(
                when: "rule = r", until: EventTime(nanoseconds: second * Self.second), reason: reason, createdBy: "ann",
                createdAt: EventTime(nanoseconds: Self.second))
        }
        let (long, short, lifted) = (
            silence("long", until: 99), silence("short", until: 20), silence("lifted", until: 99)
        )
        let changes: [(SilenceChange, Int64)] = [(.set(long), 1), (.set(short), 2), (.set(lifted), 3)]
        for (change, second) in changes {
            _ = try writer.commit(CommitGroup(.silence(change, at: EventTime(nanoseconds: second * Self.second))))
        }
        func fill(_ places: ClosedRange<Int64>) throws {
            for place in places {
                let time = EventTime(nanoseconds: place * Self.second)
                _ = try writer.commit(
                    CommitGroup(place == 25 ? .silence(.lift(id: lifted.id, by: "bob"), at: time) : .tick(time)))
            }
            var decided = CommitGroup()
            decided.append(
                Decision(
                    place: places.lowerBound, placeCount: places.count, fates: [], firstOutput: 1, outputCount: 0))
            _ = try writer.commit(decided)
            try Self.checkpoint(writer, at: places.upperBound + 1)
            try Self.checkpoint(writer, at: places.upperBound + 1)
            try Self.pruneAll(writer)
        }
        func kept() throws -> [Int64] { try journal.allEntries().map(\.place) }
        try fill(4 ... 28)
        // At 17 neither has the short one ended nor is the third lifted.
        #expect(try kept() == [1, 2, 3] + Array(18 ... 28))
        try fill(29 ... 33)
        #expect(try kept() == [1, 3] + Array(23 ... 33))
        #expect(try journal.reader().silence(short.id) == nil)
        // The lift goes with what it lifts.
        try fill(34 ... 40)
        #expect(try kept() == [1] + Array(30 ... 40))
        #expect(try journal.reader().silence(long.id) == long)
        let status = try journal.reader().status()
        #expect(status.entries - status.prunedEntries == 12)
        // An engine that starts at the oldest entry is told of it first.
        guard case .silence(let change)? = try journal.allEntries().first?.content else {
            Issue.record("the silence is not there")
            return
        }
        #expect(change == .set(long))
        try fill(41 ... 120)
        #expect(try kept() == Array(110 ... 120))
    }
}
