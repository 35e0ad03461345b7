// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import GRDB

/// Where the outputs of a journal stand at one moment, and what changed among them since an earlier look.
public struct OutputStanding: Sendable {
    /// The number the next output gets.
    public let nextOutput: Int64
    /// The last decided place: what the next look counts from.
    public let decidedPlace: Int64
    /// Of the entry that holds the last output; of the newest process start where that is pruned; of the journal itself
    /// (`installation`) before the first output.
    public let epoch: UInt64
    /// Records about incidents behind the place that was asked for, in order.
    public let incidents: [IncidentState]
    /// Outputs behind that place that are neither alerts nor incidents: summaries, storms, gaps.
    public let others: Int

    /// What one record says about its incident.
    public struct IncidentState: Hashable, Sendable {
        public let incident: SubjectID
        public let state: RecordState
        public let level: IncidentLevel
    }
}

/// What became of one output.
public enum OutputPlace: Hashable, Sendable {
    /// Its entry was accepted under this epoch.
    case kept(epoch: UInt64)
    /// No longer, or damaged beyond its head.
    case gone
    /// There was none with this number yet.
    case notYet
}

extension JournalReader {
    /// Costs a few point queries, and a row for each record and gap behind `place`. `place` nil: nothing is counted but
    /// the incidents that are open.
    public func outputStanding(since place: Int64?) throws(JournalError) -> OutputStanding {
        let installation = self.installation
        return try JournalError.wrapping {
            try queue.read { db in
                let totals = try JournalTotals.read(db)
                let last = totals.nextOutput - 1
                let epoch = try Self.epoch(of: last, db) ?? (last < 1 ? installation : totals.epoch)
                // Two texts, so that SQLite takes the index over incidents alone where only they are wanted.
                let behind = place == nil ? "kind = 1 AND place > ?" : "place > ?"
                let rows = try Row.fetchCursor(
                    db.cachedStatement(
                        sql: "SELECT kind, state, subject, level FROM records WHERE \(behind) ORDER BY place, number"),
                    arguments: [place ?? 0])
                var incidents: [OutputStanding.IncidentState] = []
                var others = 0
                while let row = try rows.next() {
                    guard row["kind"] as Int64 == RecordQuery.Kind.incident.rawValue else {
                        others += 1
                        continue
                    }
                    if let state = try Self.incident(row) { incidents.append(state) }
                }
                if let place, place < totals.decidedPlace {
                    others +=
                        try Int.fetchOne(
                            db, sql: "SELECT count(*) FROM entries WHERE place > ? AND place <= ? AND kind = ?",
                            arguments: [place, totals.decidedPlace, EntryKind.gap.rawValue]) ?? 0
                }
                return OutputStanding(
                    nextOutput: totals.nextOutput, decidedPlace: totals.decidedPlace, epoch: epoch,
                    incidents: incidents, others: others)
            }
        }
    }

    public func place(ofOutput output: Int64) throws(JournalError) -> OutputPlace {
        try JournalError.wrapping {
            try queue.read { db in
                if output >= (try JournalTotals.read(db).nextOutput) { return .notYet }
                return try Self.epoch(of: output, db).map { .kept(epoch: $0) } ?? .gone
            }
        }
    }

    /// The last output of entries that were accepted under `epoch`; nil when none is kept. Looks through all entries
    /// where there is none.
    public func lastOutput(ofEpoch epoch: UInt64) throws(JournalError) -> Int64? {
        try JournalError.wrapping {
            try queue.read { db in
                try Int64.fetchOne(
                    db,
                    sql: """
                        SELECT d.first_output + d.output_count - 1 FROM entries e JOIN decisions d ON d.place = e.place
                        WHERE e.epoch = ? AND d.output_count > 0 ORDER BY e.place DESC LIMIT 1
                        """, arguments: [Int64(bitPattern: epoch)])
            }
        }
    }

    /// The oldest output that is kept; the next one there will be when there is none.
    public func oldestOutput() throws(JournalError) -> Int64 {
        try JournalError.wrapping {
            try queue.read { db in
                try Int64.fetchOne(db, sql: "SELECT min(first_output) FROM decisions")
                    ?? JournalTotals.read(db).nextOutput
            }
        }
    }

