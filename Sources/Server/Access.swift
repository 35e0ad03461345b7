// SPDX-License-Identifier: Apache-2.0
import Crypto
import Foundation
import HTTPTypes
import HummingbirdCore
import MCPProtocol
public import MCPServing

/// Who is let in to alerts: to `/mcp` and `/alerts/stream`. Intake, health and metrics ask nobody.
public struct AccessRules: Sendable {
    public var tokens: [AccessToken]
    /// Tokens that an authorization server signed; nil: none are taken.
    public var signed: (any SignedTokenChecking)?
    /// Names by which others reach this server, beside those of this machine, in `Host` and `Origin`.
    public var hosts: [String]
    /// Origins of pages that may ask, `https://console.example`.
    public var origins: [String]

    public init(
        tokens: [AccessToken] = [], signed: (any SignedTokenChecking)? = nil, hosts: [String] = [],
        origins: [String] = []
    ) {
        self.tokens = tokens
        self.signed = signed
        self.hosts = hosts
        self.origins = origins
    }

    /// A token is asked for, on every address but sockets and those that want client certificates.
    public var asksForTokens: Bool { !tokens.isEmpty || signed != nil }
}

/// A token as the configuration knows it: by its digest alone.
public struct AccessToken: Sendable {
    public let name: String
    /// SHA-256 of the token's bytes: 32 of them. Tokens are random, so nobody can find one from its digest.
    public let digest: [UInt8]
    public let scopes: Caller.Scopes

    public init(name: String, digest: [UInt8], scopes: Caller.Scopes) {
        self.name = name
        self.digest = digest
        self.scopes = scopes
    }

    /// A token that is at hand itself.
    public init(name: String, token: String, scopes: Caller.Scopes) {
        self.init(name: name, digest: Self.digest(of: token), scopes: scopes)
    }

    /// The SHA-256 of its bytes.
    public static func digest(of token: String) -> [UInt8] { Array(SHA256.hash(data: Array(token.utf8))) }
}

/// Checks tokens that somebody else signed (RFC 9068). Any task.
public protocol SignedTokenChecking: Sendable {
    /// Nil: it is not for us, has expired, or is not signed by a key we know.
    func caller(of token: String) async -> Caller?
    /// Where clients learn whom to ask for a token (RFC 9728), as a URL.
    var metadataAddress: String { get }
    /// What stands there: JSON.
    var metadata: [UInt8] { get }
    /// Reads the issuer's keys again; when they cannot be used, those in use stay.
    func reload() throws(ServerProblem)
}

extension AccessRules {
    /// Why somebody is not let in.
    struct Denied: Error {
        let status: HTTPResponse.Status
        /// For `WWW-Authenticate` (RFC 6750, section 3).
        let challenge: String
    }

    /// - Parameters:
    ///   - fields: every `Authorization` field.
    ///   - certificate: who the client's certificate says it is; nil: it showed none.
    func caller(
        _ fields: [String], reach: ListenerReach, certificate: String?
    ) async throws(Denied) -> Caller {
        guard asksForTokens, !fields.isEmpty else {
            if let certificate { return Caller(name: certificate, scopes: .read) }
            if reach == .known || (reach == .loopback && !asksForTokens) {
                return Caller(name: "local", scopes: .read)
            }
            throw denied(.unauthorized, nil)
        }
        guard fields.count == 1, let token = Self.bearer(fields[0]), let caller = await find(token) else {
            throw denied(.unauthorized, "invalid_token")
        }
        guard caller.scopes.contains(.read) else { throw denied(.forbidden, "insufficient_scope") }
        return caller
    }

    private func find(_ token: String) async -> Caller? {
        let digest = AccessToken.digest(of: token)
        var found: AccessToken?
        // All tokens, and all bytes of each: the time says nothing about which one was nearly right.
        for known in tokens where Self.areEqual(known.digest, digest) { found = known }
        if let found { return Caller(name: found.name, scopes: found.scopes) }
        return await signed?.caller(of: token)
    }

    private static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }

    /// The token of `Bearer …`, at most 8 KiB of printable ASCII.
    static func bearer(_ field: String) -> String? {
        let parts = field.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        let token = parts[1].drop { $0 == " " }
        guard !token.isEmpty, token.utf8.count <= 8192, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return nil
        }
        return String(token)
    }

    private func denied(_ status: HTTPResponse.Status, _ error: String?) -> Denied {
        var challenge = "Bearer realm=\"creance\""
        if let error { challenge += ", error=\"\(error)\"" }
        if error != "invalid_token" { challenge += ", scope=\"alerts:read\"" }
        if let signed { challenge += ", resource_metadata=\"\(signed.metadataAddress)\"" }
        return Denied(status: status, challenge: challenge)
    }

    /// What a listener lets in by name: where others reach it, a token or certificate guards it, and no page has one.
    func hostRule(_ reach: ListenerReach) -> HostRule {
        HostRule(anyHost: reach != .loopback, hosts: hosts, origins: origins)
    }
}
