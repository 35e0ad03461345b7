// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Gaps and the engine's own records as documents of ECS.
extension ECSFormat {
    /// A gap is an error of the pipeline: `event.kind` `pipeline_error`.
    public func append(_ gap: Gap, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        let facts = RecordFacts(gap, of: entry)
        buffer.append(byte: 0x7B)
        appendHead(gap.to, facts.message.utf8Span.span, to: &buffer)
        buffer.append("\"event\":{\"kind\":\"pipeline_error\",\"type\":[\"error\"],\"module\":\"falco\",")
        buffer.append("\"dataset\":\"creance.gap\",\"provider\":\"creance\",")
        buffer.member("id", facts.id)
        buffer.member("severity", Int(facts.priority.rawValue))
        buffer.member("created", gap.to)
        buffer.member("start", gap.from)
        buffer.member("end", gap.to)
        buffer.member("reason", gap.reason.rawValue)
        buffer.endObject()
        appendLevel(facts.priority, to: &buffer)
        let creance = buffer.open("creance")
        buffer.member("kind", literal: "gap")
        buffer.member("source", gap.source)
        buffer.member("reason", gap.reason.rawValue)
        buffer.close(creance)
        buffer.endDocument()
    }

    /// An incident is an alert; a summary and a storm are events. (`signal` is Kibana's own.)
    public func append(_ record: EngineRecord, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        let facts = RecordFacts(record)
        buffer.append(byte: 0x7B)
        appendHead(facts.last, facts.message.utf8Span.span, to: &buffer)
        appendEvent(facts, record, to: &buffer)
        appendLevel(facts.priority, to: &buffer)
        appendRule(record, facts, to: &buffer)
        if case .incident(let incident) = record, !incident.tags.isEmpty {
            buffer.key("tags")
            buffer.append(texts: incident.tags)
            buffer.append(byte: 0x2C)
        }
        let group = RecordGroup(record)
        appendSubjects(group, to: &buffer)
        if case .incident(let incident) = record, !incident.attack.isEmpty {
            appendThreat(incident.attackText.utf8Span.span, to: &buffer)
        }
        appendOwn(record, facts, group, to: &buffer)
        buffer.endDocument()
    }

    private func appendEvent(_ facts: RecordFacts, _ record: EngineRecord, to buffer: inout OutputBuffer) {
        let start = buffer.open("event")
        if case .incident = record {
            buffer.append(
                "\"kind\":\"alert\",\"category\":[\"intrusion_detection\",\"threat\"],\"type\":[\"info\",\"indicator\"],"
            )
        } else {
            buffer.append("\"kind\":\"event\",\"category\":[\"intrusion_detection\"],\"type\":[\"info\"],")
        }
        buffer.append("\"module\":\"falco\",\"provider\":\"creance\",")
        buffer.member("dataset", "creance.\(facts.kind.rawValue)")
        buffer.member("id", facts.id)
        buffer.member("severity", Int(facts.priority.rawValue))
        buffer.member("created", facts.last)
        buffer.member("start", facts.first)
        buffer.member("end", facts.last)
        buffer.member("action", "\(facts.kind.rawValue)-\(facts.state)")
        buffer.member("sequence", record.revision)
        buffer.close(start)
    }

    private func appendRule(_ record: EngineRecord, _ facts: RecordFacts, to buffer: inout OutputBuffer) {
        let start = buffer.open("rule")
        switch record {
        case .incident(let incident):
            if !incident.ruleID.isEmpty { buffer.member("id", incident.ruleID) }
            buffer.member("name", facts.title)
            if !incident.ruleType.isEmpty { buffer.member("category", incident.ruleType) }
        case .summary(let summary):
            if let rule = summary.fields.first(where: { $0.name == "rule" })?.value, rule != .null {
                buffer.member("name", RecordAlert.Value.one(rule).text)
            }
        case .storm(let storm):
            if storm.scope == .rule { buffer.member("name", storm.key) }
        }
        buffer.close(start)
    }

    /// Host, container, user and the like, where the group's key names them.
    private func appendSubjects(_ group: RecordGroup, to buffer: inout OutputBuffer) {
        if let host = group.text("hostname") {
            let start = buffer.open("host")
            buffer.member("name", host)
            buffer.member("hostname", host)
            buffer.close(start)
        }
        func section(_ name: StaticString, _ members: [(key: StaticString, field: String)]) {
            let start = buffer.open(name)
            for member in members {
                if let text = group.text(member.field) { buffer.member(member.key, text) }
            }
            buffer.close(start)
        }
        let process = buffer.open("process")
        if case .integer(let number)? = group.value("proc.pid") { buffer.member("pid", Int(number)) }
        for (name, field) in [("name", "proc.name"), ("command_line", "proc.cmdline"), ("executable", "proc.exepath")] {
            guard let text = group.text(field) else { continue }
            buffer.append(quoted: name.utf8Span.span)
            buffer.append(byte: 0x3A)
            buffer.append(quoted: text.utf8Span.span)
            buffer.append(byte: 0x2C)
        }
        buffer.close(process)
        section("user", [("id", "user.uid"), ("name", "user.name")])
        if group.text("container.id") != "host" {
            section("container", [("id", "container.id"), ("name", "container.name")])
        }
        let orchestrator = buffer.open("orchestrator")
        if let namespace = group.text("k8s.ns.name") { buffer.member("namespace", namespace) }
        if let pod = group.text("k8s.pod.name") {
            let resource = buffer.open("resource")
            buffer.member("type", literal: "pod")
            buffer.member("name", pod)
            buffer.close(resource)
        }
        if buffer.isOpen(since: orchestrator) { buffer.member("type", literal: "kubernetes") }
        buffer.close(orchestrator)
    }

    /// What only Creance has, under `creance`; flat keys.
    private func appendOwn(
        _ record: EngineRecord, _ facts: RecordFacts, _ group: RecordGroup, to buffer: inout OutputBuffer
    ) {
        let start = buffer.open("creance")
        buffer.appendOwnMembers(record)
        let members = buffer.open("group_key")
        buffer.forgetKeys()
        for (index, member) in group.members.enumerated() where member.value != .null {
            buffer.appendFlatKey(member.name.utf8Span.span, index: index)
            buffer.append(member.value)
            buffer.append(byte: 0x2C)
        }
        buffer.close(members)
        buffer.close(start)
    }
}
