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
    ///
    /// - Parameter text: alerts are decoded only of blocks that may hold it.
    func open(
        _ wishes: ArraySlice<BlockWish>, withNotes: Bool, text: TextMatch? = nil, _ stop: StopSign,
        lost: (Unreadable) -> Void, _ visit: (OpenedBlock) throws -> Bool
    ) throws {
        var rest = wishes
        while !rest.isEmpty {
            let (rows, read) = try rows(rest)
            // Both are in the same order; a wish without a row is for a block that is gone.
            var next = rows.startIndex
            for wish in rest.prefix(read) where next < rows.endIndex && rows[next].place == wish.block {
                guard !stop.isRaised else { throw QueryProblem.stopped }
                do {
                    if let opened = try open(rows[next], wish.wanted, withNotes, text) {
                        guard try visit(opened) else { return }
                    }
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
        guard let opened = try open(row, wanted, true, nil) else { throw row.unreadable("it was not decoded") }
        return opened
    }

    private func open(
        _ row: BlockRow, _ wanted: [Int], _ withNotes: Bool, _ text: TextMatch?
    ) throws(Unreadable) -> OpenedBlock? {
        guard let columns = BlockColumns(row.columns, count: row.count) else {
            throw row.unreadable("its columns are damaged")
        }
        do {
            guard let batch = try reading.batch(columns, payload: row.payload, wanted: wanted, text: text) else {
                return nil
            }
            return OpenedBlock(
                row: row, batch: batch, wanted: wanted, notes: withNotes ? notes(row, selecting: wanted) : EntryNotes())
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
        try reader.queue.read { db in
            let statement = try db.cachedStatement(sql: "\(BlockRow.wholeSelection) WHERE e.place = ?")
            var rows: [BlockRow] = []
            var (read, bytes) = (0, 0)
            for wish in wishes.prefix(Self.rowsPerLook) where bytes < Self.bytesPerLook {
                read += 1
                guard let row = try Row.fetchOne(statement, arguments: [wish.block]) else { continue }
                let block = try BlockRow(row, isWhole: true)
                bytes += block.payload.count + block.columns.count
                rows.append(block)
            }
            return (rows, read)
        }
    }
}
