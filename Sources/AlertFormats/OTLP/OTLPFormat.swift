// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// OpenTelemetry logs, version 1, in the JSON encoding of OTLP (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding):
/// one log record in a line.
///
/// Host, container and pod are attributes of the resource, by OpenTelemetry's names; the rest are attributes of the record,
/// typed, each key once.
public struct OTLPFormat: AlertFormat {
    /// What a line is.
    public enum Form: Sendable {
        /// An `ExportLogsServiceRequest` of its own.
        case request
        /// One element of `resourceLogs`, for carriers that join several to one request:
        /// `{"resourceLogs":[` element `,` element `]}`.
        case resourceLogs
    }

    public var name: String { "otlp" }
    private let form: Form

    public init(_ form: Form = .request) { self.form = form }

    public func append(
        _ alert: borrowing AlertView, at index: Int, of entry: DecidedEntry, to buffer: inout OutputBuffer
    ) {
        var alert = MappedAlert(AlertFacts(copy alert, entry.notes.added, at: index))
        let view = alert.facts.alert
        begin(&buffer)
        appendResource(&alert, to: &buffer)
        beginRecord(&buffer)
        buffer.member("timeUnixNano", nanoseconds: view.eventTime)
        buffer.member("observedTimeUnixNano", nanoseconds: view.arrivalTime)
        appendSeverity(view.priority, to: &buffer)
        appendBody(view.outputBody, to: &buffer)
        let start = buffer.openList("attributes")
        buffer.append("{\"key\":\"log.record.uid\",\"value\":{\"stringValue\":\"")
        buffer.append(entry.id(at: index))
        buffer.append("\"}},")
        appendAttributes(&alert, to: &buffer)
        appendNotes(index, of: entry, to: &buffer)
        appendLeft(alert, to: &buffer)
        buffer.closeList(start)
        buffer.append("\"eventName\":\"falco.alert\",")
        end(&buffer)
    }

    // MARK: The frame of a record

    func begin(_ buffer: inout OutputBuffer) {
        if form == .request { buffer.append("{\"resourceLogs\":[") }
        buffer.append(
            "{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"falco\"}},")
    }

    /// Ends the resource, begins scope and record.
    func beginRecord(_ buffer: inout OutputBuffer) {
        buffer.truncate(to: buffer.count - 1)
        buffer.append("]},\"scopeLogs\":[{\"scope\":{\"name\":\"creance\"},\"logRecords\":[{")
    }

    func end(_ buffer: inout OutputBuffer) {
        buffer.truncate(to: buffer.count - 1)
        if form == .request { buffer.append("}]}]}]}\n") } else { buffer.append("}]}]}\n") }
    }

    /// Numbers for the severities of syslog, which Falco's priorities are (OpenTelemetry's data model of logs, appendix B).
    func appendSeverity(_ priority: Priority, to buffer: inout OutputBuffer) {
        let number: Int64 =
            switch priority {
            case .emergency: 21
            case .alert: 19
            case .critical: 18
            case .error: 17
            case .warning: 13
            case .notice: 10
            case .informational: 9
            case .debug: 5
            }
        buffer.key("severityNumber")
        buffer.append(number)
        buffer.append(",\"severityText\":\"")
        buffer.append(priority)
        buffer.append("\",")
    }

    func appendBody(_ text: Span<UInt8>, to buffer: inout OutputBuffer) {
        buffer.append("\"body\":{\"stringValue\":")
        buffer.append(quoted: text)
        buffer.append("},")
    }

    // MARK: Attributes of an alert

    private func appendResource(_ alert: inout MappedAlert, to buffer: inout OutputBuffer) {
        let hostname = alert.facts.alert.hostname
        if !hostname.isEmpty { buffer.attribute("host.name", hostname) }
        if alert.isInContainer {
            buffer.attribute("container.id", text: .containerID, of: &alert)
            buffer.attribute("container.name", text: .containerName, of: &alert)
            buffer.attribute("container.runtime.name", text: .runtime, of: &alert)
            buffer.attribute(
                "container.image.name", text: alert.has(.repository) ? .repository : .image, of: &alert)
            buffer.attribute("container.image.tags", list: .imageTag, of: &alert)
            buffer.attribute("container.image.id", text: .imageID, of: &alert)
            buffer.attribute("container.image.repo_digests", list: .imageDigest, of: &alert)
        }
        buffer.attribute("k8s.namespace.name", text: .namespace, of: &alert)
        buffer.attribute("k8s.pod.name", text: .pod, of: &alert)
        buffer.attribute("k8s.pod.uid", text: alert.has(.podUID) ? .podUID : .podID, of: &alert)
        buffer.attribute("k8s.deployment.name", text: .deployment, of: &alert)
        buffer.attribute("k8s.node.name", text: .node, of: &alert)
    }

