// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import SigmaRules

/// Each modifier of Sigma 2.1, and values without one.
struct ModifierTests {
    /// What the one selection says, the value of `proc.cmdline`, and whether it matches.
    struct Example: Sendable, CustomStringConvertible {
        let key: String
        let value: String
        let text: String?
        let matches: Bool
        init(_ key: String, _ value: String, _ text: String?, _ matches: Bool) {
            (self.key, self.value, self.text, self.matches) = (key, value, text, matches)
        }
        var description: String { "\(key): \(value) against \(text ?? "null")" }
    }

    static let examples: [Example] = [
        // Texts: case, wildcards, escapes.
        .init("", "'Bash -C'", "bash -c", true), .init("", "bash", "bash -c", false),
        .init("|cased", "Bash", "bash", false), .init("|cased", "bash", "bash", true),
        .init("", "'ba*-c'", "BASH -c", true), .init("", "'b?sh'", "bash", true), .init("", "'b?sh'", "bsh", false),
        .init("", "'b?sh'", "béSH", true), .init("", "'*sh*'", "bash -c", true), .init("", "'*'", "x", true),
        .init("", "'*'", nil, false), .init("", #"'a\*b'"#, "a*b", true), .init("", #"'a\*b'"#, "axb", false),
        .init("", #"'a\\*b'"#, #"a\xxb"#, true), .init("", #"'a\\\*b'"#, #"a\*b"#, true),
        .init("", #"'a\b'"#, #"a\b"#, true), .init("", #"'a\\b'"#, #"a\b"#, true),
        .init("", #"'a\\\\b'"#, #"a\\b"#, true), .init("", #"'\\\?'"#, #"\?"#, true),
        .init("", "'ÉTÉ'", "été", true), .init("|contains", "'ÉTÉ'", "un été chaud", true),
        .init("|cased", "'ÉTÉ'", "été", false), .init("", "'*tmp*.sh'", "/tmp/x.SH", true),
        .init("", "'*tmp*.sh'", "/tmp/x.py", false), .init("", "'a*a'", "a", false),
        .init("", "[x, bash]", "bash", true), .init("", "[x, y]", "bash", false),
        // Null, empty, numbers, Booleans.
        .init("", "null", nil, true), .init("", "''", nil, true), .init("", "null", "x", false),
        .init("", "''", "", true), .init("", "[null, x]", nil, true), .init("", "4711", "4711", true),
        .init("", "1.5", "1.50", true), .init("", "true", "TRUE", true), .init("", "'4711'", "4711", true),
        .init("", "4711", "47110", false),
        // Where a text stands.
        .init("|contains", "url", "cURL x", true), .init("|startswith", "cur", "curl", true),
        .init("|startswith", "url", "curl", false), .init("|endswith", "url", "curl", true),
        .init("|endswith", "cur", "curl", false), .init("|contains", "'a*c'", "xabcx", true),
        .init("|startswith", "'a*c'", "xabc", false), .init("|startswith", "'a?c'", "aBcd", true),
        .init("|endswith", "'/b*h'", "/usr/bin/bash", true), .init("|contains|cased", "URL", "curl", false),
        .init("|contains", "[nc, ncat]", "ncat -e", true),
        .init("|contains", "'" + String(repeating: "ab", count: 40) + "'", String(repeating: "AB", count: 41), true),
        .init("|contains", "'" + String(repeating: "ab", count: 40) + "c'", String(repeating: "ab", count: 41), false),
        // all, neq, exists.
        .init("|contains|all", "[curl, '-s']", "curl -s x", true),
        .init("|contains|all", "[curl, '-s']", "curl x", false), .init("|neq", "bash", "sh", true),
        .init("|neq", "bash", "BASH", false), .init("|neq", "bash", nil, true), .init("|neq", "[a, b]", "b", false),
        .init("|exists", "true", "x", true), .init("|exists", "false", "x", false),
        .init("|exists", "true", nil, true), .init("|contains|neq", "url", "curl", false),
        // Regular expressions.
        .init("|re", "'c.rl'", "a curl b", true), .init("|re", "'C.RL'", "curl", false),
        .init("|re|i", "'C.RL'", "curl", true), .init("|re", "'^b$'", "a\nb", false),
        .init("|re|m", "'^b$'", "a\nb", true), .init("|re", "'a.b'", "a\nb", false),
        .init("|re|s", "'a.b'", "a\nb", true),
        .init("|re", "['^x', 'y$']", "my", true), .init("|re|all", "['^x', 'y$']", "my", false),
        .init("|re", "'(a+)+$'", String(repeating: "a", count: 5_000) + "b", false),
        // Encodings.
        .init("|base64", "foobar", "Zm9vYmFy", true), .init("|base64|contains", "foob", "x Zm9vYg== y", true),
        .init("|base64offset|contains", "http", "aHR0cA==", true),
        .init("|base64offset|contains", "http", "eGh0dHA6", true),
        .init("|base64offset|contains", "http", "eHhodHRwOg==", true),
        .init("|base64offset|contains", "http", "Zm9vYmFy", false),
        .init("|wide|base64|contains", "ping", "cABpAG4AZwA=", true),
        .init("|utf16le|base64offset|contains", "ping", "cABpAG4AZwA=", true),
        .init("|utf16be|base64|contains", "a", "AGE=", true), .init("|utf16|base64|contains", "a", "//5hAA==", true),
        .init("|windash|contains", "' -enc'", "x /enc y", true),
        .init("|windash|contains", "' -enc'", "x –enc y", true),
        .init("|windash|contains", "' -enc'", "x enc y", false),
        .init("|windash|contains", "' -a -b'", " /a ―b", true),
        // Numbers.
        .init("|gt", "5", "6", true), .init("|gt", "5", "5", false), .init("|gte", "5", "5", true),
        .init("|lt", "5", "4.5", true), .init("|lte", "-1", "-1", true), .init("|lt", "5", "x", false),
        .init("|gt", "9007199254740992", "9007199254740993", true), .init("|gt", "5", nil, false),
    ]

    @Test(arguments: examples)
    func `a value passes what its modifiers say`(_ example: Example) throws {
        let value: TestAlert.Value = example.text.map { .text($0) } ?? .null
        let alert = TestAlert(fields: [("proc.cmdline", value)])
        let body = "sel:\n  proc.cmdline\(example.key): \(example.value)\ncondition: sel"
        #expect(try detects(body, alert) == example.matches)
    }

    @Test func `addresses are matched by range`() throws {
        let alert = TestAlert(fields: [("fd.sip", .text("10.1.2.3"))])
        #expect(try detects("sel: {fd.sip|cidr: 10.0.0.0/8}\ncondition: sel", alert))
        #expect(try !detects("sel: {fd.sip|cidr: [192.168.0.0/16, '2001:db8::/32']}\ncondition: sel", alert))
        let six = TestAlert(fields: [("fd.sip", .text("2001:db8::1"))])
        #expect(try detects("sel: {fd.sip|cidr: [192.168.0.0/16, '2001:db8::/32']}\ncondition: sel", six))
    }

    @Test func `numbers of JSON are compared as numbers`() throws {
        let alert = TestAlert(fields: [("proc.pid", .integer(4_711)), ("x.y", .double("1.5")), ("z", .bool(true))])
        #expect(try detects("sel: {proc.pid: 4711, x.y|gt: 1.4, z: true}\ncondition: sel", alert))
        #expect(try detects("sel: {proc.pid|startswith: 47}\ncondition: sel", alert))
        #expect(try !detects("sel: {proc.pid|lt: 4711}\ncondition: sel", alert))
    }

    @Test func `a field that is not there differs from one that is null`() throws {
        let alert = TestAlert(fields: [("a.b", .null)])
        #expect(try detects("sel: {a.b|exists: true, c.d|exists: false, a.b: null, c.d: null}\ncondition: sel", alert))
        #expect(try !detects("sel: {c.d|exists: true}\ncondition: sel", alert))
    }

    @Test func `fields are compared with fields`() throws {
        let alert = TestAlert(fields: [("a", .text("Bash")), ("b", .text("bash")), ("c", .text("/bin/bash"))])
        #expect(try detects("sel: {a|fieldref: b}\ncondition: sel", alert))
        #expect(try !detects("sel: {a|fieldref|cased: b}\ncondition: sel", alert))
        #expect(try !detects("sel: {a|fieldref|neq: b}\ncondition: sel", alert))
        #expect(try detects("sel: {c|fieldref|endswith: a}\ncondition: sel", alert))
        #expect(try detects("sel: {c|fieldref|contains: b}\ncondition: sel", alert))
        #expect(try !detects("sel: {c|fieldref|startswith: b}\ncondition: sel", alert))
        #expect(try !detects("sel: {a|fieldref: d}\ncondition: sel", alert))
    }

    @Test func `names between percent signs are put in from a table`() throws {
        let table = ["admins": ["root", "adm_*"]]
        let alert = TestAlert(fields: [("user.name", .text("adm_eve"))])
        #expect(try detects("sel: {user.name|expand: '%admins%'}\ncondition: sel", alert, expansions: table))
        #expect(try detects("sel: {user.name|expand|contains: '%admins%e'}\ncondition: sel", alert, expansions: table))
        #expect(try !detects("sel: {user.name: '%admins%'}\ncondition: sel", alert, expansions: table))
        let percent = TestAlert(fields: [("user.name", .text("%plain%root"))])
        #expect(
            try detects(
                #"sel: {user.name|expand: '\%plain%admins%'}\#ncondition: sel"#,
                TestAlert(fields: [("user.name", .text("%plainroot"))]), expansions: table))
        #expect(try !detects("sel: {user.name|expand: '%admins%'}\ncondition: sel", percent, expansions: table))
    }

    @Test(arguments: [
        ("minute", 26), ("hour", 20), ("day", 28), ("week", 22), ("month", 5), ("year", 2026),
    ])
    func `parts of a time are numbers`(_ part: String, _ number: Int) throws {
        let alert = TestAlert(
            time: "2026-05-28T20:26:40.000484839Z",
            fields: [
                ("evt.time", .integer(1_780_000_000_000_484_839)),
                ("evt.time.iso8601", .text("2026-05-28T20:26:40+0200")),
            ])
        for field in ["time", "evt.time", "evt.time.iso8601"] {
            #expect(try detects("sel: {\(field)|\(part): \(number)}\ncondition: sel", alert), "\(field)")
            #expect(try !detects("sel: {\(field)|\(part): \(number + 1)}\ncondition: sel", alert), "\(field)")
            #expect(try detects("sel: {\(field)|\(part)|lte: \(number)}\ncondition: sel", alert), "\(field)")
        }
    }

    @Test(arguments: [
        ("2024-12-30T00:00:00Z", 1), ("2021-01-03T23:59:59Z", 53), ("2026-01-01T00:00:00Z", 1),
        ("2023-01-01T12:00:00Z", 52),
    ])
    func `weeks are those of ISO 8601`(_ time: String, _ week: Int) throws {
        #expect(try detects("sel: {time|week: \(week)}\ncondition: sel", TestAlert(time: time)))
    }

    @Test func `priorities compare by severity`() throws {
        let alert = TestAlert(priority: "Warning")
        #expect(try detects("sel: {priority: warning}\ncondition: sel", alert))
        #expect(try detects("sel: {priority|gte: warning}\ncondition: sel", alert))
        #expect(try detects("sel: {priority|gt: notice, priority|lt: error}\ncondition: sel", alert))
        #expect(try !detects("sel: {priority|gte: error}\ncondition: sel", alert))
        #expect(try detects("sel: {priority|startswith: w}\ncondition: sel", alert))
        #expect(try detects("sel: {priority: [error, 'warn*']}\ncondition: sel", alert))
        #expect(try detects("sel: {priority|neq: error}\ncondition: sel", alert))
        #expect(try detects("sel: {priority: info}\ncondition: sel", TestAlert(priority: "Informational")))
        #expect(try detects("sel: {priority|re: 'W[a-z]+g'}\ncondition: sel", alert))
    }

    @Test func `a test of tags holds when one tag passes it`() throws {
        let alert = TestAlert(tags: ["container", "mitre_execution"])
        #expect(try detects("sel: {tags: container}\ncondition: sel", alert))
        #expect(try detects("sel: {tags|contains|all: [execution, cont]}\ncondition: sel", alert))
        #expect(try !detects("sel: {tags: [host, k8s]}\ncondition: sel", alert))
        #expect(try detects("sel: {tags|re: '^mitre_'}\ncondition: sel", alert))
        #expect(try detects("sel: {tags: 'm*_ex*n'}\ncondition: sel", alert))
        #expect(try detects("sel: {tags: null}\ncondition: sel", TestAlert()))
    }

    @Test func `keywords are looked for in the output and every text`() throws {
        let alert = TestAlert(
            output: "a Shell was spawned", fields: [("proc.cmdline", .text("curl -s x")), ("n", .integer(5))])
        #expect(try detects("words: [shell]\ncondition: words", alert))
        #expect(try detects("words: [nothing, 'CURL*x']\ncondition: words", alert))
        #expect(try !detects("words: [terminal]\ncondition: words", alert))
        #expect(try detects("words:\n  '|all': [shell, curl]\ncondition: words", alert))
        #expect(try !detects("words:\n  '|all': [shell, wget]\ncondition: words", alert))
        #expect(try detects("words: {'|re': 'cu.l'}\ncondition: words", alert))
        #expect(try detects("words: shell\ncondition: words", alert))
    }
}
