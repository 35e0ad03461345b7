// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel

/// Alertmanager's API v2: an array of alerts, each known by its labels, which are few and of few values.
///
/// An alert or a summary has no end: Alertmanager resolves it after its own `resolve_timeout`; repeats before keep it
/// firing. An incident or a storm fires from its open record on, and its close record resolves it; its id is a label, so
/// that two of them are two.
struct AlertmanagerDialect: HTTPDialect {
    struct Form: SpokenFormat {
        var name: String { "alertmanager" }

        func append(_ record: SpokenRecord, to buffer: inout OutputBuffer) {
            buffer.append("{\"labels\":{")
            buffer.append(member: "alertname", record.rule.isEmpty ? "Falco" : record.rule)
            // The state of a storm changes its priority; the labels of one alert may not change.
            let priority = record.kind == .storm ? Priority.warning : record.priority
            buffer.append(",\"priority\":\"")
            buffer.append(verbatim: priority.name)
            buffer.append("\",\"severity\":\"")
            buffer.append(verbatim: Severity.three(priority))
            buffer.append(byte: 0x22)
            label("source", record.source, &buffer)
            label("hostname", record.hostname, &buffer)
            label("namespace", record.namespace, &buffer)
            if record.kind != .alert { label("kind", record.kind.rawValue, &buffer) }
            if record.kind == .incident || record.kind == .storm { label("creance_subject", record.subject, &buffer) }
            buffer.append("},\"annotations\":{\"output\":")
            buffer.append(quotedVisible: record.output)
            buffer.append(",\"id\":\"")
            buffer.append(verbatim: record.id)
            buffer.append("\",\"subject\":\"")
            buffer.append(verbatim: record.subject)
            buffer.append(byte: 0x22)
            annotation("pod", record.pod, &buffer)
            annotation("container", record.container, &buffer)
            buffer.append("},\"startsAt\":\"")
            buffer.append(min(record.first, record.last))
            buffer.append(byte: 0x22)
            if let end = end(of: record) {
                buffer.append(",\"endsAt\":\"")
                buffer.append(max(end, record.first))
                buffer.append(byte: 0x22)
            }
            buffer.append("}\n")
        }

        /// Labels without a value are no labels.
        private func label(_ name: StaticString, _ text: String, _ buffer: inout OutputBuffer) {
            guard !text.isEmpty else { return }
            buffer.append(byte: 0x2C)
            buffer.append(member: name, text)
        }

        private func annotation(_ name: StaticString, _ text: String, _ buffer: inout OutputBuffer) {
            guard !text.isEmpty else { return }
            buffer.append(",\"")
            buffer.append(name)
            buffer.append("\":")
            buffer.append(quotedVisible: text)
        }

        private func end(of record: SpokenRecord) -> EventTime? {
            guard record.kind == .incident || record.kind == .storm else { return nil }
            return record.state == .close ? record.last : record.last.advanced(by: AlertmanagerDialect.longestOpen)
        }
    }

    /// After that long without a record Alertmanager resolves what nothing has closed.
    static let longestOpen = Duration.seconds(24 * 3_600)

    var format: any AlertFormat { Form() }

    func append(
        _ batch: borrowing DeliveryBatch, _ indices: ArraySlice<Int>, token: String, to body: inout OutputBuffer
    ) {
        body.append(byte: 0x5B)
        batch.append(indices, separatedBy: 0x2C, to: &body)
        body.append(byte: 0x5D)
    }
}

/// Falco's eight priorities in the words of pagers.
enum Severity {
    /// Alertmanager's customary three.
    static func three(_ priority: Priority) -> String {
        switch priority {
        case .emergency, .alert, .critical: "critical"
        case .error, .warning: "warning"
        case .notice, .informational, .debug: "info"
        }
    }

    /// PagerDuty's four.
    static func four(_ priority: Priority) -> String {
        switch priority {
        case .emergency, .alert, .critical: "critical"
        case .error: "error"
        case .warning: "warning"
        case .notice, .informational, .debug: "info"
        }
    }
}
