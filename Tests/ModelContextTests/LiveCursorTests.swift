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
