// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Gaps and the engine's own records as findings. `finding_info.uid` is what a record is about, stable from open to close;
/// `metadata.uid` is the record itself.
extension OCSFFormat {
    public func append(_ gap: Gap, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        let facts = RecordFacts(gap, of: entry)
        buffer.append(byte: 0x7B)
        appendActivity(.open, isAlert: false, to: &buffer)
        appendHead(facts, uid: facts.id, to: &buffer)
        let finding = openFinding(facts, uid: facts.id, type: "gap", to: &buffer)
        buffer.close(finding)
        let unmapped = buffer.open("unmapped")
        let creance = buffer.open("creance")
        buffer.member("kind", literal: "gap")
        buffer.member("source", gap.source)
        buffer.member("from", gap.from)
        buffer.member("to", gap.to)
        buffer.member("reason", gap.reason.rawValue)
        buffer.close(creance)
        buffer.close(unmapped)
        buffer.endDocument()
    }

    public func append(_ record: EngineRecord, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        let facts = RecordFacts(record)
        let group = RecordGroup(record)
        buffer.append(byte: 0x7B)
        if case .incident = record {
            appendActivity(record.state, isAlert: record.state != .close, to: &buffer)
        } else {
            appendActivity(record.state, isAlert: false, to: &buffer)
        }
        appendHead(facts, uid: facts.subject, to: &buffer)
        if case .incident(let incident) = record {
            appendFinding(record, facts, type: incident.ruleType, to: &buffer)
        } else {
            appendFinding(record, facts, type: facts.kind.rawValue, to: &buffer)
        }
        if let count = facts.count { buffer.member("count", count) }
        appendDevice(facts.hostname.utf8Span.span, to: &buffer)
        appendResources(group, to: &buffer)
        let unmapped = buffer.open("unmapped")
        let creance = buffer.open("creance")
        buffer.appendOwnMembers(record)
        let members = buffer.open("group_key")
        buffer.forgetKeys()
        for (index, member) in group.members.enumerated() where member.value != .null {
            buffer.appendKey("", member.name.utf8Span.span, index: index)
            buffer.append(byte: 0x3A)
            buffer.append(member.value)
            buffer.append(byte: 0x2C)
        }
        buffer.close(members)
        buffer.close(creance)
        buffer.close(unmapped)
        buffer.endDocument()
    }

    private func appendHead(_ facts: RecordFacts, uid: String, to buffer: inout OutputBuffer) {
        appendSeverity(facts.priority, to: &buffer)
        buffer.member("time", milliseconds: facts.last)
        buffer.member("start_time", milliseconds: facts.first)
        buffer.member("end_time", milliseconds: facts.last)
        buffer.member("message", facts.message)
        let start = buffer.open("metadata")
        buffer.append("\"version\":\"1.8.0\",\"product\":{\"name\":\"Creance\",\"vendor_name\":\"Creance\"},")
        buffer.member("uid", facts.id)
        if uid != facts.id { buffer.member("correlation_uid", uid) }
        buffer.member("original_time", facts.last)
        buffer.append("\"log_level\":\"")
        buffer.append(facts.priority)
        buffer.append("\",\"log_provider\":\"Creance\",")
        if !facts.hostname.isEmpty { buffer.append("\"profiles\":[\"host\"],") }
        buffer.close(start)
    }

    private func openFinding(
        _ facts: RecordFacts, uid: String, type: String, to buffer: inout OutputBuffer
    ) -> Int {
        let start = buffer.open("finding_info")
        buffer.member("uid", uid)
        buffer.member("title", facts.title)
        buffer.key("types")
        buffer.append(texts: [type])
        buffer.append(byte: 0x2C)
        buffer.member("created_time", milliseconds: facts.first)
        buffer.member("modified_time", milliseconds: facts.last)
        buffer.member("first_seen_time", milliseconds: facts.first)
        buffer.member("last_seen_time", milliseconds: facts.last)
        return start
    }

    private func appendFinding(
        _ record: EngineRecord, _ facts: RecordFacts, type: String, to buffer: inout OutputBuffer
    ) {
        let start = openFinding(facts, uid: facts.subject, type: type, to: &buffer)
        appendAnalytic(uid: facts.signature.utf8Span.span, name: facts.title.utf8Span.span, to: &buffer)
        if case .incident(let incident) = record, !incident.attack.isEmpty {
            appendAttacks(incident.attackText.utf8Span.span, to: &buffer)
        }
        let alerts = record.alerts
        let events = buffer.openList("related_events")
        for alert in alerts {
            buffer.append("{\"uid\":\"")
            buffer.append(alert)
            buffer.append("\",\"type_uid\":200401,\"type_name\":\"Detection Finding: Create\"},")
        }
        buffer.closeList(events)
        if let count = facts.count { buffer.member("related_events_count", max(count, alerts.count)) }
        buffer.close(start)
    }

    private func appendResources(_ group: RecordGroup, to buffer: inout OutputBuffer) {
        let start = buffer.openList("resources")
        if let id = group.text("container.id"), id != "host" {
            buffer.append("{\"type\":\"container\",")
            buffer.member("uid", id)
            if let name = group.text("container.name") { buffer.member("name", name) }
            buffer.endObject()
        }
        if let pod = group.text("k8s.pod.name") {
            buffer.append("{\"type\":\"pod\",")
            buffer.member("name", pod)
            if let namespace = group.text("k8s.ns.name") { buffer.member("namespace", namespace) }
            buffer.endObject()
        }
        buffer.closeList(start)
    }
}
