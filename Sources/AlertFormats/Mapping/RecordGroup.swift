// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// The key of what a record is about, for formats that have places for its members. Records are few: texts are made anew.
struct RecordGroup {
    let members: [KeyField]

    init(_ record: EngineRecord) {
        members =
            switch record {
            case .summary(let summary): summary.fields
            case .incident(let incident): incident.group
            case .storm: []
            }
    }

    /// nil for null, and for what is no part of the key.
    func value(_ name: String) -> FieldValue? {
        guard let value = members.first(where: { $0.name == name })?.value, value != .null else { return nil }
        return value
    }

    func text(_ name: String) -> String? {
        guard let value = value(name) else { return nil }
        let text = RecordAlert.Value.one(value).text
        return text.isEmpty ? nil : text
    }
}

extension EngineRecord {
    var revision: Int {
        switch self {
        case .summary(let summary): summary.revision
        case .incident(let incident): incident.revision
        case .storm(let storm): storm.revision
        }
    }

    /// Ids of the alerts that it names.
    var alerts: [RecordID] {
        switch self {
        case .summary(let summary): summary.samples
        case .incident(let incident): incident.alerts
        case .storm(let storm): storm.samples
        }
    }
}

extension IncidentRecord {
    /// Its tactics in the form of field `attack`; names that are none of ATT&CK's are left out.
    var attackText: String {
        let known = attack.filter { AttackTactic($0.utf8Span.span) != nil }
        return "[" + known.map { "{\"tactic\":\"\($0)\"}" }.joined(separator: ",") + "]"
    }
}

extension OutputBuffer {
    /// What every schema takes as it is: kind, subject, state, counts, ids of alerts. Never an object.
    mutating func appendOwnMembers(_ record: EngineRecord) {
        key("subject")
        append(byte: 0x22)
        append(record.subject)
        append("\",")
        member("state", record.state.name)
        member("revision", record.revision)
        switch record {
        case .summary(let summary):
            member("kind", literal: "summary")
            member("total", summary.total)
            member("suppressed", summary.suppressed)
            member("variants", summary.variants)
            list("new_variants", summary.newVariants)
        case .incident(let incident):
            member("kind", literal: "incident")
            member("level", incident.level.name)
            key("value")
            append(number: incident.value)
            append(byte: 0x2C)
            list("attack", incident.attack)
            member("approximate", incident.isApproximate)
            member("undercount_possible", incident.mayBeUndercounted)
            member("gap", incident.hasGap)
            if let firing = incident.firing { member("firing", firing.description) }
            if let other = incident.mergedInto { member("merged_into", other.description) }
        case .storm(let storm):
            member("kind", literal: "storm")
            member("scope", storm.scope.name)
            member("key", storm.key)
            member("held", storm.held)
            list("top", storm.top.map { "\($0.key)=\($0.count)" })
        }
        list("alerts", record.alerts.map(\.description))
    }

    private mutating func list(_ name: StaticString, _ texts: [String]) {
        guard !texts.isEmpty else { return }
        key(name)
        append(texts: texts)
        append(byte: 0x2C)
    }
}
