// SPDX-License-Identifier: Apache-2.0

/// Which names a request may use for this server, and from which origins of a browser it may come.
///
/// A page that a browser shows can have its own name point at this machine (DNS rebinding) and then talk to what listens
/// here. The name stays in `Host`, and the page's origin in `Origin`; so both are held against lists.
public struct HostRule: Sendable, Equatable {
    /// Host names beyond the listed ones are let in: those of a listener that others reach by names that only they know,
    /// which a token or a client certificate guards.
    public var anyHost: Bool
    /// In lower case, without port.
    public var hosts: [String]
    /// `https://console.example:8443`, in lower case.
    public var origins: [String]

    public init(anyHost: Bool = false, hosts: [String] = [], origins: [String] = []) {
        self.anyHost = anyHost
        self.hosts = hosts.map(\.smallASCII)
        self.origins = origins.map(\.smallASCII)
    }

    /// The names of this machine alone.
    public static let localNames = ["localhost", "127.0.0.1", "::1"]

    /// - Parameter authority: the `Host` field, or `:authority`; nil: there is none.
    /// - Parameter origins: every `Origin` field; programs send none.
    public func admits(authority: String?, origins given: [String]) -> Bool {
        guard let authority, let host = Self.host(of: authority.smallASCII) else { return false }
        guard anyHost || isNamed(host) else { return false }
        return given.allSatisfy { admits(origin: $0.smallASCII) }
    }

    private func isNamed(_ host: String) -> Bool { Self.isLocal(host) || hosts.contains(host) }

    /// `null` and what is no origin are foreign.
    private func admits(origin: String) -> Bool {
        if origins.contains(origin) { return true }
        for scheme in ["http://", "https://"] where origin.utf8.starts(with: scheme.utf8) {
            let rest = String(decoding: origin.utf8.dropFirst(scheme.utf8.count), as: UTF8.self)
            return Self.host(of: rest).map(isNamed) ?? false
        }
        return false
    }

    /// No name is looked up. All of 127.0.0.0/8 is this machine (RFC 1122, section 3.2.1.3).
    static func isLocal(_ host: String) -> Bool {
        if localNames.contains(host) { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { part in
                !part.isEmpty && part.utf8.count <= 3 && part.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
                    && UInt8(part) != nil
            }
    }

    /// The host of `host`, `host:80`, `[::1]` or `[::1]:80`; nil for what is none of these.
    static func host(of authority: String) -> String? {
        let bytes = Array(authority.utf8)
        let host: ArraySlice<UInt8>
        let rest: ArraySlice<UInt8>
        if bytes.first == UInt8(ascii: "[") {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            host = bytes[1 ..< end]
            rest = bytes[(end + 1)...]
        } else {
            let end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
            host = bytes[..<end]
            rest = bytes[end...]
        }
        let isPort =
            rest.isEmpty
            || (rest.first == UInt8(ascii: ":") && rest.count <= 6
                && rest.dropFirst().allSatisfy { $0 >= 0x30 && $0 <= 0x39 })
        let isPlain = host.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"/@?#\\,".utf8.contains($0) }
        guard !host.isEmpty, isPort, isPlain else { return nil }
        return String(decoding: host, as: UTF8.self)
    }
}
