// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Gaps and the engine's own records as log records.
extension OTLPFormat {
    public func append(_ gap: Gap, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        let facts = RecordFacts(gap, of: entry)
        begin(&buffer)
        let start = beginRecord(facts, to: &buffer)
        buffer.attribute("creance.source", gap.source.utf8Span.span)
        buffer.attribute("creance.reason", gap.reason.rawValue.utf8Span.span)
        buffer.closeList(start)
        buffer.append("\"eventName\":\"creance.gap\",")
        end(&buffer)
    }

    public func append(_ record: EngineRecord, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        let facts = RecordFacts(record)
        let group = RecordGroup(record)
        begin(&buffer)
        if !facts.hostname.isEmpty { buffer.attribute("host.name", facts.hostname.utf8Span.span) }
        for (name, field) in Self.resourceFields {
            if let text = group.text(field), text != "host" { buffer.attribute(name, text.utf8Span.span) }
        }
        let start = beginRecord(facts, to: &buffer)
        buffer.attribute("creance.subject", facts.subject.utf8Span.span)
        buffer.attribute("creance.state", facts.state.utf8Span.span)
        buffer.attribute("creance.revision", Int64(record.revision))
        appendOwn(record, facts, to: &buffer)
        list("creance.alerts", record.alerts.map(\.description), to: &buffer)
        buffer.forgetKeys()
        for (index, member) in group.members.enumerated() where member.value != .null {
            buffer.append("{\"key\":")
            buffer.appendKey("creance.group_key.", member.name.utf8Span.span, index: index)
            buffer.append(",\"value\":{")
            append(member.value, to: &buffer)
            buffer.append("}},")
        }
        buffer.closeList(start)
        buffer.append("\"eventName\":\"creance.")
        buffer.append(verbatim: facts.kind.rawValue)
        buffer.append("\",")
        end(&buffer)
    }

    private static let resourceFields: [(name: StaticString, field: String)] = [
        ("container.id", "container.id"), ("container.name", "container.name"),
        ("k8s.namespace.name", "k8s.ns.name"), ("k8s.pod.name", "k8s.pod.name"),
    ]

    /// Everything up to the first attributes; where their list began.
    private func beginRecord(_ facts: RecordFacts, to buffer: inout OutputBuffer) -> Int {
        beginRecord(&buffer)
        buffer.member("timeUnixNano", nanoseconds: facts.last)
        buffer.member("observedTimeUnixNano", nanoseconds: facts.last)
        appendSeverity(facts.priority, to: &buffer)
        appendBody(facts.message.utf8Span.span, to: &buffer)
        let start = buffer.openList("attributes")
        buffer.attribute("log.record.uid", facts.id.utf8Span.span)
        buffer.attribute("creance.kind", facts.kind.rawValue.utf8Span.span)
        buffer.attribute("creance.first", facts.first.description.utf8Span.span)
        buffer.attribute("creance.last", facts.last.description.utf8Span.span)
        return start
    }

    private func appendOwn(_ record: EngineRecord, _ facts: RecordFacts, to buffer: inout OutputBuffer) {
        switch record {
        case .summary(let summary):
            buffer.attribute("creance.total", Int64(summary.total))
            buffer.attribute("creance.suppressed", Int64(summary.suppressed))
            buffer.attribute("creance.variants", Int64(summary.variants))
            list("creance.new_variants", summary.newVariants, to: &buffer)
        case .incident(let incident):
            buffer.attribute("security_rule.name", facts.title.utf8Span.span)
            buffer.attribute("security_rule.uuid", incident.ruleID.utf8Span.span)
            buffer.attribute("security_rule.category", incident.ruleType.utf8Span.span)
            buffer.attribute("creance.level", incident.level.name.utf8Span.span)
            buffer.attribute("creance.value", incident.value)
            buffer.attribute("creance.approximate", incident.isApproximate)
            buffer.attribute("creance.undercount_possible", incident.mayBeUndercounted)
            buffer.attribute("creance.gap", incident.hasGap)
            list("creance.attack", incident.attack, to: &buffer)
            list("creance.tags", incident.tags, to: &buffer)
            appendAttack(incident.attackText.utf8Span.span, to: &buffer)
            if let firing = incident.firing { buffer.attribute("creance.firing", firing.description.utf8Span.span) }
            if let other = incident.mergedInto {
                buffer.attribute("creance.merged_into", other.description.utf8Span.span)
            }
        case .storm(let storm):
            buffer.attribute("creance.scope", storm.scope.name.utf8Span.span)
            buffer.attribute("creance.key", storm.key.utf8Span.span)
            buffer.attribute("creance.held", Int64(storm.held))
            list("creance.top", storm.top.map { "\($0.key)=\($0.count)" }, to: &buffer)
        }
    }

    private func list(_ name: StaticString, _ texts: [String], to buffer: inout OutputBuffer) {
        let start = buffer.openAttributeList(name)
        for text in texts { buffer.appendStringValue(text.utf8Span.span) }
        buffer.closeAttributeList(start)
    }

    private func append(_ value: FieldValue, to buffer: inout OutputBuffer) {
        switch value {
        case .null: buffer.append("\"stringValue\":\"\"")
        case .text(let text):
            buffer.append("\"stringValue\":")
            buffer.append(quoted: text.utf8Span.span)
        case .integer(let number): buffer.appendValue(.int64, bits: UInt64(bitPattern: number), text: Span())
        case .unsigned(let number): buffer.appendValue(.uint64, bits: number, text: Span())
        case .double(let number): buffer.appendValue(.double, bits: number.bitPattern, text: Span())
        case .bool(let flag): buffer.appendValue(.bool, bits: flag ? 1 : 0, text: Span())
        }
    }
}
