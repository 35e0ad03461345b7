// SPDX-License-Identifier: Apache-2.0
import FalcoRules
import Testing

/// Falco stops at a file's first error; this reader tells them all.
struct AllErrorsTests {
    private static func rule(_ name: String, _ condition: String, output: String = "x", priority: String = "INFO")
        -> String
    {
        """
        - rule: \(name)
          desc: d
          condition: \(condition)
          output: "\(output)"
          priority: \(priority)

        """
    }

    @Test func `every error of a file is told with its place, those of reading before those of compiling`() {
        let rules = load(
            Self.rule("A", "evt.type = open and proc.nope1 = 1", output: "%proc.nope2 x")
                + Self.rule("B", "evt.type = open", priority: "LOUD")
                + Self.rule("C", "evt.type = opne and proc.nope3 = 1 and proc.name = x")
                + Self.rule("D", "evt.type = open and nosuchmacro")
                + Self.rule("E", "evt.type = open and proc.name = good"))
        let errors = rules.results[0].errors
        #expect(
            errors.map(\.code)
                == [.yamlValidate, .compileOutput, .compileCondition, .compileCondition, .compileCondition, .validate])
        #expect(errors.map { $0.context.place.line + 1 } == [10, 4, 3, 13, 13, 16])
        #expect(errors[2].message == "filter_check called with nonexistent field proc.nope1")
        #expect(errors[3].suggestion == "open")
        #expect(rules.rules.isEmpty)
    }

    @Test func `what is missing because of an error is not blamed as well`() {
        let rules = load(
            """
            - macro: shell
              condition: proc.name in (
            - macro: inner
              condition: shell and evt.type = open
            - list: names
              items: 5
            - rule: R
              desc: d
              condition: inner
              output: x
              priority: LOUD
            - rule: R
              condition: and evt.type = open
              append: true

            """ + Self.rule("S", "inner and proc.name in (names)") + Self.rule("T", "nothing and evt.type = open"))
        #expect(rules.results[0].errors.map(\.code) == [.yamlValidate, .yamlValidate, .compileCondition, .validate])
        #expect(rules.results[0].errors.last?.message == "Undefined macro 'nothing' used in filter.")
    }

    @Test func `a macro's mistake is told once, not in every rule that has it`() {
        let macro = "- macro: m\n  condition: evt.type = open and proc.nope = 1\n"
        let rules = load(macro + (0 ..< 50).map { Self.rule("R\($0)", "m") }.joined())
        #expect(rules.results[0].errors.count == 1)
    }

    @Test func `a hundred errors of a file are told, and a bound that is reached ends it`() {
        let many = load((0 ..< 500).map { Self.rule("R\($0)", "evt.type = open and proc.nope\($0) = 1") }.joined())
        #expect(many.results[0].errors.count == 100)
        let wide = (0 ..< 400).map { "proc.name = n\($0)" }.joined(separator: " or ")
        let macros =
            "- macro: w\n  condition: \(wide)\n- macro: v\n  condition: "
            + Array(repeating: "w", count: 300)
            .joined(separator: " or ") + "\n"
        #expect(load(macros + (0 ..< 50).map { Self.rule("R\($0)", "v") }.joined()).results[0].errors.count == 1)
    }

    @Test func `a file with errors changes nothing for the next one`() {
        let rules = load([Self.rule("A", "evt.type = open and proc.nope = 1"), Self.rule("B", "evt.type = open")])
        #expect(rules.results.map(\.isSuccessful) == [false, true])
        #expect(rules.rules.map(\.name) == ["B"])
    }
}
