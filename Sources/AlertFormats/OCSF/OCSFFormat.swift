// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Open Cybersecurity Schema Framework, version 1.8.0: one Detection Finding (class 2004) in a line
/// (https://schema.ocsf.io/1.8.0/classes/detection_finding).
///
/// What the class has an attribute for stands there in its type; the rest stands under `unmapped`.
public struct OCSFFormat: AlertFormat {
    /// The value of `metadata.version`.
    public static let version = "1.8.0"
    public var name: String { "ocsf" }

    public init() {}

    public func append(
        _ alert: borrowing AlertView, at index: Int, of entry: DecidedEntry, to buffer: inout OutputBuffer
    ) {
        var alert = MappedAlert(AlertFacts(copy alert, entry.notes.added, at: index))
        let view = alert.facts.alert
        let id = entry.id(at: index)
        buffer.append(byte: 0x7B)
        appendActivity(.open, isAlert: true, to: &buffer)
        appendSeverity(view.priority, to: &buffer)
        buffer.member("time", milliseconds: view.eventTime)
        buffer.member("message", view.outputBody)
        appendMetadata(view, id, entry, to: &buffer)
        appendFinding(&alert, id, to: &buffer)
        appendDevice(view.hostname, to: &buffer)
        appendEvidence(&alert, id, to: &buffer)
        appendResources(&alert, to: &buffer)
        appendObservables(alert, to: &buffer)
        appendEnrichments(alert, to: &buffer)
        let unmapped = buffer.open("unmapped")
        buffer.appendLeft("falco", isFlat: false, of: alert)
        let creance = buffer.open("creance")
        buffer.member("kind", literal: "alert")
        if view.isTimeFromArrival { buffer.member("time_source", literal: "arrival") }
        buffer.appendNoteMembers(index, of: entry)
        buffer.close(creance)
        buffer.close(unmapped)
        buffer.endDocument()
    }

    /// What the class and the activity say: a finding is new, goes on, or is over.
    func appendActivity(_ state: RecordState, isAlert: Bool, to buffer: inout OutputBuffer) {
        switch state {
        case .open:
            buffer.append("\"activity_id\":1,\"activity_name\":\"Create\",\"type_uid\":200401,")
            buffer.append("\"type_name\":\"Detection Finding: Create\",\"status_id\":1,\"status\":\"New\",")
        case .update:
            buffer.append("\"activity_id\":2,\"activity_name\":\"Update\",\"type_uid\":200402,")
            buffer.append("\"type_name\":\"Detection Finding: Update\",\"status_id\":2,\"status\":\"In Progress\",")
        case .close:
            buffer.append("\"activity_id\":3,\"activity_name\":\"Close\",\"type_uid\":200403,")
            buffer.append("\"type_name\":\"Detection Finding: Close\",\"status_id\":4,\"status\":\"Resolved\",")
        }
        buffer.append("\"category_uid\":2,\"category_name\":\"Findings\",\"class_uid\":2004,")
        buffer.append("\"class_name\":\"Detection Finding\",\"is_alert\":")
        buffer.append(bool: isAlert)
        buffer.append(byte: 0x2C)
    }

    func appendSeverity(_ priority: Priority, to buffer: inout OutputBuffer) {
        switch priority {
        case .emergency: buffer.append("\"severity_id\":6,\"severity\":\"Fatal\",")
        case .alert, .critical: buffer.append("\"severity_id\":5,\"severity\":\"Critical\",")
        case .error: buffer.append("\"severity_id\":4,\"severity\":\"High\",")
        case .warning: buffer.append("\"severity_id\":3,\"severity\":\"Medium\",")
        case .notice: buffer.append("\"severity_id\":2,\"severity\":\"Low\",")
        case .informational, .debug: buffer.append("\"severity_id\":1,\"severity\":\"Informational\",")
        }
    }

