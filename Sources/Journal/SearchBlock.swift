// SPDX-License-Identifier: Apache-2.0
import AlertModel
import GRDB

/// One block on its way through a search.
struct SearchBlock {
    let row: EntryRow
    /// nil when they are damaged.
    let columns: BlockColumns?
    private let reading: BlockReading
    private let db: Database

    /// `row` comes without its payload; `db` is where that is fetched from when the block is opened.
    init(_ row: Row, _ db: Database, _ reading: BlockReading) throws {
        self.row = try EntryRow(row)
        self.db = db
        columns = BlockColumns(self.row.columns, count: self.row.count)
        self.reading = reading
    }

    /// Adds the block's matches to the page, in the query's order, up to its limit.
    func collect(
        _ query: AlertQuery, into page: inout SearchPage, _ installation: UInt64
    ) throws(Unreadable) {
        guard let columns else { throw row.unreadable("its columns are damaged") }
        guard mayHold(query.fates) else { return }
        let filter = ColumnFilter(query)
        let text = TextMatch(query.text)
        var wanted = filter.matches(columns).filter {
            isBehind(query.after, $0, query.newestFirst) && hasFate(of: query.fates, $0)
        }
        if query.newestFirst { wanted.reverse() }
        guard !wanted.isEmpty else { return }
        let free = query.limit - page.alerts.count
        if text == nil, !filter.needsAlert, query.condition == nil { wanted = Array(wanted.prefix(free)) }
        page.blocksOpened += 1
        let (batch, notes) = try open(columns, wanted)
        var taken = 0
        for (position, index) in wanted.enumerated() where taken < free {
            if !Self.matches(batch, position, filter, text) || !Self.meets(query.condition, batch, position, notes) {
                continue
            }
            taken += 1
            page.alerts.append(
                FoundAlert(
                    id: RecordID(installation: installation, epoch: row.epoch, place: row.place + Int64(index)),
                    receivedFrom: row.source, fate: Self.fate(row.head, index), batch: batch, index: position,
                    notes: notes))
        }
    }

    /// The indexes that match, the block opened only where columns cannot tell.
    func matches(_ query: AlertQuery, _ columns: BlockColumns) throws(Unreadable) -> [Int] {
        let filter = ColumnFilter(query)
        let text = TextMatch(query.text)
        guard mayHold(query.fates) else { return [] }
        let wanted = filter.matches(columns).filter { hasFate(of: query.fates, $0) }
        guard text != nil || filter.needsAlert || query.condition != nil, !wanted.isEmpty else { return wanted }
        let (batch, notes) = try open(columns, wanted)
        return wanted.indices.filter {
            Self.matches(batch, $0, filter, text) && Self.meets(query.condition, batch, $0, notes)
        }.map { wanted[$0] }
    }

    static func fate(_ decision: EntryDecision?, _ index: Int) -> Fate? {
        guard let decision else { return nil }
        return decision.fates.isEmpty
            ? .passed : decision.fates.indices.contains(index) ? Fate(rawValue: decision.fates[index]) : nil
    }

    /// Whether any alert of the block can have one of these fates, without looking at each.
    private func mayHold(_ fates: Set<Fate>) -> Bool {
        guard !fates.isEmpty else { return true }
        guard let head = row.head else { return false }
        return !head.fates.isEmpty || fates.contains(.passed)
    }

    private func hasFate(of fates: Set<Fate>, _ index: Int) -> Bool {
        fates.isEmpty || Self.fate(row.head, index).map(fates.contains) ?? false
    }

    /// The alerts at these indexes, and what is noted about them.
    private func open(_ columns: BlockColumns, _ wanted: [Int]) throws(Unreadable) -> (AlertBatch, EntryNotes) {
        let payload: [UInt8]
        do {
            let statement = try db.cachedStatement(sql: "SELECT payload FROM entries WHERE place = ?")
            payload =
                try Row.fetchOne(statement, arguments: [row.place]).map { try EntryRow.bytes($0, "payload") } ?? []
        } catch {
            throw row.unreadable(JournalError(error).description)
        }
        do {
            return (try reading.batch(columns, payload: payload, wanted: wanted), notes(wanted))
        } catch {
            throw row.unreadable(error.reason)
        }
    }

    /// Notes that are damaged cost the alert nothing but themselves.
    private func notes(_ wanted: [Int]) -> EntryNotes {
        guard row.head != nil,
            let statement = try? db.cachedStatement(sql: "SELECT notes FROM decisions WHERE place = ?"),
            let stored = try? Row.fetchOne(statement, arguments: [row.place]),
            let blob = try? EntryRow.bytes(stored, "notes"), !blob.isEmpty,
            let notes = EntryNotes(blob, alertCount: row.count, reading.zstd)
        else { return EntryNotes() }
        return notes.selecting(wanted)
    }

    private static func matches(_ batch: AlertBatch, _ index: Int, _ filter: ColumnFilter, _ text: TextMatch?) -> Bool {
        let alert = batch.alert(at: index)
        if filter.needsAlert, !filter.matches(alert) { return false }
        return text?.matches(alert) ?? true
    }

    private static func meets(
        _ condition: (@Sendable (borrowing AlertFacts) -> Bool)?, _ batch: AlertBatch, _ index: Int, _ notes: EntryNotes
    ) -> Bool {
        guard let condition else { return true }
        return condition(AlertFacts(batch.alert(at: index), notes.added, at: index))
    }

    private func isBehind(_ after: Int64?, _ index: Int, _ newestFirst: Bool) -> Bool {
        guard let after else { return true }
        let place = row.place + Int64(index)
        return newestFirst ? place < after : place > after
    }
}
