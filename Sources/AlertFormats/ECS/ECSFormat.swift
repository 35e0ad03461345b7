// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Elastic Common Schema, version 9: one document in a line (https://www.elastic.co/docs/reference/ecs).
///
/// What ECS has a field for stands there in ECS's type; a value of another type does not. What is left stands under
/// `falco.output_fields`, with flat keys. What Creance adds stands under `creance`.
public struct ECSFormat: AlertFormat {
    /// The value of `ecs.version`.
    public static let version = "9.0.0"
    public var name: String { "ecs" }

    public init() {}

    public func append(
        _ alert: borrowing AlertView, at index: Int, of entry: DecidedEntry, to buffer: inout OutputBuffer
    ) {
        var alert = MappedAlert(AlertFacts(copy alert, entry.notes.added, at: index))
        let view = alert.facts.alert
        buffer.append(byte: 0x7B)
        appendHead(view.eventTime, view.outputBody, to: &buffer)
        appendEvent(&alert, entry.id(at: index), to: &buffer)
        appendLevel(view.priority, to: &buffer)
        let rule = buffer.open("rule")
        buffer.member("name", view.rule)
        buffer.close(rule)
        appendTags(view, to: &buffer)
        appendHost(&alert, to: &buffer)
        appendProcess(&alert, to: &buffer)
        appendUser(&alert, to: &buffer)
        appendContainer(&alert, to: &buffer)
        appendOrchestrator(&alert, to: &buffer)
        appendFile(&alert, to: &buffer)
        appendNetwork(&alert, to: &buffer)
        appendThreat(&alert, to: &buffer)
        let falco = buffer.open("falco")
        buffer.appendLeft("output_fields", of: alert)
        buffer.close(falco)
        let creance = buffer.open("creance")
        buffer.member("kind", literal: "alert")
        buffer.member("source", entry.source)
        if view.isTimeFromArrival { buffer.member("time_source", literal: "arrival") }
        buffer.appendNoteMembers(index, of: entry)
        buffer.appendLeftAdded("enrichment", of: alert)
        buffer.close(creance)
        buffer.endDocument()
    }

    /// `@timestamp`, `ecs` and `message`.
    func appendHead(_ time: EventTime, _ message: Span<UInt8>, to buffer: inout OutputBuffer) {
        buffer.member("@timestamp", time)
        buffer.append("\"ecs\":{\"version\":\"9.0.0\"},")
        buffer.member("message", message)
    }

    /// Priority names as Falco writes them.
    func appendLevel(_ priority: Priority, to buffer: inout OutputBuffer) {
        buffer.append("\"log\":{\"level\":\"")
        buffer.append(priority)
        buffer.append("\"},")
    }

    private func appendTags(_ alert: borrowing AlertView, to buffer: inout OutputBuffer) {
        guard alert.tagCount > 0 else { return }
        buffer.key("tags")
        buffer.appendTags(alert)
        buffer.append(byte: 0x2C)
    }

    private func appendEvent(_ alert: inout MappedAlert, _ id: RecordID, to buffer: inout OutputBuffer) {
        buffer.append("\"event\":{\"kind\":\"alert\",\"category\":[\"intrusion_detection\"")
        if alert.ends != nil || alert.connection != nil {
            buffer.append(",\"network\"")
        } else if alert.file != nil {
            buffer.append(",\"file\"")
        } else if alert.namesProcess {
            buffer.append(",\"process\"")
        }
        buffer.append("],\"type\":[\"info\"],\"module\":\"falco\",\"dataset\":\"falco.alerts\",\"id\":\"")
        buffer.append(id)
        buffer.append("\",\"severity\":")
        buffer.append(Int64(alert.facts.alert.priority.rawValue))
        buffer.append(byte: 0x2C)
        buffer.member("created", alert.facts.alert.arrivalTime)
        let source = alert.facts.alert.source
        if !source.isEmpty { buffer.member("provider", source) }
        if alert.has(.eventType) {
            buffer.member("action", text: .eventType, of: &alert)
        } else {
            buffer.member("action", text: .auditVerb, of: &alert)
        }
        buffer.endObject()
    }
}

extension OutputBuffer {
    /// Turns the last member's comma into the object's brace, for objects that are never empty.
    @inline(__always)
    mutating func endObject() {
        truncate(to: count - 1)
        append("},")
    }

    /// The same for the document, with its line feed.
    @inline(__always)
    mutating func endDocument() {
        truncate(to: count - 1)
        append("}\n")
    }
}
