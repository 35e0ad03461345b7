// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CAlertBatch
import CJSONScan

@testable import SigmaRules

/// An alert by value, from which one in Falco's JSON is made.
struct TestAlert {
    enum Value {
        case text(String), integer(Int64), double(String), bool(Bool), null
    }

    var rule = "Terminal shell in container"
    var priority = "Notice"
    var source = "syscall"
    var hostname = "node-1"
    var output = "a shell"
    var tags: [String] = []
    var time = "2026-05-28T20:26:40.000484839Z"
    var fields: [(String, Value)] = []

    var json: [UInt8] {
        func text(_ text: String) -> String {
            "\""
                + text.flatMap { character -> String in
                    switch character {
                    case "\"": "\\\""
                    case "\\": "\\\\"
                    case "\n": "\\n"
                    default: String(character)
                    }
                } + "\""
        }
        let values = fields.map { name, value in
            let shown =
                switch value {
                case .text(let value): text(value)
                case .integer(let number): String(number)
                case .double(let digits): digits
                case .bool(let flag): String(flag)
                case .null: "null"
                }
            return text(name) + ":" + shown
        }
        let members = [
            "\"hostname\":" + text(hostname), "\"output\":" + text(output),
            "\"output_fields\":{" + values.joined(separator: ",") + "}", "\"priority\":" + text(priority),
            "\"rule\":" + text(rule), "\"source\":" + text(source),
            "\"tags\":[" + tags.map(text).joined(separator: ",") + "]", "\"time\":" + text(time),
        ]
        return Array(("{" + members.joined(separator: ",") + "}").utf8)
    }
}

func batch(_ alerts: [TestAlert]) -> AlertBatch {
    let builder = AlertBatchBuilder()
    let parser = unsafe cjson_parser_create()
    defer { unsafe cjson_parser_destroy(parser) }
    for alert in alerts {
        let json = alert.json
        _ = unsafe cjson_scan_alert(parser, builder.raw, json, json.count, 1)
    }
    let batch = builder.seal()
    precondition(batch.count == alerts.count, "an alert of the test could not be read")
    return batch
}

func read(_ texts: String..., expansions: [String: [String]] = [:]) -> RuleOutcome {
    let files = texts.enumerated().map { RuleFile(name: "\($0 + 1).yml", bytes: Array($1.utf8)) }
    return SigmaRuleSet.read(files, expansions: expansions)
}

/// The names of the rules that match, in order.
func matching(_ rules: SigmaRuleSet, _ alert: TestAlert) -> [String] {
    let batch = batch([alert])
    var matches = rules.makeMatchSet()
    rules.match(AlertFacts(batch.alert(at: 0)), into: &matches)
    return rules.detections.indices.filter { matches.contains($0) }.map { rules.detections[$0].name }
}

/// Whether a detection of this `detection:` body, over alerts of any source, matches.
func detects(_ body: String, _ alert: TestAlert, expansions: [String: [String]] = [:]) throws -> Bool {
    let indented = body.split(separator: "\n", omittingEmptySubsequences: false).map { "  " + $0 }
    let text = "title: t\nlogsource: {product: falco}\ndetection:\n" + indented.joined(separator: "\n") + "\n"
    let outcome = read(text, expansions: expansions)
    guard let rules = outcome.rules else { throw Refused(problems: outcome.problems) }
    return !matching(rules, alert).isEmpty
}

struct Refused: Error, CustomStringConvertible {
    let problems: [RuleProblem]
    var description: String { problems.map(\.description).joined(separator: "\n") }
}
