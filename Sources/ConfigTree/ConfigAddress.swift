// SPDX-License-Identifier: Apache-2.0

/// Where to listen or what to dial: `unix:///run/falco/falco.sock`, `127.0.0.1:2801`, `[::1]:2801`,
/// `falco.example:5060`.
public enum ConfigAddress: Sendable, Hashable, CustomStringConvertible {
    case unix(path: String)
    /// `host` without brackets.
    case tcp(host: String, port: Int)

    public var description: String {
        switch self {
        case .unix(let path): "unix://\(path)"
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }

    /// Only processes of this machine can reach it. Decided by its text; no name is looked up.
    public var isLocal: Bool {
        guard case .tcp(let host, _) = self else { return true }
        return host == "localhost" || host == "::1" || (host.hasPrefix("127.") && Self.isIPv4(host))
    }

    static let form = "HOST:PORT, [IPV6]:PORT or unix:///PATH"

    init(_ text: String, allowing kinds: ConfigAddressKind) throws(ConfigFault) {
        if text.hasPrefix("unix:") {
            guard kinds != .tcp else { throw ConfigFault("a unix socket cannot be used here", allowed: "HOST:PORT") }
            let path = text.hasPrefix("unix://") ? text.dropFirst(7) : text.dropFirst(5)
            guard path.hasPrefix("/") else {
                throw ConfigFault(
                    "\(quoted(text)) needs an absolute path", allowed: "unix:///PATH", suggestion: "unix:///\(path)")
            }
            // The size of sun_path on Linux is 108, its closing zero included.
            guard path.utf8.count <= 107 else { throw ConfigFault("the socket's path is longer than 107 bytes") }
            guard !path.utf8.contains(0) else { throw ConfigFault("the socket's path holds a zero byte") }
            self = .unix(path: String(path))
            return
        }
        if text.hasPrefix("/") {
            throw ConfigFault(
                "\(quoted(text)) is not an address", allowed: kinds.form,
                suggestion: kinds == .tcp ? nil : "unix://\(text)")
        }
        guard kinds != .unix else { throw ConfigFault("\(quoted(text)) is not a unix socket", allowed: kinds.form) }
        if let scheme = text.firstRange(of: "://") {
            let rest = String(text[scheme.upperBound...].prefix { $0 != "/" })
            throw ConfigFault(
                "\(quoted(text)) is not an address", allowed: kinds.form, suggestion: rest.isEmpty ? nil : rest)
        }
        guard let colon = text.lastIndex(of: ":") else {
            let meant = Quantity.isDigits(text[...]) ? "127.0.0.1:\(text)" : nil
            throw ConfigFault("\(quoted(text)) has no port", allowed: kinds.form, suggestion: meant)
        }
        let digits = text[text.index(after: colon)...]
        guard Quantity.isDigits(digits), let port = Int(digits), (0 ... 65_535).contains(port) else {
            throw ConfigFault("\(quoted(text)) has no port from 0 to 65535", allowed: kinds.form)
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":"),
                host.utf8.allSatisfy({ Self.isHexadecimal($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") })
            else { throw ConfigFault("\(quoted(text)) is not an IPv6 address", allowed: kinds.form) }
        } else if host.contains(":") {
            throw ConfigFault("\(quoted(text)) is ambiguous", allowed: kinds.form, suggestion: "[\(host)]:\(port)")
        } else if host.isEmpty {
            throw ConfigFault("\(quoted(text)) has no host", allowed: kinds.form, suggestion: "127.0.0.1:\(port)")
        } else if !host.utf8.allSatisfy(Self.isHostByte) || host.utf8.count > 253 {
            throw ConfigFault("\(quoted(text)) is not an address", allowed: kinds.form)
        }
        self = .tcp(host: String(host), port: port)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0") ... UInt8(ascii: "9"), UInt8(ascii: "a") ... UInt8(ascii: "f"),
            UInt8(ascii: "A") ... UInt8(ascii: "F"):
            true
        default: false
        }
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0") ... UInt8(ascii: "9"), UInt8(ascii: "a") ... UInt8(ascii: "z"),
            UInt8(ascii: "A") ... UInt8(ascii: "Z"),
            UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isIPv4(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { Quantity.isDigits($0) && $0.count <= 3 && (Int($0) ?? 256) < 256 }
    }
}

/// Which addresses a key takes.
public enum ConfigAddressKind: Sendable {
    case any, tcp, unix

    var form: String {
        switch self {
        case .any: ConfigAddress.form
        case .tcp: "HOST:PORT or [IPV6]:PORT"
        case .unix: "unix:///PATH"
        }
    }
}
