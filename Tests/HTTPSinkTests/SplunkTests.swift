// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import AlertSinks

@Suite struct SplunkTests {
    @Test func `an event has its time, host, source, sourcetype, index and the record`() throws {
        let rig = Rig(.splunkHEC, token: "0123-token") { $0.options.index = "security" }
        try rig.feed(Made.alerts([try Made.alert(rule: Made.hostile)]))
        let asked = try #require(rig.exchange.asked.first)
        #expect(asked.url == "http://receiver.example:8080/services/collector/event")
        #expect(asked.headers["Authorization"] == "Splunk 0123-token")
        let event = try object(asked.text)
        #expect(asked.text.contains(#""time":1779999999"#) || asked.text.contains(#""time":1780000000.000"#))
        #expect(event["host"] as? String == "node-1" && event["source"] as? String == "creance")
        #expect(event["sourcetype"] as? String == "creance:creance" && event["index"] as? String == "security")
        let record = try #require(event["event"] as? [String: Any])
        #expect(record["rule"] as? String == Made.hostile)
        #expect((event["fields"] as? [String: String])?["creance_id"] == record["id"] as? String)
    }

    @Test func `lines that are no JSON are texts`() throws {
        let rig = Rig(.splunkHEC, format: .cef)
        try rig.feed(Made.alerts([try Made.alert(output: Made.hostile)]))
        let event = try object(rig.exchange.asked[0].text)
        #expect((event["event"] as? String)?.hasPrefix("CEF:") == true)
    }

    @Test func `events stand one after another`() throws {
        let rig = Rig(.splunkHEC)
        try rig.feed(try Made.alerts(count: 3), Made.gap())
        let lines = rig.exchange.asked[0].text.split(separator: "\n")
        #expect(lines.count == 4)
        for line in lines { #expect(try object(line)["event"] != nil) }
    }

    @Test func `acknowledged means that the indexer has said so`() throws {
        var rig: Rig?
        let made = Rig(.splunkHEC) {
            $0.options.acknowledge = true
        } answer: { number, asked in
            if asked.url.hasSuffix("/event") {
                return HTTPAnswer(status: 200, body: Array(#"{"text":"Success","code":0,"ackId":7}"#.utf8))
            }
            #expect(asked.text == #"{"acks":[7]}"#)
            #expect(rig?.sink.counters.records == 0)
            return HTTPAnswer(status: 200, body: Array(#"{"acks":{"7":\#(number == 3)}}"#.utf8))
        }
        rig = made
        #expect(try made.feed(try Made.alerts(count: 2)).isEmpty)
        #expect(made.exchange.asked.map(\.url).dropFirst().allSatisfy { $0.hasSuffix("/services/collector/ack") })
        #expect(made.exchange.asked.count == 4 && made.sink.counters.records == 2)
        #expect(made.exchange.asked.allSatisfy { $0.headers["X-Splunk-Request-Channel"] == "channel-1" })
        rig = nil
    }

    @Test func `what is not acknowledged within the limit is sent again`() throws {
        let rig = Rig(.splunkHEC) {
            $0.options.acknowledge = true
            $0.options.acknowledgeWithin = .seconds(10)
        } answer: { _, asked in
            HTTPAnswer(
                status: 200,
                body: Array((asked.url.hasSuffix("/event") ? #"{"ackId":1}"# : #"{"acks":{"1":false}}"#).utf8))
        }
        try rig.write(try Made.alerts(count: 1))
        #expect(throws: DeliveryError.self) { try rig.sink.flush() }
        #expect(rig.pausedTime >= .seconds(10) && rig.pausedTime < .seconds(20))
        #expect(rig.sink.counters.records == 0 && rig.sink.takeRefused().isEmpty)
    }

    @Test(arguments: [(7, false), (14, false), (10, false), (6, true), (12, true), (15, true)])
    func `400 is about a record or about the configuration`(code: Int, isRecord: Bool) throws {
        let rig = Rig(.splunkHEC) { _, _ in
            HTTPAnswer(status: 400, body: Array(#"{"text":"Wrong","code":\#(code)}"#.utf8))
        }
        if isRecord {
            #expect(try rig.feed(try Made.alerts(count: 1)).count == 1)
        } else {
            try rig.write(try Made.alerts(count: 1))
            #expect(throws: DeliveryError.self) { try rig.sink.flush() }
            #expect(rig.sink.takeRefused().isEmpty)
        }
    }
}
