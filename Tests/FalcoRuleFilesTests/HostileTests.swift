// SPDX-License-Identifier: Apache-2.0
import FalcoRules
import PositionedYAML
import Testing

struct HostileTests {
    private static func rule(_ condition: String) -> String {
        "- rule: R\n  desc: d\n  condition: \(condition)\n  output: o\n  priority: info\n"
    }

    @Test func `deep nesting is refused, not recursed into`() {
        for text in [String(repeating: "(", count: 50_000), String(repeating: "not(", count: 50_000)] {
            let error = load(Self.rule("evt.type = open and " + text)).results[0].errors.first
            #expect(error?.message == "exceeded max depth limit of 100")
        }
        let lists = load(String(repeating: "[", count: 50_000))
        #expect(lists.results[0].errors.first?.code == .yamlParse)
    }

    @Test func `macros that double in size are refused`() {
        var text = "- macro: m0\n  condition: proc.pid = 1\n"
        for level in 1 ... 60 { text += "- macro: m\(level)\n  condition: m\(level - 1) or m\(level - 1)\n" }
        let error = load(text + Self.rule("m60")).results[0].errors.first
        #expect(error?.message.hasPrefix("more than") == true)
    }

    @Test func `a long chain of macros is refused or resolved, in either order`() {
        var forwards = "- macro: m0\n  condition: proc.pid = 1\n"
        for level in 1 ... 5_000 { forwards += "- macro: m\(level)\n  condition: not (m\(level - 1))\n" }
        #expect(load(forwards + Self.rule("m5000")).results[0].errors.count == 1)
        var backwards = ""
        for level in 0 ..< 5_000 { backwards += "- macro: m\(level)\n  condition: proc.pid = 1\n" }
        for level in 0 ..< 4_999 {
            backwards += "- macro: m\(level)\n  condition: or m\(level + 1)\n  override: {condition: append}\n"
        }
        #expect(load(backwards + Self.rule("m0")).results[0].errors.count == 1)
    }

    @Test func `lists that grow by lists are bounded`() {
        var text = "- list: l\n  items: [" + (0 ..< 20_000).map { "item\($0)" }.joined(separator: ",") + "]\n"
        text += Self.rule("proc.name in (" + [String](repeating: "l", count: 5_000).joined(separator: ",") + ")")
        #expect(load(text).results[0].errors.first?.message.contains("lists written out") == true)
    }

    @Test func `many rules that grow by the same macro are bounded together`() {
        var text = "- macro: m0\n  condition: proc.pid = 1\n"
        for level in 1 ... 14 { text += "- macro: m\(level)\n  condition: m\(level - 1) or m\(level - 1)\n" }
        for number in 0 ..< 200 {
            text += Self.rule("evt.type = open and m14").replacing("rule: R", with: "rule: R\(number)")
        }
        #expect(load(text).results[0].errors.first?.message.contains("in all conditions") == true)
    }

    @Test func `lists of lists are bounded together`() {
        var text = "- list: l\n  items: [" + (0 ..< 2_000).map { "item\($0)" }.joined(separator: ",") + "]\n"
        let names = [String](repeating: "l", count: 600).joined(separator: ",")
        text += "- list: k\n  items: [\(names)]\n"
        #expect(load(text).results[0].errors.first?.message == "more than 1000000 items in lists")
    }

    @Test(arguments: [
        "a: &a [*a]", "- rule: 1\n- rule: [a]", "- {rule: x, override: [a]}", "- {rule: x, override: {condition: [a]}}",
        "- {list: x, items: {a: b}}", "- {macro: 'a b', condition: x}", "- {list: 'a b', items: []}", "- [a]", "- ~",
        "- {rule: x, exceptions: [{name: a}], append: true}", "\u{feff}- rule: é\n  desc: [", "\0", "%", "- rule:\n",
        "- {rule: x, condition: a, output: '%', desc: d, priority: info}", "- required_plugin_versions: [{name: a}]",
        "- required_engine_version: 99999999999999999999.1.1", "- {rule: x, tags: [[a]], condition: a, enabled: maybe}",
    ])
    func `nonsense is an error or a warning, never a crash`(_ text: String) {
        let result = load(text).results[0]
        _ = result.text
        _ = result.json.line
        if text != "- ~" { #expect(!result.errors.isEmpty || !result.warnings.isEmpty) }
    }

    @Test func `every prefix of a file is survived`() {
        let text = Array(
            ("- list: l\n  items: [a, 'b c']\n- macro: m\n  condition: proc.name in (l) or tolower(fd.name) = \"é\\\"\"\n"
                + Self.rule("evt.type = open and not m and proc.aname[2] >= 0x1f and proc.name = val(proc.pname)"))
                .utf8)
        for count in text.indices {
            let files = FalcoRuleFiles([.init(name: "f", content: Array(text[..<count]))])
            _ = files.loadResultsJSON.line
            _ = files.descriptionJSON.line
        }
        #expect(FalcoRuleFiles([.init(name: "f", content: text)]).isSuccessful)
    }

    @Test func `thousands of damaged files are survived, and every place lies in the file`() throws {
        let sample =
            try Samples.bytes("good.yaml")
            + Array(
                ("- list: l\n  items: [a, 'b c']\n- macro: m\n  condition: not (proc.name in (l))\n"
                    + Self.rule("evt.type = open and m and tolower(proc.name) = val(proc.pname)")
                    + "  exceptions: [{name: e, fields: [fd.num, fd.name], comps: [=, in], values: [[1, [x, y]]]}]\n")
                    .utf8)
        let marks = Array("()[]{},:-'\"%=<>!&*#|\n\t \\\0\u{e9}ae0".utf8)
        var random = SplitMix(state: 42)
        for _ in 0 ..< 3_000 {
            var bytes = sample
            for _ in 0 ... random.below(4) {
                let place = random.below(bytes.count)
                switch random.below(3) {
                case 0: bytes[place] = marks[random.below(marks.count)]
                case 1: bytes.insert(marks[random.below(marks.count)], at: place)
                default: bytes.remove(at: place)
                }
            }
            let files = FalcoRuleFiles([.init(name: "f", content: bytes)])
            _ = files.loadResultsJSON.line
            _ = files.descriptionJSON.line
            let result = files.results[0]
            for place in result.errors.map(\.context.place) + result.warnings.map(\.context.place) {
                #expect((0 ... bytes.count).contains(place.offset))
            }
            #expect(result.isSuccessful || files.rules.isEmpty)
        }
    }

    @Test func `positions count bytes behind letters of several bytes`() throws {
        let nodes = try YAMLDocuments.read(Array("- é: x\n- ü: [ö, z]\n".utf8))
        let z = nodes[0].items?[1]["ü"]?.items?[1]
        #expect(z?.position == YAMLPosition(line: 1, column: 11, offset: 19))
    }
}

/// Numbers that look random and are the same in every run.
private struct SplitMix {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int(truncatingIfNeeded: (mixed ^ (mixed >> 31)) >> 2) % bound
    }
}
