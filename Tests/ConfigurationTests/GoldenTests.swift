// SPDX-License-Identifier: Apache-2.0
import ConfigTree
import Foundation
import Pipeline
import Testing

/// Files that say what is expected. `CREANCE_UPDATE_GOLDEN=1` rewrites them.
enum Golden {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

    static func expect(_ text: String, equals name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let file = folder.appendingPathComponent(name)
        if ProcessInfo.processInfo.environment["CREANCE_UPDATE_GOLDEN"] == "1" { try Data(text.utf8).write(to: file) }
        let expected = try String(contentsOf: file, encoding: .utf8)
        #expect(text == expected, "\(name) differs", sourceLocation: sourceLocation)
    }
}

@Suite struct `Golden files` {
    static let mistakes =
        (try? FileManager.default.contentsOfDirectory(atPath: Golden.folder.appendingPathComponent("Mistakes").path))?
        .filter { $0.hasSuffix(".yaml") }.sorted() ?? []

    @Test func `there is a file for many mistakes`() { #expect(Self.mistakes.count >= 25) }

    @Test(arguments: mistakes) func `each mistake is explained at its place`(_ name: String) throws {
        let bytes = try Array(Data(contentsOf: Golden.folder.appendingPathComponent("Mistakes/\(name)")))
        let outcome = Configuration.check(bytes, file: name)
        #expect(!outcome.problems.isEmpty)
        let report = outcome.problems.map { "\($0)\n" }.joined()
        try Golden.expect(report, equals: "Mistakes/\(name.dropLast(5)).expected")
    }

    @Test func `the reference is as agreed`() throws {
        try Golden.expect(Configuration.reference.yaml(), equals: "reference.yaml")
    }

    @Test func `read as a configuration, the reference changes nothing`() {
        let outcome = Configuration.check(
            Array(Configuration.reference.yaml().utf8), file: "reference.yaml")
        #expect(outcome.problems == [])
        #expect(outcome.value == .standard)
    }

    @Test func `the documentation is the reference`() throws {
        try Golden.expect(Configuration.page, equals: "../../docs/configuration.md")
    }
}
