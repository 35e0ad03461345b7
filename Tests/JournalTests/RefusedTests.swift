// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
import GRDB
import Testing

@testable import Journal

/// Dead letters of deliveries, and what a sink has shed.
@Suite struct RefusedTests {
    private func refused(
        _ output: Int64, sink: String = "siem", reason: String = "400", at: Int64 = 1
    ) -> RefusedRecord {
        RefusedRecord(
            sink: sink,
            refused: RefusedOutput(
                output: output, id: .place(RecordID(installation: 1, epoch: 2, place: output)), reason: reason),
            at: EventTime(nanoseconds: at))
    }

    private func store(_ refused: [RefusedRecord], replayed: [Int64] = [], _ writer: JournalWriter) throws {
        var group = CommitGroup()
        group.refused = refused
        group.replayed = replayed
        _ = try writer.commit(group)
    }

    private func keptBytes(_ journal: TemporaryJournal) throws -> (said: Int, found: Int) {
        let queue = try DatabaseQueue(path: journal.path)
        return try queue.read { db in
            (
                said: try Int.fetchOne(db, sql: "SELECT sum(kept_bytes) FROM refused_totals") ?? 0,
                found: try Int.fetchOne(
                    db,
                    sql: """
                        SELECT sum(length(CAST(record AS BLOB)) + length(CAST(reason AS BLOB)) + 96) FROM refused_outputs
                        """) ?? 0
            )
        }
    }

    @Test func `a refused output is one letter, however often it is refused`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings())
        try store([refused(5), refused(6, sink: "other")], writer)
        try store([refused(5, reason: "400 again, longer", at: 9)], writer)
        let reader = try journal.reader()
        let letters = try reader.refused()
        #expect(letters.map(\.output) == [5, 6] && letters.map(\.tries) == [2, 1])
        #expect(letters[0].reason == "400 again, longer" && letters[0].at == EventTime(nanoseconds: 9))
        #expect(letters[0].record == "0000000000000001-0000000000000002-5")
        #expect(
            try reader.status().refused
                == ["siem": RefusedTotals(total: 1, kept: 1), "other": RefusedTotals(total: 1, kept: 1)])
        let bytes = try keptBytes(journal)
        #expect(bytes.said == bytes.found)
    }

    @Test func `a letter whose record arrived is gone, and its count stays`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings())
        try store((1 ... 5).map { refused($0) }, writer)
        let reader = try journal.reader()
        let second = try reader.refused()[1].number
        try store([], replayed: [second, 999], writer)
        #expect(try reader.refused().map(\.output) == [1, 3, 4, 5])
        #expect(try reader.refused(number: second) == nil)
        #expect(try reader.status().refused["siem"] == RefusedTotals(total: 5, kept: 4))
        let bytes = try keptBytes(journal)
        #expect(bytes.said == bytes.found)
    }

    @Test func `pages go both ways, and a sink's letters are told apart`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings())
        try store((1 ... 20).map { refused($0, sink: $0 % 2 == 0 ? "even" : "odd") }, writer)
        let reader = try journal.reader()
        #expect(try reader.refused(sink: "even", after: 4, through: 12).map(\.output) == [6, 8, 10, 12])
        #expect(try reader.refused(newestOf: nil, before: 4).map(\.output) == [3, 2, 1])
        #expect(try reader.refused(newestOf: "odd", limit: 2).map(\.output) == [19, 17])
    }

    @Test func `letters are dropped by number, by sink and all together`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings())
        try store((1 ... 2_500).map { refused($0, sink: $0 % 2 == 0 ? "even" : "odd") }, writer)
        #expect(try writer.drop(.delivery([1, 3, 7_777])) == 2)
        #expect(try writer.drop(.allDelivery(sink: "even")) == 1_250)
        let reader = try journal.reader()
        #expect(try reader.status().refused["even"] == RefusedTotals(total: 1_250, kept: 0))
        #expect(try writer.drop(.allDelivery(sink: nil)) == 1_248)
        #expect(try writer.drop(.allDelivery(sink: nil)) == 0)
        #expect(try reader.refused().isEmpty)
        #expect(try keptBytes(journal).said == 0)
    }

    @Test func `the oldest go beyond the limit of bytes, and totals stay`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings { $0.deadLetterLimitBytes = 64 << 10 })
        let long = String(repeating: "x", count: 900)
        for start in stride(from: Int64(1), to: 400, by: 50) {
            try store((start ..< start + 50).map { refused($0, reason: long) }, writer)
        }
        let reader = try journal.reader()
        let letters = try reader.refused(limit: 1_000)
        #expect(letters.last?.output == 400 && (1 ..< 65).contains(letters.count))
        #expect(try reader.status().refused["siem"] == RefusedTotals(total: 400, kept: letters.count))
    }

    @Test func `letters go with the history's age`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings { $0.retainAge = .seconds(10) })
        try store([refused(1, at: 1), refused(2, at: 95_000_000_000)], writer)
        _ = try writer.commit(CommitGroup(.tick(EventTime(nanoseconds: 100_000_000_000))))
        while try writer.prune().hasMore {}
        #expect(try journal.reader().refused().map(\.output) == [2])
    }

    @Test func `what a sink shed is stored with its cursor, and holds no history back`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings { $0.retainAge = .seconds(1) })
        try RetentionTests.fill(writer, 1 ... 30)
        try RetentionTests.checkpoint(writer, at: 31)
        var shed = ShedOutputs()
        let ends = [Int64](repeating: 20, count: 8)
        shed.add(
            ends: ends, base: 11, last: 19, since: EventTime(nanoseconds: 5), until: EventTime(nanoseconds: 6))
        var group = CommitGroup()
        group.setCursor(SinkCursor(nextOutput: 9, position: [1], shed: shed), ofSink: "dead")
        _ = try writer.commit(group)
        #expect(try journal.reader().cursors()["dead"] == SinkCursor(nextOutput: 9, position: [1], shed: shed))
        try RetentionTests.pruneAll(writer)
        #expect(try journal.allEntries().first?.place == 20)
    }

    @Test func `a journal of schema 2 is brought forward with its cursors`() throws {
        let journal = try TemporaryJournal()
        try FileManager.default.createDirectory(atPath: journal.folder + "/state", withIntermediateDirectories: true)
        do {
            let queue = try DatabaseQueue(path: journal.path)
            try queue.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA journal_mode = WAL")
                for migration in JournalSchema.migrations[..<2] { try db.execute(sql: migration) }
                try db.execute(sql: "INSERT INTO installation VALUES (42)")
                try db.execute(sql: "INSERT INTO secret VALUES (1, 2)")
                try db.execute(sql: "INSERT INTO cursors VALUES ('archive', 77, x'0102')")
                try db.execute(sql: "PRAGMA application_id = \(JournalSchema.applicationID)")
                try db.execute(sql: "PRAGMA user_version = 2")
            }
        }
        let writer = try JournalWriter(journal.settings())
        #expect(writer.installation == 42)
        let reader = try journal.reader()
        #expect(try reader.status().schemaVersion == JournalSchema.version)
        #expect(try reader.cursors() == ["archive": SinkCursor(nextOutput: 77, position: [1, 2])])
        #expect(try reader.hashKey() == HashKey(low: 1, high: 2))
        try store([refused(1)], writer)
        #expect(try reader.refused().count == 1)
    }
}
