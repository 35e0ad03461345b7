// SPDX-License-Identifier: Apache-2.0
import AlertModel
import GRDB

extension JournalReader {
    /// How many of the outputs with these numbers go to a sink. Reads the notes of decisions, a page at a time, never an
    /// alert. What is damaged or gone counts as the sink's own: it cannot be told.
    public func routedCount(to sink: String, in outputs: Range<Int64>) throws(JournalError) -> Int {
        var count = Int(outputs.upperBound - outputs.lowerBound)
        var next = outputs.lowerBound
        let zstd = ZstdReading()
        while next < outputs.upperBound {
            let first = next
            let rows = try JournalError.wrapping {
                try queue.read { db in
                    try Row.fetchAll(
                        db,
                        sql: """
                            SELECT d.first_output, d.output_count, d.notes, e.kind, e.count
                            FROM decisions d JOIN entries e ON e.place = d.place
                            WHERE d.first_output >=
                                ifnull((SELECT max(first_output) FROM decisions WHERE first_output <= ?1), ?1)
                            AND d.first_output < ?2 AND d.output_count > 0 ORDER BY d.first_output LIMIT 256
                            """, arguments: [first, outputs.upperBound])
                }
            }
            for row in rows {
                let start: Int64 = row["first_output"]
                let end = start + (row["output_count"] as Int64)
                next = max(next, end)
                let isOfAlerts = row["kind"] as Int64 == EntryKind.alerts.rawValue
                guard let blob = try? EntryRow.bytes(row, "notes"), !blob.isEmpty,
                    let notes = EntryNotes(blob, alertCount: isOfAlerts ? row["count"] : 0, zstd)
                else { continue }
                let wanted = outputs.clamped(to: start ..< max(start, end))
                guard !wanted.isEmpty, !notes.routes.isEverything else { continue }
                let offsets = Int(wanted.lowerBound - start) ..< Int(wanted.upperBound - start)
                count -= offsets.count - RouteSelection(notes.routes, sink: sink).count(in: offsets)
            }
            // Nothing further, or only what the page before had already.
            if rows.isEmpty || next == first { break }
        }
        return count
    }
}
