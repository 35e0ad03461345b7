// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// What formats with keys of their own say about a record of the engine's, or a gap: few, so texts are made anew.
struct RecordFacts {
    enum Kind: String { case summary, incident, storm, gap }

    let kind: Kind
    /// The record's own id.
    let id: String
    /// What it is about; empty for a gap.
    let subject: String
    /// `open`, `update`, `close`; empty for a gap.
    let state: String
    /// What names this sort of record: the correlation rule's id, or `creance.summary` and the like.
    let signature: String
    /// For people: the correlation rule's title, `Creance summary` …
    let title: String
    let priority: Priority
    let first: EventTime
    let last: EventTime
    /// Alerts it counts; nil for an incident and a gap.
    let count: Int?
    let hostname: String
    let message: String
    /// The key's members that have a place of their own.
    let fields: [(field: NamedField, text: String)]
    /// ATT&CK tactics.
    let attack: String

    init(_ record: EngineRecord) {
        let alert = RecordAlert(record)
        id = record.id.description
        subject = record.subject.description
        state = record.state.name
        title = alert.rule
        priority = alert.priority
        last = alert.time
        hostname = alert.hostname
        // `TIME: Priority ` in front says what other keys say.
        message = String(alert.output.dropFirst("\(alert.time): \(alert.priority.name) ".count))
        let group: [KeyField]
        switch record {
        case .summary(let summary):
            (kind, first, count, group, attack) = (.summary, summary.first, summary.total, summary.fields, "")
            signature = "creance.summary"
        case .incident(let incident):
            // Its list of alerts ends at sixteen, so their number is not known here.
            (kind, first, group, count) = (.incident, incident.first, incident.group, nil)
            attack = incident.attack.joined(separator: ",")
            signature = incident.ruleID.isEmpty ? "creance.incident" : incident.ruleID
        case .storm(let storm):
            (kind, first, count, group, attack) = (.storm, storm.first, storm.held, [], "")
            signature = "creance.storm"
        }
        fields = group.compactMap { member in
            guard member.value != .null, let field = NamedField(name: member.name) else { return nil }
            return (field, RecordAlert.Value.one(member.value).text)
        }
    }

    init(_ gap: Gap, of entry: DecidedEntry) {
        kind = .gap
        id = entry.id(at: 0).description
        (subject, state, hostname, attack) = ("", "", "", "")
        signature = "creance.gap"
        title = "Creance gap"
        priority = gap.isLossLikely ? .warning : .notice
        (first, last, count) = (gap.from, gap.to, nil)
        fields = []
        message = "Alerts of source \(gap.source) may be missing (reason=\(gap.reason.rawValue))"
    }
}

/// Tags of an alert that name tactics and techniques of ATT&CK, as Falco's rules write them.
enum AttackTag {
    /// `mitre_execution`, `T1059`, `T1059.004`.
    static func isOne(_ tag: Span<UInt8>) -> Bool {
        if tag.startsWith("mitre_") { return tag.count > 6 }
        guard tag.count >= 5, tag[0] == 0x54 else { return false }
        for place in 1 ..< tag.count where !(0x30 ... 0x39).contains(tag[place]) && tag[place] != 0x2E { return false }
        return true
    }
}
