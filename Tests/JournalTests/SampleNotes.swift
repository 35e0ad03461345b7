// SPDX-License-Identifier: Apache-2.0
import AlertModel

@testable import Journal

/// Notes made up from a seed: everything an entry can have, hostile texts included.
enum SampleNotes {
    static func id(_ random: inout SplitMix) -> SubjectID { SubjectID(high: random.next(), low: random.next()) }

    static func recordID(_ random: inout SplitMix) -> RecordID {
        RecordID(installation: random.next(), epoch: random.next(), place: Int64(random.next() >> 24))
    }

    static func time(_ random: inout SplitMix) -> EventTime {
        EventTime(nanoseconds: [0, -1, .min, .max, 1_780_000_000_000_000_000].randomElement(using: &random) ?? 0)
    }

    static func text(_ random: inout SplitMix) -> String {
        let parts = ["", "rule", "\"\\\n", "\u{0}", "über 😀", "\u{202e}", String(repeating: "x", count: 300)]
        return (0 ..< Int.random(in: 0 ... 2, using: &random)).map { _ in parts.randomElement(using: &random) ?? "" }
            .joined()
    }

    static func key(_ random: inout SplitMix) -> [KeyField] {
        (0 ..< Int.random(in: 0 ... 3, using: &random)).map { _ in
            let value: FieldValue =
                [
                    .null, .text(text(&random)), .integer(.min), .unsigned(.max), .double(-0.5), .bool(true),
                ].randomElement(using: &random) ?? .null
            return KeyField(name: text(&random), value: value)
        }
    }

    static func record(_ random: inout SplitMix) -> EngineRecord {
        let state = RecordState.allCases.randomElement(using: &random) ?? .open
        let revision = Int.random(in: 0 ... 9, using: &random)
        let alerts = (0 ..< Int.random(in: 0 ... 16, using: &random)).map { _ in recordID(&random) }
        switch Int.random(in: 0 ... 2, using: &random) {
        case 0:
            return .summary(
                GroupSummary(
                    group: id(&random), opened: time(&random), state: state, revision: revision, fields: key(&random),
                    total: Int.random(in: 0 ... 1 << 40, using: &random), suppressed: 3, variants: 2,
                    first: time(&random), last: time(&random),
                    byPriority: (0 ..< 8).map { _ in Int.random(in: 0 ... 9, using: &random) }, samples: alerts,
                    newVariants: [text(&random)]))
        case 1:
            return .incident(
                IncidentRecord(
                    incident: id(&random), state: state, revision: revision,
                    firing: Bool.random(using: &random) ? recordID(&random) : nil, ruleID: text(&random),
                    ruleTitle: text(&random), ruleType: "event_count",
                    level: IncidentLevel.allCases.randomElement(using: &random) ?? .low, tags: [text(&random)],
                    group: key(&random), value: Double.random(in: -9 ... 9, using: &random), first: time(&random),
                    last: time(&random), alerts: alerts, attack: ["execution"],
                    isApproximate: .random(using: &random), mayBeUndercounted: .random(using: &random),
                    hasGap: .random(using: &random), mergedInto: Bool.random(using: &random) ? id(&random) : nil))
        default:
            return .storm(
                StormRecord(
                    storm: id(&random), state: state, revision: revision, scope: .rule, key: text(&random),
                    held: 12_000,
                    top: [StormRecord.Talker(key: text(&random), count: 9)], first: time(&random), last: time(&random),
                    samples: alerts))
        }
    }

    static func subject(_ random: inout SplitMix) -> NoteSubject {
        switch Int.random(in: 0 ... 4, using: &random) {
        case 0: .group(id(&random))
        case 1: .silence(text(&random))
        case 2: .inhibition(text(&random))
        case 3: .storm(id(&random))
        default: .original(recordID(&random))
        }
    }

    /// Notes about `alerts` alerts; each part is there or not.
    static func notes(alerts: Int, outputs: Int = 0, _ random: inout SplitMix) -> EntryNotes {
        var notes = EntryNotes()
        if Bool.random(using: &random) {
            notes.subjects = (0 ..< Int.random(in: 0 ... alerts, using: &random)).map { _ in subject(&random) }
            let isPlain = Bool.random(using: &random)
            notes.marks = (0 ..< alerts).map { _ in
                AlertMark(
                    subject: isPlain ? 0 : UInt32.random(in: 0 ... UInt32(notes.subjects.count), using: &random),
                    variant: isPlain ? 1 : UInt32(random.next() >> 32), count: UInt32(random.next() >> 40),
                    flags: AlertMark.Flags(rawValue: isPlain ? 0 : UInt8(random.next() >> 60)))
            }
        }
        if alerts > 0, Bool.random(using: &random) {
            let linked = (0 ..< Int.random(in: 1 ... 20, using: &random)).map { _ in Int(random.next() % UInt64(alerts))
            }
            notes.links = linked.sorted().map { IncidentLink(alert: $0, incident: id(&random)) }
        }
        if Bool.random(using: &random) {
            let positions = (0 ..< Int.random(in: 1 ... 5, using: &random)).map { _ in
                Int(random.next() % UInt64(alerts + 1))
            }
            notes.records = positions.sorted().map { PlacedRecord(position: $0, record: record(&random)) }
        }
        if Bool.random(using: &random) {
            for _ in 0 ..< Int.random(in: 0 ... alerts, using: &random) {
                for _ in 0 ..< Int.random(in: 0 ... 3, using: &random) {
                    let name = ["k8s.ns.name", "attack", "geo.country", text(&random)].randomElement(using: &random)
                    notes.added.add(
                        FieldName(name ?? ""), Array(text(&random).utf8).span,
                        kind: FieldKind(rawValue: UInt8(random.next() % 9)) ?? .null, bits: random.next())
                }
                notes.added.endAlert()
            }
        }
        if Bool.random(using: &random) {
            notes.routes.sets = [[], ["archive"], ["pager", text(&random)]]
            let isSame = Bool.random(using: &random)
            notes.routes.perOutput = (0 ..< alerts + notes.records.count).map { _ in
                isSame ? 1 : UInt16(random.next() % 3)
            }
        }
        return notes
    }

    /// Everything notes say, for comparing.
    static func summary(_ notes: EntryNotes) -> [String] {
        var lines = [
            "\(notes.records)", "\(notes.marks)", "\(notes.subjects)", "\(notes.links)", "\(notes.routes)",
            "\(notes.added.alertCount)",
        ]
        for alert in 0 ..< notes.added.alertCount {
            notes.added.forEach(ofAlert: alert) { name, kind, bits, text in
                lines.append("\(alert) \(name) \(kind) \(bits) \([UInt8](_span: text))")
            }
        }
        return lines
    }
}
