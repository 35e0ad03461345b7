// SPDX-License-Identifier: Apache-2.0
import AlertModel
import GRDB

/// Rows of `refused_outputs`, and totals by sink that outlive them.
enum RefusedWriting {
    /// What a row costs beside its texts, about.
    private static let overheadBytes = 96

    /// Returns about how many bytes were written.
    static func store(
        _ refused: [RefusedRecord], replayed: [Int64], limitBytes: Int, _ db: Database
    ) throws -> Int {
        var bytes = 0
        for number in replayed { try delete(number, db) }
        for one in refused { bytes += try store(one, db) }
        var kept = try Int.fetchOne(db, sql: "SELECT sum(kept_bytes) FROM refused_totals") ?? 0
        while kept > limitBytes {
            let dropped = try drop(oldest: 64, db)
            if dropped.count == 0 { break }
            kept -= dropped.bytes
        }
        return bytes
    }

    private static func store(_ one: RefusedRecord, _ db: Database) throws -> Int {
        let record = one.refused.id.description
        let reason = one.refused.reason
        if let row = try Row.fetchOne(
            db,
            sql:
                "SELECT number, length(CAST(reason AS BLOB)) AS length FROM refused_outputs WHERE sink = ? AND output = ?",
            arguments: [one.sink, one.refused.output])
        {
            try db.execute(
                sql: "UPDATE refused_outputs SET reason = ?, at = ?, tries = tries + 1 WHERE number = ?",
                arguments: [reason, one.at.nanoseconds, row["number"] as Int64])
            try db.execute(
                sql: "UPDATE refused_totals SET kept_bytes = kept_bytes + ? WHERE sink = ?",
                arguments: [reason.utf8.count - (row["length"] as Int), one.sink])
            return reason.utf8.count
        }
        try db.execute(
            sql: "INSERT INTO refused_outputs (sink, output, record, reason, at, tries) VALUES (?, ?, ?, ?, ?, 1)",
            arguments: [one.sink, one.refused.output, record, reason, one.at.nanoseconds])
        let bytes = record.utf8.count + reason.utf8.count + overheadBytes
        try db.execute(
            sql: """
                INSERT INTO refused_totals VALUES (?, 1, 1, ?) ON CONFLICT (sink) DO UPDATE SET
                total = total + 1, kept = kept + 1, kept_bytes = kept_bytes + excluded.kept_bytes
                """, arguments: [one.sink, bytes])
        return bytes
    }

    /// Deletes up to `limit` letters, oldest first; with `before`, only those refused earlier.
    static func drop(oldest limit: Int, before: Int64? = nil, _ db: Database) throws -> (count: Int, bytes: Int) {
        let numbers = try Int64.fetchAll(
            db, sql: "SELECT number FROM refused_outputs WHERE ?1 IS NULL OR at < ?1 ORDER BY number LIMIT ?2",
            arguments: [before, limit])
        return (numbers.count, try numbers.reduce(0) { $0 + (try delete($1, db)) })
    }

    /// Returns the row's bytes; 0 when there is none.
    @discardableResult
    static func delete(_ number: Int64, _ db: Database) throws -> Int {
        guard
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT sink, length(CAST(record AS BLOB)) + length(CAST(reason AS BLOB)) + \(overheadBytes) AS bytes
                    FROM refused_outputs WHERE number = ?
                    """, arguments: [number])
        else { return 0 }
        let bytes: Int = row["bytes"]
        try db.execute(sql: "DELETE FROM refused_outputs WHERE number = ?", arguments: [number])
        try db.execute(
            sql: "UPDATE refused_totals SET kept = kept - 1, kept_bytes = kept_bytes - ? WHERE sink = ?",
            arguments: [bytes, row["sink"] as String])
        return bytes
    }
}

/// Which dead letters to drop.
public enum LetterSelection: Hashable, Sendable {
    /// Input that was no alert, by id.
    case input([Int64])
    /// Refused deliveries, by number.
    case delivery([Int64])
    case allInput
    /// nil: of every sink.
    case allDelivery(sink: String?)
}

extension JournalWriter {
    /// Removes dead letters, a bounded number in each transaction; their totals stay. Returns how many there were.
    public func drop(_ selection: LetterSelection) throws(JournalError) -> Int {
        let step = 1_000
        var dropped = 0
        while true {
            let count = try state.withLock { state throws(JournalError) in
                try state.transaction { db, _ in try Self.drop(selection, limit: step, db) }
            }
            dropped += count
            switch selection {
            case .input, .delivery: return dropped
            case .allInput, .allDelivery: if count < step { return dropped }
            }
        }
    }

    private static func drop(_ selection: LetterSelection, limit: Int, _ db: Database) throws -> Int {
        switch selection {
        case .input(let ids): return try ids.reduce(0) { $0 + (try DeadLetterWriting.drop($1, db) ? 1 : 0) }
        case .delivery(let numbers):
            return try numbers.reduce(0) { $0 + (try RefusedWriting.delete($1, db) > 0 ? 1 : 0) }
        case .allInput: return try DeadLetterWriting.drop(oldest: limit, db).count
        case .allDelivery(let sink):
            let numbers = try Int64.fetchAll(
                db, sql: "SELECT number FROM refused_outputs WHERE ?1 IS NULL OR sink = ?1 ORDER BY number LIMIT ?2",
                arguments: [sink, limit])
            for number in numbers { try RefusedWriting.delete(number, db) }
            return numbers.count
        }
    }
}
