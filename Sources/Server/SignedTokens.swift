// SPDX-License-Identifier: Apache-2.0
import Foundation
import JWTKit
import MCPProtocol
public import MCPServing
import Synchronization

/// Tokens that one authorization server signed for us: JSON Web Tokens (RFC 7519, RFC 9068) with the claims `iss`, `aud`,
/// `exp`, and scopes in `scope` or `scp`. We are a resource server only: nobody logs in here. Any task.
public final class SignedTokens: SignedTokenChecking {
    private let issuer: String
    private let resource: String
    private let keysPath: String
    private let now: @Sendable () -> Double
    private let keys: Mutex<KeySet>

    /// - Parameters:
    ///   - resource: the URL of `/mcp` as clients know it; the audience that a token must have.
    ///   - keysPath: the issuer's public keys, a JSON Web Key Set (RFC 7517).
    ///   - now: seconds since 1970; nil: the machine's clock.
    public init(
        issuer: String, resource: String, keysPath: String,
        now: (@Sendable () -> Double)? = nil
    ) throws(ServerProblem) {
        self.issuer = issuer
        self.resource = resource
        self.keysPath = keysPath
        self.now = now ?? { Date().timeIntervalSince1970 }
        keys = Mutex(try KeySet(file: keysPath))
    }

    /// Reads the keys again; when they cannot be used, those in use stay.
    public func reload() throws(ServerProblem) {
        let fresh = try KeySet(file: keysPath)
        keys.withLock { $0 = fresh }
    }

    public func caller(of token: String) async -> Caller? {
        let keys = keys.withLock { $0 }
        guard token.utf8.count(where: { $0 == UInt8(ascii: ".") }) == 2,
            let claims = try? await keys.collection().verify(token, as: Claims.self)
        else { return nil }
        let time = now()
        guard claims.iss == issuer, claims.aud.contains(resource), claims.exp > time - Self.leeway,
            claims.nbf.map({ $0 < time + Self.leeway }) ?? true
        else { return nil }
        var scopes: Caller.Scopes = []
        for word in claims.scopes {
            switch word {
            case "alerts:read": scopes.insert(.read)
            case "alerts:raw": scopes.insert(.raw)
            case "alerts:write": scopes.insert(.write)
            default: break
            }
        }
        return Caller(name: "jwt " + Self.shown(claims.subject), scopes: scopes)
    }

    /// Seconds by which clocks may differ.
    static let leeway = 30.0

    /// For the log: what the issuer wrote, cut, and only plain signs of it.
    private static func shown(_ subject: String) -> String {
        String(
            decoding: subject.utf8.prefix(128).map { $0 > 0x20 && $0 < 0x7F ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }

    // What clients are told (RFC 9728).

    /// The well-known part goes between the host and the path of the resource (section 3.1).
    public var metadataAddress: String {
        guard let start = resource.range(of: "://")?.upperBound else { return resource }
        let end = resource[start...].firstIndex(of: "/") ?? resource.endIndex
        let path = resource[end...]
        return resource[..<end] + RouteTable.tokenIssuerPath + (path == "/" ? "" : path)
    }

    public var metadata: [UInt8] {
        let document: JSONValue = [
            "resource": .string(resource), "authorization_servers": .strings([issuer]),
            "scopes_supported": .strings(["alerts:read", "alerts:raw", "alerts:write"]),
            "bearer_methods_supported": .strings(["header"]), "resource_name": "Creance",
        ]
        return document.encoded
    }
}

/// What a token claims; read only when its signature is good.
private struct Claims: JWTPayload {
    let iss: String
    let aud: Words
    let exp: Double
    let nbf: Double?
    let sub: String?
    let client_id: String?
    let scope: Words?
    let scp: Words?

    var subject: String { sub ?? client_id ?? "unnamed" }
    var scopes: [String] { (scope?.words ?? []) + (scp?.words ?? []) }

    func verify(using algorithm: some JWTAlgorithm) async throws {}

    /// One text of words or a list of texts: issuers write scopes and audiences in both ways.
    struct Words: Codable, Sendable {
        let words: [String]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                words = text.split(separator: " ").map(String.init)
            } else {
                words = try container.decode([String].self)
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(words)
        }

        func contains(_ word: String) -> Bool { words.contains(word) }
    }
}

/// The public keys of an issuer that sign: each with its name and its algorithm, for a token must not choose one.
private struct KeySet: Sendable {
    private let keys: [JWK]
    private static let algorithms = [
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
    ]
    /// Public parts only; whatever else stands in the file is passed over.
    private static let members = ["kty", "kid", "alg", "crv", "n", "e", "x", "y"]

    init(file path: String) throws(ServerProblem) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .unusableFile(path: path, reason: "cannot be read")
        }
        guard let document = try? JSONValue(reading: Array(data), limits: JSONLimits(numberLength: 32)),
            let entries = document["keys"]?.array, entries.count <= 16
        else { throw .unusableFile(path: path, reason: "is no JSON Web Key Set of up to 16 keys") }
        keys = entries.compactMap { entry -> JWK? in
            guard entry["use"] != "enc", entry["kid"]?.string != nil, let algorithm = entry["alg"]?.string,
                Self.algorithms.contains(algorithm)
            else { return nil }
            var plain = JSONObject()
            for name in Self.members { plain[name] = entry[name] }
            return try? JSONDecoder().decode(JWK.self, from: Data(JSONValue.object(plain).encoded))
        }
        guard !keys.isEmpty else {
            throw .unusableFile(path: path, reason: "holds no signing key with kid and alg (RS, PS, ES, EdDSA)")
        }
    }

    /// Made for every token: a collection remembers an algorithm that a token asked for.
    func collection() async -> JWTKeyCollection {
        let collection = JWTKeyCollection()
        for key in keys { _ = try? await collection.add(jwk: key) }
        return collection
    }
}
