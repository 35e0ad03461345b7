// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import SigmaRules

/// Conditions over four search identifiers, of which the alert passes `sel_a`, `sel_b` and `_hidden`, not `other`.
struct ConditionTests {
    private static let selections = """
        sel_a: {proc.name: bash}
        sel_b: [{proc.pname: runc}, {proc.pname: sshd, user.name: root}]
        other: {proc.name: sh}
        _hidden: {user.name: root}

        """
    private static let alert = TestAlert(
        fields: [("proc.name", .text("bash")), ("proc.pname", .text("sshd")), ("user.name", .text("root"))])

    @Test(arguments: [
        ("sel_a", true), ("other", false), ("not other", true), ("not not sel_a", true), ("sel_a and sel_b", true),
        ("sel_a and other", false), ("other or sel_b", true), ("other or other", false), ("sel_a and not other", true),
        ("other and sel_a or sel_b", true), ("sel_b or sel_a and other", true), ("(sel_b or sel_a) and other", false),
        ("not other and other", false), ("not (other and other)", true), ("not (sel_a and sel_b)", false),
        ("1 of them", true), ("all of them", false), ("2 of them", true), ("3 of them", false), ("any of them", true),
        ("all of sel*", true), ("1 of sel*", true), ("1 of oth*", false), ("2 of sel_?", false), ("all of *_*", true),
        ("1 of _hid*", true), ("2 of *", true), ("3 of *", true), ("4 of *", false), ("not 1 of oth*", true),
        ("sel_a and not 1 of oth*", true), ("SEL_A", false), ("sel_a AND sel_b", true), ("other OR sel_a", true),
        ("NOT other", true), ("1 of sel* and (other or _hidden)", true), ("all of sel* and not all of them", true),
        ("[other, sel_a]", true), ("[other, 'other and sel_a']", false), ("((((sel_a))))", true),
        ("not(other)and(sel_a)", true),
    ])
    func `a condition says what it says`(_ condition: String, _ expected: Bool) throws {
        let body = Self.selections + "condition: \(condition)"
        if condition == "SEL_A" || condition == "2 of sel_?" {
            #expect(throws: Refused.self) { try detects(body, Self.alert) }
        } else {
            #expect(try detects(body, Self.alert) == expected)
        }
    }

    @Test func `a condition over many lines, and one in quotes`() throws {
        #expect(try detects(Self.selections + "condition: >\n  sel_a and\n  sel_b", Self.alert))
        #expect(try detects(Self.selections + "condition: 'sel_a and sel_b'", Self.alert))
    }

    @Test func `threshold conditions count each way`() throws {
        // Of five selections exactly `held` hold: `n of` must be true up to there.
        for held in 0 ... 5 {
            let fields = (0 ..< 5).map { ("f\($0)", TestAlert.Value.text($0 < held ? "yes" : "no")) }
            let selections = (0 ..< 5).map { "s\($0): {f\($0): 'yes'}" }.joined(separator: "\n")
            for wanted in 1 ... 5 {
                let result = try detects(selections + "\ncondition: \(wanted) of s*", TestAlert(fields: fields))
                #expect(result == (held >= wanted))
            }
        }
    }

    @Test func `the selections that matched are named`() throws {
        let body = Self.selections.split(separator: "\n").map { "  \($0)\n" }.joined()
        let outcome = read(
            "title: t\nlogsource: {product: falco}\ndetection:\n\(body)  condition: 1 of sel* and (other or _hidden)\n")
        let rules = try #require(outcome.rules)
        let batch = batch([Self.alert])
        var matches = rules.makeMatchSet()
        let names = rules.explain(AlertFacts(batch.alert(at: 0)), detection: 0, using: &matches)
        #expect(names == ["sel_a", "sel_b", "_hidden"])
    }
}
