// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

/// An open incident whose rule is gone or says something else now: it carries all that its last record says, and the next
/// `advance` closes it. Early, so the record says that the count may be too low.
struct Orphan: Sendable {
    /// Without alerts: their epochs are known only where the record leaves.
    private let record: IncidentRecord
    /// Packed `AlertReference`s, at most 16.
    private let alerts: [UInt64]

    init(_ incident: OpenIncident, of rule: StoredRule) {
        record = IncidentRecord(
            incident: incident.id, state: .close, revision: incident.revision, ruleID: rule.id, ruleTitle: rule.title,
            ruleType: rule.type, level: rule.level, tags: rule.tags, group: incident.fields, value: incident.value,
            first: incident.first, last: incident.last, alerts: [], attack: incident.tactics.names,
            isApproximate: incident.isApproximate, mayBeUndercounted: true, hasGap: incident.hasGap)
        alerts = incident.alerts.map(\.reference.packed)
    }

    func close(_ outbox: inout Outbox) {
        var last = record
        last.alerts = alerts.map { outbox.id(of: AlertReference(packed: $0)) }
        outbox.add(.incident(last), followsAlert: false)
    }

    func write(to writer: inout ByteWriter) {
        EngineRecord.incident(record).write(to: &writer)
        writer.put(alerts) { $0.put($1) }
    }

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        guard case .incident(let record) = try EngineRecord(&reader), record.state == .close else {
            throw MalformedBytes()
        }
        self.record = record
        alerts = try reader.takeList { (reader) throws(MalformedBytes) in try reader.take(UInt64.self) }
        guard alerts.count <= 2 * OpenIncident.half else { throw MalformedBytes() }
    }
}

/// What a checkpoint says of a rule: enough to know it again, and to close its incidents when it is gone.
struct StoredRule: Sendable {
    let id: String
    let title: String
    let body: SubjectID
    let type: String
    let level: IncidentLevel
    let tags: [String]
    let makesIncidents: Bool
    /// `IncidentRule.hold`.
    let hold: Int64

    init(_ rule: CorrelationRule) {
        (id, title, body, type) = (rule.id, rule.title, rule.body, rule.kind.name)
        (level, tags, makesIncidents) = (rule.level, rule.tags, rule.makesIncidents)
        hold = IncidentRule.hold(of: rule)
    }

    func write(to writer: inout ByteWriter) {
        writer.put(id)
        writer.put(title)
        writer.put(body)
        writer.put(type)
        writer.put(level.rawValue)
        writer.put(tags) { $0.put($1) }
        writer.put(makesIncidents)
        writer.put(hold)
    }

    init(from reader: inout ByteReader) throws(MalformedBytes) {
        id = try reader.takeString()
        title = try reader.takeString()
        body = try reader.takeSubjectID()
        type = try reader.takeString()
        guard let level = IncidentLevel(rawValue: try reader.take(UInt8.self)) else { throw MalformedBytes() }
        self.level = level
        tags = try reader.takeList { (reader) throws(MalformedBytes) in try reader.takeString() }
        makesIncidents = try reader.takeBool()
        hold = try reader.take(Int64.self)
    }
}
