// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import Foundation
import Testing

@testable import AlertSinks

@Suite struct OTLPTests {
    @Test func `a request holds the records one after another`() throws {
        let rig = Rig(.otlp, token: "abc")
        try rig.feed(
            Made.alerts([try Made.alert(rule: Made.hostile, output: Made.hostile), try Made.alert()]), Made.gap(),
            Made.records(Made.incident(.open)))
        #expect(rig.exchange.asked[0].url.hasSuffix("/v1/logs"))
        #expect(rig.exchange.asked[0].headers["Authorization"] == "Bearer abc")
        let resources = try #require(try rig.onlyBody()["resourceLogs"] as? [[String: Any]])
        #expect(resources.count == 4)
        #expect(resources.allSatisfy { $0["scopeLogs"] != nil })
    }

    @Test func `OTLP's rejections go to the dead letters, as nobody says which they are`() throws {
        let dialect = OTLPDialect(format: CreanceFormat())
        let status = StatusReading(now: Made.arrival)
        func read(_ body: String, of count: Int = 3) -> AnswerReading {
            dialect.read(HTTPAnswer(status: 200, body: Array(body.utf8)), count: count, status)
        }
        #expect(read("{}") == .accepted && read("") == .accepted)
        #expect(read(#"{"partialSuccess":{}}"#) == .accepted)
        #expect(read(#"{"partialSuccess":{"rejectedLogRecords":"0","errorMessage":"slow down"}}"#) == .accepted)
        for number in ["2", #""2""#] {
            guard
                case .refusedAll(let reason) = read(
                    #"{"partialSuccess":{"rejectedLogRecords":\#(number),"errorMessage":"bad"}}"#)
            else {
                Issue.record("not refused")
                return
            }
            #expect(reason.contains("2 of 3") && reason.contains("bad"))
        }
    }
}
