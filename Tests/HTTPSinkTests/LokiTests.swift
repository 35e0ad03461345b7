// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import AlertSinks

@Suite struct LokiTests {
    @Test func `lines stand in streams of few labels, in order`() throws {
        let rig = Rig(.loki) { _, _ in HTTPAnswer(status: 204) }
        try rig.feed(
            Made.alerts([
                try Made.alert(rule: "A"), try Made.alert(rule: "B", priority: "Notice"), try Made.alert(rule: "C"),
            ]))
        #expect(rig.exchange.asked[0].url.hasSuffix("/loki/api/v1/push"))
        let streams = try #require(try rig.onlyBody()["streams"] as? [[String: Any]])
        try #require(streams.count == 2)
        #expect(
            streams[0]["stream"] as? [String: String] == [
                "job": "creance", "priority": "Critical", "source": "syscall",
            ])
        let values = try #require(streams[0]["values"] as? [[String]])
        #expect(values.map(\.count) == [2, 2] && values[0][0] == "1780000000000484839")
        #expect(try values.map { try object($0[1])["rule"] as? String } == ["A", "C"])
    }

    @Test func `metadata stands beside the line when it is wanted`() throws {
        let rig = Rig(.loki) { $0.options.structuredMetadata = true }
        try rig.feed(Made.alerts([try Made.alert(rule: Made.hostile, output: Made.hostile)]))
        let streams = try #require(try rig.onlyBody()["streams"] as? [[String: Any]])
        let value = try #require((streams[0]["values"] as? [[Any]])?.first)
        let metadata = try #require(value[2] as? [String: String])
        #expect(metadata["rule"] == Made.hostile && metadata["hostname"] == "node-1")
        #expect(try object(try #require(value[1] as? String))["id"] as? String == metadata["id"])
    }

    @Test func `labels, lines and times come apart again whatever the format`() throws {
        let rig = Rig(.loki, format: .cef)
        try rig.feed(Made.alerts([try Made.alert(output: Made.hostile)]), Made.gap())
        let streams = try #require(try rig.onlyBody()["streams"] as? [[String: Any]])
        #expect(streams.count == 2)
        for stream in streams {
            let values = try #require(stream["values"] as? [[String]])
            #expect(values[0][1].hasPrefix("CEF:") && Int64(values[0][0]) != nil)
        }
    }

    @Test func `an entry that is too far behind is refused alone`() throws {
        let rig = Rig(.loki) { _, asked in
            asked.text.contains("Rule 2")
                ? HTTPAnswer(status: 400, body: Array("entry too far behind, oldest acceptable timestamp is …".utf8))
                : HTTPAnswer(status: 204)
        }
        let refused = try rig.feed(try Made.alerts(count: 4))
        #expect(refused.map(\.output) == [3] && refused[0].reason.contains("too far behind"))
    }
}
