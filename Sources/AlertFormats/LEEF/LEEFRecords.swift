// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Gaps and the engine's own records in LEEF.
extension LEEFFormat {
    public func append(_ gap: Gap, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        append(RecordFacts(gap, of: entry), to: &buffer)
        buffer.append("\treason=")
        buffer.append(verbatim: gap.reason.rawValue)
        buffer.append(byte: 0x0A)
    }

    public func append(_ record: EngineRecord, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        append(RecordFacts(record), to: &buffer)
        switch record {
        case .summary(let summary):
            appendNumber("\tsuppressed=", summary.suppressed, to: &buffer)
            appendNumber("\tvariants=", summary.variants, to: &buffer)
        case .incident(let incident):
            buffer.append("\tvalue=")
            buffer.append(number: incident.value)
        case .storm(let storm): appendNumber("\theld=", storm.held, to: &buffer)
        }
        buffer.append(byte: 0x0A)
    }

    private func append(_ facts: RecordFacts, to buffer: inout OutputBuffer) {
        buffer.append("LEEF:2.0|Creance|Creance|1|")
        buffer.append(facts.signature.utf8Span.span, by: .leefHeader, limit: 512)
        buffer.append("|0x09|")
        appendHead(facts.last, facts.priority, to: &buffer)
        buffer.append("\tcat=creance.")
        buffer.append(verbatim: facts.kind.rawValue)
        buffer.append("\trecordId=")
        buffer.append(verbatim: facts.id)
        Self.append("\tidentHostName=", facts.hostname.utf8Span.span, to: &buffer)
        Self.append("\tresource=", facts.hostname.utf8Span.span, to: &buffer)
        if !facts.subject.isEmpty {
            buffer.append("\tsubjectId=")
            buffer.append(verbatim: facts.subject)
            buffer.append("\tstate=")
            buffer.append(verbatim: facts.state)
        }
        Self.append("\ttitle=", facts.title.utf8Span.span, to: &buffer)
        buffer.append("\tfirst=")
        buffer.append(facts.first)
        buffer.append("\tlast=")
        buffer.append(facts.last)
        if let count = facts.count { appendNumber("\tcount=", count, to: &buffer) }
        for member in facts.fields { appendMember(member.field, member.text.utf8Span.span, to: &buffer) }
        Self.append("\tattack=", facts.attack.utf8Span.span, to: &buffer)
        Self.append("\tmsg=", facts.message.utf8Span.span, to: &buffer)
    }

    /// A member of the record's key: under LEEF's name for it, or under Falco's.
    private func appendMember(_ field: NamedField, _ text: Span<UInt8>, to buffer: inout OutputBuffer) {
        let start = buffer.count
        Self.append(field, .string, text, to: &buffer)
        guard buffer.count == start, text.count > 0, let name = field.names.first?.name else { return }
        buffer.append(byte: 0x09)
        buffer.append(together: name.description.utf8Span.span)
        buffer.append(byte: 0x3D)
        buffer.append(text, by: .leefValue, limit: Self.valueLimit)
    }

    private func appendNumber(_ key: StaticString, _ value: Int, to buffer: inout OutputBuffer) {
        buffer.append(key)
        buffer.append(Int64(value))
    }
}
