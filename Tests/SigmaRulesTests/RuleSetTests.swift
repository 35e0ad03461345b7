// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import SigmaRules

struct RuleSetTests {
    @Test func `a detection and the correlation over it`() throws {
        let outcome = read(
            """
            title: Shell
            name: shell
            logsource: {product: falco, service: syscall}
            detection:
              selection:
                rule: terminal shell in CONTAINER
                proc.cmdline|contains: curl
              condition: selection
            ---
            title: Many shells
            id: 0e95725d-7320-415d-80f7-004da920fc11
            level: high
            correlation:
              type: event_count
              rules: [shell]
              group-by: [container.id]
              timespan: 5m
              condition: {gte: 3}
            """)
        #expect(outcome.problems.isEmpty)
        let rules = try #require(outcome.rules)
        #expect(rules.correlations.count == 1)
        let rule = rules.correlations[0]
        #expect(rule.references == [.detection(0)])
        #expect(rule.timespan == .seconds(300))
        #expect(rule.level == .high)
        #expect(rule.kind.name == "event_count")
        #expect(!rules.detections[0].isStandalone)
        var alert = TestAlert(fields: [("proc.cmdline", .text("bash -c CURL x"))])
        #expect(matching(rules, alert) == ["shell"])
        alert.source = "k8s_audit"
        #expect(matching(rules, alert) == [])
    }
}
