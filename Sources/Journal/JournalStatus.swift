// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import GRDB

/// The journal in numbers, at one moment.
public struct JournalStatus: Hashable, Sendable {
    public let installation: UInt64
    /// Of the newest process start; 0 before the first.
    public let epoch: UInt64
    public let schemaVersion: Int
    /// The place the next entry gets.
    public let nextPlace: Int64
    /// The last place that was decided; 0 before the first.
    public let decidedPlace: Int64
    /// The number the next output gets, as far as decisions are committed.
    public let nextOutput: Int64
    /// Ever stored, and of those pruned since.
    public let entries: Int
    public let alerts: Int
    public let rawBytes: Int
    public let prunedEntries: Int
    public let prunedAlerts: Int
    /// The file and its write-ahead log.
    public let fileBytes: Int
    public let logBytes: Int
    /// Pages of the file that hold something: what `retain.size` bounds.
    public let usedBytes: Int
    /// Event times, about, of the oldest and exactly of the newest alert that are kept; nil without alerts.
    public let oldest: EventTime?
    public let newest: EventTime?
    /// Ever, by reason; and how many of them are still kept.
    public let deadLetters: [String: Int]
    public let keptDeadLetters: [String: Int]
    /// What destinations refused, by sink: ever, and still kept.
    public let refused: [String: RefusedTotals]
    public let cursors: [String: SinkCursor]
}

extension JournalReader {
    public func status() throws(JournalError) -> JournalStatus {
        let path = self.path
        return try JournalError.wrapping {
            try queue.read { db in
                let totals = try JournalTotals.read(db)
                var letters: [String: Int] = [:]
                var kept: [String: Int] = [:]
                for row in try Row.fetchAll(db, sql: "SELECT reason, total, kept FROM dead_letter_totals") {
                    letters[row["reason"]] = row["total"]
                    kept[row["reason"]] = row["kept"]
                }
                return JournalStatus(
                    installation: installation, epoch: totals.epoch,
                    schemaVersion: try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0, nextPlace: totals.nextPlace,
                    decidedPlace: totals.decidedPlace, nextOutput: totals.nextOutput, entries: Int(totals.entries),
                    alerts: Int(totals.alerts), rawBytes: Int(totals.rawBytes),
                    prunedEntries: Int(totals.prunedEntries),
                    prunedAlerts: Int(totals.prunedAlerts), fileBytes: JournalFolder.length(path),
                    logBytes: JournalFolder.length(path + "-wal"), usedBytes: try Retention.usedBytes(db),
                    oldest: try Self.time(db, "min_time", first: "ASC"),
                    newest: try Self.time(db, "max_time", first: "DESC"),
                    deadLetters: letters, keptDeadLetters: kept, refused: try RefusedTotals.read(db),
                    cursors: try Self.cursors(db))
            }
        }
    }

    /// Where every sink that ever stored a cursor stands.
    public func cursors() throws(JournalError) -> [String: SinkCursor] {
        try JournalError.wrapping { try queue.read { db in try Self.cursors(db) } }
    }

    /// What each source stored with its last committed submission.
    public func sourceCheckpoints() throws(JournalError) -> [String: [UInt8]] {
        try JournalError.wrapping {
            try queue.read { db in
                var checkpoints: [String: [UInt8]] = [:]
                let rows = try Row.fetchCursor(
                    db, sql: "SELECT name, state FROM source_checkpoints c JOIN sources s ON s.id = c.source")
                while let row = try rows.next() { checkpoints[row["name"]] = try EntryRow.bytes(row, "state") }
                return checkpoints
            }
        }
    }

    /// The newest engine checkpoint that is undamaged, and how many newer ones were damaged. Without any, the engine starts
    /// from nothing at the first entry that is there.
    public func engineCheckpoint() throws(JournalError) -> (checkpoint: EngineCheckpoint?, damaged: Int) {
        try JournalError.wrapping {
            try queue.read { db in
                var damaged = 0
                let decompressor = Decompressor()
                let rows = try Row.fetchCursor(db, sql: "SELECT * FROM engine_checkpoints ORDER BY serial DESC")
                while let row = try rows.next() {
                    let frame = try EntryRow.bytes(row, "state")
                    let length: Int = row["length"]
                    if length >= 0, let state = decompressor.decompress(frame.span, length: length) {
                        let checkpoint = EngineCheckpoint(
                            version: row["version"], nextPlace: row["next_place"], nextOutput: row["next_output"],
                            state: state)
                        return (checkpoint, damaged)
                    }
                    damaged += 1
                }
                return (nil, damaged)
            }
        }
    }

    private static func cursors(_ db: Database) throws -> [String: SinkCursor] {
        var cursors: [String: SinkCursor] = [:]
        let rows = try Row.fetchCursor(db, sql: "SELECT sink, next_output, position, shed FROM cursors")
        while let row = try rows.next() {
            // What was shed and cannot be read back is sent after all.
            cursors[row["sink"]] = SinkCursor(
                nextOutput: row["next_output"], position: try EntryRow.bytes(row, "position"),
                shed: ShedOutputs(try EntryRow.bytes(row, "shed")) ?? ShedOutputs())
        }
        return cursors
    }

    private static func time(_ db: Database, _ column: String, first order: String) throws -> EventTime? {
        try Int64.fetchOne(db, sql: "SELECT \(column) FROM entries WHERE kind = 0 ORDER BY max_time \(order) LIMIT 1")
            .map(EventTime.init)
    }
}

extension JournalReader {
    /// The file and its write-ahead log, without opening either: for metrics.
    public var bytesOnDisk: Int { JournalFolder.length(path) + JournalFolder.length(path + "-wal") }
}
