// SPDX-License-Identifier: Apache-2.0
import AlertModel
import GRDB

/// One row of `entries`, and what it says.
struct EntryRow {
    /// Without payload and notes, so that the pages it fills are not read for them.
    static let headList =
        "e.place, e.kind, e.count, s.name AS source, e.epoch, e.arrival, e.columns, d.first_output, d.output_count, d.fates"
    static let columnList = headList + ", e.payload, d.notes"
    static let tables =
        "entries e LEFT JOIN sources s ON s.id = e.source LEFT JOIN decisions d ON d.place = e.place"

    let place: Int64
    let kind: EntryKind?
    let count: Int
    let source: String
    let epoch: UInt64
    let arrival: EventTime
    let columns: [UInt8]
    let payload: [UInt8]
    /// nil before the engine decided, and for entries of which nothing leaves. Without its notes.
    let head: EntryDecision?
    /// The blob of the decision's notes; empty without any.
    let notes: [UInt8]

    init(_ row: Row) throws {
        place = row["place"]
        kind = EntryKind(rawValue: row["kind"])
        count = row["count"]
        source = row["source"] ?? ""
        epoch = UInt64(bitPattern: row["epoch"] as Int64)
        arrival = EventTime(nanoseconds: row["arrival"])
        columns = try Self.bytes(row, "columns")
        payload = row.hasColumn("payload") ? try Self.bytes(row, "payload") : []
        head = try Self.decision(row, place)
        notes = row.hasColumn("notes") ? try Self.bytes(row, "notes") : []
    }

    /// Alerts of the entry.
    var alertCount: Int { kind == .alerts ? count : 0 }

    /// The decision with its notes; nil before there is one. Throws when the notes are damaged.
    func decision(_ reading: BlockReading) throws(Unreadable) -> EntryDecision? {
        guard let head, !notes.isEmpty else { return head }
        guard let notes = EntryNotes(notes, alertCount: alertCount, reading.zstd) else {
            throw unreadable("the notes of its decision are damaged")
        }
        return EntryDecision(
            place: head.place, fates: head.fates, notes: notes, firstOutput: head.firstOutput,
            outputCount: head.outputCount)
    }

    static func decision(_ row: Row, _ place: Int64) throws -> EntryDecision? {
        guard let firstOutput = row["first_output"] as Int64? else { return nil }
        return EntryDecision(
            place: place, fates: try bytes(row, "fates"), firstOutput: firstOutput, outputCount: row["output_count"])
    }

    /// Places whose rows are lost; what was decided for the first of them may still be known.
    init(lost place: Int64, count: Int, decision: EntryDecision? = nil) {
        self.place = place
        kind = nil
        self.count = count
        source = ""
        epoch = 0
        arrival = EventTime(nanoseconds: 0)
        columns = []
        payload = []
        notes = []
        head = decision
    }

    /// A blob, empty for null.
    static func bytes(_ row: Row, _ column: String) throws -> [UInt8] {
        try row.withUnsafeData(named: column) { $0.map { [UInt8]($0) } ?? [] }
    }

    /// The entry, its alerts decoded.
    func entry(_ reading: BlockReading) throws(Unreadable) -> JournalEntry {
        JournalEntry(place: place, epoch: epoch, source: source, content: try content(reading))
    }

    private func content(_ reading: BlockReading) throws(Unreadable) -> JournalEntry.Content {
        switch kind {
        case .alerts:
            guard let block = BlockColumns(columns, count: count) else { throw unreadable("its columns are damaged") }
            do { return .alerts(try reading.batch(block, payload: payload)) } catch { throw unreadable(error.reason) }
        case .gap:
            guard let gap = ControlPayload.readGap(payload) else { throw unreadable("its gap is damaged") }
            return .gap(gap)
        case .tick: return .tick(arrival)
        case .start: return .start(arrival)
        case .configuration:
            guard let digest = ControlPayload.readConfiguration(payload) else {
                throw unreadable("its digest is damaged")
            }
            return .configuration(digest)
        case .silence:
            guard let change = ControlPayload.readSilence(payload) else { throw unreadable("its silence is damaged") }
            return .silence(change)
        case nil: throw unreadable("its row is damaged, or of a kind that is not known")
        }
    }

    func unreadable(_ reason: String) -> Unreadable {
        Unreadable(place: place, placeCount: max(1, count), epoch: epoch, source: source, reason: reason)
    }
}
