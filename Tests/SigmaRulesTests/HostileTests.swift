// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
import Testing

@testable import SigmaRules

/// Rule files and alerts that mean harm.
struct HostileTests {
    private static let seedText = """
        title: Shell
        name: shell
        logsource: {product: falco, service: syscall}
        detection:
          selection:
            rule: terminal shell in CONTAINER
            proc.cmdline|contains|all: [curl, '*-s?']
            proc.pid|gt: 5
          words: [one, two]
          condition: 1 of selection* and not words
        ---
        title: Many
        correlation: &c
          type: temporal
          rules: [shell, 'falco:x', 'falco:y']
          group-by: [container.id]
          aliases: {a: {shell: b}}
          timespan: 5m
          condition: shell and not ('falco:x' or 'falco:y')
        x-creance: {window: session, gap: 5s, until: shell}
        """

    @Test(arguments: 1 ... 20)
    func `a damaged rule file is refused or read, never fatal`(_ seed: Int) throws {
        var dice = Dice(seed: UInt64(seed))
        let original = Array(Self.seedText.utf8)
        for _ in 0 ..< 60 {
            var bytes = original
            for _ in 0 ..< 1 + dice.below(6) {
                let place = dice.below(bytes.count)
                switch dice.below(4) {
                case 0: bytes[place] = UInt8(dice.below(256))
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(contentsOf: Array("{[|*&!%'\"\n: -".utf8).shuffledOnce(&dice), at: place)
                default: bytes.removeSubrange(place ..< min(bytes.count, place + dice.below(40)))
                }
            }
            let outcome = SigmaRuleSet.read([RuleFile(name: "x.yml", bytes: bytes)])
            #expect((outcome.rules == nil) == outcome.hasErrors)
            guard let rules = outcome.rules else { continue }
            _ = matching(rules, TestAlert(fields: [("proc.cmdline", .text("curl -s x"))]))
        }
    }

    @Test func `many problems are counted, not spelt out`() {
        let text = (0 ..< 1_000).map { "title: t\($0)\nlogsource: {product: falco}\ndetection: {}\n" }
            .joined(separator: "---\n")
        let problems = read(text).problems
        #expect(problems.count == RuleLimit.problems + 1)
        #expect(problems.last?.message.contains("800 more") == true)
    }

    @Test func `warnings do not hide the error behind them`() {
        let names = (0 ..< 400).map { "s\($0): {f\($0): a}" }.joined(separator: ", ")
        let outcome = read("title: t\nlogsource: {product: falco}\ndetection: {\(names), condition: 200 of s*}\n")
        let errors = outcome.problems.filter { $0.severity == .error }.map(\.message)
        #expect(errors.first == "this rule's condition is too large: more than 50000 tests")
        #expect(outcome.rules == nil && outcome.problems.count == RuleLimit.problems + 1)
    }

    @Test func `a condition that multiplies is refused`() {
        let names = (0 ..< 400).map { "s\($0): {plugin.f\($0): a}" }.joined(separator: ", ")
        let outcome = read("title: t\nlogsource: {product: falco}\ndetection: {\(names), condition: 200 of s*}\n")
        #expect(outcome.problems.map(\.message) == ["this rule's condition is too large: more than 50000 tests"])
    }

    @Test func `ten thousand values are one test`() throws {
        let names = (0 ..< 10_000).map { "n\($0)" }.joined(separator: ", ")
        let text = "title: t\nlogsource: {product: falco}\ndetection: {s: {proc.name: [\(names)]}, condition: s}\n"
        let rules = try #require(read(text).rules)
        #expect(matching(rules, TestAlert(fields: [("proc.name", .text("N9999"))])) == ["t"])
        #expect(matching(rules, TestAlert(fields: [("proc.name", .text("n10000"))])) == [])
    }

    @Test func `folders are read whole, sorted, and without what is hidden`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sigma-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("b/c"), withIntermediateDirectories: true)
        func write(_ path: String, _ name: String) throws {
            let text = "title: \(name)\nlogsource: {product: falco}\ndetection: {s: {rule: a}, condition: s}\n"
            try text.write(to: folder.appendingPathComponent(path), atomically: true, encoding: .utf8)
        }
        try write("z.yml", "last")
        try write("b/c/deep.yaml", "deep")
        try write("a.yml", "first")
        try write(".hidden.yml", "hidden")
        try write("notes.txt", "notes")
        let outcome = SigmaRuleSet.read(paths: [folder.path])
        #expect(outcome.rules?.detections.map(\.title) == ["first", "deep", "last"])
        let missing = SigmaRuleSet.read(paths: [folder.path + "/nowhere"])
        #expect(missing.rules == nil && missing.problems.count == 1)
    }
}

extension [UInt8] {
    /// One byte of them, by chance.
    fileprivate func shuffledOnce(_ dice: inout Dice) -> [UInt8] { [self[dice.below(count)]] }
}
