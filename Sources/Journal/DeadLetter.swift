// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import Foundation
import GRDB

/// A unit of input that was no alert, as the journal keeps it.
public struct DeadLetter: Hashable, Sendable {
    /// Rises with every letter, never used again.
    public let id: Int64
    /// The configured name of the source.
    public let source: String
    /// `RejectReason.name`.
    public let reason: String
    public let encoding: AlertEncoding
    public let arrival: EventTime
    public let receivedBytes: Int
    /// At most the first 64 KiB of it.
    public let bytes: [UInt8]

    init(_ row: Row) throws {
        id = row["id"]
        source = row["name"] ?? ""
        reason = row["reason"]
        encoding = AlertEncoding(rawValue: row["encoding"]) ?? .json
        arrival = EventTime(nanoseconds: row["arrival"])
        receivedBytes = row["received_bytes"]
        bytes = try EntryRow.bytes(row, "bytes")
    }
}

extension JournalReader {
    private static let letters =
        "SELECT d.*, s.name FROM dead_letters d LEFT JOIN sources s ON s.id = d.source"

    /// Dead letters, newest first; with `before`, those older than that id: the way to the next page.
    public func deadLetters(
        reason: String? = nil, before id: Int64? = nil, limit: Int = 100
    ) throws(JournalError) -> [DeadLetter] {
        try JournalError.wrapping {
            try queue.read { db in
                var letters: [DeadLetter] = []
                let rows = try Row.fetchCursor(
                    db,
                    sql: """
                        \(Self.letters) WHERE (?1 IS NULL OR d.reason = ?1) AND d.id < ifnull(?2, \(Int64.max))
                        ORDER BY d.id DESC LIMIT ?3
                        """, arguments: [reason, id, limit])
                while let row = try rows.next() { letters.append(try DeadLetter(row)) }
                return letters
            }
        }
    }

    public func deadLetter(_ id: Int64) throws(JournalError) -> DeadLetter? {
        try JournalError.wrapping {
            try queue.read { db in
                try Row.fetchOne(db, sql: "\(Self.letters) WHERE d.id = ?", arguments: [id]).map(DeadLetter.init)
            }
        }
    }
}
