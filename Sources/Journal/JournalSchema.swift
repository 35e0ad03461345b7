// SPDX-License-Identifier: Apache-2.0
import AlertModel
import GRDB

/// The tables, and the way from every earlier version to this one. docs/journal.md has the picture.
enum JournalSchema {
    /// `PRAGMA application_id` of a journal: "CRNC".
    static let applicationID: Int64 = 0x4352_4E43
    static var version: Int { migrations.count }

    /// Migration i leads from version i to i + 1. Never changed once released.
    static let migrations: [String] = [
        """
        CREATE TABLE installation (id INTEGER NOT NULL);
        CREATE TABLE sources (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
        CREATE TABLE source_checkpoints (
            source INTEGER PRIMARY KEY REFERENCES sources (id), state BLOB NOT NULL);
        CREATE TABLE entries (
            place INTEGER PRIMARY KEY, kind INTEGER NOT NULL, count INTEGER NOT NULL, source INTEGER NOT NULL,
            epoch INTEGER NOT NULL, arrival INTEGER NOT NULL, min_time INTEGER, max_time INTEGER, raw_bytes INTEGER NOT NULL,
            columns BLOB, payload BLOB);
        CREATE INDEX entries_time ON entries (max_time, min_time) WHERE kind = 0;
        CREATE TABLE decisions (
            place INTEGER PRIMARY KEY, first_output INTEGER NOT NULL, output_count INTEGER NOT NULL, fates BLOB);
        CREATE INDEX decisions_output ON decisions (first_output);
        CREATE TABLE cursors (
            sink TEXT PRIMARY KEY, next_output INTEGER NOT NULL, position BLOB NOT NULL);
        CREATE TABLE engine_checkpoints (
            slot INTEGER PRIMARY KEY, serial INTEGER NOT NULL, version INTEGER NOT NULL, next_place INTEGER NOT NULL,
            next_output INTEGER NOT NULL, length INTEGER NOT NULL, state BLOB NOT NULL);
        CREATE TABLE dead_letters (
            id INTEGER PRIMARY KEY AUTOINCREMENT, source INTEGER NOT NULL, reason TEXT NOT NULL, encoding INTEGER NOT NULL,
            arrival INTEGER NOT NULL, received_bytes INTEGER NOT NULL, bytes BLOB NOT NULL);
        CREATE TABLE dead_letter_totals (
            reason TEXT PRIMARY KEY, total INTEGER NOT NULL, kept INTEGER NOT NULL, kept_bytes INTEGER NOT NULL);
        CREATE TABLE totals (
            id INTEGER PRIMARY KEY CHECK (id = 0), next_place INTEGER NOT NULL, epoch INTEGER NOT NULL,
            entries INTEGER NOT NULL, alerts INTEGER NOT NULL, raw_bytes INTEGER NOT NULL,
            pruned_entries INTEGER NOT NULL, pruned_alerts INTEGER NOT NULL, pruned_raw_bytes INTEGER NOT NULL,
            decided_place INTEGER NOT NULL, next_output INTEGER NOT NULL, max_span INTEGER NOT NULL);
        INSERT INTO totals VALUES (0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0);
        """,
        """
        ALTER TABLE decisions ADD COLUMN notes BLOB;
        CREATE TABLE records (
            place INTEGER NOT NULL, number INTEGER NOT NULL, kind INTEGER NOT NULL,
            state INTEGER NOT NULL, subject BLOB NOT NULL, record BLOB NOT NULL, rule BLOB, level INTEGER,
            first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (place, number)) WITHOUT ROWID;
        CREATE INDEX records_subject ON records (subject);
        CREATE INDEX records_incidents ON records (place, number) WHERE kind = 1;
        CREATE TABLE generations (
            digest TEXT PRIMARY KEY, length INTEGER NOT NULL, body BLOB NOT NULL);
        CREATE TABLE generation_uses (
            place INTEGER NOT NULL, role INTEGER NOT NULL, digest TEXT NOT NULL,
            PRIMARY KEY (place, role, digest)) WITHOUT ROWID;
        CREATE INDEX entries_silences ON entries (place) WHERE kind = 5;
        CREATE TABLE secret (low INTEGER NOT NULL, high INTEGER NOT NULL);
        """,
        """
        ALTER TABLE cursors ADD COLUMN floor INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE cursors ADD COLUMN shed BLOB;
        CREATE TABLE refused_outputs (
            number INTEGER PRIMARY KEY AUTOINCREMENT, sink TEXT NOT NULL, output INTEGER NOT NULL, record TEXT NOT NULL,
            reason TEXT NOT NULL, at INTEGER NOT NULL, tries INTEGER NOT NULL, UNIQUE (sink, output));
        CREATE TABLE refused_totals (
            sink TEXT PRIMARY KEY, total INTEGER NOT NULL, kept INTEGER NOT NULL, kept_bytes INTEGER NOT NULL);
        """,
        """
        CREATE TABLE annotations (
            number INTEGER PRIMARY KEY AUTOINCREMENT, subject BLOB NOT NULL, kind INTEGER NOT NULL, at INTEGER NOT NULL,
            author BLOB NOT NULL, body BLOB NOT NULL);
        CREATE INDEX annotations_subject ON annotations (subject);
        """,
    ]

    /// Brings the file to this version. `installation` is used when the file is new, `secret` when it has none yet.
    static func migrate(_ db: Database, path: String, installation: UInt64, secret: HashKey) throws {
        let found = try Int(Int64.fetchOne(db, sql: "PRAGMA user_version") ?? 0)
        try checkVersion(db, path: path, found: found)
        guard found < version else { return }
        try db.inTransaction(.immediate) {
            for migration in migrations[found...] { try db.execute(sql: migration) }
            if found == 0 {
                try db.execute(
                    sql: "INSERT INTO installation VALUES (?)", arguments: [Int64(bitPattern: installation)])
                try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            }
            if found < 2 {
                try db.execute(
                    sql: "INSERT INTO secret VALUES (?, ?)",
                    arguments: [Int64(bitPattern: secret.low), Int64(bitPattern: secret.high)])
            }
            try db.execute(sql: "PRAGMA user_version = \(version)")
            return .commit
        }
    }

    /// Refuses what is no journal, or one of a newer version.
    static func checkVersion(_ db: Database, path: String, found: Int) throws {
        let application = try Int64.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        guard application == applicationID || (application == 0 && tables == 0) else {
            throw JournalError.notAJournal(path: path, reason: "it is a database of another program")
        }
        guard found <= version else { throw JournalError.newerSchema(path: path, found: found, supported: version) }
    }

    static func installation(_ db: Database) throws -> UInt64 {
        guard let id = try Int64.fetchOne(db, sql: "SELECT id FROM installation") else {
            throw JournalError.corrupt("the installation's identity is missing")
        }
        return UInt64(bitPattern: id)
    }

    static func secret(_ db: Database) throws -> HashKey {
        guard let row = try Row.fetchOne(db, sql: "SELECT low, high FROM secret") else {
            throw JournalError.corrupt("the installation's secret is missing")
        }
        return HashKey(low: UInt64(bitPattern: row["low"] as Int64), high: UInt64(bitPattern: row["high"] as Int64))
    }
}
