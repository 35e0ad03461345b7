// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel

/// What an envelope says about the record inside it.
struct EnvelopeFacts: ~Escapable {
    let id: OutputID
    let time: EventTime
    let priority: Priority
    let rule: Span<UInt8>
    let source: Span<UInt8>
    let hostname: Span<UInt8>

    @_lifetime(copy rule, copy source, copy hostname)
    init(
        id: OutputID, time: EventTime, priority: Priority, rule: Span<UInt8>, source: Span<UInt8>,
        hostname: Span<UInt8>
    ) {
        self.id = id
        self.time = time
        self.priority = priority
        self.rule = rule
        self.source = source
        self.hostname = hostname
    }
}

/// A format that puts something in front of another format's line. A line feed, which no line holds inside, stands
/// between the two.
protocol EnvelopeFormat: AlertFormat {
    var inner: any AlertFormat { get }
    /// Appends what stands in front of the line, without a line feed at its end.
    func appendHead(_ facts: borrowing EnvelopeFacts, to buffer: inout OutputBuffer)
}

extension EnvelopeFormat {
    var name: String { inner.name }

    func append(_ alert: borrowing AlertView, at index: Int, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        appendHead(
            EnvelopeFacts(
                id: .place(entry.id(at: index)), time: alert.eventTime, priority: alert.priority, rule: alert.rule,
                source: alert.source, hostname: alert.hostname), to: &buffer)
        buffer.append(byte: 0x0A)
        inner.append(alert, at: index, of: entry, to: &buffer)
    }

    func append(_ gap: Gap, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        let rule = "Creance gap"
        let source = "creance"
        let hostname = ""
        appendHead(
            EnvelopeFacts(
                id: .place(entry.id(at: 0)), time: gap.to, priority: .warning, rule: rule.utf8Span.span,
                source: source.utf8Span.span, hostname: hostname.utf8Span.span), to: &buffer)
        buffer.append(byte: 0x0A)
        inner.append(gap, of: entry, to: &buffer)
    }

    func append(_ record: EngineRecord, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        let alert = RecordAlert(record)
        let source = "creance"
        appendHead(
            EnvelopeFacts(
                id: .record(record.id), time: alert.time, priority: alert.priority, rule: alert.rule.utf8Span.span,
                source: source.utf8Span.span, hostname: alert.hostname.utf8Span.span), to: &buffer)
        buffer.append(byte: 0x0A)
        inner.append(record, of: entry, to: &buffer)
    }
}

extension OutputBuffer {
    mutating func append(_ id: OutputID) {
        switch id {
        case .place(let id): append(id)
        case .record(let id): append(id)
        }
    }

    /// Unix time in seconds with three decimals.
    mutating func append(unixSeconds time: EventTime) {
        let milliseconds = time.nanoseconds / 1_000_000
        if milliseconds < 0 { append(byte: 0x2D) }
        let magnitude = milliseconds.magnitude
        append(magnitude / 1_000)
        append(byte: 0x2E)
        let rest = UInt8(truncatingIfNeeded: magnitude % 1_000 / 100)
        append(byte: 48 + rest)
        append(byte: 48 + UInt8(truncatingIfNeeded: magnitude % 100 / 10))
        append(byte: 48 + UInt8(truncatingIfNeeded: magnitude % 10))
    }
}
