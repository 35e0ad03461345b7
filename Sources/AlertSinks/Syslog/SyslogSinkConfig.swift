// SPDX-License-Identifier: Apache-2.0
import AlertFormats
public import ConfigTree

extension SyslogSinkSettings {
    public init(_ section: inout ConfigSection) {
        let address = section.required(
            "address", .syslogAddress, standIn: SyslogAddress(transport: .udp, host: "localhost", port: 514),
            example: "tls://siem.example:6514", help: "The receiver. Ports left out: udp 514, tcp 601, tls 6514.")
        let tls = section.section("tls", help: "Of tls://. The receiver's certificate is always verified.") {
            TLSFiles(
                ca: $0.optional(
                    "ca", .path, whenAbsent: "the system's",
                    help: "Who may have signed the receiver's certificate. PEM."),
                certificate: $0.optional(
                    "certificate", .path, help: "Our certificate, then its intermediates, for receivers that ask. PEM."),
                key: $0.optional("key", .path, help: "Its key, not encrypted. PEM."),
                serverName: $0.optional(
                    "server_name", .text(upTo: 253), whenAbsent: "the address's host",
                    help: "The name that the receiver's certificate must have."))
        }
        let format = section.choice(
            "format", default: FormatKind.falco, later: FormatKind.later,
            help: "What the message is; the header around it is RFC 5424's.")
        let header = Self.header(&section)
        let framing =
            section.optional(
                "framing", .choice(), whenAbsent: "octet_counting; newline on a unix stream",
                help: "How messages of a stream are told apart (RFC 6587).") as Framing?
        let messageLimit = section.size(
            "max_message", default: 2_048, in: 480 ... 65_507,
            help: "UDP: a longer message is cut between characters. RFC 5426: every receiver takes 480, most 2048.")
        let resend = section.size(
            "resend", default: 64 << 10, in: 0 ... 64 << 20,
            help: "TCP, TLS, unix: the last bytes that are sent again after a broken connection, under the same ids.")
        let timeout = section.duration(
            "timeout", default: .seconds(10), in: .milliseconds(100) ... .seconds(300),
            help: "For connecting, TLS included, and for a receiver that takes nothing.")
        let delivery = DeliveryKeys(&section)
        self.init(
            address: address, tls: tls, format: format, header: header, framing: framing,
            messageLimitBytes: messageLimit, resendBytes: resend, timeout: timeout, delivery: delivery)
        check(&section)
    }

    private static func header(_ section: inout ConfigSection) -> SyslogHeader {
        let standard = SyslogHeader()
        let facility = section.value("facility", .facility, default: standard.facility, help: "Of every message.")
        let appName = section.value(
            "app_name", .printable(upTo: 48), default: standard.appName, help: "APP-NAME of every message.")
        let structured = section.optional(
            "structured_data", .structuredDataID, whenAbsent: "none",
            help: "Adds an element of this name with the record's main facts; its number is your own of IANA's list.")
        let mark = section.bool(
            "bom", default: standard.writesByteOrderMark,
            help: "U+FEFF before the message, as RFC 5424 asks for with UTF-8; few readers of JSON or CEF expect it.")
        return SyslogHeader(
            facility: facility, appName: appName, structuredDataID: structured, writesByteOrderMark: mark)
    }

    private func check(_ section: inout ConfigSection) {
        if section.has("tls"), address.transport != .tls {
            section.report(.error, "tls", "has a meaning with tls:// only")
        }
        if (tls.certificate == nil) != (tls.key == nil) {
            section.report(.error, "tls", "certificate and key belong together")
        }
        if section.has("max_message"), address.transport != .udp {
            section.report(.error, "max_message", "has a meaning with udp:// only")
        }
        for key in ["resend", "framing"] where section.has(key) && address.transport == .udp {
            section.report(.error, key, "has no meaning with udp://")
        }
    }
}

extension ConfigValue where Value == SyslogFacility {
    fileprivate static var facility: Self {
        let allowed = SyslogFacility.allCases.map(\.name).joined(separator: ", ")
        return .init(
            "choice", allowed: allowed,
            read: { text, _, _ throws(ConfigFault) in
                guard let facility = SyslogFacility.allCases.first(where: { $0.name == text.lowercased() }) else {
                    throw ConfigFault("\"\(text.prefix(40))\" is no facility", allowed: allowed)
                }
                return facility
            }, write: { $0.name })
    }
}

extension ConfigValue where Value == String {
    fileprivate static func printable(upTo limit: Int) -> Self {
        .init(
            "string", allowed: "1 … \(limit) printable ASCII characters without spaces",
            read: { text, _, _ throws(ConfigFault) in
                guard (1 ... limit).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21 ... 0x7E).contains($0) })
                else { throw ConfigFault("cannot stand in a header") }
                return text
            }, write: { $0 })
    }

    /// RFC 5424, 6.3.2: names without `@` are IANA's to give, so one of ours has the operator's private enterprise number.
    fileprivate static var structuredDataID: Self {
        .init(
            "string", allowed: "NAME@NUMBER, as creance@32473",
            read: { text, _, _ throws(ConfigFault) in
                let parts = text.split(separator: "@", omittingEmptySubsequences: false)
                let isName =
                    parts.count == 2 && !parts[0].isEmpty && text.utf8.count <= 32
                    && parts[0].utf8.allSatisfy { (0x21 ... 0x7E).contains($0) && !"=\"]".utf8.contains($0) }
                guard isName, !parts[1].isEmpty,
                    parts[1].utf8.allSatisfy({ (0x30 ... 0x39).contains($0) || $0 == 0x2E })
                else { throw ConfigFault("is no name of structured data", allowed: "NAME@NUMBER") }
                return text
            }, write: { "\"\($0)\"" })
    }
}
