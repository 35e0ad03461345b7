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

/// The bodies of configurations, rules and tables that decided what the journal holds.
enum Generations {
    /// Drops what was in force only before the oldest entry that is kept, and before the older of the two engine
    /// checkpoints, from which recovery may start.
    static func prune(_ db: Database, decidedPlace: Int64) throws {
        let kept = try oldestEntry(db) ?? .max
        let checkpoint = try Int64.fetchOne(db, sql: "SELECT min(next_place) FROM engine_checkpoints") ?? .max
        let needed = min(kept, checkpoint, decidedPlace + 1)
        // The state at `needed` was made under what was in force before it.
        let inForce = try Int64.fetchOne(
            db, sql: "SELECT max(place) FROM generation_uses WHERE place < ?", arguments: [needed])
        guard let inForce else { return }
        try db.execute(sql: "DELETE FROM generation_uses WHERE place < ?", arguments: [inForce])
        guard db.changesCount > 0 else { return }
        try db.execute(sql: "DELETE FROM generations WHERE digest NOT IN (SELECT digest FROM generation_uses)")
    }

    /// The place of the oldest entry, silences left aside: they outlive the history around them (`SilenceRetention`).
    static func oldestEntry(_ db: Database) throws -> Int64? {
        try Int64.fetchOne(
            db, sql: "SELECT place FROM entries WHERE kind <> ? ORDER BY place LIMIT 1",
            arguments: [EntryKind.silence.rawValue])
    }

    /// The digest of the configuration in force at a place.
    static func configuration(_ db: Database, at place: Int64) throws -> String? {
        try String.fetchOne(
            db,
            sql: "SELECT digest FROM generation_uses WHERE place <= ? AND role = ? ORDER BY place DESC LIMIT 1",
            arguments: [place, GenerationRole.configuration.rawValue])
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
    /// was none, or when no entry that is kept was decided under it.
    public func configuration(at place: Int64) throws(JournalError) -> String? {
        try JournalError.wrapping { try queue.read { db in try Generations.configuration(db, at: place) } }
    }

    /// What an engine that starts at the oldest entry starts under. nil for a journal without entries.
    public func startingConfiguration() throws(JournalError) -> StartingConfiguration? {
        try JournalError.wrapping {
            try queue.read { db in
                guard let first = try Generations.oldestEntry(db) else { return nil }
                if let digest = try Generations.configuration(db, at: first) {
                    return StartingConfiguration(place: first, digest: digest)
                }
                // A process start comes before the configuration that it read.
                let next = try Row.fetchOne(
                    db, sql: "SELECT place, digest FROM generation_uses WHERE role = ? ORDER BY place LIMIT 1",
                    arguments: [GenerationRole.configuration.rawValue])
                guard let next else { return StartingConfiguration(place: first, digest: nil) }
                let decided = try Int.fetchOne(
                    db, sql: "SELECT 1 FROM entries WHERE place < ? AND kind NOT IN (?, ?) LIMIT 1",
                    arguments: [
                        next["place"] as Int64, EntryKind.start.rawValue, EntryKind.silence.rawValue,
                    ])
                return StartingConfiguration(place: first, digest: decided == nil ? next["digest"] : nil)
            }
        }
    }
}

/// Where a journal begins, and under which configuration.
public struct StartingConfiguration: Hashable, Sendable {
    /// Of the oldest entry that is no silence.
    public let place: Int64
    /// nil when the journal does not have it.
    public let digest: String?
}
