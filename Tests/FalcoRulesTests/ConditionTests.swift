// SPDX-License-Identifier: Apache-2.0
import AlertModel
import FalcoRules
import Testing

struct ConditionTests {
    private static let alert = SampleAlert(fields: [("proc.name", "a"), ("proc.pname", "b")])

    /// T and F hold and do not.
    @Test(arguments: [
        ("T or T and F", true), ("(T or T) and F", false), ("F and T or T", true), ("F and (T or T)", false),
        ("not F and F", false), ("not (F and F)", true), ("not T or T", true), ("not(T)or(T)", true),
        ("not not T", true),
        ("F or F or T", true), ("T and T and F", false), ("T and not F", true), ("T and(F or T)", true),
        ("not (T and (F or not T))", true), ("( ( T ) )", true), ("T\nand\t F", false), ("T and not not not F", true),
    ])
    func `and binds tighter than or, not tighter than and`(_ shape: String, _ expected: Bool) throws {
        let text = shape.replacingOccurrences("T", "proc.name = a").replacingOccurrences("F", "proc.name = b")
        #expect(matches(try Condition(text), Self.alert) == expected, "\(text)")
    }

    @Test(arguments: [
        ("'a b'", "a b"), ("\"a b\"", "a b"), ("'a\"b'", "a\"b"), ("\"it's\"", "it's"), ("'it\\'s'", "it's"),
        ("\"\\\\d\"", "\\d"), ("'\\n\\t\\r\\b\\f\\/'", "\n\t\r\u{8}\u{c}/"), ("'\\ x'", "\\x"), ("a\\d", "a\\d"),
        ("/usr/bin/*.so", "/usr/bin/*.so"), ("a|b&c", "a|b&c"), ("[x]{y}", "[x]{y}"), ("é", "é"), ("-", "-"),
        ("and", "and"), ("val", "val"), ("a=", "a"),
    ])
    func `values are read as Falco reads them`(_ written: String, _ meant: String) throws {
        let alert = SampleAlert(fields: [("proc.name", .text(Array(meant.utf8)))])
        if written == "a=" {
            #expect(throws: ConditionError.self) { try Condition("proc.name = \(written)") }
        } else {
            #expect(matches(try Condition("proc.name = \(written)"), alert), "\(written)")
            #expect(matches(try Condition("proc.name in (x,\(written))"), alert), "\(written)")
        }
    }

    @Test func `a condition knows its text and what it reads`() throws {
        let text =
            "priority >= error and (proc.name = val(proc.pname) or k8s.ns.name exists or proc.name = x or evt.time > 1)"
        let condition = try Condition(text)
        #expect(condition.text == text)
        #expect(condition.description == text)
        #expect(condition.fields.map(\.name) == ["proc.name", "k8s.ns.name", "proc.pname"])
        #expect(condition == (try Condition(text)))
        #expect(condition != (try Condition("priority >= error")))
        #expect(Set([condition, try Condition(text)]).count == 1)
    }

    @Test func `what enrichment added is read where the alert has nothing`() throws {
        let batch = sampleBatch([SampleAlert(fields: [("k8s.ns.name", .null), ("k8s.pod.name", "own")])])
        var added = AddedFields()
        for (name, value) in [("k8s.ns.name", "shop"), ("k8s.pod.name", "other"), ("geo.country", "DE")] {
            added.add(FieldName(name), Array(value.utf8).span)
        }
        added.endAlert()
        func isMatch(_ text: String) throws -> Bool {
            let condition = try Condition(text)
            let facts = AlertFacts(batch.alert(at: 0), added, at: 0)
            return condition.matches(facts)
        }
        #expect(try isMatch("k8s.ns.name = shop and geo.country = DE and k8s.pod.name = own"))
        #expect(try !isMatch("k8s.pod.name = other"))
    }

    @Test func `conditions may be used by several tasks`() async throws {
        let condition = try Condition("proc.name regex 'a+' and proc.pname in (a, b) and not rule contains zz")
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0 ..< 4 {
                group.addTask {
                    let batch = sampleBatch([Self.alert])
                    return (0 ..< 500).allSatisfy { _ in condition.matches(batch, 0) }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}

extension String {
    fileprivate func replacingOccurrences(_ letter: Character, _ text: String) -> String {
        reduce(into: "") { $0 += $1 == letter ? text : String($1) }
    }
}
