// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import GRDB

/// Reads a journal, beside its writer or when there is none, in this process or another.
///
/// Any thread; calls on one reader take turns. Each call sees the journal as it stood at one moment, and ends its look
/// before it returns, so that a reader never holds the write-ahead log back for long.
public final class JournalReader: Sendable {
    public let path: String
    public let installation: UInt64
    let queue: DatabaseQueue
    let makeDecoder: BlockDecoderFactory

    /// Opens an existing journal; nothing is written or migrated.
    public init(path: String, decoder: @escaping BlockDecoderFactory) throws(JournalError) {
        guard JournalFolder.exists(path) else { throw .missing(path: path) }
        self.path = path
        makeDecoder = decoder
        (queue, installation) = try JournalError.opening(path) {
            let queue = try JournalConnection.reader(path)
            let installation = try queue.read { db in
                let found = try Int(Int64.fetchOne(db, sql: "PRAGMA user_version") ?? 0)
                try JournalSchema.checkVersion(db, path: path, found: found)
                guard found == JournalSchema.version else {
                    throw JournalError.notAJournal(
                        path: path,
                        reason:
                            "its schema is \(found), this version reads \(JournalSchema.version); a writer brings it forward"
                    )
                }
                return try JournalSchema.installation(db)
            }
            return (queue, installation)
        }
    }

    /// Entries from `place` on, in order, as many as fit the limits (at least one, when there is one).
    public func entries(
        from place: Int64, limit: Int = 64, byteLimit: Int = 8 << 20
    ) throws(JournalError) -> JournalPage {
        let rows = try rows(
            "FROM \(EntryRow.tables) WHERE e.place >= ? ORDER BY e.place LIMIT ?",
            [place, limit], byteLimit: byteLimit, around: { try DamagedFile.entries($0, from: place, limit: limit) })
        var page = JournalPage(nextPlace: place)
        let reading = BlockReading(decoder: makeDecoder())
        for row in rows {
            page.append(row, reading)
        }
        return page
    }

    /// Decided entries with outputs, from the one that holds output `number` (or the first after it) on, in order: what a
    /// sink that lags still has to send.
    public func decided(
        fromOutput number: Int64, limit: Int = 64, byteLimit: Int = 8 << 20
    ) throws(JournalError) -> DecidedPage {
        let rows = try rows(
            """
            FROM decisions d LEFT JOIN entries e ON e.place = d.place
            LEFT JOIN sources s ON s.id = e.source
            WHERE d.first_output >= ifnull((SELECT max(first_output) FROM decisions WHERE first_output <= ?1), ?1)
            AND d.first_output + d.output_count > ?1 AND d.output_count > 0 ORDER BY d.first_output LIMIT ?2
            """, [number, limit], byteLimit: byteLimit,
            around: { try DamagedFile.decided($0, from: number, limit: limit) })
        var page = DecidedPage(nextOutput: number)
        let reading = BlockReading(decoder: makeDecoder())
        for row in rows { page.append(row, installation, reading) }
        return page
    }

    /// The entry that holds `place`, and the index of the place in it; nil when it is not there (any more, or yet).
    public func entry(at place: Int64) throws(JournalError) -> (
        entry: JournalEntry, index: Int, decision: EntryDecision?
    )? {
        let rows = try rows(
            "FROM \(EntryRow.tables) WHERE e.place <= ? ORDER BY e.place DESC LIMIT 1",
            [place], byteLimit: .max, around: { _ in [] })
        guard let row = rows.first, place - row.place < Int64(row.count) else { return nil }
        let reading = BlockReading(decoder: makeDecoder())
        do throws(Unreadable) {
            return (try row.entry(reading), Int(place - row.place), try row.decision(reading))
        } catch {
            throw .corrupt(error.description)
        }
    }

    /// Rows until the limit of bytes is reached; the one that reaches it is the last. Where a page of the file is damaged,
    /// `around` gives the rows one by one.
    private func rows(
        _ sql: String, _ arguments: StatementArguments, byteLimit: Int, around: (Database) throws -> [EntryRow]
    ) throws(JournalError) -> [EntryRow] {
        try JournalError.wrapping {
            do {
                return try queue.read { db in
                    var rows: [EntryRow] = []
                    var bytes = 0
                    let cursor = try Row.fetchCursor(
                        db, sql: "SELECT \(EntryRow.columnList) \(sql)", arguments: arguments)
                    while bytes < byteLimit, let row = try cursor.next() {
                        let entry = try EntryRow(row)
                        // Alerts compress to about an eighth.
                        bytes += (entry.payload.count + entry.notes.count) * 8
                        rows.append(entry)
                    }
                    return rows
                }
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
                // Without a transaction: one that met damage cannot be ended without its error.
                return try queue.unsafeRead(around)
            }
        }
    }
}
