// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// RFC 5424 around another format's line:
///
///     <PRI>1 TIMESTAMP HOSTNAME APP-NAME - MSGID SD MSG
///
/// Severity is the priority (Falco's eight are syslog's eight). TIMESTAMP has six digits of a second, the most the RFC
/// allows. HOSTNAME is that of the alert, MSGID the record's kind. PROCID is nil: the process that made the alert is Falco's.
public struct SyslogFormat: AlertFormat {
    public var name: String { "syslog" }
    public let message: any AlertFormat
    public let header: SyslogHeader

    public init(_ message: any AlertFormat, header: SyslogHeader = SyslogHeader()) {
        self.message = message
        self.header = header
    }

    public func append(
        _ alert: borrowing AlertView, at index: Int, of entry: DecidedEntry, to buffer: inout OutputBuffer
    ) {
        appendHead(alert.eventTime, alert.priority, alert.hostname, "alert", to: &buffer)
        if let name = header.structuredDataID {
            appendStructuredData(alert, at: index, of: entry, name, to: &buffer)
        } else {
            buffer.append("- ")
        }
        if header.writesByteOrderMark { buffer.append("\u{FEFF}") }
        message.append(alert, at: index, of: entry, to: &buffer)
    }

    public func append(_ gap: Gap, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        append(RecordFacts(gap, of: entry), to: &buffer)
        message.append(gap, of: entry, to: &buffer)
    }

    public func append(_ record: EngineRecord, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        append(RecordFacts(record), to: &buffer)
        message.append(record, of: entry, to: &buffer)
    }

    private func append(_ facts: RecordFacts, to buffer: inout OutputBuffer) {
        let kind: StaticString =
            switch facts.kind {
            case .summary: "summary"
            case .incident: "incident"
            case .storm: "storm"
            case .gap: "gap"
            }
        appendHead(facts.last, facts.priority, facts.hostname.utf8Span.span, kind, to: &buffer)
        if let name = header.structuredDataID {
            appendStructuredData(facts, name, to: &buffer)
        } else {
            buffer.append("- ")
        }
        if header.writesByteOrderMark { buffer.append("\u{FEFF}") }
    }

    private func appendHead(
        _ time: EventTime, _ priority: Priority, _ hostname: Span<UInt8>, _ kind: StaticString,
        to buffer: inout OutputBuffer
    ) {
        buffer.append(byte: 0x3C)
        buffer.append(Int64(header.facility.rawValue) * 8 + Int64(priority.rawValue))
        buffer.append(">1 ")
        buffer.append(time, fractionDigits: 6)
        buffer.append(byte: 0x20)
        Self.append(hostname: hostname, to: &buffer)
        buffer.append(byte: 0x20)
        Self.append(appName: header.appName.utf8Span.span, to: &buffer)
        buffer.append(" - ")
        buffer.append(kind)
        buffer.append(byte: 0x20)
    }

    /// Letters, digits, `.`, `-` and `_`, other bytes as `?`; `-` for nothing. The RFC allows more, but syslog-ng takes no
    /// message whose host holds a colon or a bracket, and nobody outside may choose which alerts are taken.
    private static func append(hostname: Span<UInt8>, to buffer: inout OutputBuffer) {
        guard hostname.count > 0 else { return buffer.append(byte: 0x2D) }
        for place in 0 ..< min(hostname.count, 255) {
            switch hostname[place] {
            case 0x30 ... 0x39, 0x41 ... 0x5A, 0x61 ... 0x7A, 0x2D, 0x2E, 0x5F: buffer.append(byte: hostname[place])
            default: buffer.append(byte: 0x3F)
            }
        }
    }

    /// Printable US-ASCII without spaces, at most 48 bytes; `-` for nothing.
    private static func append(appName: Span<UInt8>, to buffer: inout OutputBuffer) {
        guard appName.count > 0 else { return buffer.append(byte: 0x2D) }
        for place in 0 ..< min(appName.count, 48) {
            let byte = appName[place]
            buffer.append(byte: (0x21 ... 0x7E).contains(byte) ? byte : 0x3F)
        }
    }
}

/// What stands in every header alike.
public struct SyslogHeader: Hashable, Sendable {
    public var facility: SyslogFacility
    /// Printable US-ASCII, at most 48 bytes.
    public var appName: String
    /// The name of an element of structured data with the record's main facts; nil: no structured data.
    public var structuredDataID: String?
    /// U+FEFF in front of the message, as RFC 5424 wants it for UTF-8. Readers of JSON, CEF and LEEF stumble over it.
    public var writesByteOrderMark: Bool

    public init(
        facility: SyslogFacility = .local0, appName: String = "creance", structuredDataID: String? = nil,
        writesByteOrderMark: Bool = false
    ) {
        self.facility = facility
        self.appName = appName
        self.structuredDataID = structuredDataID
        self.writesByteOrderMark = writesByteOrderMark
    }
}

/// RFC 5424's facilities that have a name of one meaning.
public enum SyslogFacility: UInt8, CaseIterable, Sendable {
    case kern, user, mail, daemon, auth, syslog, lpr, news, uucp, cron, authpriv, ftp
    case local0 = 16
    case local1, local2, local3, local4, local5, local6, local7

    /// As syslog.conf writes it.
    public var name: String { "\(self)" }
}
