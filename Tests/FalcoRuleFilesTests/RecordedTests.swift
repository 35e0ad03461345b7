// SPDX-License-Identifier: Apache-2.0
import FalcoRules
import Foundation
import Testing

/// Falco's own answers to the same files.
struct RecordedTests {
    @Test(arguments: [
        ("V_good_json", ["good.yaml"]), ("V_cond_json", ["bad/cond.yaml"]), ("V_field_json", ["bad/field.yaml"]),
        ("V_macro_json", ["bad/macro.yaml"]), ("V_syntax_json", ["bad/syntax.yaml"]),
        ("V_two_json", ["good.yaml", "bad/field.yaml"]), ("V_unknownkey_json", ["bad/unknownkey.yaml"]),
    ])
    func `a file is judged as Falco judges it, to the byte`(_ answer: String, _ files: [String]) throws {
        let rules = FalcoRuleFiles(try files.map(Samples.file))
        let recorded = String(decoding: try Samples.bytes("\(answer).json"), as: UTF8.self)
        #expect(rules.loadResultsJSON.line == recorded.trimmingCharacters(in: .newlines))
    }

    @Test(arguments: [
        ("syntax", "LOAD_ERR_YAML_PARSE"), ("field", "LOAD_ERR_COMPILE_CONDITION"),
        ("cond", "LOAD_ERR_COMPILE_CONDITION"), ("output", "LOAD_ERR_COMPILE_OUTPUT"),
        ("prio", "LOAD_ERR_YAML_VALIDATE"), ("missing", "LOAD_ERR_YAML_VALIDATE"), ("macro", "LOAD_ERR_VALIDATE"),
        ("engine", "LOAD_ERR_VALIDATE"), ("append", "LOAD_ERR_VALIDATE"), ("two", "LOAD_ERR_COMPILE_CONDITION"),
    ])
    func `a bad file has Falco's error first`(_ name: String, _ code: String) throws {
        let rules = FalcoRuleFiles([try Samples.file("bad/\(name).yaml")])
        #expect(rules.results[0].errors.first?.code.rawValue == code)
        #expect(rules.results[0].errors.count == (name == "two" ? 2 : 1))
        #expect(rules.rules.isEmpty)
    }

    @Test func `an unknown source is a warning and the rule is left out`() throws {
        let rules = FalcoRuleFiles([try Samples.file("bad/source.yaml")])
        #expect(rules.isSuccessful)
        #expect(rules.results[0].warnings.map(\.code) == [.unknownSource])
        #expect(rules.rules.isEmpty)
    }

    @Test func `an empty file is fine and has no schema`() throws {
        let rules = FalcoRuleFiles([try Samples.file("bad/empty.yaml")])
        #expect(rules.results[0].text == "rules/bad/empty.yaml: Ok")
        #expect(rules.results[0].isSchemaValid == nil)
    }

    @Test func `the fields are Falco's, in its order, and each may stand in a rule`() throws {
        let rows = String(decoding: try Samples.bytes("../falco-fields.tsv"), as: UTF8.self)
            .split(separator: "\n").dropFirst()
        #expect(FalcoField.all.map { "\($0.name)\t\($0.type)\t\($0.className)" } == rows.map(String.init))
        for field in FalcoField.all {
            let name = field.name
            let text = "- {rule: R, desc: d, condition: \(name) exists, output: '%\(name)', priority: info}"
            #expect(load(text).isSuccessful, "\(field.name)")
        }
    }

    @Test func `a good file is described as Falco describes it`() throws {
        let rules = FalcoRuleFiles([try Samples.file("good.yaml")])
        let both = RuleJSON.object([
            "falco_describe_results": rules.descriptionJSON,
            "falco_load_results": .list(rules.results.map(\.json)),
        ])
        #expect(try Samples.json(Array(both.line.utf8)) == Samples.json(Samples.bytes("V_good_L_json.json")))
    }

    @Test func `many rules are described as Falco describes them, from what it says about them`() throws {
        let recorded = try Samples.bytes("L_json.json")
        let rules = load(try Self.file(from: recorded))
        #expect(rules.results[0].errors.isEmpty)
        #expect(try Samples.json(Array(rules.descriptionJSON.line.utf8)) == Samples.json(recorded))
        // The same file's recorded warnings.
        let answer = try JSONSerialization.jsonObject(with: Data(Samples.bytes("V_warn_json.json"))) as? [String: Any]
        let result = (answer?["falco_load_results"] as? [[String: Any]])?.first
        let warnings = result?["warnings"] as? [[String: Any]] ?? []
        #expect(warnings.count == 4)
        #expect(rules.results[0].warnings.map(\.code.rawValue) == warnings.map { $0["code"] as? String })
        #expect(rules.results[0].warnings.map(\.code.explanation) == warnings.map { $0["codedesc"] as? String })
        #expect(rules.results[0].warnings.map(\.message) == warnings.map { $0["message"] as? String })
        #expect(
            rules.results[0].warnings.map(\.deprecatedField) == warnings.map { $0["deprecated_field"] as? String })
    }

    /// A rules file with the lists, macros and rules that a description has. JSON texts are YAML texts.
    private static func file(from description: [UInt8]) throws -> String {
        let all = try JSONSerialization.jsonObject(with: Data(description)) as? [String: Any] ?? [:]
        func infos(_ key: String) -> [[String: Any]] {
            (all[key] as? [[String: Any]] ?? []).compactMap { $0["info"] as? [String: Any] }
        }
        var items: [[String: Any]] = [["required_engine_version": 26]]
        for info in infos("lists") { items.append(["list": info["name"] ?? "", "items": info["items"] ?? []]) }
        for info in infos("macros") {
            items.append(["macro": info["name"] ?? "", "condition": info["condition"] ?? ""])
        }
        for info in infos("rules") {
            items.append([
                "rule": info["name"] ?? "", "desc": info["description"] ?? "", "condition": info["condition"] ?? "",
                "output": info["output"] ?? "", "priority": info["priority"] ?? "", "tags": info["tags"] ?? [],
            ])
        }
        let data = try JSONSerialization.data(withJSONObject: items, options: [.withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    }
}
