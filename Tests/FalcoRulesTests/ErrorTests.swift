// SPDX-License-Identifier: Apache-2.0
import FalcoRules
import Testing

struct ErrorTests {
    /// What is wrong, where (a column in bytes), and what was probably meant.
    @Test(arguments: [
        ("", 1, "empty", nil), ("   ", 1, "empty", nil),
        ("proc.name contians bash", 11, "unknown operator", "contains"),
        ("proc.name StartsWith bash", 11, "unknown operator", "startswith"),
        ("proc.name =~ bash", 11, "unknown operator", "regex"), ("proc.pid => 5", 10, "unknown operator", ">="),
        ("proc.name is bash", 11, "unknown operator", "="),
        ("prority >= error", 1, "unknown field", "priority"), ("hostnme = a", 1, "unknown field", "hostname"),
        ("prco.name = bash", 1, "unknown field", "proc.name"), ("conatiner.id = a", 1, "unknown field", "container.id"),
        ("priority >= eror", 13, "is no priority", "error"), ("priority = 3", 12, "is no priority", nil),
        ("rule.level >= hihg", 15, "is no level", "high"), ("kind = incidnet", 8, "is never", "incident"),
        ("state in (open, closed)", 17, "is never", "close"),
        ("proc.pid > x", 12, "is no number", nil), ("proc.pid = bash", 12, "holds a number", nil),
        ("evt.is_open_write = yes", 21, "is true or false", nil),
        ("proc.name = a && proc.pid = 1", 15, "found \"&&\"", "and"), ("proc.name = a AND x.y = 1", 15, "found", "and"),
        ("! proc.name = a", 1, "found", "not"), ("proc.name = a proc.pid = 1", 15, "found \"proc.pid\"", nil),
        ("proc.name = ", 13, "it ends too early", nil), ("proc.name", 10, "it ends too early", nil),
        ("(proc.name = a", 1, "is not closed", nil), ("proc.name = a)", 14, "found \")\"", nil),
        ("proc.name in (a, b", 14, "the list is not closed", nil), ("proc.name in (a b)", 17, "found \"b\"", nil),
        ("proc.name in (a,)", 17, "found", nil), ("proc.name in shells", 14, "is no list", "(shells)"),
        ("proc.name = \"a", 13, "does not end", nil), ("proc.name regex '\\d+'", 18, "is no escape", "\\\\d"),
        ("spawned_process and proc.name = a", 1, "stands alone", nil),
        ("proc.name regex 'a('", 17, "is no regular expression", nil),
        ("fd.name bcontains xyz", 19, "names no bytes", nil), ("fd.name bcontains abc", 19, "names no bytes", nil),
        ("lower(proc.name) = a", 1, "unknown function", "tolower"), ("val(proc.name) = a", 1, "on the right", nil),
        ("tolower(proc.name = a", 19, "found \"=\"", nil),
        ("proc.name regex val(proc.exe)", 17, "not with another field", nil),
        ("proc.aname[ = a", 12, "argument is missing", nil), ("proc.aname[2 = a", 13, "argument does not end", nil),
        ("proc..name = a", 1, "is no field name", nil), ("and = a", 1, "found \"and\"", nil),
        ("proc.name = a and", 18, "nothing follows", nil), ("proc.name = a or)", 17, "found", nil),
        ("fd.ip = ''", 9, "stands for several", nil), ("fd.sip = val(fd.ip)", 14, "cannot stand on the right", nil),
        ("é.x = 1", 1, "found \"é.x\"", nil), ("rule = é and prority = a", 15, "unknown field", "priority"),
    ])
    func `a mistake is named with its place and what was meant`(
        _ text: String, _ column: Int, _ what: String, _ suggestion: String?
    ) {
        do throws(ConditionError) {
            _ = try Condition(text)
            Issue.record("accepted: \(text)")
        } catch {
            #expect(error.offset + 1 == column, "\(text): \(error)")
            #expect(error.what.contains(what), "\(text): \(error)")
            #expect(error.suggestion == suggestion, "\(text): \(error)")
        }
    }

    @Test func `an error reads as one line`() {
        let error = ConditionError(at: 4, "found \"x\"", expected: "an operator", suggestion: "=")
        #expect(error.description == "column 5: found \"x\" (expected an operator; did you mean \"=\"?)")
    }

    @Test(arguments: [
        ("proc.nmae = a", "proc.name"), ("container.imag = a", "container.image"), ("k8s.ns.nam exists", "k8s.ns.name"),
        ("proc.name = val(proc.pnme)", "proc.pname"),
    ])
    func `a name one letter off Falco's is accepted with a warning`(_ text: String, _ suggestion: String) throws {
        let condition = try Condition(text)
        #expect(condition.warnings.map(\.suggestion) == [suggestion])
    }

    @Test(arguments: [
        "okta.actor.alternateid = x", "ct.user exists", "k8smeta.pod.name = a", "proc.pid = 5", "proc.aname[2] = a",
        "evt.arg.flags contains x", "json.value[/a/b] = c", "geo.country in (DE, FR)", "incident.id exists",
    ])
    func `fields of plugins, of enrichment and of records are accepted as they are`(_ text: String) throws {
        #expect(try Condition(text).warnings.isEmpty)
    }
}
