// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import AlertSinks

@Suite struct BulkTests {
    private static func item(_ status: Int, _ error: String = "") -> String {
        #"{"create":{"_index":"creance","_id":"x","status":\#(status)\#(error.isEmpty ? "" : #","error":\#(error)"#)}}"#
    }

    private static func answer(_ items: [String]) -> HTTPAnswer {
        HTTPAnswer(
            status: 200, body: Array(#"{"took":3,"errors":true,"items":[\#(items.joined(separator: ","))]}"#.utf8))
    }

    @Test func `each record is created under its own id`() throws {
        let rig = Rig(.elasticsearch, format: .creance, token: "bG9naW4=") { _, _ in
            Self.answer([Self.item(201), Self.item(201)])
        }
        #expect(try rig.feed(try Made.alerts(count: 2)).isEmpty)
        let asked = try #require(rig.exchange.asked.first)
        #expect(asked.url == "http://receiver.example:8080/_bulk")
        #expect(asked.headers["Content-Type"] == "application/x-ndjson")
        #expect(asked.headers["Authorization"] == "ApiKey bG9naW4=")
        #expect(asked.text.hasSuffix("\n"))
        let lines = asked.text.split(separator: "\n")
        try #require(lines.count == 4)
        for place in [0, 2] {
            let action = try #require(try object(lines[place])["create"] as? [String: String])
            let document = try object(lines[place + 1])
            #expect(action["_id"] == document["id"] as? String && action["_index"] == "creance")
        }
    }

    @Test func `the document is ECS when nothing else is said`() throws {
        let rig = Rig(.opensearch) { _, _ in Self.answer([Self.item(201)]) }
        try rig.feed(try Made.alerts(count: 1))
        let lines = rig.exchange.asked[0].text.split(separator: "\n")
        #expect(try object(lines[1])["@timestamp"] != nil)
    }

    @Test func `an index in the URL is not said twice`() throws {
        let rig = Rig(.elasticsearch, url: "http://es:9200/falco/_bulk", format: .creance) { _, _ in
            Self.answer([Self.item(201)])
        }
        try rig.feed(try Made.alerts(count: 1))
        #expect(!rig.exchange.asked[0].text.contains("_index"))
    }

    @Test func `items are judged one by one, and only what was put off is sent again`() throws {
        let rig = Rig(.elasticsearch, format: .creance) { number, asked in
            number == 0
                ? Self.answer([
                    Self.item(201), Self.item(409), Self.item(429, #"{"type":"es_rejected_execution_exception"}"#),
                    Self.item(
                        400,
                        #"{"type":"mapper_parsing_exception","reason":"no \u001b[31mred","caused_by":{"reason":"x"}}"#),
                    Self.item(503, #""unavailable""#),
                ])
                : Self.answer(
                    asked.text.split(separator: "\n").filter { $0.contains("create") }.map { _ in Self.item(201) })
        }
        let entry = try Made.alerts(count: 5)
        try rig.write(entry)
        do {
            try rig.sink.flush()
            Issue.record("no error")
        } catch {
            #expect("\(error)".contains("2 of 5") && "\(error)".contains("es_rejected_execution_exception"))
        }
        try rig.sink.flush()
        let again = rig.exchange.asked[1].text
        #expect(again.contains("Rule 2") && again.contains("Rule 4"))
        #expect(!again.contains("Rule 0") && !again.contains("Rule 1") && !again.contains("Rule 3"))
        let refused = rig.sink.takeRefused()
        #expect(refused.map(\.output) == [4])
        #expect(refused[0].reason.contains("mapper_parsing_exception") && !refused[0].reason.contains("\u{1b}"))
        #expect(rig.sink.counters.records == 4)
    }

    @Test(arguments: [
        #"{"items":[]}"#, "{}", "", "null", "[", #"{"items":[{"create":{}}]}"#, #"{"items":[{}]}"#,
        #"{"items":[{"create":{"status":201},"index":{"status":201}}]}"#, #"{"items":[{"create":{"status":"201"}}]}"#,
        String(repeating: "[", count: 100_000),
    ])
    func `an answer that says nothing about each record loses none`(body: String) throws {
        let rig = Rig(.elasticsearch, format: .creance) { _, _ in HTTPAnswer(status: 200, body: Array(body.utf8)) }
        try rig.write(try Made.alerts(count: 1))
        #expect(throws: DeliveryError.self) { try rig.sink.flush() }
        #expect(rig.sink.takeRefused().isEmpty && rig.sink.counters.records == 0)
    }

    @Test func `a block on the index waits, whatever its status`() throws {
        let rig = Rig(.elasticsearch, format: .creance) { _, _ in
            Self.answer([Self.item(403, #"{"type":"cluster_block_exception","reason":"disk usage exceeded"}"#)])
        }
        try rig.write(try Made.alerts(count: 1))
        #expect(throws: DeliveryError.self) { try rig.sink.flush() }
        #expect(rig.sink.takeRefused().isEmpty)
    }

    @Test func `an answer that is cut asks for fewer records`() throws {
        let rig = Rig(.elasticsearch, format: .creance) { _, asked in
            let count = asked.text.split(separator: "\n").count / 2
            return count > 2
                ? HTTPAnswer(status: 200, body: [0x7B], isCut: true)
                : Self.answer(Array(repeating: Self.item(409), count: count))
        }
        #expect(try rig.feed(try Made.alerts(count: 7)).isEmpty)
        #expect(rig.sink.counters.records == 7)
    }

    @Test func `hostile text stays inside its document`() throws {
        let rig = Rig(.elasticsearch, format: .creance) { _, _ in Self.answer([Self.item(201), Self.item(201)]) }
        try rig.feed(Made.alerts([try Made.alert(rule: Made.hostile, output: Made.hostile)]), Made.gap())
        let lines = rig.exchange.asked[0].text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 5)
        #expect(try object(lines[1])["rule"] as? String == Made.hostile)
    }
}
