// SPDX-License-Identifier: Apache-2.0
import AlertModel
import GRDB

/// One row of `entries`, and what it says.
struct EntryRow {
    /// Without the payload, so that the pages it fills are not read for it.
    static let headList =
        "e.place, e.kind, e.count, s.name AS source, e.epoch, e.arrival, e.columns, d.first_output, d.output_count, d.fates"
    static let columnList = headList + ", e.payload"
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
    /// nil before the engine decided, and for entries of which nothing leaves.
    let decision: EntryDecision?

    init(_ row: Row) throws {
        place = row["place"]
        kind = EntryKind(rawValue: row["kind"])
        count = row["count"]
        source = row["source"] ?? ""
        epoch = UInt64(bitPattern: row["epoch"] as Int64)
        arrival = EventTime(nanoseconds: row["arrival"])
        columns = try Self.bytes(row, "columns")
        payload = row.hasColumn("payload") ? try Self.bytes(row, "payload") : []
        if let firstOutput = row["first_output"] as Int64? {
            decision = EntryDecision(
                place: place, fates: try Self.bytes(row, "fates"), firstOutput: firstOutput,
                outputCount: row["output_count"])
        } else {
            decision = nil
        }
    }

    /// The row at `place` of a file with damaged pages: blobs that cannot be read are empty.
    init(damagedAt place: Int64, _ db: Database) throws {
        let condition = "FROM \(Self.tables) WHERE e.place = ?"
        let withoutBlobs = Self.columnList.replacing("e.columns", with: "NULL AS columns").replacing("e.payload", with: "NULL AS payload")
        for list in [Self.columnList, withoutBlobs] {
            do {
                if let row = try Row.fetchOne(db, sql: "SELECT \(list) \(condition)", arguments: [place]) {
                    try self.init(row)
                    return
                }
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT && list != withoutBlobs {}
        }
        throw JournalError.corrupt("the row of place \(place) cannot be read")
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
            guard let digest = ControlPayload.readConfiguration(payload) else { throw unreadable("its digest is damaged") }
            return .configuration(digest)
        case nil: throw unreadable("its kind is unknown")
        }
    }

    func unreadable(_ reason: String) -> Unreadable {
        Unreadable(place: place, placeCount: max(1, count), epoch: epoch, source: source, reason: reason)
    }
}
