// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MCPProtocol

/// One request, as far as `HTTPAdmission` sees it; the default is a good modern one.
struct AdmissionCase {
    var method = "POST"
    var fields: [(name: String, value: String)] = [
        ("Host", "localhost:2801"), ("Content-Type", "application/json"),
        ("Accept", "application/json, text/event-stream"), ("MCP-Protocol-Version", "2026-07-28"),
        ("Mcp-Method", "tools/list"),
    ]
    var body = modernBody("tools/list")
    var hosts = HostRule()
    var limits = JSONLimits()

    static func modernBody(_ method: String, _ params: String = "", version: String = "\"2026-07-28\"") -> String {
        #"{"jsonrpc":"2.0","id":7,"method":"\#(method)","params":{\#(params)\#(params.isEmpty ? "" : ",")"_meta":{"#
            + #""io.modelcontextprotocol/protocolVersion":\#(version),"#
            + #""io.modelcontextprotocol/clientCapabilities":{}}}}"#
    }

    /// Replaces a field, or adds it; nil takes it away.
    mutating func set(_ name: String, _ value: String?) {
        fields.removeAll { $0.name.lowercased() == name.lowercased() }
        if let value { fields.append((name, value)) }
    }

    private var admission: HTTPAdmission {
        HTTPAdmission(HTTPRequestHead(method: method, fields: fields), hosts: hosts, limits: limits)
    }

    /// `modern tools/list`, `initialize`, `session x`, `nothing`, `open x after 1-2`, `end x`, or `400 -32600 id 7`.
    func outcome() -> String {
        do throws(HTTPRefusal) {
            if let refusal = admission.atDoor() { throw refusal }
            switch try admission.afterDoor() {
            case .openStream(let session, let last): return "open \(session) after \(last ?? "-")"
            case .endSession(let session): return "end \(session)"
            case .readBody: break
            }
            switch try admission.message(Array(body.utf8)) {
            case .modern(let request, _): return "modern \(request.method)"
            case .initialize: return "initialize"
            case .session(let name, _, let request): return "session \(name) \(request?.json.encodedText ?? "-")"
            case .nothing: return "nothing"
            }
        } catch {
            return "\(error.status) \(error.error.code.rawValue) id \(error.id?.json.encodedText ?? "-")"
        }
    }
}

struct HTTPAdmissionTests {
    private func outcome(_ change: (inout AdmissionCase) -> Void) -> String {
        var request = AdmissionCase()
        change(&request)
        return request.outcome()
    }

    @Test func `a good modern request is served`() {
        #expect(outcome { _ in } == "modern tools/list")
    }

    @Test func `each check comes before the next`() {
        // From the last check to the first: every step keeps all faults so far, and the earlier check speaks.
        var request = AdmissionCase()
        request.set("Accept", "text/html")
        #expect(request.outcome() == "406 -32600 id 7")
        request.set("Mcp-Method", "initialize")
        request.body = AdmissionCase.modernBody("initialize")
        #expect(request.outcome() == "404 -32601 id 7")
        request.set("MCP-Protocol-Version", "2031-01-01")
        request.body = AdmissionCase.modernBody("initialize", version: "\"2031-01-01\"")
        #expect(request.outcome() == "400 -32022 id 7")
        request.set("Mcp-Method", "tools/list")
        #expect(request.outcome() == "400 -32020 id 7")
        request.body = #"{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{"_meta":{}}}"#
        #expect(request.outcome() == "400 -32602 id 7")
        request.fields.append(("mcp-method", "tools/list"))
        #expect(request.outcome() == "400 -32020 id 7")
        request.body = "[\(request.body)]"
        #expect(request.outcome() == "400 -32600 id -")
        request.body += "!"
        #expect(request.outcome() == "400 -32700 id -")
        request.method = "PUT"
        #expect(request.outcome() == "405 -32600 id -")
        request.set("Host", "evil.example")
        #expect(request.outcome() == "403 -32600 id -")
        request.method = "POST"
        request.set("Content-Type", "text/plain")
        #expect(request.outcome() == "415 -32600 id -")
        request.set("Content-Length", "1048577")
        #expect(request.outcome() == "413 -32600 id -")
    }

    @Test func `a body that says no length is cut off at the limit, too`() {
        #expect(outcome { $0.limits.bytes = 20 } == "413 -32600 id -")
        #expect(outcome { $0.set("Content-Length", "99999999999999999999999") } == "413 -32600 id -")
    }

    @Test func `the body is JSON and nothing else`() {
        #expect(outcome { $0.set("Content-Type", "application/json; charset=utf-8") } == "modern tools/list")
        #expect(outcome { $0.set("Content-Type", "Application/JSON") } == "modern tools/list")
        #expect(outcome { $0.set("Content-Type", nil) } == "415 -32600 id -")
        #expect(outcome { $0.set("Content-Type", "application/json, text/plain") } == "415 -32600 id -")
        #expect(outcome { $0.set("Content-Encoding", "gzip") } == "415 -32600 id -")
    }

    @Test func `a message without an id needs no answer`() {
        #expect(outcome { $0.body = #"{"jsonrpc":"2.0","method":"notifications/x"}"# } == "nothing")
        #expect(outcome { $0.body = #"{"jsonrpc":"2.0","id":1,"result":{}}"# } == "nothing")
        let legacy = outcome {
            $0.set("MCP-Protocol-Version", "2025-11-25")
            $0.set("Mcp-Session-Id", "s")
            $0.body = #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#
        }
        #expect(legacy == "session s -")
        #expect(outcome { $0.body = #"{"jsonrpc":"2.0","id":null,"method":"ping"}"# } == "400 -32600 id -")
    }

