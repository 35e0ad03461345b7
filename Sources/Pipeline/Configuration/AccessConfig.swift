// SPDX-License-Identifier: Apache-2.0
public import ConfigTree
public import MCPServing

/// Who is let in to alerts over HTTP, `/mcp` and `/alerts/stream`: keys of the `server` section.
public struct AccessConfig: Sendable, Equatable {
    /// What a token may do, as the configuration and signed tokens name it.
    public enum Scope: String, Sendable, CaseIterable {
        case read = "alerts:read"
        case raw = "alerts:raw"
        case write = "alerts:write"

        public var scopes: Caller.Scopes {
            switch self {
            case .read: .read
            case .raw: .raw
            case .write: .write
            }
        }
    }

    /// A token that this configuration lets in.
    public struct Token: Sendable, Equatable {
        public var name: String
        public var digest: TokenDigest
        public var scopes: [Scope]
    }

    /// Tokens that an authorization server signed.
    public struct SignedTokens: Sendable, Equatable {
        public var issuer: String
        /// The URL of `/mcp` as clients know it; a token must be for it.
        public var resource: String
        /// A file with the issuer's public keys (JWKS).
        public var keys: String
    }

    public var tokens: [Token]
    public var signed: SignedTokens?
    /// Names by which others reach this server.
    public var hosts: [String]
    /// Origins of pages that may ask.
    public var origins: [String]

    /// A token is asked for.
    public var asksForTokens: Bool { !tokens.isEmpty || signed != nil }

    public init(_ section: inout ConfigSection) {
        tokens = section.sections(
            "tokens",
            help: "Bearer tokens for /mcp and /alerts/stream. Once there is one, every address asks for it, but for "
                + "sockets and where client certificates are asked for; creance token new makes one.",
            Self.token
        ).compactMap(\.self)
        signed = section.optionalSection(
            "jwt", help: "Also lets in tokens that an authorization server signed (RFC 9068): /mcp is its resource.",
            Self.signed)
        hosts = section.list(
            "hosts", of: .text(upTo: 253), default: [],
            help: "Names by which a proxy or a browser reaches the addresses of this machine, beside localhost.")
        origins = section.list(
            "origins", of: .origin, default: [],
            help: "Origins of web pages that may ask; a program sends none and needs none.")
        for (index, token) in tokens.enumerated() where tokens[..<index].contains(where: { $0.name == token.name }) {
            section.report(.error, "tokens", "has two of the name \(token.name)")
        }
    }

    private static func token(_ section: inout ConfigSection) -> Token? {
        let name = section.required(
            "name", .text(upTo: 64), standIn: "", example: "soc", help: "Who it is for, in the audit log.")
        let digest = section.required(
            "hash", .tokenDigest, standIn: nil, example: "\"sha256:…\"",
            help: "The token's SHA-256, as creance token new prints it; the token itself is kept nowhere.")
        let scopes = section.list(
            "scopes", of: .choice(), default: [Scope.read],
            help: "alerts:read answers questions; alerts:raw adds text without redaction; alerts:write adds changes, "
                + "where mcp.allow_writes is on.")
        guard let digest, !name.isEmpty else { return nil }
        if !scopes.contains(.read) {
            section.report(.error, "scopes", "lacks alerts:read, without which a token opens nothing")
        }
        return Token(name: name, digest: digest, scopes: scopes)
    }

    private static func signed(_ section: inout ConfigSection) -> SignedTokens {
        SignedTokens(
            issuer: section.required(
                "issuer", .text(upTo: 2048), standIn: "", example: "https://login.example",
                help: "The iss claim, as the authorization server writes it."),
            resource: section.required(
                "resource", .httpsAddress, standIn: "", example: "https://creance.example/mcp",
                help: "The URL of /mcp as clients know it; the aud claim must hold it."),
            keys: section.required(
                "keys", .path, standIn: "", example: "jwks.json",
                help: "The issuer's public keys, a JSON Web Key Set; read again on SIGHUP."))
    }
}

/// The SHA-256 of a token.
public struct TokenDigest: Sendable, Equatable {
    /// 32 of them.
    public let bytes: [UInt8]

    /// From `sha256:` and 64 hexadecimal digits.
    public init?(_ text: String) {
        let digits = Array(text.utf8.dropFirst(7))
        guard text.hasPrefix("sha256:"), digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: 64, by: 2) {
            guard let high = Self.value(digits[place]), let low = Self.value(digits[place + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        self.bytes = bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0") ... UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a") ... UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A") ... UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    public var text: String {
        let digits = Array("0123456789abcdef".utf8)
        return "sha256:"
            + String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

extension ConfigValue where Value == TokenDigest? {
    static var tokenDigest: Self {
        .init(
            "digest", allowed: "sha256: and 64 hexadecimal digits",
            read: { text, _, _ throws(ConfigFault) in
                guard let digest = TokenDigest(text) else {
                    throw ConfigFault(
                        "is not the SHA-256 of a token", allowed: "sha256: and 64 hexadecimal digits",
                        suggestion: "what creance token new prints")
                }
                return digest
            }, write: { "\"\($0?.text ?? "")\"" })
    }
}

extension ConfigValue where Value == String {
    /// `https://console.example:8443`: a scheme and an authority, nothing else.
    static var origin: Self { web("origin", "https://console.example", schemes: ["http", "https"], path: false) }
    /// The URL of something behind TLS.
    static var httpsAddress: Self { web("URL", "https://creance.example/mcp", schemes: ["https"], path: true) }

    private static func web(_ name: String, _ example: String, schemes: [String], path: Bool) -> Self {
        .init(
            name, allowed: "like \(example)",
            read: { text, _, _ throws(ConfigFault) in
                let fault = ConfigFault("is not \(path ? "a URL" : "an origin")", allowed: "like \(example)")
                guard let end = text.range(of: "://"), schemes.contains(text[..<end.lowerBound].lowercased()) else {
                    throw fault
                }
                let rest = text[end.upperBound...]
                let authority = rest.prefix { $0 != "/" }
                let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\"\\<>^`{|}#?@".utf8.contains($0) }
                guard isPlain, !authority.isEmpty, path || authority.count == rest.count, text.utf8.count <= 2048 else {
                    throw fault
                }
                return text
            }, write: { "\"\($0)\"" })
    }
}
