// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
import Testing

@testable import AlertSinks

@Suite struct PagerTests {
    @Test func `Alertmanager gets few labels, and the rest as annotations`() throws {
        let rig = Rig(.alertmanager)
        try rig.feed(Made.alerts([try Made.alert(rule: Made.hostile, output: Made.hostile)]))
        #expect(rig.exchange.asked[0].url.hasSuffix("/api/v2/alerts"))
        let alerts = try #require(
            try JSONSerialization.jsonObject(with: Data(rig.exchange.asked[0].body)) as? [[String: Any]])
        let labels = try #require(alerts[0]["labels"] as? [String: String])
        #expect(
            labels == [
                "alertname": Made.hostile, "priority": "Critical", "severity": "critical", "source": "syscall",
                "hostname": "node-1", "namespace": "shop",
            ])
        let annotations = try #require(alerts[0]["annotations"] as? [String: String])
        #expect(
            annotations["id"] == "0000000000000001-0000000000000002-1" && annotations["container"] == "3ad7b26ded6d")
        #expect(annotations["output"]?.contains("\u{1b}") == false && annotations["output"]?.contains("\n") == false)
        #expect(alerts[0]["startsAt"] as? String == "2026-05-28T20:26:40.000484839Z" && alerts[0]["endsAt"] == nil)
    }

    @Test func `an incident fires from its open record on and its close record ends it, under the same labels`() throws
    {
        let rig = Rig(.alertmanager)
        try rig.feed(Made.records(Made.incident(.open), Made.incident(.update), Made.incident(.close)))
        let alerts = try #require(
            try JSONSerialization.jsonObject(with: Data(rig.exchange.asked[0].body)) as? [[String: Any]])
        let labels = alerts.map { $0["labels"] as? [String: String] }
        #expect(labels[0] == labels[1] && labels[1] == labels[2] && labels[0]?["alertname"] == "Chain")
        let last = "2026-11-21T21:16:40.000000000Z"
        #expect((alerts[0]["endsAt"] as? String).map { $0 > last } == true)
        #expect(alerts[2]["endsAt"] as? String == last)
    }

    @Test func `PagerDuty gets one event a request, its key in the body alone`() throws {
        let rig = Rig(.pagerduty, token: "0123456789abcdef0123456789abcdef") { _, _ in HTTPAnswer(status: 202) }
        try rig.feed(Made.alerts([try Made.alert(rule: Made.hostile, priority: "Error", output: Made.hostile)]))
        let event = try rig.onlyBody()
        #expect(rig.exchange.asked[0].url.hasSuffix("/v2/enqueue"))
        #expect(rig.exchange.asked[0].headers["Authorization"] == nil)
        #expect(event["routing_key"] as? String == "0123456789abcdef0123456789abcdef")
        #expect(event["event_action"] as? String == "trigger")
        #expect(event["dedup_key"] as? String == "0000000000000001-0000000000000002-1")
        let payload = try #require(event["payload"] as? [String: Any])
        #expect(payload["severity"] as? String == "error" && payload["source"] as? String == "node-1")
        #expect(payload["timestamp"] as? String == "2026-05-28T20:26:40.000484839Z")
        let summary = try #require(payload["summary"] as? String)
        #expect(summary.unicodeScalars.count <= 1_024 && !summary.contains("\n") && !summary.contains("\u{202e}"))
    }

    @Test func `an incident triggers and resolves under one key`() throws {
        let rig = Rig(.pagerduty, token: "key")
        try rig.feed(Made.records(Made.incident(.open), Made.incident(.update), Made.incident(.close)))
        let events = try rig.exchange.asked.map { try object($0.text) }
        #expect(events.map { $0["event_action"] as? String } == ["trigger", "trigger", "resolve"])
        #expect(Set(events.map { $0["dedup_key"] as? String }) == [SubjectID(high: 3, low: 4).description])
    }

    @Test func `a very long text is cut between characters`() throws {
        let rig = Rig(.pagerduty, token: "key")
        let long = "x" + String(repeating: "😀", count: 20_000)
        try rig.feed(Made.alerts([try Made.alert(rule: long, output: long)]))
        let payload = try #require(try rig.onlyBody()["payload"] as? [String: Any])
        let summary = try #require(payload["summary"] as? String)
        #expect(summary.unicodeScalars.count <= 1_024 && !summary.contains("\u{FFFD}"))
        #expect(rig.exchange.asked[0].body.count < 40_000)
    }
}
