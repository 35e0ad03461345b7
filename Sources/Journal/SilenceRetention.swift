// SPDX-License-Identifier: Apache-2.0
import AlertModel
import GRDB

/// The silences that outlive the history around them: an engine that is rebuilt from the oldest entry, because no
/// checkpoint can be used, must know them.
enum SilenceRetention {
    /// The places of entries up to `last` that set a silence which has not ended there and is not lifted there. At most
    /// `Silence.Limit.count`, the oldest: more an engine does not take.
    ///
    /// A lift behind `last` does not count: what lies between is decided under the silence.
    static func places(_ db: Database, through last: Int64) throws -> [Int64] {
        let arrival = try Int64.fetchOne(
            db, sql: "SELECT arrival FROM entries WHERE place <= ? ORDER BY place DESC LIMIT 1", arguments: [last])
        guard let arrival else { return [] }
        var set: [(place: Int64, id: String)] = []
        let rows = try Row.fetchCursor(
            db, sql: "SELECT place, payload FROM entries WHERE kind = 5 AND place <= ? ORDER BY place",
            arguments: [last])
        while let row = try rows.next() {
            switch ControlPayload.readSilence(try EntryRow.bytes(row, "payload")) {
            case .set(let silence)?:
                if silence.until.nanoseconds > arrival { set.append((row["place"], silence.id)) }
            case .lift(let id, _)?: set.removeAll { $0.id == id }
            case nil: break
            }
        }
        return set.prefix(Silence.Limit.count).map(\.place)
    }
}