    @Test func `only a session's stream and end have methods of their own, and the modern era has neither`() {
        func legacy(_ method: String, also change: (inout AdmissionCase) -> Void = { _ in }) -> String {
            outcome {
                $0.method = method
                $0.set("MCP-Protocol-Version", "2025-06-18")
                $0.set("Mcp-Session-Id", "s")
                change(&$0)
            }
        }
        #expect(legacy("GET") == "open s after -")
        #expect(legacy("GET") { $0.set("Last-Event-ID", "3-4") } == "open s after 3-4")
        #expect(legacy("GET") { $0.set("Accept", "application/json") } == "406 -32600 id -")
        #expect(legacy("DELETE") == "end s")
        #expect(legacy("DELETE") { $0.set("MCP-Protocol-Version", nil) } == "end s")
        #expect(legacy("GET") { $0.set("Mcp-Session-Id", nil) } == "405 -32600 id -")
        #expect(legacy("GET") { $0.fields.append(("mcp-session-id", "t")) } == "405 -32600 id -")
        #expect(legacy("GET") { $0.set("MCP-Protocol-Version", "2026-07-28") } == "405 -32600 id -")
        #expect(legacy("OPTIONS") == "405 -32600 id -")
    }

    @Test func `the era is told from each request`() {
        func plain(_ method: String, version: String? = nil, session: String? = nil) -> String {
            outcome {
                $0.set("MCP-Protocol-Version", version)
                $0.set("Mcp-Session-Id", session)
                $0.body = #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{}}"#
            }
        }
        #expect(plain("initialize") == "initialize")
        // As assistants send it after a discovery.
        #expect(plain("initialize", version: "2026-07-28") == "initialize")
        #expect(plain("tools/list", session: "s") == "session s 1")
        #expect(plain("tools/list", version: "2025-03-26", session: "s") == "session s 1")
        #expect(plain("tools/list") == "400 -32600 id 1")
        #expect(plain("tools/list", version: "2026-07-28", session: "s") == "400 -32602 id 1")
        #expect(plain("tools/list", version: "someday", session: "s") == "400 -32602 id 1")
        #expect(plain("server/discover") == "400 -32602 id 1")
        // A body with metadata is modern whatever else is there.
        #expect(outcome { $0.set("Mcp-Session-Id", "s") } == "modern tools/list")
        #expect(outcome { $0.set("MCP-Protocol-Version", "2025-11-25") } == "400 -32020 id 7")
    }

    @Test func `a stream needs a client that takes one`() {
        func listen(_ accept: String?) -> String {
            outcome {
                $0.set("Accept", accept)
                $0.set("Mcp-Method", "subscriptions/listen")
                $0.body = AdmissionCase.modernBody("subscriptions/listen", #""notifications":{}"#)
            }
        }
        #expect(listen("application/json, text/event-stream") == "modern subscriptions/listen")
        #expect(listen("*/*") == "modern subscriptions/listen")
        #expect(listen(nil) == "modern subscriptions/listen")
        #expect(listen("text/event-stream;q=0.9, application/*") == "modern subscriptions/listen")
        #expect(listen("application/json") == "406 -32600 id 7")
        #expect(outcome { $0.set("Accept", "application/json") } == "modern tools/list")
    }

    @Test func `a batch goes to a session alone, which knows its revision`() {
        let batch = outcome {
            $0.set("Mcp-Session-Id", "s")
            $0.body = #"[{"jsonrpc":"2.0","method":"x"},{"id":1,"method":"y"},{"jsonrpc":"2.0","id":"a","method":"z"}]"#
        }
        #expect(batch == #"session s "a""#)
    }
}

struct HostRuleTests {
    @Test(arguments: [
        "localhost", "LOCALHOST:2801", "127.0.0.1", "127.0.0.1:1", "127.9.9.9:65535", "[::1]", "[::1]:2801",
    ])
    func `names of this machine are let in`(host: String) {
        #expect(HostRule().admits(authority: host, origins: []))
        #expect(HostRule().admits(authority: "localhost", origins: ["http://\(host)"]))
    }

    @Test(arguments: [
        "", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0", "127.0.0.256", "0.0.0.0",
        "[::1", "[::2]", "localhost:port", "localhost:123456", "localhost@evil.example", "evil.example:80#localhost",
        "127.0.0.+1", "1270.0.1", "localhost evil", "localhost/", ":80", "[]",
    ])
    func `other names are not`(host: String) {
        #expect(!HostRule().admits(authority: host, origins: []))
        #expect(!HostRule().admits(authority: "localhost", origins: ["http://\(host)"]))
    }

    @Test func `a request without a host names nobody`() {
        #expect(!HostRule(anyHost: true).admits(authority: nil, origins: []))
    }

    @Test func `listed names and origins are let in`() {
        let rule = HostRule(hosts: ["Creance.example"], origins: ["https://console.example:8443"])
        #expect(rule.admits(authority: "creance.EXAMPLE:443", origins: ["https://creance.example"]))
        #expect(rule.admits(authority: "localhost", origins: ["https://console.example:8443"]))
        #expect(!rule.admits(authority: "localhost", origins: ["https://console.example"]))
        #expect(!rule.admits(authority: "localhost", origins: ["null"]))
        #expect(
            !rule.admits(authority: "localhost", origins: ["https://console.example:8443", "https://evil.example"]))
    }

    @Test func `where any host is let in, foreign pages are not`() {
        let rule = HostRule(anyHost: true)
        #expect(rule.admits(authority: "10.0.0.7:2801", origins: []))
        #expect(!rule.admits(authority: "10.0.0.7:2801", origins: ["https://evil.example"]))
    }
}
