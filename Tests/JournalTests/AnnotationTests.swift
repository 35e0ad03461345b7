// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
import GRDB
import Testing

@testable import Journal

@Suite struct AnnotationTests {
    private static let time = EventTime(nanoseconds: 1_700_000_000_000_000_000)

    /// A tick with an open incident.
    private static func store(_ incident: SubjectID, at time: EventTime, _ writer: JournalWriter) throws {
        let place = try writer.commit(CommitGroup(.tick(time))).places[0]
        var notes = EntryNotes()
        notes.records = [
            PlacedRecord(
                position: 0,
                record: .incident(
                    IncidentRecord(
                        incident: incident, state: .open, revision: 0, ruleID: "r", ruleTitle: "t",
                        ruleType: "event_count", level: .high, tags: [], group: [], value: 1, first: time, last: time,
                        alerts: [])))
        ]
        var group = CommitGroup()
        group.append(
            Decision(place: place, placeCount: 1, fates: [], notes: notes, firstOutput: place, outputCount: 1))
        group.engineCheckpoint = EngineCheckpoint(
            version: 1, nextPlace: place + 1, nextOutput: place + 1, state: [1])
        _ = try writer.commit(group)
    }

    private static let incident = SubjectID(high: 1, low: 1)

    @Test func `notes are read as they were written, each incident's oldest first`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings())
        let other = SubjectID(high: 1, low: 2)
        try Self.store(Self.incident, at: Self.time, writer)
        try Self.store(other, at: Self.time, writer)
        let texts = ["first", "with\u{0}a zero", String(repeating: "é", count: Annotation.Limit.text / 2)]
        for text in texts {
            _ = try writer.annotate(Self.incident, .note, at: Self.time, by: "ann", text: text).get()
        }
        let seen = try writer.annotate(other, .acknowledgement, at: Self.time, by: "bob", text: "").get()
        let reader = try journal.reader()
        #expect(try reader.annotations(of: Self.incident).map(\.text) == texts)
        #expect(try reader.annotations(of: Self.incident).acknowledged == nil)
        #expect(try reader.annotations(of: [Self.incident, other, other])[other] == [seen])
        #expect(try reader.annotations(of: other).acknowledged == seen)
    }

    @Test func `what is no incident, too long or too much is refused`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings())
        try Self.store(Self.incident, at: Self.time, writer)
        func refusal(_ id: SubjectID, _ by: String, _ text: String) throws -> AnnotationRefusal? {
            if case .failure(let refusal) = try writer.annotate(id, .note, at: Self.time, by: by, text: text) {
                refusal
            } else {
                nil
            }
        }
        #expect(try refusal(SubjectID(high: 9, low: 9), "ann", "x") == .noIncident)
        #expect(try refusal(Self.incident, "ann", "") == .beyondLimits)
        #expect(
            try refusal(Self.incident, "ann", String(repeating: "x", count: Annotation.Limit.text + 1)) == .beyondLimits
        )
        #expect(
            try refusal(Self.incident, String(repeating: "x", count: Annotation.Limit.author + 1), "x") == .beyondLimits
        )
        for _ in 0 ..< Annotation.Limit.perIncident { #expect(try refusal(Self.incident, "ann", "x") == nil) }
        #expect(try refusal(Self.incident, "ann", "x") == .full)
    }

    @Test func `notes go with the last record of their incident`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings { $0.retainAge = .seconds(60) })
        let young = SubjectID(high: 1, low: 2)
        try Self.store(Self.incident, at: Self.time, writer)
        _ = try writer.annotate(Self.incident, .note, at: Self.time, by: "ann", text: "old").get()
        try Self.store(young, at: Self.time.advanced(by: .seconds(600)), writer)
        _ = try writer.annotate(young, .note, at: Self.time, by: "ann", text: "young").get()
        // Both checkpoints must lie behind what goes.
        try Self.store(young, at: Self.time.advanced(by: .seconds(601)), writer)
        while try writer.prune().hasMore {}
        let reader = try journal.reader()
        #expect(try reader.annotations(of: Self.incident).isEmpty)
        #expect(try reader.annotations(of: young).map(\.text) == ["young"])
    }

    @Test func `a journal of schema 3 is brought forward`() throws {
        let journal = try TemporaryJournal()
        try FileManager.default.createDirectory(atPath: journal.folder + "/state", withIntermediateDirectories: true)
        do {
            let queue = try DatabaseQueue(path: journal.path)
            try queue.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA journal_mode = WAL")
                for migration in JournalSchema.migrations[..<3] { try db.execute(sql: migration) }
                try db.execute(sql: "INSERT INTO installation VALUES (42)")
                try db.execute(sql: "INSERT INTO secret VALUES (1, 2)")
                try db.execute(sql: "PRAGMA application_id = \(JournalSchema.applicationID)")
                try db.execute(sql: "PRAGMA user_version = 3")
            }
        }
        let writer = try JournalWriter(journal.settings())
        #expect(writer.installation == 42)
        try Self.store(Self.incident, at: Self.time, writer)
        _ = try writer.annotate(Self.incident, .note, at: Self.time, by: "ann", text: "x").get()
        let reader = try journal.reader()
        #expect(try reader.status().schemaVersion == JournalSchema.version)
        #expect(try reader.annotations(of: Self.incident).count == 1)
    }
}
