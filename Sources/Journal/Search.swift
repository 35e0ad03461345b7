// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import GRDB

extension JournalReader {
    /// Blocks that one look at the file goes through: the write-ahead log cannot be folded further than a look's start.
    private static let blocksPerLook = 64

    /// One page of the alerts that match. Columns decide first; only blocks with a match are opened.
    public func search(_ query: AlertQuery) throws(JournalError) -> SearchPage {
        var page = SearchPage()
        try scan(query) { block in
            page.blocksSeen += 1
            do throws(Unreadable) {
                try block.collect(query, into: &page, installation)
            } catch {
                page.unreadable.append(error)
            }
            guard page.alerts.count < query.limit, page.blocksOpened < query.blockLimit else {
                // Behind the last one found; behind the whole block when the page ends for another reason.
                page.next =
                    page.alerts.count < query.limit
                    ? (query.newestFirst ? block.row.place : block.row.place + Int64(block.row.count) - 1)
                    : page.alerts.last?.id.place
                return false
            }
            return true
        }
        return page
    }

    /// How many matching alerts have which value in a column, most first; null has no entry. `limit`, order and `after` are
    /// not looked at. Without `text`, no block is opened.
    public func counts(
        by column: AlertQuery.Column, _ query: AlertQuery = AlertQuery(), limit: Int = 100
    ) throws(JournalError) -> [(value: String, count: Int)] {
        var counts: [[UInt8]: Int] = [:]
        var query = query
        query.after = nil
        try scan(query) { block in
            // A damaged block counts nothing, as if it were not there; `search` lists it.
            guard let columns = block.columns, let indexes = try? block.matches(query, columns) else { return true }
            var perIndex = [Int](repeating: 0, count: columns[column].values.count + 1)
            for index in indexes { perIndex[columns[column].index(at: index)] += 1 }
            for (value, count) in zip(columns[column].values, perIndex.dropFirst()) where count > 0 {
                counts[value, default: 0] += count
            }
            return true
        }
        let sorted = counts.sorted {
            $0.value != $1.value ? $0.value > $1.value : $0.key.lexicographicallyPrecedes($1.key)
        }
        return sorted.prefix(max(0, limit)).map { (String(decoding: $0.key, as: UTF8.self), $0.value) }
    }

    /// The alert of a record's id, decided or not; nil when it is not in this journal (any more).
    public func alert(_ id: RecordID) throws(JournalError) -> FoundAlert? {
        guard id.installation == installation, let (entry, index, decision) = try entry(at: id.place),
            entry.epoch == id.epoch,
            case .alerts(let batch) = entry.content
        else { return nil }
        return FoundAlert(
            id: id, receivedFrom: entry.source, fate: SearchBlock.fate(decision, index), batch: batch, index: index,
            notes: decision?.notes ?? EntryNotes())
    }

    /// Calls `visit` with every block whose times overlap the query's, in its order, until it returns false.
    private func scan(_ query: AlertQuery, _ visit: (borrowing SearchBlock) -> Bool) throws(JournalError) {
        let reading = BlockReading(decoder: makeDecoder())
        try JournalError.wrapping {
            guard var places = try queue.read({ db in try Self.places(query, db) }) else { return }
            var goesOn = true
            while goesOn, !places.isEmpty {
                try queue.read { db in
                    let rows = try Row.fetchCursor(
                        db,
                        sql: """
                            SELECT \(EntryRow.headList) FROM \(EntryRow.tables)
                            WHERE e.place BETWEEN ?1 AND ?2 AND e.kind = 0 AND e.max_time >= ?3 AND e.min_time <= ?4
                            ORDER BY e.place \(query.newestFirst ? "DESC" : "ASC") LIMIT \(Self.blocksPerLook)
                            """,
                        arguments: [
                            places.lowerBound, places.upperBound - 1, query.from?.nanoseconds ?? .min,
                            query.through?.nanoseconds ?? .max,
                        ])
                    var seen = 0
                    while goesOn, let row = try rows.next() {
                        let block = try SearchBlock(row, db, reading)
                        seen += 1
                        goesOn = visit(block)
                        places =
                            query.newestFirst
                            ? places.lowerBound ..< max(places.lowerBound, block.row.place)
                            : min(places.upperBound, block.row.place + 1) ..< places.upperBound
                    }
                    if seen < Self.blocksPerLook { goesOn = false }
                }
            }
        }
    }

    /// The places of the first and behind the last block that can match; nil when none can.
    private static func places(_ query: AlertQuery, _ db: Database) throws -> Range<Int64>? {
        var lowest: Int64 = 0
        var highest: Int64 = .max - 1
        if query.from != nil || query.through != nil {
            let through = query.through?.nanoseconds ?? .max
            let (latest, overflow) = through.addingReportingOverflow(try JournalTotals.read(db).maxSpan)
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT min(place) AS lowest, max(place) AS highest FROM entries INDEXED BY entries_time
                    WHERE kind = 0 AND max_time BETWEEN ?1 AND ?2 AND min_time <= ?3
                    """, arguments: [query.from?.nanoseconds ?? .min, overflow ? .max : latest, through])
            guard let row, let first = row["lowest"] as Int64?, let last = row["highest"] as Int64? else { return nil }
            (lowest, highest) = (first, last)
        }
        if let after = query.after {
            if query.newestFirst {
                highest = min(highest, after - 1)
            } else {
                // The block that holds the place may hold more behind it.
                let holder = try Int64.fetchOne(
                    db, sql: "SELECT max(place) FROM entries WHERE place <= ?", arguments: [after])
                lowest = max(lowest, holder ?? 0)
            }
        }
        return lowest <= highest ? lowest ..< highest + 1 : nil
    }
}
