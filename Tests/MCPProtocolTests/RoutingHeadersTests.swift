// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MCPProtocol

@Suite struct RoutingHeadersTests {
    private func verdict(_ lines: [(name: String, value: String)], _ method: String, _ key: String, _ value: String)
        -> ErrorCode?
    {
        let meta: JSONValue = ["io.modelcontextprotocol/protocolVersion": "2026-07-28"]
        var params: JSONObject = ["_meta": meta]
        params[key] = .string(value)
        do throws(ProtocolError) {
            try RoutingHeaders(lines).check(IncomingRequest(id: .integer(1), method: method, params: params))
            return nil
        } catch { return error.code }
    }

    private func lines(_ method: String, _ name: String? = nil, version: String = "2026-07-28")
        -> [(name: String, value: String)]
    {
        let both = [("MCP-Protocol-Version", version), ("Mcp-Method", method)]
        return (both + (name.map { [("mcp-NAME", $0)] } ?? [])).map { (name: $0.0, value: $0.1) }
    }

    @Test func `headers that say what the body says pass, in plain or in base64`() {
        #expect(verdict(lines("tools/call", "echo"), "tools/call", "name", "echo") == nil)
        #expect(verdict(lines("tools/call", "=?base64?ZWNobw==?="), "tools/call", "name", "echo") == nil)
        #expect(verdict(lines("prompts/get", "=?base64?w6Q=?="), "prompts/get", "name", "ä") == nil)
        #expect(verdict(lines("resources/read", "x://a"), "resources/read", "uri", "x://a") == nil)
        #expect(verdict(lines("tools/list"), "tools/list", "cursor", "x") == nil)
    }

    @Test func `every disagreement is refused`() {
        #expect(verdict(lines("tools/call"), "tools/call", "name", "echo") == .headerMismatch)
        #expect(verdict(lines("tools/call", "Echo"), "tools/call", "name", "echo") == .headerMismatch)
        #expect(verdict(lines("tools/list", "echo"), "tools/call", "name", "echo") == .headerMismatch)
        #expect(verdict(lines("tools/call", "\u{212A}"), "tools/call", "name", "K") == .headerMismatch)
        let old = lines("tools/call", "echo", version: "2025-11-25")
        #expect(verdict(old, "tools/call", "name", "echo") == .headerMismatch)
        #expect(verdict([], "tools/list", "cursor", "x") == .headerMismatch)
        let twice = lines("tools/call", "echo") + [(name: "Mcp-Name", value: "echo")]
        #expect(verdict(twice, "tools/call", "name", "echo") == .headerMismatch)
    }

    @Test(arguments: ["ZWNobw=", "ZWNobw", "ZWNobx==", "ZW=obw==", "ZWNo bw=", "====", "_-8=", "/w=="])
    func `base64 that is malformed, not canonical or no UTF-8 means nothing`(text: String) {
        #expect(RoutingHeaders.decoded("=?base64?\(text)?=") == nil)
    }

    @Test func `what only looks like the base64 form is taken as it is`() {
        #expect(RoutingHeaders.decoded("=?base64?=") == "=?base64?=")
        #expect(RoutingHeaders.decoded("=?base64??=") == "")
        #expect(RoutingHeaders.decoded("plain") == "plain")
    }

    @Test func `a version header alone tells the era that is asked for`() throws {
        #expect(try RoutingHeaders([(name: "mcp-protocol-version", value: "2026-07-28")]).claimsModernEra)
        #expect(try !RoutingHeaders([(name: "mcp-protocol-version", value: "2025-11-25")]).claimsModernEra)
        #expect(try !RoutingHeaders([]).claimsModernEra)
    }
}
