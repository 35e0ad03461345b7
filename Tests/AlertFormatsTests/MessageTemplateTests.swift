// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import Testing

@Suite struct MessageTemplateTests {
    private func text(_ template: MessageTemplate, _ entry: DecidedEntry) -> String {
        var buffer = OutputBuffer()
        for output in OutputWalk(entry) { template.append(output, of: entry, to: &buffer) }
        return String(decoding: [UInt8](_span: buffer.bytes), as: UTF8.self)
    }

    private func alert(_ command: String) -> DecidedEntry {
        Sample.protobuf([Message(rule: "Shell", fields: [("proc.cmdline", [UInt8](command.utf8))]).bytes])
    }

    @Test func `names in braces become values, the rest stays`() throws {
        let template = try MessageTemplate(
            "*{priority}* {{{rule}}} {proc.cmdline}{k8s.ns.name} on {hostname}, {kind}", for: .slack)
        #expect(text(template, alert("ls")) == "*Notice* {Shell} ls on node-1, alert")
    }

    @Test(arguments: [
        ("<!channel> & <https://e.example|x>", "&lt;!channel&gt; &amp; &lt;https:\u{200B}//e.example|x&gt;"),
        ("@here www.e.example `code`", "@\u{200B}here www.\u{200B}e.example 'code'"),
        ("a\nb\u{1b}[31m\u{202e}\u{200b}", #"a\nb\u{1b}[31m\u{202e}\u{200b}"#),
    ])
    func `no value mentions, links or breaks a line in Slack`(value: String, wanted: String) throws {
        #expect(text(try MessageTemplate("{proc.cmdline}", for: .slack), alert(value)) == wanted)
    }

    @Test(arguments: [
        ("[x](https://e.example)", "\\[x\\]\\(https:\u{200B}\\/\\/e\\.example\\)"),
        ("**a** <b> ![i](u) `c`", #"\*\*a\*\* &lt;b&gt; \!\[i\]\(u\) \`c\`"#),
        ("# t\n- i", ##"\# t\\n\- i"##),
    ])
    func `no value is markup in Markdown`(value: String, wanted: String) throws {
        #expect(text(try MessageTemplate("{proc.cmdline}", for: .markdown), alert(value)) == wanted)
    }

    @Test func `values and the whole have limits`() throws {
        let template = try MessageTemplate("{proc.cmdline}|{proc.cmdline}|", for: .plain, valueLimit: 10, limit: 16)
        #expect(text(template, alert(String(repeating: "日", count: 9))) == "日日…|日…|")
    }

    @Test func `records and gaps have values too`() throws {
        let template = try MessageTemplate("{kind} {rule} {container.id} {source}: {output}", for: .plain)
        #expect(
            text(template, SampleRecords.entry(.incident(SampleRecords.incident())))
                .hasPrefix("incident Chain 3ad7b26ded6d creance: Chain (state=open value=3 container.id=3ad7b26ded6d"))
        #expect(
            text(template, Sample.gap(.reconnected))
                == "gap Creance gap  creance: Alerts of source node may be missing (reason=reconnected)")
    }

    @Test(arguments: [
        ("a {rule", TemplateProblem.openBrace(at: 3)), ("a } b", .strayBrace(at: 3)), ("{}", .badName("", at: 1)),
        ("{a b}", .badName("a b", at: 1)),
    ])
    func `a template that cannot be read says where`(template: String, problem: TemplateProblem) {
        #expect(throws: problem) { try MessageTemplate(template, for: .plain) }
    }
}
