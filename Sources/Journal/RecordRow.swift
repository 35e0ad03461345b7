// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
import GRDB

/// One row of `records`: a signpost to a record in the notes of a decision.
enum RecordRow {
    /// A row for each record of a decision.
    static func store(_ decision: Decision, _ db: Database) throws {
        guard !decision.notes.records.isEmpty else { return }
        let statement = try db.cachedStatement(sql: "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        var position = 0
        for (number, placed) in decision.notes.records.enumerated() {
            precondition(placed.position >= position, "an entry's records come in order of their positions")
            position = placed.position
            let record = placed.record
            // A blob: SQLite ends a text at its first NUL.
            var rule: Data?
            var level: Int?
            if case .incident(let incident) = record {
                rule = Data(incident.ruleID.utf8)
                level = Int(incident.level.rawValue)
            }
            let (first, last) = times(record)
            try statement.execute(arguments: [
                decision.place, number, record.kind.rawValue, Int64(record.state.rawValue), bytes(record.subject),
                bytes(record.id), rule, level, first.nanoseconds, last.nanoseconds,
            ])
        }
    }

    /// The sixteen bytes of an id, high half first.
    static func bytes(_ id: SubjectID) -> Data {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(id.high.byteSwapped)
        bytes.appendLittleEndian(id.low.byteSwapped)
        return Data(bytes)
    }

    private static func times(_ record: EngineRecord) -> (first: EventTime, last: EventTime) {
        switch record {
        case .summary(let summary): (summary.first, summary.last)
        case .incident(let incident): (incident.first, incident.last)
        case .storm(let storm): (storm.first, storm.last)
        }
    }
}

extension JournalReader {
    /// One page of the engine's own records that match.
    public func records(_ query: RecordQuery) throws(JournalError) -> RecordPage {
        let reading = BlockReading(decoder: makeDecoder())
        return try JournalError.wrapping {
            try queue.read { db in
                var page = RecordPage()
                let (condition, arguments) = Self.condition(query)
                let order = query.newestFirst ? "DESC" : "ASC"
                let places = try Row.fetchAll(
                    db,
                    sql: """
                        SELECT place, number FROM records WHERE \(condition)
                        ORDER BY place \(order), number \(order) LIMIT \(max(0, query.limit))
                        """, arguments: arguments
                ).map { RecordQuery.Place(entry: $0["place"], number: $0["number"]) }
                var open: (row: EntryRow, decision: EntryDecision)?
                for place in places {
                    if open?.row.place != place.entry {
                        do throws(Unreadable) {
                            open = try Self.decided(place.entry, db, reading)
                        } catch {
                            open = nil
                            if page.unreadable.last != error { page.unreadable.append(error) }
                        }
                    }
                    guard let (row, decision) = open, decision.notes.records.indices.contains(place.number) else {
                        continue
                    }
                    page.records.append(Self.found(place, row, decision))
                }
                if places.count == query.limit { page.next = places.last }
                return page
            }
        }
    }

    /// What became of the entry that holds a place: its decision with its notes, and the way from its outputs to numbers
    /// and sinks; nil when it is not there or not decided.
    private static func decided(
        _ place: Int64, _ db: Database, _ reading: BlockReading
    ) throws(Unreadable) -> (EntryRow, EntryDecision)? {
        let row: EntryRow?
        do {
            row = try Row.fetchOne(
                db, sql: "SELECT \(EntryRow.headList), d.notes FROM \(EntryRow.tables) WHERE e.place = ?",
                arguments: [place]
            ).map { try EntryRow($0) }
        } catch {
            throw Unreadable(place: place, reason: JournalError(error).description)
        }
        guard let row, let decision = try row.decision(reading) else { return nil }
        return (row, decision)
    }

    private static func found(
        _ place: RecordQuery.Place, _ row: EntryRow, _ decision: EntryDecision
    ) -> FoundRecord {
        let notes = decision.notes
        let walk = OutputWalk(
            alertCount: row.alertCount, isGap: row.kind == .gap, fates: decision.fates, notes: notes)
        let offset =
            decision.outputCount == 0 ? nil : walk.enumerated().first { $0.element == .record(place.number) }?.offset
        return FoundRecord(
            record: notes.records[place.number].record, place: place, epoch: row.epoch,
            output: offset.map { decision.firstOutput + Int64($0) },
            sinks: offset.flatMap { notes.routes.sinks(at: $0) })
    }

    private static func condition(_ query: RecordQuery) -> (String, StatementArguments) {
        var parts = ["1"]
        var arguments = StatementArguments()
        func add(_ part: String, _ values: (any DatabaseValueConvertible)?...) {
            parts.append(part)
            arguments += StatementArguments(values)
        }
        // Written out, so that SQLite takes the index over incidents alone.
        if query.kind == .incident { add("kind = 1") } else if let kind = query.kind { add("kind = ?", kind.rawValue) }
        if !query.states.isEmpty {
            add("state IN (\(query.states.map { String($0.rawValue) }.sorted().joined(separator: ", ")))")
        }
        if let subject = query.subject { add("subject = ?", RecordRow.bytes(subject)) }
        if let id = query.id { add("record = ?", RecordRow.bytes(id)) }
        if let rule = query.rule { add("rule = ?", Data(rule.utf8)) }
        if let from = query.from { add("last >= ?", from.nanoseconds) }
        if let through = query.through { add("first <= ?", through.nanoseconds) }
        if let after = query.after {
            let sign = query.newestFirst ? "<" : ">"
            add("(place, number) \(sign) (?, ?)", after.entry, after.number)
        }
        return (parts.joined(separator: " AND "), arguments)
    }
}
