// SPDX-License-Identifier: Apache-2.0
import MCPServing
import Testing

@testable import Server

struct AccessTests {
    private static let secret = "creance_0123456789abcdef0123456789abcdef0123456789a"
    private static let rules = AccessRules(tokens: [
        AccessToken(name: "soc", token: secret, scopes: [.read, .raw]),
        AccessToken(name: "mute", token: "mute", scopes: .write),
    ])

    /// The caller's name and scopes, or the status and the challenge.
    private func outcome(
        _ rules: AccessRules, _ fields: [String], _ reach: ListenerReach, certificate: String? = nil
    ) async -> String {
        do throws(AccessRules.Denied) {
            let caller = try await rules.caller(fields, reach: reach, certificate: certificate)
            return "\(caller.name) \(caller.scopes.rawValue)"
        } catch {
            return "\(error.status.code) \(error.challenge)"
        }
    }

    @Test func `without tokens this machine may read, and nobody else`() async {
        #expect(await outcome(AccessRules(), [], .loopback) == "local 1")
        #expect(await outcome(AccessRules(), ["Bearer x"], .loopback) == "local 1")
        #expect(await outcome(AccessRules(), [], .known) == "local 1")
        #expect(await outcome(AccessRules(), [], .anybody).hasPrefix("401 "))
    }

    @Test func `a certificate that the listener's authority signed may read`() async {
        #expect(
            await outcome(AccessRules(), [], .known, certificate: "certificate sha256:00") == "certificate sha256:00 1")
        // Where it comes with a token, the token counts: it may do more.
        let both = await outcome(Self.rules, ["Bearer \(Self.secret)"], .known, certificate: "certificate sha256:00")
        #expect(both == "soc 3")
        #expect(await outcome(Self.rules, ["Bearer no"], .known, certificate: "c").hasPrefix("401 "))
    }

    @Test func `with tokens everybody needs one, but for sockets and certificates`() async {
        #expect(await outcome(Self.rules, [], .loopback).hasPrefix("401 Bearer realm=\"creance\""))
        #expect(await outcome(Self.rules, [], .anybody).hasPrefix("401 "))
        #expect(await outcome(Self.rules, [], .known) == "local 1")
        for reach in [ListenerReach.loopback, .anybody, .known] {
            #expect(await outcome(Self.rules, ["Bearer \(Self.secret)"], reach) == "soc 3")
        }
    }

    @Test func `a token without alerts:read opens nothing`() async {
        let denied = await outcome(Self.rules, ["Bearer mute"], .anybody)
        #expect(denied == "403 Bearer realm=\"creance\", error=\"insufficient_scope\", scope=\"alerts:read\"")
    }

    @Test(arguments: [
        ["Bearer \(secret)x"], ["Bearer " + secret.dropLast()], ["Basic \(secret)"], [secret], ["Bearer"], ["Bearer "],
        [""], ["Bearer \(secret)", "Bearer \(secret)"], ["Bearer \(secret) \(secret)"], ["Bearer \u{e9}"],
        ["Bearer " + String(repeating: "a", count: 9000)],
    ])
    func `what is no token that is known is refused`(fields: [String]) async {
        #expect(await outcome(Self.rules, fields, .anybody) == "401 Bearer realm=\"creance\", error=\"invalid_token\"")
    }

    @Test(arguments: ["bearer", "BEARER", "Bearer "])
    func `the word before it is written in any case`(scheme: String) async {
        #expect(await outcome(Self.rules, ["\(scheme) \(Self.secret)"], .anybody) == "soc 3")
    }
}
