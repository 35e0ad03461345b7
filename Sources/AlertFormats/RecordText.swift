// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// The engine's own records as lines for people.
extension TextFormat {
    public func append(_ record: EngineRecord, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        switch record {
        case .summary(let summary): append(summary, to: &buffer)
        case .incident(let incident): append(incident, to: &buffer)
        case .storm(let storm): append(storm, to: &buffer)
        }
        buffer.append("  (")
        buffer.append(verbatim: record.state.name)
        buffer.append(" ")
        buffer.append(record.subject)
        buffer.append(")\n")
    }

    /// `TIME Warning Repeated: Rule  992 of 1000 held back since TIME, 8 variants  container.id=…`
    private func append(_ summary: GroupSummary, to buffer: inout OutputBuffer) {
        appendHead(summary.last, summary.priority, to: &buffer)
        buffer.append("Repeated: ")
        let rule = summary.fields.first { $0.name == "rule" }.map(\.value)
        if let rule { append(visible: rule, to: &buffer) }
        reset(&buffer)
        buffer.append("  ")
        buffer.append(Int64(summary.suppressed))
        buffer.append(" of ")
        buffer.append(Int64(summary.total))
        buffer.append(" held back since ")
        buffer.append(summary.first, fractionDigits: 3)
        buffer.append(", ")
        buffer.append(Int64(summary.variants))
        summary.variants == 1 ? buffer.append(" variant") : buffer.append(" variants")
        append(key: summary.fields.filter { $0.name != "rule" && $0.value != .null }, to: &buffer)
        for variant in summary.newVariants {
            buffer.append("  new: ")
            buffer.append(visible: variant.utf8Span.span)
        }
    }

    /// `TIME Error Incident: Title  value 3 since TIME  container.id=…`
    private func append(_ incident: IncidentRecord, to buffer: inout OutputBuffer) {
        appendHead(incident.last, incident.level.priority, to: &buffer)
        buffer.append("Incident: ")
        let title = incident.ruleTitle.isEmpty ? incident.ruleID : incident.ruleTitle
        buffer.append(visible: title.utf8Span.span)
        reset(&buffer)
        buffer.append("  value ")
        buffer.append(number: incident.value)
        buffer.append(" since ")
        buffer.append(incident.first, fractionDigits: 3)
        append(key: incident.group, to: &buffer)
        if incident.isApproximate { buffer.append("  approximate") }
        if incident.mayBeUndercounted { buffer.append("  undercount possible") }
        if incident.hasGap { buffer.append("  with a gap") }
        if let other = incident.mergedInto {
            buffer.append("  merged into ")
            buffer.append(other)
        }
    }

    /// `TIME Warning Storm: rule Name  12000 held since TIME  top: key 9000, key 1000`
    private func append(_ storm: StormRecord, to buffer: inout OutputBuffer) {
        appendHead(storm.last, storm.state == .close ? .notice : .warning, to: &buffer)
        buffer.append("Storm: ")
        buffer.append(verbatim: storm.scope.name)
        if !storm.key.isEmpty {
            buffer.append(" ")
            buffer.append(visible: storm.key.utf8Span.span)
        }
        reset(&buffer)
        buffer.append("  ")
        buffer.append(Int64(storm.held))
        buffer.append(" held since ")
        buffer.append(storm.first, fractionDigits: 3)
        for (index, talker) in storm.top.prefix(3).enumerated() {
            index == 0 ? buffer.append("  top: ") : buffer.append(", ")
            buffer.append(visible: talker.key.utf8Span.span)
            buffer.append(" ")
            buffer.append(Int64(talker.count))
        }
    }

    private func append(key: [KeyField], to buffer: inout OutputBuffer) {
        for (index, field) in key.enumerated() {
            index == 0 ? buffer.append("  ") : buffer.append(" ")
            buffer.append(visible: field.name.utf8Span.span)
            buffer.append("=")
            append(visible: field.value, to: &buffer)
        }
    }

    private func append(visible value: FieldValue, to buffer: inout OutputBuffer) {
        buffer.append(visible: RecordAlert.Value.one(value).text.utf8Span.span)
    }
}
