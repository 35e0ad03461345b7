// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import GRDB

/// What one entry means to one sink: how much of it is to be sent, by priority.
public struct BacklogEntry: Sendable {
    public struct Share: Hashable, Sendable {
        public var count = 0
        /// As received; the engine's own records count `BacklogEntry.recordBytes` each.
        public var bytes = 0
        /// The number of the last of them; 0 without any.
        public var last: Int64 = 0

        public init() {}
    }

    /// What a record of the engine's own counts as.
    public static let recordBytes = 1_024

    public let firstOutput: Int64
    public let endOutput: Int64
    public let arrival: EventTime
    /// What the entry takes in the journal's file, about.
    public let storedBytes: Int
    /// By `Priority.rawValue`.
    public internal(set) var shares: [Share]

    public init(firstOutput: Int64, endOutput: Int64, arrival: EventTime, storedBytes: Int) {
        self.firstOutput = firstOutput
        self.endOutput = endOutput
        self.arrival = arrival
        self.storedBytes = storedBytes
        shares = [Share](repeating: Share(), count: Priority.allCases.count)
    }

    public mutating func add(_ output: Int64, _ priority: UInt8, bytes: Int) {
        let index = min(Int(priority), shares.count - 1)
        shares[index].count += 1
        shares[index].bytes += bytes
        shares[index].last = max(shares[index].last, output)
    }

    public var count: Int { shares.reduce(0) { $0 + $1.count } }
}

extension JournalReader {
    /// Rows looked at in one call.
    private static let surveyRows = 256

    /// What of a stretch of outputs goes to `sink`, entry by entry, less what is shed: the first entries of the stretch,
    /// none at its end. Reads columns and notes, never an alert.
    public func backlog(
        of sink: String, in outputs: Range<Int64>, without shed: ShedOutputs = ShedOutputs()
    ) throws(JournalError) -> [BacklogEntry] {
        guard !outputs.isEmpty else { return [] }
        let zstd = ZstdReading()
        let rows = try JournalError.wrapping {
            try queue.read { db in
                try Row.fetchAll(
                    db,
                    sql: """
                        SELECT d.first_output, d.output_count, d.fates, d.notes, e.kind, e.count, e.arrival, e.raw_bytes,
                        e.columns, ifnull(length(e.columns), 0) + ifnull(length(e.payload), 0) AS stored
                        FROM decisions d JOIN entries e ON e.place = d.place
                        WHERE d.first_output >=
                            ifnull((SELECT max(first_output) FROM decisions WHERE first_output <= ?1), ?1)
                        AND d.first_output < ?2 AND d.output_count > 0 AND d.first_output + d.output_count > ?1
                        ORDER BY d.first_output LIMIT ?3
                        """, arguments: [outputs.lowerBound, outputs.upperBound, Self.surveyRows])
            }
        }
        return rows.map { Self.entry($0, sink, outputs, shed, zstd) }
    }

    private static func entry(
        _ row: Row, _ sink: String, _ outputs: Range<Int64>, _ shed: ShedOutputs, _ zstd: ZstdReading
    ) -> BacklogEntry {
        let first: Int64 = row["first_output"]
        let end = first + (row["output_count"] as Int64)
        var entry = BacklogEntry(
            firstOutput: first, endOutput: end, arrival: EventTime(nanoseconds: row["arrival"]),
            storedBytes: row["stored"])
        let kind = EntryKind(rawValue: row["kind"])
        let count = kind == .alerts ? row["count"] as Int : 0
        let notesBlob = (try? EntryRow.bytes(row, "notes")) ?? []
        let notes = notesBlob.isEmpty ? EntryNotes() : EntryNotes(notesBlob, alertCount: count, zstd)
        let columns = (try? EntryRow.bytes(row, "columns")).flatMap { BlockColumns($0, count: count) }
        let fates = (try? EntryRow.bytes(row, "fates")) ?? []
        let wanted = outputs.clamped(to: first ..< end)
        guard let notes, count == 0 || columns != nil,
            OutputWalk.count(alertCount: count, isGap: kind == .gap, fates: fates, notes: notes) == Int(end - first)
        else {
            // Damaged: it cannot be told, and goes last.
            let share = (row["raw_bytes"] as Int) / max(1, Int(end - first))
            for output in wanted where !shed.contains(output, .emergency) {
                entry.add(output, Priority.emergency.rawValue, bytes: share)
            }
            return entry
        }
        let selection = RouteSelection(notes.routes, sink: sink)
        var number = first
        for output in OutputWalk(alertCount: count, isGap: kind == .gap, fates: fates, notes: notes) {
            defer { number += 1 }
            guard wanted.contains(number), selection.contains(Int(number - first)) else { continue }
            let (priority, bytes) =
                switch output {
                case .alert(let index): (columns?.priorities[index] ?? 0, columns?.rawLengths[index] ?? 0)
                case .record(let index): (notes.records[index].record.priority.rawValue, BacklogEntry.recordBytes)
                case .gap: (DecidedEntry.gapPriority.rawValue, BacklogEntry.recordBytes)
                }
            guard !shed.contains(number, Priority(rawValue: priority) ?? .debug) else { continue }
            entry.add(number, priority, bytes: bytes)
        }
        return entry
    }
}
