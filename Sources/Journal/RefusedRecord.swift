// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import GRDB

/// A record that a destination refused for good, on its way to the dead letters.
public struct RefusedRecord: Hashable, Sendable {
    public let sink: String
    public let refused: RefusedOutput
    public let at: EventTime

    public init(sink: String, refused: RefusedOutput, at: EventTime) {
        self.sink = sink
        self.refused = refused
        self.at = at
    }
}

/// A dead letter of a delivery, as the journal keeps it: which output, not its bytes. They are in the journal as long as
/// its entry is.
public struct RefusedLetter: Hashable, Sendable {
    /// Rises with every letter, never used again.
    public let number: Int64
    public let sink: String
    public let output: Int64
    /// The record's id, as receivers know it.
    public let record: String
    /// What the destination said last.
    public let reason: String
    /// When it said so.
    public let at: EventTime
    /// How often it was refused.
    public let tries: Int

    init(_ row: Row) {
        number = row["number"]
        sink = row["sink"]
        output = row["output"]
        record = row["record"]
        reason = row["reason"]
        at = EventTime(nanoseconds: row["at"])
        tries = row["tries"]
    }
}

/// How many records destinations refused.
public struct RefusedTotals: Hashable, Sendable {
    public let total: Int
    public let kept: Int

    static func read(_ db: Database) throws -> [String: RefusedTotals] {
        var totals: [String: RefusedTotals] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT sink, total, kept FROM refused_totals") {
            totals[row["sink"]] = RefusedTotals(total: row["total"], kept: row["kept"])
        }
        return totals
    }
}

extension JournalReader {
    /// Dead letters of deliveries in order of their numbers, from behind `number` on.
    public func refused(
        sink: String? = nil, after number: Int64 = 0, through last: Int64 = .max, limit: Int = 100
    ) throws(JournalError) -> [RefusedLetter] {
        try letters(
            "number > ?1 AND number <= ?2 AND (?3 IS NULL OR sink = ?3) ORDER BY number LIMIT ?4",
            [number, last, sink, limit])
    }

    /// The same, newest first, from before `number` on.
    public func refused(
        newestOf sink: String?, before number: Int64? = nil, limit: Int = 100
    ) throws(JournalError) -> [RefusedLetter] {
        try letters(
            "number < ifnull(?1, \(Int64.max)) AND (?2 IS NULL OR sink = ?2) ORDER BY number DESC LIMIT ?3",
            [number, sink, limit])
    }

    public func refused(number: Int64) throws(JournalError) -> RefusedLetter? {
        try letters("number = ?", [number]).first
    }

    private func letters(
        _ condition: String, _ arguments: StatementArguments
    ) throws(JournalError) -> [RefusedLetter] {
        try JournalError.wrapping {
            try queue.read { db in
                try Row.fetchAll(db, sql: "SELECT * FROM refused_outputs WHERE \(condition)", arguments: arguments)
                    .map(RefusedLetter.init)
            }
        }
    }

    /// The decided entry that holds an output; nil when it is pruned, or cannot be read.
    public func decided(holding output: Int64) throws(JournalError) -> DecidedEntry? {
        let page = try decided(fromOutput: output, limit: 1)
        return page.entries.first { $0.firstOutput <= output && output < $0.endOutput }
    }
}
