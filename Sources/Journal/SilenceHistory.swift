// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import GRDB

extension JournalReader {
    /// The silence of this id as it was set while a process ran; nil for one of the configuration, and when the entry is not
    /// kept any more.
    public func silence(_ id: String) throws(JournalError) -> Silence? {
        try JournalError.wrapping {
            try queue.read { db in
                let rows = try Row.fetchCursor(
                    db, sql: "SELECT payload FROM entries WHERE kind = 5 ORDER BY place DESC")
                while let row = try rows.next() {
                    if case .set(let silence)? = ControlPayload.readSilence(try EntryRow.bytes(row, "payload")),
                        silence.id == id
                    {
                        return silence
                    }
                }
                return nil
            }
        }
    }
}
