// SPDX-License-Identifier: Apache-2.0
import ConfigTree
import Foundation
import Testing

@Suite struct `Mistakes` {
    static let names =
        (try? FileManager.default.contentsOfDirectory(atPath: Golden.folder.appendingPathComponent("Mistakes").path))?
        .filter { $0.hasSuffix(".yaml") }.sorted() ?? []

    @Test func `there is a file for many mistakes`() { #expect(Self.names.count >= 40) }

    @Test(arguments: names) func `each mistake is explained at its place`(_ name: String) throws {
        let bytes = try Array(Data(contentsOf: Golden.folder.appendingPathComponent("Mistakes/\(name)")))
        let outcome = ConfigDocument(bytes, file: name).check(SampleConfig.init)
        #expect(!outcome.problems.isEmpty)
        #expect((outcome.value == nil) == outcome.hasErrors)
        let report = outcome.problems.map { "\($0)\n" }.joined()
        try Golden.expect(report, equals: "Mistakes/\(name.dropLast(5)).expected")
    }
}
