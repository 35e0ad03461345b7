// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// A template with a record's values.
extension MessageTemplate {
    /// Appends the text for one output of `entry`, without a line feed.
    public func append(_ output: EntryOutput, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        switch (output, entry.content) {
        case (.alert(let index), .alerts(let batch)):
            append(batch.alert(at: index), at: index, of: entry, to: &buffer)
        case (.gap, .gap(let gap)):
            let facts = RecordFacts(gap, of: entry)
            appendRecord(facts, fields: [], tags: [], to: &buffer)
        case (.record(let index), _):
            let record = entry.notes.records[index].record
            let alert = RecordAlert(record)
            appendRecord(RecordFacts(record), fields: alert.fields, tags: alert.tags, to: &buffer)
        default: break
        }
    }

    private func append(
        _ alert: borrowing AlertView, at index: Int, of entry: DecidedEntry, to buffer: inout OutputBuffer
    ) {
        var left = limit
        for part in parts {
            switch part {
            case .literal(let text): appendLiteral(text, &left, to: &buffer)
            case .rule: append(alert.rule, &left, to: &buffer)
            case .priority: append(alert.priority.name.utf8Span.span, &left, to: &buffer)
            case .time: append("\(alert.eventTime)".utf8Span.span, &left, to: &buffer)
            case .source: append(alert.source, &left, to: &buffer)
            case .hostname: append(alert.hostname, &left, to: &buffer)
            case .tags:
                for place in 0 ..< alert.tagCount {
                    if place > 0 { append(", ".utf8Span.span, &left, to: &buffer) }
                    append(alert.tag(at: place), &left, to: &buffer)
                }
            case .output: append(alert.outputBody, &left, to: &buffer)
            case .id: append("\(entry.id(at: index))".utf8Span.span, &left, to: &buffer)
            case .kind: append("alert".utf8Span.span, &left, to: &buffer)
            case .field(let name): append(name, alert, index, of: entry, &left, to: &buffer)
            }
        }
    }

    /// The alert's own field, else the one that was added.
    private func append(
        _ name: FieldName, _ alert: borrowing AlertView, _ index: Int, of entry: DecidedEntry, _ left: inout Int,
        to buffer: inout OutputBuffer
    ) {
        for place in 0 ..< alert.fieldCount {
            let field = alert.field(at: place)
            if !field.kind.isNull, field.key.equals(name.text.span) { return append(field.text, &left, to: &buffer) }
        }
        let added = entry.notes.added
        guard added.alertCount > 0 else { return }
        for place in 0 ..< added.count(ofAlert: index) {
            let found = added.withField(place, ofAlert: index) { other, kind, _, text in
                guard !kind.isNull, other == name else { return false }
                append(text, &left, to: &buffer)
                return true
            }
            if found { return }
        }
    }

    private func appendRecord(
        _ facts: RecordFacts, fields: [RecordAlert.Field], tags: [String], to buffer: inout OutputBuffer
    ) {
        var left = limit
        for part in parts {
            switch part {
            case .literal(let text): appendLiteral(text, &left, to: &buffer)
            case .rule: append(facts.title.utf8Span.span, &left, to: &buffer)
            case .priority: append(facts.priority.name.utf8Span.span, &left, to: &buffer)
            case .time: append("\(facts.last)".utf8Span.span, &left, to: &buffer)
            case .source: append("creance".utf8Span.span, &left, to: &buffer)
            case .hostname: append(facts.hostname.utf8Span.span, &left, to: &buffer)
            case .tags: append(tags.joined(separator: ", ").utf8Span.span, &left, to: &buffer)
            case .output: append(facts.message.utf8Span.span, &left, to: &buffer)
            case .id: append(facts.id.utf8Span.span, &left, to: &buffer)
            case .kind: append(facts.kind.rawValue.utf8Span.span, &left, to: &buffer)
            case .field(let name):
                if let field = fields.first(where: { $0.name == name.name }), field.value != .one(.null) {
                    append(field.value.text.utf8Span.span, &left, to: &buffer)
                }
            }
        }
    }

    private func appendLiteral(_ text: [UInt8], _ left: inout Int, to buffer: inout OutputBuffer) {
        buffer.append(text.span)
        left -= text.count
    }

    private func append(_ value: Span<UInt8>, _ left: inout Int, to buffer: inout OutputBuffer) {
        // Room for the mark of a cut is the least that is worth a value.
        guard left >= 4 else { return }
        left -= buffer.append(value, by: target.rule, limit: min(valueLimit, left))
    }
}
