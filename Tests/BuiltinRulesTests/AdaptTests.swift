// SPDX-License-Identifier: Apache-2.0
import BuiltinRules
import Foundation
import SigmaRules
import Testing

/// docs/rules.md and the rules say the same.
@Suite struct AdaptTests {
    private static let page: String = {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let bytes = (try? Data(contentsOf: root.appendingPathComponent("docs/rules.md"))) ?? Data()
        return String(decoding: bytes, as: UTF8.self)
    }()

    @Test func `the page has a section and a line for every rule, with its level`() throws {
        let rules = try #require(Scene.rules.rules)
        for rule in rules.correlations {
            #expect(Self.page.contains("\n## \(rule.title)\n"), "\(rule.title)")
            let line = Self.page.components(separatedBy: "\n").first { $0.hasPrefix("| [\(rule.title)](#") }
            let cells = line?.components(separatedBy: " | ").map { $0.trimmingCharacters(in: .whitespaces) } ?? []
            #expect(cells.dropFirst().prefix(2) == [rule.level.name, rule.level.priority.name], "\(rule.title)")
        }
    }

    @Test func `the page names only detections that are there`() throws {
        let rules = try #require(Scene.rules.rules)
        let known = Set(rules.detections.map(\.name) + rules.correlations.map(\.name))
        let words = Self.page.split { !($0.isLetter || $0 == "_") }.filter { $0.hasPrefix("creance_") }
        #expect(words.filter { !known.contains(String($0)) } == [])
        #expect(!words.isEmpty)
    }

    @Test func `the page's filter and correlation are read beside the built-in rules`() throws {
        let files = BuiltinRules.files.map { RuleFile(name: $0.name, bytes: $0.bytes) }
        let examples = Self.page.components(separatedBy: "```").filter { $0.hasPrefix("yaml\ntitle:") }
        #expect(examples.count == 2)
        let own = examples.enumerated().map { index, text in
            RuleFile(name: "own-\(index).yml", bytes: Array(text.dropFirst("yaml".count).utf8))
        }
        let outcome = SigmaRuleSet.read(files + own)
        #expect(outcome.problems.map(\.description) == [])
        let rules = try #require(outcome.rules)
        #expect(rules.correlations.filter { !$0.makesIncidents }.map(\.title) == [])
        var scene = Scene(rules: rules)
        for index in 0 ..< 9 {
            scene.see(
                FalcoAlert(
                    rule: "r", priority: "Warning", fields: ["proc.exepath": "/opt/agent/bin/agentd"],
                    container: "aaaaaaaaaaa\(index)"), at: 1)
        }
        #expect(scene.opened == [])
        scene.see(.metrics, at: 10)
        scene.tick(at: 10 + 2_110)
        #expect(scene.opened == ["Sensor gone silent, metrics every 15 minutes"])
    }

    @Test func `a copy beside the original is refused, never a silent override`() throws {
        let file = try #require(BuiltinRules.files.first)
        let files = [RuleFile(name: file.name, bytes: file.bytes), RuleFile(name: "copy.yml", bytes: file.bytes)]
        #expect(SigmaRuleSet.read(files).rules == nil)
    }
}
