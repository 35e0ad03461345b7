// SPDX-License-Identifier: Apache-2.0
import FalcoRules
import Testing

/// Conditions that are asked of alerts alone.
@Suite struct RecordCheckTests {
    @Test(arguments: [
        "kind = incident", "kind != alert", "kind in (incident, storm)", "rule.title = x and hostname = a",
        "hostname = a or not storm.scope exists", "priority >= error and (state = open or value > 3)",
        "kind == gap", "not (kind = summary)",
    ])
    func `what only records have is found`(text: String) throws {
        #expect(try Condition(text).recordCheck != nil)
    }

    @Test(arguments: [
        "kind = alert", "kind != incident", "kind in (alert, incident)", "priority >= error", "rule = x",
        "tags intersects (network)", "proc.name = sh", "evt.time > 3", "hostname = a",
    ])
    func `what alerts have is not`(text: String) throws {
        #expect(try Condition(text).recordCheck == nil)
    }

    @Test func `it is named where it stands`() throws {
        let check = try #require(try Condition("hostname = a and rule.level = high").recordCheck)
        #expect(check.offset == 17 && check.what.contains("\"rule.level\""))
    }
}
