// SPDX-License-Identifier: Apache-2.0
import AlertModel
import GRDB

/// Alerts of one block that a query wants to see: their indexes in it, ascending, at least one.
struct BlockWish: Sendable {
    let block: Int64
    let wanted: [Int]
}

/// A block that was opened for some of its alerts.
struct OpenedBlock {
    let row: BlockRow
    /// The wanted alerts, in order.
    let batch: AlertBatch
    let wanted: [Int]
    /// About the alerts of `batch`; empty when nobody asked.
    let notes: EntryNotes
}

/// Opens blocks on a connection of its own. Belongs to one thread at a time.
final class BlockOpening {
    /// A look reads at most so many rows and bytes before it decodes them, so that it ends soon.
    private static let rowsPerLook = 256
    private static let bytesPerLook = 4 << 20

    let reader: JournalReader
    private let reading: BlockReading

    init(_ reader: JournalReader) {
        self.reader = reader
        reading = BlockReading(decoder: reader.makeDecoder())
    }

    /// Calls `visit` with each block, in the order of the wishes, until it returns false; blocks that are gone meanwhile are
    /// left out, and damaged ones go to `lost`.
    func open(
        _ wishes: ArraySlice<BlockWish>, withNotes: Bool, _ stop: StopSign,
        lost: (Unreadable) -> Void, _ visit: (OpenedBlock) throws -> Bool
    ) throws {
        var rest = wishes
        while !rest.isEmpty {
            let (rows, read) = try rows(rest)
            // Both are in the same order; a wish without a row is for a block that is gone.
            var next = rows.startIndex
            for wish in rest.prefix(read) {
                guard next < rows.endIndex, rows[next].place == wish.block else { continue }
                guard !stop.isRaised else { throw QueryProblem.stopped }
                do {
                    guard try visit(open(rows[next], wish.wanted, withNotes)) else { return }
                } catch let unreadable as Unreadable {
                    lost(unreadable)
                }
                next += 1
            }
            rest = rest.dropFirst(read)
        }
    }

    /// Some alerts of a block, in this order, and what is noted about them.
    func open(_ row: BlockRow, _ wanted: [Int]) throws -> OpenedBlock {
        try open(row, wanted, true)
    }

    private func open(
        _ row: BlockRow, _ wanted: [Int], _ withNotes: Bool
    ) throws(Unreadable) -> OpenedBlock {
        guard let columns = BlockColumns(row.columns, count: row.count, withDictionaries: false) else {
            throw row.unreadable("its columns are damaged")
        }
        do {
            return OpenedBlock(
                row: row, batch: try reading.batch(columns, payload: row.payload, wanted: wanted), wanted: wanted,
                notes: withNotes ? notes(row, selecting: wanted) : EntryNotes())
        } catch {
            throw row.unreadable(error.reason)
        }
    }

    /// Notes that are damaged cost the alerts nothing but themselves.
    private func notes(_ row: BlockRow, selecting wanted: [Int]) -> EntryNotes {
        guard !row.notes.isEmpty, let notes = EntryNotes(row.notes, alertCount: row.count, reading.zstd) else {
            return EntryNotes()
        }
        return notes.selecting(wanted)
    }

    /// The rows of the first wishes, in their order, and how many wishes they answer.
    private func rows(_ wishes: ArraySlice<BlockWish>) throws -> (rows: [BlockRow], wishes: Int) {
        let look = wishes.prefix(Self.rowsPerLook)
        guard let first = look.first?.block, let last = look.last?.block else { return ([], 0) }
        let span = max(first, last) - min(first, last)
        let wanted = look.reduce(0) { $0 + $1.wanted.count }
        return try reader.queue.read { db in
            // Where most blocks of a stretch are wanted, going through it costs less than looking each one up.
            if look.count > 4, span / 4 <= Int64(wanted) {
                return try Self.successive(look, isAscending: first < last, db)
            }
            return try Self.single(look, db)
        }
    }

    private static func single(
        _ look: ArraySlice<BlockWish>, _ db: Database
    ) throws -> (rows: [BlockRow], wishes: Int) {
        let statement = try db.cachedStatement(sql: "\(BlockRow.wholeSelection) WHERE e.place = ?")
        var rows: [BlockRow] = []
        var (read, bytes) = (0, 0)
        for wish in look where bytes < bytesPerLook {
            read += 1
            guard let row = try Row.fetchOne(statement, arguments: [wish.block]) else { continue }
            let block = try BlockRow(row, isWhole: true)
            bytes += block.payload.count + block.columns.count
            rows.append(block)
        }
        return (rows, read)
    }

    private static func successive(
        _ look: ArraySlice<BlockWish>, isAscending: Bool, _ db: Database
    ) throws -> (rows: [BlockRow], wishes: Int) {
        let ends = [look.first?.block ?? 0, look.last?.block ?? 0].sorted()
        let statement = try db.cachedStatement(
            sql: """
                \(BlockRow.wholeSelection) WHERE e.place BETWEEN ? AND ? AND e.kind = 0
                ORDER BY e.place \(isAscending ? "ASC" : "DESC")
                """)
        let cursor = try Row.fetchCursor(statement, arguments: [ends[0], ends[1]])
        var rows: [BlockRow] = []
        var (next, bytes) = (look.startIndex, 0)
        while next < look.endIndex, bytes < bytesPerLook, let row = try cursor.next() {
            let place: Int64 = row[0]
            // Wishes for blocks that are gone are passed by.
            while next < look.endIndex, isAscending ? look[next].block < place : look[next].block > place { next += 1 }
            guard next < look.endIndex, look[next].block == place else { continue }
            let block = try BlockRow(row, isWhole: true)
            bytes += block.payload.count + block.columns.count
            // A block that two segments share has two wishes.
            while next < look.endIndex, look[next].block == place {
                rows.append(block)
                next += 1
            }
        }
        // At the end of the rows the rest of the wishes is for blocks that are gone.
        return (rows, bytes < bytesPerLook ? look.count : next - look.startIndex)
    }
}
