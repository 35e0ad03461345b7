// SPDX-License-Identifier: Apache-2.0
import FalcoRules
import PositionedYAML
import Testing

struct LoadingTests {
    private static func rule(_ condition: String, name: String = "R", more: String = "") -> String {
        "- rule: \(name)\n  desc: d\n  condition: \(condition)\n  output: o %proc.name\n  priority: info\n\(more)"
    }

    @Test func `macros and lists are put in their place, and places stay those of the file`() throws {
        let rules = load(
            "- list: shells\n  items: [sh, \"my shell\"]\n- list: all\n  items: [shells, env]\n"
                + "- macro: opened\n  condition: evt.type in (open, openat)\n"
                + Self.rule("opened and not proc.name in (all)"))
        #expect(rules.results[0].text == "1.yaml: Ok")
        let rule = try #require(rules.rules.first)
        #expect(
            rule.compiledCondition
                == "(evt.type in (open, openat) and not proc.name in (sh, \"my shell\", env))")
        #expect(rule.condition == "opened and not proc.name in (all)")
        #expect(rule.macros == ["opened"])
        #expect(rule.lists == ["all"])
        #expect(rule.events == ["asyncevent", "open", "openat"])
        #expect(rule.position == YAMLPosition(line: 6, column: 2, offset: 134))
    }

    @Test func `a later file overrides, appends and disables`() throws {
        let rules = load([
            "- list: l\n  items: [a]\n- macro: m\n  condition: proc.name in (l)\n"
                + Self.rule("evt.type = open and m", more: "  tags: [x]\n")
                + Self.rule("evt.type = close", name: "S"),
            "- list: l\n  items: [b]\n  override:\n    items: append\n"
                + "- macro: m\n  condition: or proc.pid = 1\n  override: {condition: append}\n"
                + "- rule: R\n  condition: and fd.num = 3\n  tags: [w]\n  priority: CRITICAL\n"
                + "  override:\n    condition: append\n    tags: append\n    priority: replace\n"
                + "- rule: S\n  enabled: false\n  override: {enabled: replace}\n",
        ])
        #expect(rules.results.map(\.text) == ["1.yaml: Ok", "2.yaml: Ok"])
        let first = try #require(rules.rules.first)
        #expect(
            first.compiledCondition
                == "(evt.type = open and (proc.name in (a, b) or proc.pid = 1) and fd.num = 3)")
        #expect(first.tags == ["w", "x"])
        #expect(first.priority == .critical)
        #expect(rules.rules.map(\.isEnabled) == [true, false])
    }

    @Test func `a file with an error changes nothing, and the next one is still judged`() {
        let rules = load([
            Self.rule("evt.type = open"), Self.rule("evt.type = open and", name: "Bad"),
            Self.rule("evt.type = close", name: "Good"),
        ])
        #expect(rules.results.map(\.isSuccessful) == [true, false, true])
        #expect(rules.rules.map(\.name) == ["R", "Good"])
    }

    @Test func `exceptions become part of the condition`() throws {
        let rules = load(
            Self.rule(
                "evt.type = open",
                more: "  exceptions:\n    - name: one\n      fields: proc.name\n      values: [a, b c]\n"
                    + "    - name: two\n      fields: [proc.name, fd.name]\n      comps: [=, startswith]\n"
                    + "      values:\n        - [x, /etc]\n    - name: empty\n      fields: [proc.name]\n"))
        let rule = try #require(rules.rules.first, "\(rules.results[0].text)")
        #expect(
            rule.compiledCondition
                == "(evt.type = open and not proc.name in (a, \"b c\") and not (proc.name = x and fd.name startswith /etc))"
        )
        #expect(rule.exceptionNames == ["one", "two", "empty"])
        #expect(rule.exceptionFields == ["fd.name", "proc.name"])
    }

    @Test(arguments: [
        ("[proc.nam]", "[=]", "'proc.nam' is not a supported filter field"),
        ("[proc.name]", "[=, =]", "Fields and comps lists must have equal length"),
        ("[proc.name]", "[equals]", "'equals' is not a supported comparison operator"),
        ("proc.name", "=", "When fields is a single value, comps must be one of (in, pmatch, intersects)"),
    ])
    func `wrong exceptions are refused`(_ fields: String, _ comparisons: String, _ message: String) {
        let rules = load(
            Self.rule(
                "evt.type = open",
                more: "  exceptions:\n    - name: e\n      fields: \(fields)\n      comps: \(comparisons)\n"))
        #expect(rules.results[0].errors.map(\.message) == [message])
        #expect(rules.results[0].errors.map(\.code) == [.validate])
    }

    @Test(arguments: [
        ("evt.type = open and proc.nmae = x", "proc.name"), ("evt.type = opne", "open"),
    ])
    func `a misspelt name gets a suggestion`(_ condition: String, _ meant: String) {
        let error = load(Self.rule(condition)).results[0].errors.first
        #expect(error?.suggestion == meant)
        #expect(error?.code == .compileCondition)
    }

    @Test func `an output's field is checked, and a full stop behind it is no part of it`() {
        let good = load(Self.rule("evt.type = open").replacing("%proc.name", with: "%proc.name. %proc.aname[2], x"))
        #expect(good.rules.first?.outputFields == ["proc.name", "proc.aname[2]"])
        let bad = load(Self.rule("evt.type = open").replacing("%proc.name", with: "%proc.nmae by %user.name"))
        #expect(bad.results[0].errors.map(\.message) == ["invalid formatting token proc.nmae by %user.name"])
        #expect(bad.results[0].errors.first?.suggestion == "proc.name")
    }

    @Test func `macros that lead back to themselves are refused`() {
        let rules = load(
            "- macro: a\n  condition: proc.pid = 1\n- macro: b\n  condition: a\n"
                + "- macro: a\n  condition: or b\n  append: true\n" + Self.rule("a"))
        #expect(rules.results[0].errors.map(\.message) == ["reference loop in macro"])
    }

    @Test func `a macro may name one that was defined before its last change`() throws {
        let rules = load(
            "- macro: a\n  condition: proc.pid = 1\n- macro: b\n  condition: proc.pid = 2\n"
                + "- macro: a\n  condition: or b\n  override: {condition: append}\n" + Self.rule("evt.type=open and a"))
        #expect(
            rules.rules.first?.compiledCondition == "(evt.type = open and (proc.pid = 1 or proc.pid = 2))")
        let early = load(
            "- macro: a\n  condition: b\n- macro: b\n  condition: proc.pid = 2\n" + Self.rule("evt.type=open and a"))
        #expect(early.results[0].errors.map(\.message) == ["Undefined macro 'b' used in filter."])
    }

    @Test func `required versions are compared and kept`() {
        let rules = load(
            "- required_engine_version: 0.31.0\n- required_engine_version: 13\n- required_plugin_versions:\n"
                + "  - name: container\n    version: 0.2.2\n    alternatives: [{name: other, version: 1.0.0}]\n")
        #expect(rules.requiredEngine.text == "0.31.0")
        #expect(rules.unmetPlugin(loaded: ["container": RuleVersion(0, 2, 3)]) == nil)
        #expect(
            rules.unmetPlugin(loaded: ["container": RuleVersion(0, 2, 1)])
                == "Plugin requirement not satisfied, must load one of: container (>= 0.2.2), other (>= 1.0.0)")
    }

    @Test func `with a plugin's source known its rules are loaded and its fields let through`() {
        var settings = FalcoRuleFiles.Settings()
        settings.sources.plugins = ["k8s_audit"]
        let text = Self.rule("ka.verb = create", more: "  source: k8s_audit\n")
        #expect(load([text], settings: settings).rules.map(\.source) == ["k8s_audit"])
        #expect(load([text]).rules.isEmpty)
    }

    @Test func `skip-if-unknown-filter leaves a rule out with a warning`() {
        let rules = load(Self.rule("evt.type = open and no.such = 1", more: "  skip-if-unknown-filter: true\n"))
        #expect(rules.isSuccessful)
        #expect(rules.results[0].warnings.map(\.code) == [.unknownFilter])
        #expect(rules.rules.isEmpty)
    }

    @Test func `the text form is Falco's`() {
        let text = load(Self.rule("evt.type = open and (proc.name = foo")).results[0].text
        #expect(
            text == """
                1.yaml: Invalid
                1 Errors:
                In rules content: (1.yaml:0:0)
                    rule 'R': (1.yaml:0:2)
                    rule condition: (1.yaml:2:13)
                    condition expression: ("evt.type = open a...":3:50)
                ------
                evt.type = open and (proc.name = foo
                                                   ^
                ------
                LOAD_ERR_COMPILE_CONDITION (Error compiling condition): expected a ')' token

                """)
    }

    @Test func `the table wraps descriptions behind the names`() throws {
        let words = [String](repeating: "word", count: 14).joined(separator: " ")
        let rules = load(Self.rule("evt.type = open").replacing("desc: d", with: "desc: \(words)"))
        let lines = try #require(rules.table(ofRule: "R")).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "Rule" + String(repeating: " ", count: 47) + "Description")
        #expect(lines[1] == "----" + String(repeating: " ", count: 47) + "-----------")
        #expect(lines[2].hasPrefix("R" + String(repeating: " ", count: 50) + "word word"))
        #expect(lines[2].count == 51 + 59)
        #expect(lines[3] == String(repeating: " ", count: 51) + "word word")
        #expect(lines[4...] == ["", ""])
        #expect(rules.table(ofRule: "Nope") == nil)
        #expect(rules.descriptionJSON(ofRule: "Nope") == nil)
    }

    @Test func `rules in the manner of Falco's own load`() throws {
        let rules = load(
            """
            # Conditions over several lines, as Falco's own rules have them.
            - required_engine_version: 0.57.0

            - list: shell_binaries
              items: [ash, bash, csh, sh]

            - macro: spawned_process
              condition: (evt.type in (execve, execveat))

            - macro: container
              condition: (container.id != host)

            - macro: shell_procs
              condition: proc.name in (shell_binaries)

            - rule: Terminal shell
              desc: >
                A shell with an attached terminal
                in a container.
              condition: >
                spawned_process and container
                and shell_procs and proc.tty != 0
                and not (proc.cmdline startswith "sh -c" or proc.pname in (runc, "a b"))
              output: Shell (evt_type=%evt.type user=%user.name flags=%evt.arg.flags %container.info)
              priority: NOTICE
              tags: [maturity_stable, container, T1059]

            """)
        #expect(rules.results[0].errors.isEmpty, "\(rules.results[0].text)")
        #expect(rules.results[0].warnings.map(\.code) == [.deprecatedItem])
        let rule = try #require(rules.rules.first)
        #expect(
            rule.compiledCondition
                == "(evt.type in (execve, execveat) and container.id != host and proc.name in (ash, bash, csh, sh) and "
                + "proc.tty != 0 and not (proc.cmdline startswith \"sh -c\" or proc.pname in (runc, \"a b\")))")
        #expect(rule.outputFields == ["evt.type", "user.name", "evt.arg.flags"])
        #expect(rule.output.hasSuffix("%container.info)") && !rule.compiledOutput.contains("container.info"))
        #expect(rule.description == "A shell with an attached terminal in a container.\n")
    }
}
