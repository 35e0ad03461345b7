// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MCPProtocol

/// Damaged requests by the ten thousand, the same ones in every run: nothing crashes, and what is let through is whole.
struct HTTPDamageTests {
    private static let names = [
        "Host", "Content-Type", "Accept", "MCP-Protocol-Version", "Mcp-Method", "Mcp-Name", "Mcp-Session-Id", "Origin",
        "Content-Length", "Last-Event-ID", "Content-Encoding", "X",
    ]
    private static let values = [
        "", "localhost", "evil.example", "[::1]:1", "application/json", "text/event-stream", "*/*", ";,/", "2026-07-28",
        "2025-11-25", "tools/list", "tools/call", "initialize", "=?base64?", "=?base64??=", "=?base64?YQ==?=", "null",
        "http://localhost", "https://evil.example", "9223372036854775808", "-1", "1-2",
        "0123456789abcdef0123456789abcdef",
        "\u{0}", "\u{e9}\u{2028}", "gzip",
    ]
    private static let bodies = [
        AdmissionCase.modernBody("tools/list"), AdmissionCase.modernBody("initialize"),
        AdmissionCase.modernBody("tools/call", #""name":"a""#), AdmissionCase.modernBody("subscriptions/listen"),
        #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}"#,
        #"{"jsonrpc":"2.0","method":"notifications/x"}"#,
        #"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, "[]", "{}", "",
    ]

    /// A good request with up to six faults.
    private func damaged(_ random: inout SeededNumbers) -> AdmissionCase {
        var request = AdmissionCase()
        request.method = ["POST", "POST", "POST", "GET", "DELETE", "PUT", ""].randomElement(using: &random) ?? ""
        request.body = Self.bodies.randomElement(using: &random) ?? ""
        for _ in 0 ..< Int.random(in: 0 ... 6, using: &random) {
            let name = Self.names.randomElement(using: &random) ?? ""
            let value = Self.values.randomElement(using: &random) ?? ""
            switch Int.random(in: 0 ..< 5, using: &random) {
            case 0: request.set(name, nil)
            case 1: request.fields.append((name.lowercased(), value))
            case 2:
                var bytes = Array(request.body.utf8)
                if !bytes.isEmpty {
                    let place = Int.random(in: 0 ..< bytes.count, using: &random)
                    bytes[place] = UInt8.random(in: 0 ... 255, using: &random)
                }
                request.body = String(decoding: bytes, as: UTF8.self)
            default: request.set(name, value)
            }
        }
        return request
    }

    @Test func `what is let through is what it claims to be`() {
        var random = SeededNumbers(state: 2026)
        var outcomes: [String: Int] = [:]
        for _ in 0 ..< 20_000 {
            let request = damaged(&random)
            let outcome = request.outcome()
            outcomes[String(outcome.prefix { $0 != " " }), default: 0] += 1
            guard let first = outcome.first, !first.isNumber else { continue }
            let head = HTTPRequestHead(method: request.method, fields: request.fields)
            let host = head.onlyValue(of: "host")
            #expect(host == "localhost:2801" || host == "localhost" || host == "[::1]:1")
            #expect(head.values(of: "origin").allSatisfy { $0 == "http://localhost" })
            if outcome.hasPrefix("modern ") {
                #expect(head.values(of: "mcp-protocol-version") == ["2026-07-28"])
                #expect(head.values(of: "mcp-method") == [String(outcome.dropFirst(7))])
                #expect(outcome != "modern initialize")
            }
            if outcome.hasPrefix("session ") || outcome.hasPrefix("open ") || outcome.hasPrefix("end ") {
                #expect(head.values(of: "mcp-session-id").count == 1)
            }
        }
        // The damage is neither so weak nor so strong that a way is never gone.
        let ways = [
            "modern", "initialize", "session", "open", "end", "nothing", "400", "403", "404", "405", "406", "413",
            "415",
        ]
        for way in ways {
            #expect(outcomes[way, default: 0] > 0, "\(way)")
        }
    }

    @Test func `names of sessions and places read back or are none`() {
        var random = SeededNumbers(state: 7)
        let signs = Array("0123456789abcdefABCDEF-g \u{e9}")
        for _ in 0 ..< 20_000 {
            let length = [0, 1, 3, 5, 31, 32, 32, 32, 33, 40].randomElement(using: &random) ?? 0
            let text = String((0 ..< length).map { _ in signs.randomElement(using: &random) ?? "0" })
            if let id = SessionID(text) { #expect(id.description == text) }
            if let id = ServerSentEvents.EventID(text) {
                #expect(ServerSentEvents.EventID(id.description) == id)
            }
        }
    }

    @Test func `sessions' streams keep their order and their bounds whatever comes`() {
        var random = SeededNumbers(state: 11)
        var limits = SessionStreams.Limits()
        limits.messages = 8
        limits.bytes = 200
        limits.ended = 3
        for _ in 0 ..< 200 {
            var streams = SessionStreams(limits: limits)
            for _ in 0 ..< 200 {
                let id = RequestID.integer(Int64.random(in: 0 ..< 6, using: &random))
                switch Int.random(in: 0 ..< 6, using: &random) {
                case 0 where !streams.isOpen(id): _ = streams.open(for: id)
                case 1: streams.end(id)
                default:
                    let route: MessageRoute = Bool.random(using: &random) ? .exchange(id) : .session
                    if let number = streams.stream(for: route) {
                        let size = Int.random(in: 0 ..< 90, using: &random)
                        _ = streams.record([UInt8](repeating: 65, count: size), on: number)
                    }
                }
                let place = ServerSentEvents.EventID(
                    stream: UInt64.random(in: 0 ..< 40, using: &random),
                    sequence: UInt64.random(in: 0 ..< 40, using: &random))
                guard let replay = streams.replay(after: place) else { continue }
                let sequences = replay.events.map(\.id.sequence)
                #expect(sequences == Array(sequences.first.map { $0 ..< $0 + UInt64(sequences.count) } ?? 0 ..< 0))
                #expect(sequences.first.map { $0 > place.sequence } ?? true)
                #expect(replay.events.count <= 8)
                #expect(replay.events.count <= 1 || replay.events.reduce(0) { $0 + $1.message.count } <= 200)
            }
        }
    }
}
