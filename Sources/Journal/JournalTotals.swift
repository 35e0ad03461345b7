// SPDX-License-Identifier: Apache-2.0
import GRDB

/// The one row of `totals`: where the journal stands, and how much ever went in and out.
struct JournalTotals {
    var nextPlace: Int64 = 1
    var epoch: UInt64 = 0
    var entries: Int64 = 0
    var alerts: Int64 = 0
    var rawBytes: Int64 = 0
    var prunedEntries: Int64 = 0
    var prunedAlerts: Int64 = 0
    var prunedRawBytes: Int64 = 0
    /// The last decided place.
    var decidedPlace: Int64 = 0
    var nextOutput: Int64 = 1
    /// The longest time between the first and the last event of one block: bounds the search by time.
    var maxSpan: Int64 = 0

    static func read(_ db: Database) throws -> JournalTotals {
        guard let row = try Row.fetchOne(db, sql: "SELECT * FROM totals WHERE id = 0") else {
            throw JournalError.corrupt("the row of totals is missing")
        }
        return JournalTotals(
            nextPlace: row["next_place"], epoch: UInt64(bitPattern: row["epoch"] as Int64), entries: row["entries"],
            alerts: row["alerts"], rawBytes: row["raw_bytes"], prunedEntries: row["pruned_entries"],
            prunedAlerts: row["pruned_alerts"], prunedRawBytes: row["pruned_raw_bytes"],
            decidedPlace: row["decided_place"], nextOutput: row["next_output"], maxSpan: row["max_span"])
    }

    func write(_ db: Database) throws {
        try db.cachedStatement(
            sql: """
                UPDATE totals SET next_place = ?, epoch = ?, entries = ?, alerts = ?, raw_bytes = ?, pruned_entries = ?,
                pruned_alerts = ?, pruned_raw_bytes = ?, decided_place = ?, next_output = ?, max_span = ? WHERE id = 0
                """
        ).execute(arguments: [
            nextPlace, Int64(bitPattern: epoch), entries, alerts, rawBytes, prunedEntries, prunedAlerts, prunedRawBytes,
            decidedPlace, nextOutput, maxSpan,
        ])
    }
}
