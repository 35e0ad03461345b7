// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import GRDB
import Synchronization

/// The one writer of a journal: holds its lock, gives out places, commits groups.
///
/// Meant for one lane; calls from several threads take turns. Every method may do I/O. The last reference's end folds the
/// write-ahead log into the file and gives the lock back.
public final class JournalWriter: Sendable {
    public let settings: JournalSettings
    /// The file's random identity, the first part of every record's id.
    public let installation: UInt64

    let state: Mutex<State>

    /// What the lane owns.
    struct State: ~Copyable {
        let queue: DatabaseQueue
        /// nil after `close()`.
        var lock: JournalLock?
        var folding: LogFolding
        var encoder: BlockEncoder
        var notes = NotesEncoder()
        var blocks: Compressor
        var checkpoints: Compressor
        var totals: JournalTotals
        var sources: [String: Int64]
        var checkpointSerial: Int64
        let deadLetterLimitBytes: Int
        let retention: Retention
        var entriesSincePrune = 1
        var commitsSincePrune = 0
    }

    /// Opens the journal, or makes it: folder, file (0600), lock, schema. A new file's identity is `newInstallation`, the
    /// secret of one that has none yet `newSecret`.
    public init(
        _ settings: JournalSettings, newInstallation: UInt64 = .random(in: .min ... .max),
        newSecret: HashKey = HashKey(low: .random(in: .min ... .max), high: .random(in: .min ... .max))
    ) throws(JournalError) {
        self.settings = settings
        try JournalFolder.prepare(settings.path)
        let lock = try JournalLock(journal: settings.path)
        let opened = try JournalError.opening(settings.path) {
            let queue = try JournalConnection.writer(settings)
            return try queue.writeWithoutTransaction { db in
                try JournalSchema.migrate(
                    db, path: settings.path, installation: newInstallation, secret: newSecret)
                return try Opened(queue: queue, db)
            }
        }
        let second = try JournalError.opening(settings.path) { try JournalConnection.writer(settings) }
        installation = opened.installation
        state = Mutex(
            State(
                queue: opened.queue, lock: lock,
                folding: LogFolding(limitBytes: settings.logLimitBytes, connection: second),
                encoder: BlockEncoder(seed: opened.installation),
                blocks: Compressor(level: Int32(clamping: settings.compressionLevel)),
                checkpoints: Compressor(level: 1), totals: opened.totals, sources: opened.sources,
                checkpointSerial: opened.checkpointSerial,
                deadLetterLimitBytes: settings.deadLetterLimitBytes,
                retention: Retention(age: settings.retainAge, bytes: settings.retainBytes)))
    }

    /// What opening reads.
    private struct Opened {
        let queue: DatabaseQueue
        let installation: UInt64
        let totals: JournalTotals
        var sources: [String: Int64] = [:]
        let checkpointSerial: Int64

        init(queue: DatabaseQueue, _ db: Database) throws {
            self.queue = queue
            installation = try JournalSchema.installation(db)
            totals = try JournalTotals.read(db)
            for row in try Row.fetchAll(db, sql: "SELECT id, name FROM sources") { sources[row["name"]] = row["id"] }
            checkpointSerial = try Int64.fetchOne(db, sql: "SELECT max(serial) FROM engine_checkpoints") ?? 0
        }
    }

    /// Folds the write-ahead log into the file, closes it and gives the lock back. Nothing may be committed afterwards;
    /// a second call does nothing. Without it the last reference's end does the same but for the folding.
    public func close() {
        state.withLock { state in
            guard state.lock != nil else { return }
            state.folding.close()
            // What cannot be folded now is folded by the next writer: the log is part of the journal.
            try? state.queue.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
            try? state.queue.close()
            state.lock = nil
        }
    }

    /// The place the next entry gets.
    public var nextPlace: Int64 { state.withLock { $0.totals.nextPlace } }

    /// Stores the whole group in one transaction. After an error nothing of it is stored, and the same group may be
    /// committed again: it then gets the same places.
    public func commit(_ group: CommitGroup) throws(JournalError) -> CommitReceipt {
        try state.withLock { state throws(JournalError) in try state.commit(group) }
    }
}

extension JournalWriter.State {
    /// Runs `body` in one transaction; its changes to the totals count only when it is committed.
    mutating func transaction<Result>(
        _ body: (Database, inout JournalTotals) throws -> Result
    ) throws(JournalError) -> Result {
        var totals = self.totals
        let result = try JournalError.wrapping {
            try queue.writeWithoutTransaction { db in
                var result: Result?
                try db.inTransaction(.immediate) {
                    result = try body(db, &totals)
                    try totals.write(db)
                    return .commit
                }
                return result
            }
        }
        self.totals = totals
        // The transaction ran, or an error was thrown above.
        guard let result else { throw .io("a transaction did not run") }
        return result
    }
}
