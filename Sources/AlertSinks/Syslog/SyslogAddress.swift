// SPDX-License-Identifier: Apache-2.0
public import ConfigTree

/// Where a syslog receiver listens: `udp://HOST:PORT`, `tcp://…`, `tls://…` or `unix:///PATH`.
public struct SyslogAddress: Hashable, Sendable, CustomStringConvertible {
    public enum Transport: String, CaseIterable, Sendable {
        case udp, tcp, tls, unix

        /// Ports of RFC 5426, RFC 6587 (as registered) and RFC 5425; 0 for a path.
        var standardPort: Int {
            switch self {
            case .udp: 514
            case .tcp: 601
            case .tls: 6_514
            case .unix: 0
            }
        }
    }

    public let transport: Transport
    /// A name or an address without brackets, or the path.
    public let host: String
    public let port: Int

    static let form = "udp://HOST:PORT, tcp://HOST:PORT, tls://HOST:PORT or unix:///PATH"

    public init(transport: Transport, host: String, port: Int = 0) {
        self.transport = transport
        self.host = host
        self.port = port
    }

    /// Without a port, the transport's own.
    public init(_ text: String) throws(ConfigFault) {
        guard let mark = text.firstRange(of: "://"),
            let transport = Transport(rawValue: String(text[..<mark.lowerBound]))
        else { throw ConfigFault("\"\(text.prefix(80))\" is not an address of syslog", allowed: Self.form) }
        let rest = text[mark.upperBound...]
        if transport == .unix {
            guard rest.hasPrefix("/"), rest.utf8.count <= 107, !rest.utf8.contains(0) else {
                throw ConfigFault("a unix socket needs an absolute path of at most 107 bytes", allowed: "unix:///PATH")
            }
            self.init(transport: .unix, host: String(rest))
            return
        }
        var host = rest
        var port = transport.standardPort
        let isBracketed = rest.hasPrefix("[")
        let colon =
            isBracketed
            ? rest.firstRange(of: "]:")?.upperBound : rest.firstIndex(of: ":").map { rest.index(after: $0) }
        if let colon {
            guard let number = Int(rest[colon...]), (1 ... 65_535).contains(number), !rest[colon...].hasPrefix("+")
            else { throw ConfigFault("has no port from 1 to 65535", allowed: Self.form) }
            port = number
            host = rest[..<rest.index(before: colon)]
        }
        if isBracketed {
            guard host.hasSuffix("]"), host.count > 2 else {
                throw ConfigFault("has a [ without ]", allowed: "[IPV6]:PORT")
            }
            host = host.dropFirst().dropLast()
        }
        guard !host.isEmpty, host.utf8.count <= 253, host.utf8.allSatisfy({ Self.isHostByte($0, isBracketed) }) else {
            throw ConfigFault("has no usable host", allowed: Self.form)
        }
        self.init(transport: transport, host: String(host), port: port)
    }

    private static func isHostByte(_ byte: UInt8, _ isBracketed: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "0") ... UInt8(ascii: "9"), UInt8(ascii: "a") ... UInt8(ascii: "z"),
            UInt8(ascii: "A") ... UInt8(ascii: "Z"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        case UInt8(ascii: ":"), UInt8(ascii: "%"): isBracketed
        default: false
        }
    }

    public var description: String {
        if transport == .unix { return "unix://\(host)" }
        return "\(transport.rawValue)://" + (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
    }
}

extension ConfigValue where Value == SyslogAddress {
    static var syslogAddress: Self {
        .init(
            "address", allowed: SyslogAddress.form,
            read: { text, _, _ throws(ConfigFault) in try SyslogAddress(text) }, write: { $0.description })
    }
}
