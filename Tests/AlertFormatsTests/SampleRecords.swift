// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel

/// The engine's own records, made up.
enum SampleRecords {
    static let first = EventTime(nanoseconds: 1_795_295_740_000_000_000)
    static let last = EventTime(nanoseconds: 1_795_295_800_500_000_000)
    static let hostile = "a\"b\\\n\u{1b}[31m\u{202e}\u{0}😀"

    static func alert(_ place: Int64) -> RecordID {
        RecordID(installation: Sample.installation, epoch: Sample.epoch, place: place)
    }

    static func summary(rule: String = "Shell", newVariants: [String] = []) -> GroupSummary {
        GroupSummary(
            group: SubjectID(high: 1, low: 2), opened: first, state: .update, revision: 1,
            fields: [
                KeyField(name: "rule", value: .text(rule)),
                KeyField(name: "container.id", value: .text("3ad7b26ded6d")),
                KeyField(name: "user.uid", value: .integer(-1)), KeyField(name: "k8s.ns.name", value: .null),
            ], total: 1000, suppressed: 992, variants: 8, first: first, last: last,
            byPriority: [0, 0, 1, 0, 999, 0, 0, 0], samples: [alert(1), alert(7)], newVariants: newVariants)
    }

    static func incident(_ state: RecordState = .open, title: String = "Chain") -> IncidentRecord {
        IncidentRecord(
            incident: SubjectID(high: 3, low: 4), state: state, revision: 0, ruleID: "5638", ruleTitle: title,
            ruleType: "temporal_ordered", level: .high, tags: ["attack.execution"],
            group: [KeyField(name: "container.id", value: .text("3ad7b26ded6d"))], value: 3, first: first, last: last,
            alerts: [alert(1)], attack: ["execution"], hasGap: true)
    }

    static func storm(key: String = "Noisy") -> StormRecord {
        StormRecord(
            storm: SubjectID(high: 5, low: 6), state: .close, revision: 2, scope: .rule, key: key, held: 12_000,
            top: [StormRecord.Talker(key: key, count: 9000)], first: first, last: last, samples: [alert(9)])
    }

    /// An entry of which only these leave.
    static func entry(_ records: EngineRecord...) -> DecidedEntry {
        var notes = EntryNotes()
        notes.records = records.map { PlacedRecord(position: 0, record: $0) }
        return DecidedEntry(
            installation: Sample.installation, epoch: Sample.epoch, place: 50, source: "", content: .time(last),
            fates: [], notes: notes, firstOutput: 1, outputCount: records.count)
    }

    /// Alerts of these rules with notes.
    static func entry(rules: [String], fates: [UInt8] = [], _ notes: EntryNotes, first: Int64 = 50) -> DecidedEntry {
        let plain = Sample.json(rules.map { [UInt8](#"{"rule":"\#($0)","priority":"Debug"}"#.utf8) })
        return DecidedEntry(
            installation: Sample.installation, epoch: Sample.epoch, place: 100, source: "s", content: plain.content,
            fates: fates, notes: notes, firstOutput: first,
            outputCount: OutputWalk.count(alertCount: rules.count, isGap: false, fates: fates, notes: notes))
    }
}
