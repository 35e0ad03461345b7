// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
import GRDB
import Testing

@testable import Journal

@Suite struct GenerationTests {
    private func group(_ digest: String, _ bodies: [String: [UInt8]]) -> CommitGroup {
        var group = CommitGroup(.configuration(digest, at: EventTime(nanoseconds: 1)))
        group.generations = bodies
        return group
    }

    private func checkpoint(_ place: Int64) -> CommitGroup {
        var group = CommitGroup()
        group.engineCheckpoint = EngineCheckpoint(version: 1, nextPlace: place, nextOutput: 1, state: [1, 2, 3])
        return group
    }

    @Test func `bodies stay while a checkpoint or an entry under them needs them`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings { $0.retainBytes = 1 })
        let bodies = (0 ..< 5).map { [UInt8](repeating: UInt8($0), count: 10_000 + $0) }
        _ = try writer.commit(group("a", ["a": bodies[0], "rules": bodies[4]]))
        _ = try writer.commit(group("b", ["b": bodies[1], "rules": bodies[4]]))
        let reader = try journal.reader()
        #expect(try reader.generation("a") == bodies[0])
        #expect(try reader.generation("b") == bodies[1])
        #expect(try reader.generation("rules") == bodies[4])
        #expect(try reader.generation("z") == nil)
        #expect(try reader.configuration(at: 1) == "a" && reader.configuration(at: 2) == "b")
        #expect(try reader.configuration(at: 0) == nil)
        #expect(try reader.startingConfiguration() == StartingConfiguration(place: 1, digest: "a"))

        // Places 3 and 4 are decided, and both slots stand behind them: no checkpoint needs "a" any more.
        _ = try writer.commit(CommitGroup(.tick(EventTime(nanoseconds: 2)), .tick(EventTime(nanoseconds: 3))))
        for place in 1 ... 4 as ClosedRange<Int64> {
            var decided = CommitGroup()
            decided.append(Decision(place: place, placeCount: 1, fates: [], firstOutput: 1, outputCount: 0))
            _ = try writer.commit(decided)
        }
        _ = try writer.commit(checkpoint(5))
        _ = try writer.commit(checkpoint(5))
        _ = try writer.commit(group("c", ["c": bodies[2]]))
        #expect(try reader.generation("a") == bodies[0])

        // Retention takes entry 1: 2 is the configuration that the rest is under; the state before it was made under "a".
        #expect(try writer.prune(limit: 1).entries == 1)
        #expect(try reader.generation("a") == bodies[0])
        #expect(try reader.startingConfiguration() == StartingConfiguration(place: 2, digest: "b"))
        // With entry 2 goes what was only before it; "b" is in force at the oldest that is left.
        #expect(try writer.prune(limit: 1).entries == 1)
        #expect(try reader.generation("a") == nil)
        #expect(try reader.generation("b") == bodies[1] && reader.generation("rules") == bodies[4])
        #expect(try reader.startingConfiguration() == StartingConfiguration(place: 3, digest: "b"))
        #expect(try reader.configuration(at: 2) == "b" && reader.configuration(at: 9) == "c")
        #expect(try reader.configuration(at: 1) == nil)
    }

    @Test func `a process start comes before the configuration it runs under, and nothing else does`() throws {
        let time = EventTime(nanoseconds: 1)
        let (started, ticked) = (try TemporaryJournal(), try TemporaryJournal())
        for (journal, isStart) in [(started, true), (ticked, false)] {
            let writer = try JournalWriter(journal.settings())
            #expect(try journal.reader().startingConfiguration() == nil)
            _ = try writer.commit(CommitGroup(isStart ? .start(epoch: 1, at: time) : .tick(time)))
            #expect(try journal.reader().startingConfiguration() == StartingConfiguration(place: 1, digest: nil))
            _ = try writer.commit(group("a", ["a": [1]]))
        }
        #expect(try started.reader().startingConfiguration() == StartingConfiguration(place: 1, digest: "a"))
        #expect(try ticked.reader().startingConfiguration() == StartingConfiguration(place: 1, digest: nil))
    }

    @Test func `without a checkpoint every body stays, because recovery starts at the first entry`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings())
        for index in 0 ..< 20 { _ = try writer.commit(group("g\(index)", ["g\(index)": [UInt8(index)]])) }
        let reader = try journal.reader()
        for index in 0 ..< 20 { #expect(try reader.generation("g\(index)") == [UInt8(index)]) }
    }

    @Test func `a damaged body is said, not given`() throws {
        let journal = try TemporaryJournal()
        do { _ = try JournalWriter(journal.settings()).commit(group("a", ["a": [1, 2, 3]])) }
        let queue = try DatabaseQueue(path: journal.path)
        try queue.writeWithoutTransaction { try $0.execute(sql: "UPDATE generations SET length = 1 << 40") }
        #expect(throws: JournalError.corrupt("the generation a is damaged")) {
            _ = try journal.reader().generation("a")
        }
    }

    @Test func `the secret is made once, and is another one in another journal`() throws {
        let (first, second) = (try TemporaryJournal(), try TemporaryJournal())
        let key = HashKey(low: 1 << 63, high: 7)
        do { _ = try JournalWriter(first.settings(), newSecret: key) }
        do { _ = try JournalWriter(first.settings()) }
        do { _ = try JournalWriter(second.settings()) }
        #expect(try first.reader().hashKey() == key)
        #expect(try second.reader().hashKey() != key)
    }

    @Test func `a journal of schema 1 is brought forward with everything it holds`() throws {
        let journal = try TemporaryJournal()
        try FileManager.default.createDirectory(atPath: journal.folder + "/state", withIntermediateDirectories: true)
        let columns: [UInt8]
        let payload: Data
        do {
            var encoder = BlockEncoder(seed: 1)
            var compressor = Compressor(level: 1)
            payload = encoder.encode(SampleAlerts.batch(SampleAlerts.json(rule: "old"))) { compressor.compress($0) }
            columns = encoder.columns
        }
        do {
            let queue = try DatabaseQueue(path: journal.path)
            try queue.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA journal_mode = WAL")
                try db.execute(sql: JournalSchema.migrations[0])
                try db.execute(sql: "INSERT INTO installation VALUES (42)")
                try db.execute(sql: "INSERT INTO sources VALUES (1, 'node')")
                try db.execute(
                    sql: "INSERT INTO entries VALUES (1, 0, 1, 1, 9, 5, 5, 5, 100, ?, ?)",
                    arguments: [Data(columns), payload])
                try db.execute(sql: "INSERT INTO decisions VALUES (1, 1, 1, NULL)")
                try db.execute(sql: "UPDATE totals SET next_place = 2, epoch = 9, decided_place = 1, next_output = 2")
                try db.execute(sql: "PRAGMA application_id = \(JournalSchema.applicationID)")
                try db.execute(sql: "PRAGMA user_version = 1")
            }
        }
        #expect(throws: JournalError.self) { _ = try journal.reader() }
        do {
            let writer = try JournalWriter(journal.settings(), newInstallation: 1, newSecret: HashKey(low: 3, high: 4))
            #expect(writer.installation == 42 && writer.nextPlace == 2)
        }
        let reader = try journal.reader()
        #expect(try reader.status().schemaVersion == JournalSchema.version)
        #expect(try reader.hashKey() == HashKey(low: 3, high: 4))
        let entry = try #require(try reader.decided(fromOutput: 1).entries.first)
        #expect(entry.notes.isEmpty && entry.outputCount == 1 && entry.epoch == 9)
        #expect(try reader.search(AlertQuery()).alerts.count == 1)
        #expect(try reader.records(RecordQuery()).records.isEmpty)
    }
}
