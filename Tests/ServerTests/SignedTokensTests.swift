// SPDX-License-Identifier: Apache-2.0
import Foundation
import JWTKit
import MCPServing
import Server
import Testing

/// An authorization server of the test: one key, and its public part in a file.
private final class Issuer: Sendable {
    struct Claims: JWTPayload {
        var iss: String? = "https://login.example"
        var aud: [String]? = ["https://creance.example/mcp"]
        var exp: Double? = 1_000
        var nbf: Double?
        var sub: String? = "anna"
        var scope: String? = "openid alerts:read alerts:raw"

        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }

    let folder: URL
    private let keys = JWTKeyCollection()
    private let key = ES256PrivateKey()

    init(name: String = "one") async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "creance-jwt-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        await keys.add(ecdsa: key, kid: JWKIdentifier(string: name))
        try publish(name)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var path: String { folder.appending(path: "jwks.json").path }

    func publish(_ name: String, algorithm: String? = "ES256") throws {
        let (x, y) = try #require(key.publicKey.parameters.map { ($0.x, $0.y) })
        let stated = algorithm.map { "\"alg\":\"\($0)\"," } ?? ""
        let set = """
            {"keys":[{"kty":"RSA","kid":"enc","use":"enc","alg":"RSA-OAEP","n":"AQAB","e":"AQAB"},{"kty":"oct","k":"AA"},
            {"kty":"EC","crv":"P-256","kid":"\(name)",\(stated)"x":"\(Self.url(x))","y":"\(Self.url(y))","use":"sig"}]}
            """
        try set.write(toFile: path, atomically: true, encoding: .utf8)
    }

    private static func url(_ base64: String) -> String {
        base64.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    func token(_ change: (inout Claims) -> Void = { _ in }) async throws -> String {
        var claims = Claims()
        change(&claims)
        return try await keys.sign(claims, kid: "one")
    }

    func checker(at time: Double = 900) throws -> SignedTokens {
        try SignedTokens(
            issuer: "https://login.example", resource: "https://creance.example/mcp", keysPath: path, now: { time })
    }
}

struct SignedTokensTests {
    @Test func `a good token says who it is and what it may do`() async throws {
        let issuer = try await Issuer()
        let token = try await issuer.token()
        let caller = try await issuer.checker().caller(of: token)
        #expect(caller == Caller(name: "jwt anna", scopes: [.read, .raw]))
    }

    @Test func `a token for others, of others, too old or too new lets nobody in`() async throws {
        let issuer = try await Issuer()
        let checker = try issuer.checker()
        let changes: [(inout Issuer.Claims) -> Void] = [
            { $0.aud = ["https://other.example/mcp"] }, { $0.aud = [] }, { $0.aud = nil },
            { $0.iss = "https://login.example/" }, { $0.iss = nil }, { $0.exp = 869 }, { $0.exp = nil },
            { $0.nbf = 931 },
        ]
        for change in changes {
            let token = try await issuer.token(change)
            #expect(await checker.caller(of: token) == nil)
        }
        let nearly = [try await issuer.token { $0.exp = 871 }, try await issuer.token { $0.nbf = 929 }]
        for token in nearly { #expect(await checker.caller(of: token) != nil) }
    }

    @Test func `a forged token lets nobody in, and the good one stays good`() async throws {
        let issuer = try await Issuer()
        let checker = try issuer.checker()
        let good = try await issuer.token()
        let parts = good.split(separator: ".").map(String.init)
        func header(_ text: String) -> String {
            Data(text.utf8).base64EncodedString().replacing("=", with: "").replacing("+", with: "-")
        }
        let strange = try await Issuer().token()
        let forged = [
            "\(header(#"{"alg":"none","typ":"JWT"}"#)).\(parts[1]).",
            "\(header(#"{"alg":"HS256","kid":"one"}"#)).\(parts[1]).\(parts[2])",
            "\(header(#"{"alg":"PS512","kid":"one"}"#)).\(parts[1]).\(parts[2])",
            "\(parts[0]).\(parts[1])A.\(parts[2])", "\(parts[0]).\(parts[1]).", "\(parts[0]).\(parts[1])", "..", "",
            "\(good).x", strange,
        ]
        for token in forged { #expect(await checker.caller(of: token) == nil) }
        #expect(await checker.caller(of: good) != nil)
    }

    @Test func `damage at every place lets nobody in`() async throws {
        let issuer = try await Issuer()
        let checker = try issuer.checker()
        let good = Array(try await issuer.token().utf8)
        // The last letter of a part may carry bits that mean nothing.
        for place in stride(from: 0, to: good.count - 4, by: 3) where good[place] != UInt8(ascii: ".") {
            var bad = good
            bad[place] = bad[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(await checker.caller(of: String(decoding: bad, as: UTF8.self)) == nil, "byte \(place)")
        }
    }

    @Test func `what the issuer says of a person cannot forge the log`() async throws {
        let issuer = try await Issuer()
        let token = try await issuer.token { $0.sub = "anna\nroot\u{202e}" + String(repeating: "x", count: 500) }
        let name = try await issuer.checker().caller(of: token)?.name ?? ""
        #expect(name.utf8.count <= 132 && name.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
    }

    @Test func `keys are read again, and a file that cannot be used changes nothing`() async throws {
        let issuer = try await Issuer()
        let checker = try issuer.checker()
        let token = try await issuer.token()
        for broken in ["", "{}", #"{"keys":[]}"#, #"{"keys":[{"kty":"EC"}]}"#, "[1]"] {
            try broken.write(toFile: issuer.path, atomically: true, encoding: .utf8)
            #expect(throws: ServerProblem.self) { try checker.reload() }
            #expect(await checker.caller(of: token) != nil)
        }
        // A key that does not say what it is for could be asked for anything.
        try issuer.publish("one", algorithm: nil)
        #expect(throws: ServerProblem.self) { try checker.reload() }
    }

    @Test func `clients learn whom to ask`() async throws {
        let checker = try await Issuer().checker()
        #expect(checker.metadataAddress == "https://creance.example/.well-known/oauth-protected-resource/mcp")
        let text = String(decoding: checker.metadata, as: UTF8.self)
        #expect(
            text.hasPrefix(
                #"{"resource":"https://creance.example/mcp","authorization_servers":["https://login.example"]"#))
    }
}
