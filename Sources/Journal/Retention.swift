// SPDX-License-Identifier: Apache-2.0
import AlertModel
import GRDB

/// What one step of pruning removed.
public struct PruneOutcome: Hashable, Sendable {
    public var entries = 0
    public var alerts = 0
    public var deadLetters = 0
    /// The step ended at its bound: the next one will find more.
    public var hasMore = false
}

/// Which entries history may lose: the oldest first, never one that recovery or a sink still needs. Silences that have not
/// ended stay behind (`SilenceRetention`).
///
/// Freed pages are used again by what is written next; the file does not shrink.
struct Retention {
    let age: Duration?
    let bytes: Int?

    /// Entries from this place on are needed: undecided, after the older of the two engine checkpoints, or not yet sent by
    /// the slowest sink. nil without a checkpoint: then all of them are.
    static func firstNeededPlace(_ db: Database, decidedPlace: Int64) throws -> Int64? {
        guard let checkpoint = try Int64.fetchOne(db, sql: "SELECT min(next_place) FROM engine_checkpoints") else {
            return nil
        }
        var needed = min(checkpoint, decidedPlace + 1)
        if let cursor = try Int64.fetchOne(db, sql: "SELECT min(max(next_output, floor)) FROM cursors") {
            let waiting = try Int64.fetchOne(
                db,
                sql: """
                    SELECT place FROM decisions
                    WHERE first_output >= ifnull((SELECT max(first_output) FROM decisions WHERE first_output <= ?1), ?1)
                    AND first_output + output_count > ?1 ORDER BY first_output LIMIT 1
                    """, arguments: [cursor])
            if let waiting { needed = min(needed, waiting) }
        }
        return needed
    }

    /// Bytes of pages that hold something.
    static func usedBytes(_ db: Database) throws -> Int {
        let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        let free = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
        let size = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0
        return max(0, pages - free) * size
    }

    /// "Now" of retention is the newest entry's arrival: ticks make it move when nothing else does.
    static func newestArrival(_ db: Database) throws -> EventTime? {
        try Int64.fetchOne(db, sql: "SELECT arrival FROM entries ORDER BY place DESC LIMIT 1").map(EventTime.init)
    }

