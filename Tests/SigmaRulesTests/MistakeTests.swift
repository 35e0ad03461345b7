// SPDX-License-Identifier: Apache-2.0
import Foundation
import SigmaRules
import Testing

/// One file per mistake under Mistakes/; what is said about each is in expected.txt beside them.
///
/// `CREANCE_RECORD_GOLDEN=1` writes expected.txt anew.
struct MistakeTests {
    private static var folder: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Mistakes")
    }

    private func said() throws -> String {
        var text = ""
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter {
            $0.hasSuffix(".yml")
        }
        for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            let bytes = [UInt8](try Data(contentsOf: Self.folder.appendingPathComponent(name)))
            let outcome = SigmaRuleSet.read([RuleFile(name: name, bytes: bytes)])
            for problem in outcome.problems { text += "\(problem)\n" }
            if outcome.problems.isEmpty { text += "\(name): nothing is said\n" }
            #expect((outcome.rules == nil) == outcome.hasErrors, "\(name)")
        }
        return text
    }

    @Test func `every mistake is named with its place`() throws {
        let golden = Self.folder.appendingPathComponent("expected.txt")
        let text = try said()
        if ProcessInfo.processInfo.environment["CREANCE_RECORD_GOLDEN"] != nil {
            try text.write(to: golden, atomically: true, encoding: .utf8)
        }
        let expected = try String(contentsOf: golden, encoding: .utf8).split(separator: "\n")
        #expect(text.split(separator: "\n") == expected)
        #expect(!text.contains("nothing is said"))
    }
}
