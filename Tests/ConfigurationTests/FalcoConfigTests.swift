// SPDX-License-Identifier: Apache-2.0
import ConfigTree
import Pipeline
import Testing

/// The `falco` section.
struct FalcoConfigTests {
    private func check(_ yaml: String) -> ConfigOutcome<Configuration> {
        Configuration.check(Array(yaml.utf8), file: "/etc/creance/creance.yaml")
    }

    @Test func `without it no Falco is run and no rules are read`() throws {
        let falco = try #require(check("").value).falco
        #expect(falco.executable == nil && falco.rules.isEmpty)
        #expect(falco.timeLimit == .seconds(20) && falco.outputLimitBytes == 8 << 20)
        #expect(falco.monitoringLimit == .seconds(900))
    }

    @Test func `paths start at the folder of the file, and one path may stand for a list`() throws {
        let falco = try #require(check("falco: { executable: /usr/bin/falco, rules: own.yaml, time_limit: 5s }").value)
            .falco
        #expect(falco.executable == "/usr/bin/falco")
        #expect(falco.rules == ["/etc/creance/own.yaml"])
        #expect(falco.timeLimit == .seconds(5))
    }

    @Test(arguments: [
        "falco: { executabel: /usr/bin/falco }", "falco: { time_limit: 1h }", "falco: { output_limit: 1KiB }",
        "falco: { monitoring_limit: 1s }", "falco: { rules: { a: b } }",
    ])
    func `what cannot be is refused`(_ yaml: String) {
        #expect(check(yaml).value == nil)
    }

    @Test func `a file that is named twice is a warning`() {
        let outcome = check("falco: { rules: [/etc/falco, /etc/falco] }")
        #expect(outcome.value != nil)
        #expect(outcome.problems.map(\.severity) == [.warning])
    }
}
