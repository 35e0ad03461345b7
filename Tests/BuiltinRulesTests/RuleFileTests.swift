// SPDX-License-Identifier: Apache-2.0
import BuiltinRules
import Foundation
import SigmaRules
import Testing

@Suite struct RuleFileTests {
    /// ATT&CK Enterprise's tactics, as Sigma 2.1 writes them.
    private static let tactics = [
        "reconnaissance", "resource-development", "initial-access", "execution", "persistence", "privilege-escalation",
        "defense-evasion", "credential-access", "discovery", "lateral-movement", "collection", "command-and-control",
        "exfiltration", "impact",
    ]
    /// Of ATT&CK Enterprise, those that the rules name.
    private static let techniques = [
        "t1059", "t1070", "t1105", "t1552", "t1562", "t1570", "t1609", "t1611",
    ]

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources/BuiltinRules/Rules")

    /// Every document of every file, as its lines.
    private static let documents: [(file: String, lines: [String])] = BuiltinRules.files.flatMap { file in
        String(decoding: file.bytes, as: UTF8.self).components(separatedBy: "\n---\n").map {
            (file.name, $0.components(separatedBy: "\n"))
        }
    }

    private func value(_ key: String, of lines: [String]) -> String? {
        lines.first { $0.hasPrefix(key + ":") }.map {
            $0.dropFirst(key.count + 1).trimmingCharacters(in: .whitespaces)
        }
    }

    @Test func `the built-in rules are read without a problem`() {
        #expect(Scene.rules.problems.map(\.description) == [])
        #expect(Scene.rules.rules?.correlations.count == 9)
    }

    @Test func `every file of the folder is built in, in order of names`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
        #expect(BuiltinRules.files.map(\.name) == names.map { "builtin/" + $0 })
    }

    @Test func `what is built in is what the file says`() throws {
        for file in BuiltinRules.files {
            let path = Self.folder.appendingPathComponent(String(file.name.dropFirst("builtin/".count)))
            #expect(try Data(contentsOf: path) == Data(file.bytes), "\(file.name)")
        }
    }

    @Test func `every rule has a title, an id of its own, a name, a description and a level`() {
        var ids: Set<String> = []
        for (file, lines) in Self.documents {
            for key in ["title", "name", "description", "level"] {
                #expect(value(key, of: lines)?.isEmpty == false, "\(file): \(key)")
            }
            let id = value("id", of: lines) ?? ""
            #expect(UUID(uuidString: id) != nil, "\(file): \(id)")
            #expect(ids.insert(id).inserted, "\(file): \(id) twice")
        }
    }

    @Test func `every correlation says when it is wrong, and what ATT&CK calls it`() {
        for (file, lines) in Self.documents where lines.contains("correlation:") {
            let falsePositives = lines.drop { $0 != "falsepositives:" }.dropFirst().prefix { $0.hasPrefix("    ") }
            #expect(!falsePositives.isEmpty, "\(file)")
            #expect(value("tags", of: lines)?.hasPrefix("[") == true, "\(file)")
        }
    }

    @Test func `tags are tactics and techniques of ATT&CK, or of Sigma's own kinds`() throws {
        let rules = try #require(Scene.rules.rules)
        for rule in rules.correlations {
            #expect(!rule.tags.isEmpty, "\(rule.title)")
            for tag in rule.tags {
                let known = (Self.tactics + Self.techniques).map { "attack." + $0 } + ["detection.threat-hunting"]
                #expect(known.contains(tag), "\(rule.title): \(tag)")
            }
        }
    }

    @Test func `every rule makes its own incidents, though others refer to it`() throws {
        let rules = try #require(Scene.rules.rules)
        #expect(rules.correlations.filter { !$0.makesIncidents }.map(\.title) == [])
    }

    @Test func `the rule that inhibition refers to keeps its title`() throws {
        let rules = try #require(Scene.rules.rules)
        #expect(rules.correlations.contains { $0.title == "Container escape" && $0.level == .critical })
    }
}
