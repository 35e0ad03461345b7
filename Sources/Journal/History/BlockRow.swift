// SPDX-License-Identifier: Apache-2.0
import AlertModel
import GRDB

/// One block as it lies in the file: its columns and what was decided, with or without payload and notes.
struct BlockRow {
    private static let heads = "e.place, e.count, e.epoch, e.source, e.columns, d.first_output, d.output_count, d.fates"
    private static let tables = "FROM entries e LEFT JOIN decisions d ON d.place = e.place"
    /// The columns alone: the pages that payloads fill are not read for them.
    static let headSelection = "SELECT \(heads) \(tables)"
    static let wholeSelection = "SELECT \(heads), e.payload, d.notes \(tables)"

    let place: Int64
    let count: Int
    let epoch: UInt64
    /// The row of its source.
    let source: Int64
    let columns: [UInt8]
    /// nil before the engine decided.
    let decision: EntryDecision?
    let payload: [UInt8]
    let notes: [UInt8]

    /// Reads by position, not by name: a search goes through hundreds of thousands of these.
    init(_ row: Row, isWhole: Bool) throws {
        place = row[0]
        count = row[1]
        epoch = UInt64(bitPattern: row[2] as Int64)
        source = row[3]
        columns = try Self.bytes(row, 4)
        let firstOutput: Int64? = row[5]
        if let firstOutput {
            decision = EntryDecision(
                place: place, fates: try Self.bytes(row, 7), firstOutput: firstOutput, outputCount: row[6] ?? 0)
        } else {
            decision = nil
        }
        payload = isWhole ? try Self.bytes(row, 8) : []
        notes = isWhole ? try Self.bytes(row, 9) : []
    }

    private static func bytes(_ row: Row, _ index: Int) throws -> [UInt8] {
        try row.withUnsafeData(atIndex: index) { $0.map { [UInt8]($0) } ?? [] }
    }

    func unreadable(_ reason: String) -> Unreadable {
        Unreadable(place: place, placeCount: max(1, count), epoch: epoch, reason: reason)
    }
}
