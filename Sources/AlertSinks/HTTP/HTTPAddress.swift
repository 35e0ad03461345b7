// SPDX-License-Identifier: Apache-2.0
public import ConfigTree

/// An http or https URL, taken apart (RFC 3986): scheme, host, port, path and query.
///
/// Shown, it is scheme, host and port alone: with chat services the path is the secret.
public struct HTTPAddress: Sendable, Hashable, CustomStringConvertible {
    public let isTLS: Bool
    /// Lower case; an IPv6 address without its brackets.
    public let host: String
    public let port: Int
    /// From `/` on, without the query; `/` when the URL has none.
    public let path: String
    /// Behind `?`.
    public let query: String?

    /// Bytes in a URL.
    public static let limitBytes = 4_096
    static let form = "http://HOST[:PORT][/PATH] or https://…"

    /// - Throws: a fault that repeats nothing of the text: it may hold a secret.
    public init(_ text: String) throws(ConfigFault) {
        guard !text.isEmpty, text.utf8.count <= Self.limitBytes,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"\"<>\\^`{|}".utf8.contains($0) })
        else { throw ConfigFault("is not a URL", allowed: Self.form) }
        var rest = text[...]
        if Self.drop("https://", from: &rest) {
            isTLS = true
        } else if Self.drop("http://", from: &rest) {
            isTLS = false
        } else {
            throw ConfigFault("does not begin with http:// or https://", allowed: Self.form)
        }
        guard !rest.contains("#") else { throw ConfigFault("has a fragment (#)", allowed: Self.form) }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<end]
        guard !authority.contains("@") else {
            throw ConfigFault(
                "holds credentials; name them by reference instead",
                allowed: "username and password: ${file:PATH}, or token: ${file:PATH}")
        }
        (host, port) = try Self.hostAndPort(authority, isTLS: isTLS)
        let target = rest[end...]
        let mark = target.firstIndex(of: "?")
        let bare = target[..<(mark ?? target.endIndex)]
        path = bare.isEmpty ? "/" : String(bare)
        query = mark.map { String(target[target.index(after: $0)...]) }
    }

    private init(_ other: HTTPAddress, path: String, query: String?) {
        (isTLS, host, port) = (other.isTLS, other.host, other.port)
        (self.path, self.query) = (path, query)
    }

    private static func drop(_ prefix: String, from text: inout Substring) -> Bool {
        guard text.prefix(prefix.count).lowercased() == prefix else { return false }
        text = text.dropFirst(prefix.count)
        return true
    }

    private static func hostAndPort(_ text: Substring, isTLS: Bool) throws(ConfigFault) -> (String, Int) {
        var host = text
        var port: Substring?
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { throw ConfigFault("has a broken host", allowed: form) }
            host = text[text.index(after: text.startIndex) ..< close]
            let behind = text[text.index(after: close)...]
            guard behind.isEmpty || behind.hasPrefix(":") else { throw ConfigFault("has a broken host", allowed: form) }
            port = behind.isEmpty ? nil : behind.dropFirst()
            guard !host.isEmpty, host.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else {
                throw ConfigFault("has a broken host", allowed: form)
            }
        } else {
            if let colon = text.firstIndex(of: ":") {
                host = text[..<colon]
                port = text[text.index(after: colon)...]
            }
            let isName = host.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a") ... UInt8(ascii: "z"), UInt8(ascii: "A") ... UInt8(ascii: "Z"), 48 ... 57,
                    UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
            guard !host.isEmpty, host.utf8.count <= 255, isName else {
                throw ConfigFault("has no host or a broken one", allowed: form)
            }
        }
        guard let port else { return (host.lowercased(), isTLS ? 443 : 80) }
        guard port.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let number = UInt16(port), number > 0 else {
            throw ConfigFault("has a port that is none", allowed: "1 … 65535")
        }
        return (host.lowercased(), Int(number))
    }

    /// As the URL that is dialled: its path and query are for nobody's eyes.
    public var url: String { "\(description)\(path)" + (query.map { "?\($0)" } ?? "") }

    /// Scheme, host and port.
    public var description: String {
        "\(isTLS ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// The same receiver at another path.
    func with(path: String, query: String? = nil) -> HTTPAddress { HTTPAddress(self, path: path, query: query) }

    /// A URL that names only the receiver means the place where this kind of receiver takes records.
    func completed(with standard: String) -> HTTPAddress {
        path == "/" && query == nil ? with(path: standard) : self
    }
}
