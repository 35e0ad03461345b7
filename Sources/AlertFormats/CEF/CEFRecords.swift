// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Gaps and the engine's own records in CEF.
extension CEFFormat {
    public func append(_ gap: Gap, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        append(RecordFacts(gap, of: entry), to: &buffer)
        Self.append(" reason=", gap.reason.rawValue.utf8Span.span, 1_023, to: &buffer)
        buffer.append(byte: 0x0A)
    }

    public func append(_ record: EngineRecord, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        append(RecordFacts(record), to: &buffer)
        switch record {
        case .summary(let summary):
            appendNumber(" cn2Label=suppressed cn2=", summary.suppressed, to: &buffer)
            appendNumber(" cn3Label=variants cn3=", summary.variants, to: &buffer)
        case .incident(let incident):
            buffer.append(" cfp1Label=value cfp1=")
            buffer.append(number: incident.value)
            appendNumber(" cn3Label=revision cn3=", incident.revision, to: &buffer)
        case .storm(let storm):
            appendNumber(" cn2Label=held cn2=", storm.held, to: &buffer)
            appendNumber(" cn3Label=revision cn3=", storm.revision, to: &buffer)
        }
        buffer.append(byte: 0x0A)
    }

    private func append(_ facts: RecordFacts, to buffer: inout OutputBuffer) {
        buffer.append("CEF:0|Creance|Creance|1|")
        buffer.append(facts.signature.utf8Span.span, by: .cefHeader, limit: 1_023)
        buffer.append(byte: 0x7C)
        buffer.append(facts.title.utf8Span.span, by: .cefHeader, limit: 512)
        buffer.append(byte: 0x7C)
        buffer.append(cefSeverity: facts.priority)
        buffer.append("|rt=")
        buffer.append(milliseconds: facts.last)
        buffer.append(" start=")
        buffer.append(milliseconds: facts.first)
        buffer.append(" end=")
        buffer.append(milliseconds: facts.last)
        buffer.append(" externalId=")
        buffer.append(verbatim: facts.id)
        // Base event, aggregate, correlation: the dictionary's 0, 1, 2.
        switch facts.kind {
        case .gap: buffer.append(" type=0 cat=creance.gap")
        case .summary: buffer.append(" type=1 cat=creance.summary")
        case .storm: buffer.append(" type=1 cat=creance.storm")
        case .incident: buffer.append(" type=2 cat=creance.incident")
        }
        if let count = facts.count { appendNumber(" cnt=", count, to: &buffer) }
        Self.append(" dhost=", facts.hostname.utf8Span.span, 1_023, to: &buffer)
        for member in facts.fields {
            Self.append(member.field, .string, member.text.utf8Span.span, to: &buffer)
        }
        Self.append(" cs5Label=attack cs5=", facts.attack.utf8Span.span, 4_000, to: &buffer)
        if !facts.subject.isEmpty {
            buffer.append(" flexString2Label=creance.subject flexString2=")
            buffer.append(verbatim: facts.subject)
            buffer.append(" outcome=")
            buffer.append(verbatim: facts.state)
        }
        Self.append(" msg=", facts.message.utf8Span.span, 1_023, to: &buffer)
    }

    private func appendNumber(_ key: StaticString, _ value: Int, to buffer: inout OutputBuffer) {
        buffer.append(key)
        buffer.append(Int64(value))
    }
}