    /// The first output of an entry that arrived at `time` or later; the next one there will be when there is none.
    public func firstOutput(arrivedFrom time: EventTime) throws(JournalError) -> Int64 {
        try JournalError.wrapping {
            try queue.read { db in
                let totals = try JournalTotals.read(db)
                // Entries stand in order of arrival, but for a clock that was set back.
                var low: Int64 = 0
                var high = totals.nextPlace
                while low < high {
                    let middle = low + (high - low) / 2
                    let arrival = try Int64.fetchOne(
                        db, sql: "SELECT arrival FROM entries WHERE place >= ? ORDER BY place LIMIT 1",
                        arguments: [middle])
                    if let arrival, arrival < time.nanoseconds { low = middle + 1 } else { high = middle }
                }
                return try Int64.fetchOne(
                    db, sql: "SELECT first_output FROM decisions WHERE place >= ? ORDER BY place LIMIT 1",
                    arguments: [low]) ?? totals.nextOutput
            }
        }
    }

    /// How many alerts were held back (repeats, silenced, inhibited, in a storm) among the entries whose first output
    /// has a number of `outputs`, and among those without any that stand between them.
    public func heldBackCount(in outputs: Range<Int64>) throws(JournalError) -> Int {
        let held: Set<UInt8> = Set([Fate.suppressed, .silenced, .inhibited, .held].map(\.rawValue))
        return try JournalError.wrapping {
            try queue.read { db in
                let rows = try Row.fetchCursor(
                    db,
                    sql: """
                        SELECT fates FROM decisions WHERE fates IS NOT NULL AND first_output >= ?1
                        AND (first_output < ?2 OR first_output = ?2 AND output_count = 0)
                        """, arguments: [outputs.lowerBound, outputs.upperBound])
                var count = 0
                while let row = try rows.next() {
                    count += try EntryRow.bytes(row, "fates").reduce(0) { $0 + (held.contains($1) ? 1 : 0) }
                }
                return count
            }
        }
    }

    /// Differs from the call before when another connection has committed since; reads nothing but the log's head.
    /// https://www.sqlite.org/pragma.html#pragma_data_version
    public func changeNumber() throws(JournalError) -> Int64 {
        try JournalError.wrapping {
            try queue.unsafeRead { db in try Int64.fetchOne(db.cachedStatement(sql: "PRAGMA data_version")) ?? 0 }
        }
    }

    private static func epoch(of output: Int64, _ db: Database) throws -> UInt64? {
        let row = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT (SELECT epoch FROM entries e WHERE e.place = d.place) AS epoch,
                    d.first_output + d.output_count > ?1 AS holds
                    FROM decisions d WHERE d.first_output <= ?1 AND d.output_count > 0
                    ORDER BY d.first_output DESC LIMIT 1
                    """), arguments: [output])
        guard let row, row["holds"] as Bool else { return nil }
        return (row["epoch"] as Int64?).map { UInt64(bitPattern: $0) }
    }

    private static func incident(_ row: Row) throws -> OutputStanding.IncidentState? {
        let subject = try EntryRow.bytes(row, "subject")
        guard subject.count == 16, let state = RecordState(rawValue: UInt8(clamping: row["state"] as Int64)),
            let level = (row["level"] as Int64?).flatMap({ IncidentLevel(rawValue: UInt8(clamping: $0)) })
        else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        for byte in subject.prefix(8) { halves.0 = halves.0 << 8 | UInt64(byte) }
        for byte in subject.suffix(8) { halves.1 = halves.1 << 8 | UInt64(byte) }
        return OutputStanding.IncidentState(
            incident: SubjectID(high: halves.0, low: halves.1), state: state, level: level)
    }
}

extension DecidedEntry {
    /// The alert at `index` as a search would have found it.
    public func found(alert index: Int) -> FoundAlert? {
        guard case .alerts(let batch) = content, index >= 0, index < batch.count else { return nil }
        let fate = fates.isEmpty ? .passed : fates.indices.contains(index) ? Fate(rawValue: fates[index]) : nil
        return FoundAlert(id: id(at: index), receivedFrom: source, fate: fate, batch: batch, index: index, notes: notes)
    }

    /// The record at `index` of the notes as a search would have found it, `output` being its number.
    public func found(record index: Int, output: Int64) -> FoundRecord? {
        guard notes.records.indices.contains(index) else { return nil }
        return FoundRecord(
            record: notes.records[index].record, place: RecordQuery.Place(entry: place, number: index), epoch: epoch,
            output: output, sinks: notes.routes.sinks(at: Int(output - firstOutput)))
    }
}
