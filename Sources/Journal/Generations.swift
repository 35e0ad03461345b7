// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import GRDB

/// Why a generation is kept. The numbers are in files and never change.
enum GenerationRole: Int64 {
    /// It is a configuration.
    case configuration = 0
    /// A configuration consists of it.
    case part = 1
}

/// The bodies of configurations, rules and tables that recovery may have to run again.
enum Generations {
    /// Drops what was in force only before the older of the two engine checkpoints, from which recovery may start.
    static func prune(_ db: Database, decidedPlace: Int64) throws {
        // Without a checkpoint recovery starts at the first entry there is.
        let first =
            try Int64.fetchOne(db, sql: "SELECT min(next_place) FROM engine_checkpoints")
            ?? Int64.fetchOne(db, sql: "SELECT min(place) FROM entries")
        let needed = min(first ?? 0, decidedPlace + 1)
        // The state at `needed` was made under what was in force before it.
        let inForce = try Int64.fetchOne(
            db, sql: "SELECT max(place) FROM generation_uses WHERE place < ?", arguments: [needed])
        guard let inForce else { return }
        try db.execute(sql: "DELETE FROM generation_uses WHERE place < ?", arguments: [inForce])
        guard db.changesCount > 0 else { return }
        try db.execute(sql: "DELETE FROM generations WHERE digest NOT IN (SELECT digest FROM generation_uses)")
    }
}

extension JournalReader {
    /// The installation's secret, which places entries in tables. Only the file's owner can read it.
    public func hashKey() throws(JournalError) -> HashKey {
        try JournalError.wrapping { try queue.read { db in try JournalSchema.secret(db) } }
    }

    /// The body of a configuration, rule file or table by its SHA-256 in hexadecimal; nil when it is not kept (any more).
    public func generation(_ digest: String) throws(JournalError) -> [UInt8]? {
        try JournalError.wrapping {
            try queue.read { db in
                guard
                    let row = try Row.fetchOne(
                        db, sql: "SELECT length, body FROM generations WHERE digest = ?", arguments: [digest])
                else { return nil }
                let frame = try EntryRow.bytes(row, "body")
                let length: Int = row["length"]
                guard length >= 0, let body = Decompressor().decompress(frame.span, length: length) else {
                    throw JournalError.corrupt("the generation \(digest) is damaged")
                }
                return body
            }
        }
    }

    /// The digest of the configuration in force at a place: of the last configuration entry at or before it. nil when there
    /// was none, or when no checkpoint needs it any more.
    public func configuration(at place: Int64) throws(JournalError) -> String? {
        try JournalError.wrapping {
            try queue.read { db in
                try String.fetchOne(
                    db,
                    sql: """
                        SELECT digest FROM generation_uses WHERE place <= ? AND role = 0 ORDER BY place DESC LIMIT 1
                        """, arguments: [place])
            }
        }
    }
}
