// SPDX-License-Identifier: Apache-2.0
import ConfigTree
import FalcoRules
import Testing

@testable import Pipeline

/// Conditions in a configuration file: problems are told where they stand inside the text.
struct ConditionConfigTests {
    private struct Read: Sendable {
        var required: Condition?
        var optional: Condition?

        init(_ section: inout ConfigSection) {
            required = section.requiredCondition("when", help: "Which alerts.")
            optional = section.optionalCondition("hold", whenAbsent: "everything", help: "Which others.")
        }
    }

    private static func problems(_ yaml: String) -> [String] {
        ConfigDocument(Array(yaml.utf8), file: "c.yaml").check { Read(&$0) }.problems.map(\.description)
    }

    @Test func `conditions are read`() {
        let text = "when: 'priority >= error'\nhold: proc.name in (a, b)\n"
        let read = ConfigDocument(Array(text.utf8), file: "c.yaml").check { Read(&$0) }
        #expect(read.problems.isEmpty)
        #expect(read.value?.required?.text == "priority >= error")
        #expect(read.value?.optional?.text == "proc.name in (a, b)")
    }

    @Test(arguments: [
        ("when: proc.name contians x", "c.yaml:1:17: error: when: unknown operator \"contians\""),
        ("when: 'proc.name contians x'", "c.yaml:1:18: error: when: unknown operator \"contians\""),
        ("when: \"é = 1 and prority >= error\"", "c.yaml:1:8: error: when:"),
        ("when: rule = é and prority = error", "c.yaml:1:20: error: when: unknown field \"prority\""),
        ("when: 'a = ''x'' and'", "c.yaml:1:7: error: when: column 12 of the text:"),
        ("when: >\n  proc.name = a\n  and\n", "c.yaml:1:7: error: when: column"),
        ("when: [a]", "c.yaml:1:7: error: when: is a list"),
        ("hold: proc.name = a", "error: when: is required"),
        (
            "when: proc.nmae = a",
            "c.yaml:1:1: warning: when: column 1 of the text: \"proc.nmae\" is no field of Falco's"
        ),
    ])
    func `a problem stands where it is`(_ yaml: String, _ expected: String) {
        let problems = Self.problems(yaml)
        #expect(problems.contains { $0.contains(expected) }, "\(problems)")
    }

    @Test func `a misspelt word brings its suggestion`() {
        #expect(Self.problems("when: prority >= error")[0].contains("did you mean \"priority\"?"))
        #expect(Self.problems("when: proc.name == a && x.y exists")[0].contains("did you mean \"and\"?"))
    }
}
