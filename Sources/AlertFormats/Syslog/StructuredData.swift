// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// One element of RFC 5424's structured data with a record's main facts. Values are cut at 1,024 bytes.
extension SyslogFormat {
    private static let valueLimit = 1_024

    func appendStructuredData(
        _ alert: borrowing AlertView, at index: Int, of entry: DecidedEntry, _ name: String,
        to buffer: inout OutputBuffer
    ) {
        buffer.append(byte: 0x5B)
        buffer.append(verbatim: name)
        buffer.append(" id=\"")
        buffer.append(entry.id(at: index))
        buffer.append("\" priority=\"")
        buffer.append(alert.priority)
        buffer.append(byte: 0x22)
        Self.append(" rule=\"", alert.rule, to: &buffer)
        Self.append(" source=\"", alert.source, to: &buffer)
        let fields = NamedFields(alert, at: index, of: entry)
        for field in NamedField.allCases {
            guard let key = field.names.first?.name else { continue }
            fields.with(field, alert, at: index, of: entry) { _, text in
                Self.append(name: key, text, to: &buffer)
            }
        }
        buffer.append("] ")
    }

    func appendStructuredData(_ facts: RecordFacts, _ name: String, to buffer: inout OutputBuffer) {
        buffer.append(byte: 0x5B)
        buffer.append(verbatim: name)
        buffer.append(" id=\"")
        buffer.append(verbatim: facts.id)
        buffer.append("\" priority=\"")
        buffer.append(facts.priority)
        buffer.append(byte: 0x22)
        Self.append(" rule=\"", facts.title.utf8Span.span, to: &buffer)
        Self.append(" subject=\"", facts.subject.utf8Span.span, to: &buffer)
        Self.append(" state=\"", facts.state.utf8Span.span, to: &buffer)
        for member in facts.fields {
            guard let key = member.field.names.first?.name else { continue }
            Self.append(name: key, member.text.utf8Span.span, to: &buffer)
        }
        buffer.append("] ")
    }

    private static func append(_ key: StaticString, _ value: Span<UInt8>, to buffer: inout OutputBuffer) {
        guard value.count > 0 else { return }
        buffer.append(key)
        buffer.append(value, by: .syslogParameter, limit: valueLimit)
        buffer.append(byte: 0x22)
    }

    private static func append(name: StaticString, _ value: Span<UInt8>, to buffer: inout OutputBuffer) {
        guard value.count > 0 else { return }
        buffer.append(byte: 0x20)
        // Without dots: syslog-ng would make elements of their own of them.
        buffer.append(together: name.description.utf8Span.span)
        buffer.append("=\"")
        buffer.append(value, by: .syslogParameter, limit: valueLimit)
        buffer.append(byte: 0x22)
    }
}
