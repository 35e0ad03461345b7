// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Falco's own JSON.
///
/// What came as JSON leaves as the object that came, white space apart; a protobuf that wraps such an object, as that
/// object; any other protobuf as what Falco's JSON would have said. A gap is an alert of source `creance`.
public struct FalcoFormat: AlertFormat {
    public var name: String { "falco" }

    public init() {}

    public func append(
        _ alert: borrowing AlertView, at index: Int, of entry: DecidedEntry, to buffer: inout OutputBuffer
    ) {
        if alert.encoding == .json {
            buffer.append(json: alert.raw)
        } else if alert.isWrappedJSON {
            buffer.append(json: alert.wrapped)
        } else {
            appendObject(alert, to: &buffer)
        }
        buffer.append(byte: 0x0A)
    }

    /// Keys in the order in which Falco writes them, which is that of their bytes.
    private func appendObject(_ alert: borrowing AlertView, to buffer: inout OutputBuffer) {
        buffer.append("{\"hostname\":")
        buffer.append(quoted: alert.hostname)
        buffer.append(",\"output\":")
        buffer.append(quoted: alert.output)
        buffer.append(",\"output_fields\":")
        buffer.appendFields(alert)
        buffer.append(",\"priority\":\"")
        buffer.append(alert.priority)
        buffer.append("\",\"rule\":")
        buffer.append(quoted: alert.rule)
        buffer.append(",\"source\":")
        buffer.append(quoted: alert.source)
        // Falco's own messages have no tags, and no empty array of them either.
        if alert.tagCount > 0 || !alert.source.equals("internal") {
            buffer.append(",\"tags\":")
            buffer.appendTags(alert)
        }
        buffer.append(",\"time\":\"")
        buffer.append(alert.eventTime)
        buffer.append("\"}")
    }

    public func append(_ gap: Gap, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        let severity: Priority = gap.isLossLikely ? .warning : .notice
        buffer.append("{\"hostname\":\"\",\"output\":\"")
        buffer.append(gap.to)
        buffer.append(": ")
        buffer.append(severity)
        buffer.append(" Alerts of source ")
        buffer.append(escaped: gap.source.utf8Span.span)
        buffer.append(" may be missing (from=")
        buffer.append(gap.from)
        buffer.append(" to=")
        buffer.append(gap.to)
        buffer.append(" reason=")
        buffer.append(verbatim: gap.reason.rawValue)
        buffer.append(")\",\"output_fields\":{\"creance.gap.from\":\"")
        buffer.append(gap.from)
        buffer.append("\",\"creance.gap.reason\":\"")
        buffer.append(verbatim: gap.reason.rawValue)
        buffer.append("\",\"creance.gap.source\":")
        buffer.append(quoted: gap.source.utf8Span.span)
        buffer.append(",\"creance.gap.to\":\"")
        buffer.append(gap.to)
        buffer.append("\",\"creance.id\":\"")
        buffer.append(entry.id(at: 0))
        buffer.append("\",\"creance.kind\":\"gap\",\"evt.time\":")
        buffer.append(gap.to.nanoseconds)
        buffer.append("},\"priority\":\"")
        buffer.append(severity)
        buffer.append("\",\"rule\":\"Creance gap\",\"source\":\"creance\",\"tags\":[],\"time\":\"")
        buffer.append(gap.to)
        buffer.append("\"}\n")
    }
}

extension Gap {
    /// Something was cut off, as against something that only may have been.
    var isLossLikely: Bool {
        switch reason {
        case .reconnected, .restarted: false
        case .drainLimit, .receiveLimit, .rotatedAway, .journalDamaged, .backlog: true
        }
    }
}

extension Span where Element == UInt8 {
    func equals(_ text: String) -> Bool {
        let other = text.utf8Span.span
        guard count == other.count else { return false }
        for place in indices where self[place] != other[place] { return false }
        return true
    }
}
