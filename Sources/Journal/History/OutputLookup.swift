// SPDX-License-Identifier: Apache-2.0
import AlertModel
import GRDB

extension JournalReader {
    /// The place in the journal behind which everything came after an output: that of the alert, or of the one before a
    /// record. 0 for output 0, before the first. nil when it is not kept, or its entry is of another epoch.
    public func alertPlace(ofOutput output: Int64, epoch: UInt64) throws(JournalError) -> Int64? {
        let row = try JournalError.wrapping {
            try queue.read { (db) -> (Int64, Int64)? in
                if output <= 0 { return (Int64(0), Int64(0)) }
                let row = try Row.fetchOne(
                    db,
                    sql: """
                        SELECT place, first_output FROM decisions
                        WHERE first_output <= ?1 AND first_output + output_count > ?1 AND output_count > 0
                        ORDER BY first_output DESC LIMIT 1
                        """, arguments: [output])
                return row.map { ($0[0] as Int64, $0[1] as Int64) }
            }
        }
        guard let (place, first) = row else { return nil }
        if place == 0 { return epoch == installation ? 0 : nil }
        guard let found = try entry(at: place), found.entry.epoch == epoch else { return nil }
        let walk = OutputWalk(
            alertCount: found.entry.alertCount, fates: found.decision?.fates ?? [],
            notes: found.decision?.notes ?? EntryNotes())
        var number = first
        var last = place - 1
        for step in walk {
            if case .alert(let index) = step { last = place + Int64(index) }
            if number == output { return last }
            number += 1
        }
        return last
    }
}