    private func appendAttributes(_ alert: inout MappedAlert, to buffer: inout OutputBuffer) {
        let view = alert.facts.alert
        buffer.attribute("security_rule.name", view.rule)
        if !view.source.isEmpty { buffer.attribute("falco.source", view.source) }
        if view.tagCount > 0 {
            let start = buffer.openAttributeList("falco.tags")
            for index in 0 ..< view.tagCount { buffer.appendStringValue(view.tag(at: index)) }
            buffer.closeAttributeList(start)
        }
        buffer.attribute("process.pid", number: .processID, of: &alert)
        buffer.attribute("process.parent_pid", number: .parentID, of: &alert)
        buffer.attribute("process.executable.name", text: .processName, of: &alert)
        buffer.attribute("process.executable.path", text: .executable, of: &alert)
        buffer.attribute("process.command_line", text: .commandLine, of: &alert)
        buffer.attribute("process.working_directory", text: .workingDirectory, of: &alert)
        buffer.attribute("process.vpid", number: .namespacedID, of: &alert)
        buffer.attribute("process.session_leader.pid", number: .sessionID, of: &alert)
        buffer.attribute("process.group_leader.pid", number: .groupLeader, of: &alert)
        buffer.attribute("thread.id", number: .threadID, of: &alert)
        buffer.attribute("user.id", text: .userID, of: &alert)
        buffer.attribute("user.name", text: alert.has(.userName) ? .userName : .auditUser, of: &alert)
        if let field = alert.file { buffer.attribute("file.path", text: field, of: &alert) }
        if let ends = alert.ends {
            buffer.attribute("source.address", text: ends.source.address, of: &alert)
            buffer.attribute("source.port", number: ends.source.port, of: &alert)
            buffer.attribute("destination.address", text: ends.destination.address, of: &alert)
            buffer.attribute("destination.port", number: ends.destination.port, of: &alert)
        } else if let connection = alert.connection {
            buffer.attribute("source.address", connection.text.extracting(connection.source.address))
            buffer.attribute("source.port", digits: connection.text.extracting(connection.source.port))
            buffer.attribute("destination.address", connection.text.extracting(connection.destination.address))
            buffer.attribute("destination.port", digits: connection.text.extracting(connection.destination.port))
        }
        buffer.attribute("network.transport", text: .transport, of: &alert)
        appendAttack(&alert, to: &buffer)
    }

    private func appendAttack(_ alert: inout MappedAlert, to buffer: inout OutputBuffer) {
        guard let attack = alert.value(.attack), attack.kind == .json else { return }
        if appendAttack(attack.text, to: &buffer) { alert.mark(.attack) }
    }

    /// `threat.tactic.*` and `threat.technique.*`, ECS's names; false when nothing is named.
    @discardableResult
    func appendAttack(_ text: Span<UInt8>, to buffer: inout OutputBuffer) -> Bool {
        let before = buffer.count
        buffer.attributeList("threat.tactic.id", text) { item, _, buffer in
            guard item.isTactic, let tactic = AttackTactic(text.extracting(item.value)) else { return }
            buffer.appendStringValue(tactic.id)
        }
        buffer.attributeList("threat.tactic.name", text) { item, _, buffer in
            guard item.isTactic, let tactic = AttackTactic(text.extracting(item.value)) else { return }
            buffer.appendStringValue(tactic.name)
        }
        buffer.attributeList("threat.technique.id", text) { item, _, buffer in
            if !item.isTactic { buffer.appendStringValue(text.extracting(item.value)) }
        }
        buffer.attributeList("threat.technique.name", text) { item, _, buffer in
            if !item.isTactic, !item.name.isEmpty { buffer.appendStringValue(text.extracting(item.name)) }
        }
        return buffer.count > before
    }

    private func appendNotes(_ index: Int, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        buffer.attribute("creance.kind", literal: "alert")
        if !entry.source.isEmpty { buffer.attribute("creance.source", entry.source.utf8Span.span) }
        if entry.notes.marks.indices.contains(index) {
            let mark = entry.notes.marks[index]
            if case .group(let group)? = entry.notes.subject(of: index) {
                buffer.append("{\"key\":\"creance.group.id\",\"value\":{\"stringValue\":\"")
                buffer.append(group)
                buffer.append("\"}},")
                buffer.attribute("creance.group.variant", Int64(mark.variant))
                buffer.attribute("creance.group.count", Int64(mark.count))
            }
            if !mark.flags.isEmpty {
                let start = buffer.openAttributeList("creance.marks")
                for (flag, name) in AlertMark.Flags.names where mark.flags.contains(flag) {
                    buffer.appendStringValue(name.utf8Span.span)
                }
                buffer.closeAttributeList(start)
            }
        }
        guard !entry.notes.links.isEmpty else { return }
        let start = buffer.openAttributeList("creance.incidents")
        for link in entry.notes.incidents(of: index) {
            buffer.append("{\"stringValue\":\"")
            buffer.append(link.incident)
            buffer.append("\"},")
        }
        buffer.closeAttributeList(start)
    }

    /// Output fields and added fields that have no other attribute, under `falco.output_fields.` and
    /// `creance.enrichment.`.
    private func appendLeft(_ alert: borrowing MappedAlert, to buffer: inout OutputBuffer) {
        let table = KnownField.byID
        buffer.forgetKeys()
        for index in 0 ..< alert.facts.alert.fieldCount where alert.isLeft(index, table) {
            let field = alert.facts.alert.field(at: index)
            buffer.append("{\"key\":")
            buffer.appendKey("falco.output_fields.", field.key, index: index)
            buffer.append(",\"value\":{")
            buffer.appendValue(field.kind, bits: field.bits, text: field.text)
            buffer.append("}},")
        }
        for index in 0 ..< alert.facts.addedCount where alert.isLeft(added: index, table) {
            let value = alert.facts.added(at: index)
            buffer.append("{\"key\":")
            buffer.appendKey("creance.enrichment.", alert.facts.addedName(at: index).text.span, index: index)
            buffer.append(",\"value\":{")
            buffer.appendValue(value.kind, bits: value.bits, text: value.text)
            buffer.append("}},")
        }
    }
}
