// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import Foundation
import GRDB

/// Why an annotation was not stored.
public enum AnnotationRefusal: Error, Hashable, Sendable {
    /// There is no record of such an incident in the journal (any more).
    case noIncident
    /// `Annotation.Limit.perIncident` or `.all` is reached.
    case full
    /// A text is too long, or a note is empty.
    case beyondLimits
}

extension JournalWriter {
    /// Stores a note or an acknowledgement in a transaction of its own. Any thread.
    public func annotate(
        _ incident: SubjectID, _ kind: Annotation.Kind, at time: EventTime, by: String, text: String
    ) throws(JournalError) -> Result<Annotation, AnnotationRefusal> {
        guard Annotation.isWithinLimits(kind, by: by, text: text) else { return .failure(.beyondLimits) }
        return try state.withLock { state throws(JournalError) in
            try state.transaction { db, _ in
                let subject = RecordRow.bytes(incident)
                let isKnown = try Int.fetchOne(
                    db, sql: "SELECT 1 FROM records WHERE subject = ? AND kind = 1 LIMIT 1", arguments: [subject])
                guard isKnown != nil else { return .failure(.noIncident) }
                let all = try Int.fetchOne(db, sql: "SELECT count(*) FROM annotations") ?? 0
                let here =
                    try Int.fetchOne(
                        db, sql: "SELECT count(*) FROM annotations WHERE subject = ?", arguments: [subject]) ?? 0
                guard all < Annotation.Limit.all, here < Annotation.Limit.perIncident else {
                    return .failure(.full)
                }
                // Blobs: SQLite ends a text at its first NUL.
                try db.execute(
                    sql: "INSERT INTO annotations (subject, kind, at, author, body) VALUES (?, ?, ?, ?, ?)",
                    arguments: [subject, kind.rawValue, time.nanoseconds, Data(by.utf8), Data(text.utf8)])
                return .success(
                    Annotation(
                        number: db.lastInsertedRowID, incident: incident, kind: kind, at: time, by: by, text: text))
            }
        }
    }
}

extension JournalReader {
    /// What was noted about an incident, oldest first.
    public func annotations(of incident: SubjectID) throws(JournalError) -> [Annotation] {
        try annotations(of: [incident])[incident] ?? []
    }

    /// What was noted about some incidents, each oldest first. At most 1,000 incidents are looked at.
    public func annotations(of incidents: [SubjectID]) throws(JournalError) -> [SubjectID: [Annotation]] {
        try JournalError.wrapping {
            try queue.read { db in
                var found: [SubjectID: [Annotation]] = [:]
                let statement = try db.cachedStatement(
                    sql: "SELECT number, kind, at, author, body FROM annotations WHERE subject = ? ORDER BY number")
                for incident in incidents.prefix(1_000) where found[incident] == nil {
                    let rows = try Row.fetchCursor(statement, arguments: [RecordRow.bytes(incident)])
                    while let row = try rows.next() {
                        guard let kind = Annotation.Kind(rawValue: row["kind"]) else { continue }
                        found[incident, default: []].append(
                            Annotation(
                                number: row["number"], incident: incident, kind: kind,
                                at: EventTime(nanoseconds: row["at"]),
                                by: String(decoding: try EntryRow.bytes(row, "author"), as: UTF8.self),
                                text: String(decoding: try EntryRow.bytes(row, "body"), as: UTF8.self)))
                    }
                }
                return found
            }
        }
    }
}

extension Annotation {
    /// Removes what belongs to incidents of which no record is kept any more.
    static func prune(_ db: Database) throws {
        try db.execute(
            sql: """
                DELETE FROM annotations WHERE NOT EXISTS
                (SELECT 1 FROM records r WHERE r.subject = annotations.subject)
                """)
    }
}
