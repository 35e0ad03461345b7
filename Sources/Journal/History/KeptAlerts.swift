// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import GRDB

/// How much history a journal has.
public struct KeptAlerts: Hashable, Sendable {
    /// Alerts that are kept.
    public let alerts: Int
    /// Event times, about, of the oldest and exactly of the newest; nil without alerts.
    public let oldest: EventTime?
    public let newest: EventTime?
}

extension JournalReader {
    /// A few point queries.
    public func keptAlerts() throws(JournalError) -> KeptAlerts {
        try JournalError.wrapping {
            try queue.read { db in
                let totals = try JournalTotals.read(db)
                let oldest = try Int64.fetchOne(
                    db, sql: "SELECT min_time FROM entries WHERE kind = 0 ORDER BY max_time ASC LIMIT 1")
                let newest = try Int64.fetchOne(
                    db, sql: "SELECT max_time FROM entries WHERE kind = 0 ORDER BY max_time DESC LIMIT 1")
                return KeptAlerts(
                    alerts: Int(totals.alerts - totals.prunedAlerts), oldest: oldest.map(EventTime.init),
                    newest: newest.map(EventTime.init))
            }
        }
    }
}
