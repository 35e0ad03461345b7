// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
import GRDB

/// The dead letters of one transaction: rows, and totals by reason that outlive the rows.
struct DeadLetterWriting {
    private(set) var count = 0
    private var added: [String: (count: Int, bytes: Int)] = [:]

    mutating func store(_ reject: RejectedInput, source: Int64, _ db: Database) throws {
        let reason = reject.reason.name
        try db.cachedStatement(
            sql: """
                INSERT INTO dead_letters (source, reason, encoding, arrival, received_bytes, bytes)
                VALUES (?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            source, reason, Int(reject.encoding.rawValue), reject.arrival.nanoseconds, reject.receivedBytes,
            Data(reject.bytes),
        ])
        count += 1
        added[reason, default: (0, 0)].count += 1
        added[reason, default: (0, 0)].bytes += reject.bytes.count
    }

    /// Adds to the totals, and drops the oldest letters above the limit.
    func finish(limitBytes: Int, _ db: Database) throws {
        guard count > 0 else { return }
        for (reason, (count, bytes)) in added {
            try db.cachedStatement(
                sql: """
                    INSERT INTO dead_letter_totals VALUES (?, ?, ?, ?) ON CONFLICT (reason) DO UPDATE SET
                    total = total + excluded.total, kept = kept + excluded.kept, kept_bytes = kept_bytes + excluded.kept_bytes
                    """
            ).execute(arguments: [reason, count, count, bytes])
        }
        var kept = try Int.fetchOne(db, sql: "SELECT sum(kept_bytes) FROM dead_letter_totals") ?? 0
        while kept > limitBytes {
            let dropped = try Self.drop(oldest: 64, db)
            if dropped.count == 0 { break }
            kept -= dropped.bytes
        }
    }

    /// Deletes up to `limit` letters, oldest first; with `before`, only those that arrived earlier.
    static func drop(oldest limit: Int, before: Int64? = nil, _ db: Database) throws -> (count: Int, bytes: Int) {
        let letters = try Row.fetchAll(
            db,
            sql: """
                SELECT id, reason, length(bytes) AS length FROM dead_letters WHERE ?1 IS NULL OR arrival < ?1 ORDER BY id LIMIT ?2
                """, arguments: [before, limit])
        var bytes = 0
        for letter in letters { bytes += try delete(letter, db) }
        return (letters.count, bytes)
    }

    /// Deletes one letter; false when there is none of that id.
    static func drop(_ id: Int64, _ db: Database) throws -> Bool {
        guard
            let letter = try Row.fetchOne(
                db, sql: "SELECT id, reason, length(bytes) AS length FROM dead_letters WHERE id = ?", arguments: [id])
        else { return false }
        _ = try delete(letter, db)
        return true
    }

    private static func delete(_ letter: Row, _ db: Database) throws -> Int {
        let length: Int = letter["length"]
        try db.execute(sql: "DELETE FROM dead_letters WHERE id = ?", arguments: [letter["id"] as Int64])
        try db.execute(
            sql: "UPDATE dead_letter_totals SET kept = kept - 1, kept_bytes = kept_bytes - ? WHERE reason = ?",
            arguments: [length, letter["reason"] as String])
        return length
    }
}
