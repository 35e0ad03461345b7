// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// `creance replay` of what is no recording.
@Suite struct ReplayTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("", to: "empty.jsonl")
        try folder.write("{\"level\":\"info\",\"message\":\"of another program\"}\nhello\n", to: "wrong.jsonl")
        try folder.write(
            "hello\n{\"rule\":\"R\",\"priority\":\"Notice\",\"source\":\"syscall\",\"hostname\":\"a\","
                + "\"time\":\"2026-01-01T00:00:00Z\",\"output_fields\":{\"evt.num\":1}}\n", to: "mixed.jsonl")
    }

    @Test func `an input of which nothing can be read is exit 2, and says so`() throws {
        let said = try CreanceProcess.run("replay", "wrong.jsonl", in: folder)
        #expect(said.exitCode == 2 && said.output.isEmpty)
        #expect(said.errors.contains("0 alerts in, 0 records out, 2 unreadable"), "\(said.errors)")
        #expect(said.errors.contains("creance: no alert could be read"), "\(said.errors)")
    }

    @Test func `the summary as JSON stays JSON then`() throws {
        let said = try CreanceProcess.run("replay", "wrong.jsonl", "--json", in: folder)
        let summary = try #require(
            try JSONSerialization.jsonObject(with: Data(said.errors.utf8)) as? [String: Any], "\(said.errors)")
        #expect(said.exitCode == 2 && summary["alerts"] as? Int == 0 && summary["dead_letters"] as? Int == 2)
    }

    @Test(arguments: [("empty.jsonl", 0), ("mixed.jsonl", 1)])
    func `an empty input is no mistake, nor is one with an alert in it`(file: String, alerts: Int) throws {
        let said = try CreanceProcess.run("replay", file, in: folder)
        #expect(said.exitCode == 0 && said.errors.hasPrefix("\(alerts) alerts in"), "\(said.errors)")
    }

    @Test func `rules are not tested on what nobody can read`() throws {
        let said = try CreanceProcess.run(
            "rules", "test", "builtin", "--alerts", "wrong.jsonl", "--expect", "creance_container_escape=0", in: folder)
        #expect(said.exitCode == 2 && said.errors.contains("no alert could be read"), "\(said.errors)")
    }
}
