// SPDX-License-Identifier: Apache-2.0
import AlertModel
import FalcoRules
import Testing

@testable import ModelContext

@Suite struct LiveCursorTests {
    @Test(arguments: [
        AlertCursor(epoch: 0, output: 0), AlertCursor(epoch: .max, output: .max - 1),
        AlertCursor(epoch: 0x9be0_c4d2_a1f0_8e37, output: 1024),
    ])
    func `a cursor's text is read back as the same cursor`(cursor: AlertCursor) {
        #expect(AlertCursor("\(cursor)") == cursor)
        #expect("\(cursor)".utf8.count <= AlertCursor.longestText)
    }

    @Test(arguments: [
        "", ".", "1", "9be0c4d2a1f08e37", "9be0c4d2a1f08e37.", "9be0c4d2a1f08e37.-1", "9be0c4d2a1f08e37.+1",
        "+be0c4d2a1f08e37.1", "9be0c4d2a1f08e3g.1", "9be0c4d2a1f08e37.1 ", " 9be0c4d2a1f08e37.1",
        "9be0c4d2a1f08e37.9223372036854775807", "9be0c4d2a1f08e37.9223372036854775808",
        "9be0c4d2a1f08e37.99999999999999999999", "9be0c4d2a1f08e37.1.1", "9be0c4d2a1f08e37-1",
        "9be0c4d2a1f08e37.\u{0}1", "９be0c4d2a1f08e37.1", "9be0c4d2a1f08e37.１", "../../etc/passwd.1111111",
        String(repeating: "9", count: 100_000), "9be0c4d2a1f08e37." + String(repeating: "0", count: 100_000),
    ])
    func `what no cursor looks like is none`(text: String) {
        #expect(AlertCursor(text) == nil)
    }

    @Test func `every live resource has one URI, which is printable ASCII and read back as the same`() throws {
        let resources: [LiveResource] =
            [
                .latest, .openIncidents, .statistics, .health, .incident(SubjectID(high: 1, low: 2)),
                .query(try Condition("proc.name in (nc, socat) and output contains \"é%/ü\"")),
            ] + Priority.allCases.map { .priority($0) }
        for resource in resources {
            #expect(resource.uri.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
            #expect(LiveResource(uri: resource.uri) == resource)
        }
        #expect(
            LiveResource.query(try Condition("evt.type = open")).uri == "creance://alerts/query/evt.type%20%3D%20open")
    }

    @Test(arguments: [
        "", "creance://", "creance:///", "creance://alerts", "creance://alerts/", "creance://alerts/latest/",
        "creance://alerts/latest/x", "Creance://alerts/latest", "creance://alerts/priority/Critical",
        "creance://alerts/priority/", "creance://incidents/", "creance://incidents/xyz",
        "creance://incidents/0000000000000007000000000000000A", "creance://health/", "creance://alerts/query/",
        "creance://alerts/query/evt.type%3dopen", "creance://alerts/query/evt.type=open",
        "creance://alerts/query/%", "creance://alerts/query/%2", "creance://alerts/query/%+1",
        "creance://alerts/query/%FF%FE", "creance://alerts/query/and%20and", "http://alerts/latest",
        "creance://alerts/query/" + String(repeating: "a", count: 100_000),
        "creance://alerts/query/" + LiveResource.encoded("rule = " + String(repeating: "a", count: 600)),
    ])
    func `other spellings, unknown names and conditions that cannot be read name nothing`(uri: String) {
        #expect(LiveResource(uri: uri) == nil)
    }
}

@Suite struct LiveFuzzTests {
    /// A small generator with a seed: the same texts in every run.
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state ^ state >> 29) &* 0x9E37_79B9_7F4A_7C15
        }
    }

    @Test func `damaged cursors and URIs name nothing, or what they spell`() {
        var random = Seeded(state: 7)
        let seeds = [
            "9be0c4d2a1f08e37.1024", "creance://alerts/query/evt.type%20%3D%20open",
            "creance://alerts/priority/critical",
            "creance://incidents/00000000000000070000000000000001",
        ].map { Array($0.utf8) }
        for round in 0 ..< 20_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0 ..< Int.random(in: 1 ... 3, using: &random) {
                let place = Int.random(in: 0 ... bytes.count, using: &random)
                switch UInt8.random(in: 0 ... 2, using: &random) {
                case 0 where place < bytes.count: bytes[place] = .random(in: 0 ... 255, using: &random)
                case 1 where place < bytes.count: bytes.remove(at: place)
                default: bytes.insert(.random(in: 0 ... 255, using: &random), at: place)
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            if let cursor = AlertCursor(text) { #expect(AlertCursor("\(cursor)") == cursor) }
            if let resource = LiveResource(uri: text) { #expect(resource.uri == text) }
        }
    }
}