    /// The last place to delete, going at most `limit` entries far; nil when there is nothing to do.
    func lastPrunable(_ db: Database, decidedPlace: Int64, limit: Int) throws -> (place: Int64, hasMore: Bool)? {
        guard age != nil || bytes != nil, let needed = try Self.firstNeededPlace(db, decidedPlace: decidedPlace),
            let newest = try Self.newestArrival(db)
        else { return nil }
        let horizon = age.map { newest.advanced(by: .zero - $0) }
        var excess = try bytes.map { try Self.usedBytes(db) - $0 } ?? 0
        var last: (place: Int64, hasMore: Bool)?
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT place, count, arrival, ifnull(length(columns), 0) + ifnull(length(payload), 0) + 64 AS bytes
                FROM entries WHERE kind <> ? ORDER BY place LIMIT ?
                """, arguments: [EntryKind.silence.rawValue, limit])
        var seen = 0
        while let row = try rows.next() {
            let place: Int64 = row["place"]
            let count: Int64 = row["count"]
            guard place + max(1, count) <= needed else { return last }
            let isOld = horizon.map { EventTime(nanoseconds: row["arrival"]) < $0 } ?? false
            guard isOld || excess > 0 else { return last }
            excess -= row["bytes"] as Int
            seen += 1
            last = (place, seen == limit)
        }
        return last
    }
}

extension JournalWriter {
    /// Removes at most about `limit` of the oldest entries and dead letters that `retain` no longer covers. Cheap when
    /// nothing is to be done and nothing was committed since. Commits do the same now and then by themselves.
    @discardableResult
    public func prune(limit: Int = 64) throws(JournalError) -> PruneOutcome {
        try state.withLock { state throws(JournalError) in try state.prune(limit: limit) }
    }

    /// Forgets the cursor of a sink that is no longer configured, so that it holds no history back.
    public func forgetSink(_ name: String) throws(JournalError) {
        try state.withLock { state throws(JournalError) in
            try state.transaction { db, _ in
                try db.execute(sql: "DELETE FROM cursors WHERE sink = ?", arguments: [name])
            }
        }
    }
}

extension JournalWriter.State {
    mutating func prune(limit: Int) throws(JournalError) -> PruneOutcome {
        guard entriesSincePrune > 0 else { return PruneOutcome() }
        let decidedPlace = totals.decidedPlace
        let (queue, retention) = (queue, retention)
        let found = try JournalError.wrapping {
            try queue.writeWithoutTransaction { db in
                let newest = try Retention.newestArrival(db)
                let horizon = retention.age.flatMap { age in newest?.advanced(by: .zero - age).nanoseconds }
                let oldLetter = try horizon.flatMap {
                    try Int64.fetchOne(
                        db, sql: "SELECT id FROM dead_letters WHERE arrival < ? LIMIT 1", arguments: [$0])
                }
                let oldRefusal = try horizon.flatMap {
                    try Int64.fetchOne(
                        db, sql: "SELECT number FROM refused_outputs WHERE at < ? LIMIT 1", arguments: [$0])
                }
                return (
                    last: try retention.lastPrunable(db, decidedPlace: decidedPlace, limit: limit),
                    horizon: oldLetter == nil && oldRefusal == nil ? nil : horizon
                )
            }
        }
        guard found.last != nil || found.horizon != nil else {
            entriesSincePrune = 0
            return PruneOutcome()
        }
        let outcome = try transaction { db, totals in
            var outcome = PruneOutcome()
            if let (place, hasMore) = found.last {
                outcome = try Self.delete(through: place, db, &totals)
                outcome.hasMore = hasMore
            }
            if let horizon = found.horizon {
                outcome.deadLetters = try DeadLetterWriting.drop(oldest: limit, before: horizon, db).count
                outcome.hasMore = outcome.hasMore || outcome.deadLetters == limit
                let refused = try RefusedWriting.drop(oldest: limit, before: horizon, db).count
                outcome.deadLetters += refused
                outcome.hasMore = outcome.hasMore || refused == limit
            }
            return outcome
        }
        entriesSincePrune = 1
        return outcome
    }

    private static func delete(
        through place: Int64, _ db: Database, _ totals: inout JournalTotals
    ) throws -> PruneOutcome {
        var outcome = PruneOutcome()
        let kept = try SilenceRetention.places(db, through: place)
        let gone =
            "place <= ?" + (kept.isEmpty ? "" : " AND place NOT IN (\(kept.map(String.init).joined(separator: ", ")))")
        if let row = try Row.fetchOne(
            db,
            sql: """
                SELECT count(*) AS entries, ifnull(sum(CASE kind WHEN 0 THEN count ELSE 0 END), 0) AS alerts,
                ifnull(sum(raw_bytes), 0) AS raw_bytes FROM entries WHERE \(gone)
                """, arguments: [place])
        {
            outcome.entries = row["entries"]
            outcome.alerts = row["alerts"]
            totals.prunedRawBytes += row["raw_bytes"] as Int64
        }
        totals.prunedEntries += Int64(outcome.entries)
        totals.prunedAlerts += Int64(outcome.alerts)
        try db.execute(sql: "DELETE FROM entries WHERE \(gone)", arguments: [place])
        try db.execute(sql: "DELETE FROM decisions WHERE place <= ?", arguments: [place])
        try db.execute(sql: "DELETE FROM records WHERE place <= ?", arguments: [place])
        if db.changesCount > 0 { try Annotation.prune(db) }
        try Generations.prune(db, decidedPlace: totals.decidedPlace)
        return outcome
    }
}
