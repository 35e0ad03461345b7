// SPDX-License-Identifier: Apache-2.0
import AlertModel
import GRDB

/// Ways around the damaged pages of a file: what is readable is read, the rest is named.
enum DamagedFile {
    /// Entries from `place` on: whole, without their blobs where only those are lost, or as a lost stretch of places.
    static func entries(_ db: Database, from place: Int64, limit: Int) throws -> [EntryRow] {
        let end = try JournalTotals.read(db).nextPlace
        var rows: [EntryRow] = []
        var place = place
        while rows.count < limit, place < end {
            // Lost: the B-tree cannot be followed to the first row at or behind `place`.
            guard let next = try firstPlace(db, from: place) else {
                let behind = try firstReadable(db, behind: place, end: end)
                let found = min(end, try firstPlace(db, from: behind) ?? end)
                rows.append(EntryRow(lost: place, count: Int(found - place)))
                place = found
                continue
            }
            guard next < end else { break }
            let row = try row(db, at: next)
            rows.append(row)
            place = next + Int64(max(1, row.count))
        }
        return rows
    }

    /// Decided entries from output `number` on; the decisions are in pages of their own.
    static func decided(_ db: Database, from number: Int64, limit: Int) throws -> [EntryRow] {
        let places = try Int64.fetchAll(
            db,
            sql: """
                SELECT place FROM decisions
                WHERE first_output >= ifnull((SELECT max(first_output) FROM decisions WHERE first_output <= ?1), ?1)
                AND first_output + output_count > ?1 AND output_count > 0 ORDER BY first_output LIMIT ?2
                """, arguments: [number, limit])
        return try places.map { try row(db, at: $0) }
    }

    /// The entry at `place`, with as much of it as can be read.
    private static func row(_ db: Database, at place: Int64) throws -> EntryRow {
        // Notes that are there and cannot be read are told from none: a byte is no notes.
        let withoutNotes = EntryRow.columnList.replacing(
            "d.notes", with: "CASE WHEN d.notes IS NULL THEN NULL ELSE x'00' END AS notes")
        func withoutBlobs(_ list: String) -> String {
            list.replacing("e.columns", with: "NULL AS columns").replacing("e.payload", with: "NULL AS payload")
        }
        let lists = [
            EntryRow.columnList, withoutNotes, withoutBlobs(EntryRow.columnList), withoutBlobs(withoutNotes),
        ]
        for list in lists {
            let row = try readable {
                try Row.fetchOne(
                    db, sql: "SELECT \(list) FROM \(EntryRow.tables) WHERE e.place = ?", arguments: [place]
                )
                .map { try EntryRow($0) }
            }
            if let row { return row }
        }
        let decision = try readable {
            try Row.fetchOne(db, sql: "SELECT * FROM decisions WHERE place = ?", arguments: [place])
                .flatMap { try EntryRow.decision($0, place) }
        }
        return EntryRow(lost: place, count: 1, decision: decision)
    }

    /// The first place at or behind `place`, `Int64.max` at the end; nil when the way there is damaged.
    private static func firstPlace(_ db: Database, from place: Int64) throws -> Int64? {
        try readable {
            try Int64.fetchOne(
                db, sql: "SELECT place FROM entries WHERE place >= ? ORDER BY place LIMIT 1", arguments: [place])
                ?? .max
        }
    }

    /// The least place from which the B-tree can be followed again: a damaged leaf holds one stretch of places.
    private static func firstReadable(_ db: Database, behind place: Int64, end: Int64) throws -> Int64 {
        var damaged = place
        var step: Int64 = 1
        var readable = end
        while damaged + step < end {
            if try firstPlace(db, from: damaged + step) != nil {
                readable = damaged + step
                break
            }
            damaged += step
            step *= 2
        }
        while readable - damaged > 1 {
            let middle = damaged + (readable - damaged) / 2
            if try firstPlace(db, from: middle) != nil { readable = middle } else { damaged = middle }
        }
        return readable
    }

    private static func readable<Result>(_ body: () throws -> Result?) throws -> Result? {
        do { return try body() } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            return nil
        }
    }
}