    private func appendMetadata(
        _ alert: borrowing AlertView, _ id: RecordID, _ entry: DecidedEntry, to buffer: inout OutputBuffer
    ) {
        let start = buffer.open("metadata")
        buffer.append("\"version\":\"1.8.0\",\"product\":{\"name\":\"Falco\",\"vendor_name\":\"The Falco Project\",")
        if !alert.source.isEmpty {
            buffer.append("\"feature\":{\"name\":")
            buffer.append(quoted: alert.source)
            buffer.append("},")
        }
        buffer.endObject()
        buffer.append("\"uid\":\"")
        buffer.append(id)
        buffer.append("\",")
        buffer.member("original_time", alert.eventTime)
        buffer.member("logged_time", milliseconds: alert.arrivalTime)
        buffer.append("\"log_level\":\"")
        buffer.append(alert.priority)
        buffer.append("\",\"log_provider\":\"Creance\",")
        if !entry.source.isEmpty { buffer.member("log_name", entry.source) }
        if alert.tagCount > 0 {
            buffer.key("labels")
            buffer.appendTags(alert)
            buffer.append(byte: 0x2C)
        }
        if !alert.hostname.isEmpty { buffer.append("\"profiles\":[\"host\"],") }
        buffer.close(start)
    }

    private func appendFinding(_ alert: inout MappedAlert, _ id: RecordID, to buffer: inout OutputBuffer) {
        let view = alert.facts.alert
        let start = buffer.open("finding_info")
        buffer.append("\"uid\":\"")
        buffer.append(id)
        buffer.append("\",")
        buffer.member("title", view.rule)
        if !view.source.isEmpty {
            buffer.append("\"types\":[")
            buffer.append(quoted: view.source)
            buffer.append("],")
        }
        buffer.member("created_time", milliseconds: view.eventTime)
        buffer.member("first_seen_time", milliseconds: view.eventTime)
        buffer.member("last_seen_time", milliseconds: view.eventTime)
        // Falco's rules have no other identity than their name.
        appendAnalytic(uid: view.rule, name: view.rule, to: &buffer)
        if let attack = alert.value(.attack), attack.kind == .json, appendAttacks(attack.text, to: &buffer) {
            alert.mark(.attack)
        }
        buffer.close(start)
    }

    func appendAnalytic(uid: Span<UInt8>, name: Span<UInt8>, to buffer: inout OutputBuffer) {
        let start = buffer.open("analytic")
        buffer.member("uid", uid)
        buffer.member("name", name)
        buffer.append("\"type_id\":1,\"type\":\"Rule\",")
        buffer.close(start)
    }

    /// `attacks`, from the text of field `attack`; false when it names nothing.
    @discardableResult
    func appendAttacks(_ text: Span<UInt8>, to buffer: inout OutputBuffer) -> Bool {
        let start = buffer.openList("attacks")
        var list = AttackList(text)
        while let item = list.next() {
            if item.isTactic {
                guard let tactic = AttackTactic(text.extracting(item.value)) else { continue }
                buffer.append("{\"tactic\":{\"uid\":\"")
                buffer.append(tactic.id)
                buffer.append("\",\"name\":\"")
                buffer.append(tactic.name)
                buffer.append("\"}")
            } else {
                let end = list.nameEnd(item)
                let technique = item.value.prefix(AttackList.techniqueLength)
                buffer.append("{\"technique\":")
                append(text, technique, item.name.lowerBound ..< end, to: &buffer)
                if item.value.count > technique.count {
                    buffer.append(",\"sub_technique\":")
                    append(text, item.value, min(end + 2, item.name.upperBound) ..< item.name.upperBound, to: &buffer)
                }
            }
            buffer.append(",\"version\":\"18.0\"},")
        }
        return buffer.closeList(start)
    }

    /// One number with its name; where none is known the number is the name, because readers want one.
    private func append(
        _ text: Span<UInt8>, _ number: Range<Int>, _ name: Range<Int>, to buffer: inout OutputBuffer
    ) {
        buffer.append("{\"uid\":")
        buffer.append(quoted: text.extracting(number))
        buffer.append(",\"name\":")
        buffer.append(quoted: text.extracting(name.isEmpty ? number : name))
        buffer.append("}")
    }

    func appendDevice(_ hostname: Span<UInt8>, to buffer: inout OutputBuffer) {
        guard !hostname.isEmpty else { return }
        buffer.append("\"device\":{\"hostname\":")
        buffer.append(quoted: hostname)
        buffer.append(",\"type_id\":0,\"type\":\"Unknown\"},")
    }
}

extension OutputBuffer {
    /// Milliseconds since 1970, cut towards the past.
    mutating func member(_ name: StaticString, milliseconds time: EventTime) {
        let whole = time.nanoseconds / 1_000_000
        key(name)
        append(time.nanoseconds < 0 && time.nanoseconds % 1_000_000 != 0 ? whole - 1 : whole)
        append(byte: 0x2C)
    }
}
