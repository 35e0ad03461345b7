// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite struct StatusTests {
    private let journal: JournalFixture

    init() throws { journal = try JournalFixture() }

    private func object() throws -> [String: Any] {
        let said = try CreanceProcess.run("status", "--journal", journal.path, "--json", in: journal.folder)
        #expect(said.exitCode == 0 && said.errors.isEmpty, "\(said.errors)")
        return try #require(try JSONSerialization.jsonObject(with: Data(said.output.utf8)) as? [String: Any])
    }

    @Test func `the journal's numbers are there as JSON`() throws {
        let status = try object()
        let stored = try #require(status["journal"] as? [String: Any])
        #expect(stored["alerts"] as? Int == 500 && stored["kept_alerts"] as? Int == 500)
        #expect(
            stored["installation"] as? String == "0000000000000001" && stored["epoch"] as? String == "0000000000000002")
        #expect((stored["newest"] as? String)?.hasPrefix("2026-01-01T00:00:") == true)
        let sinks = try #require(status["sinks"] as? [[String: Any]])
        #expect(sinks.count == 1 && sinks[0]["name"] as? String == "archive" && sinks[0]["behind"] as? Int == 200)
        let letters = try #require(status["dead_letters"] as? [[String: Any]])
        #expect(letters.compactMap { $0["count"] as? Int } == [5])
    }

    @Test func `it knows whether a daemon runs without disturbing it`() throws {
        let running = try #require(try object()["daemon"] as? [String: Any])
        #expect(running["state"] as? String == "running" && running["process"] as? Int == Int(getpid()))
        journal.stop()
        let stopped = try #require(try object()["daemon"] as? [String: Any])
        #expect(stopped["state"] as? String == "stopped" && stopped["started"] is String)
    }

    @Test func `people get the same in lines`() throws {
        let said = try CreanceProcess.run("status", "--journal", journal.path, in: journal.folder)
        #expect(said.exitCode == 0)
        #expect(said.output.hasPrefix("Daemon        running as process \(getpid()) since "))
        #expect(said.output.contains("500 alerts kept, 500 ever"))
        #expect(said.output.contains("Sinks         archive: 200 records behind"))
        #expect(said.output.contains("everything decided; no checkpoint yet"))
    }

    @Test func `what is routed elsewhere does not wait for a sink`() throws {
        let journal = try JournalFixture(alternates: true)
        let said = try CreanceProcess.run("status", "--journal", journal.path, in: journal.folder)
        #expect(said.exitCode == 0 && said.output.contains("Sinks         archive: 100 records behind"))
    }

    @Test func `a server that does not answer is said`() throws {
        // Port 1 on loopback: nobody listens there.
        try journal.folder.write(
            "journal: { path: journal.db }\nserver: { listen: \"127.0.0.1:1\" }", to: "creance.yaml")
        let said = try CreanceProcess.run("status", "-c", "creance.yaml", in: journal.folder)
        #expect(said.exitCode == 0 && said.output.contains("does not answer at 127.0.0.1:1"))
    }

    @Test func `without a journal it is exit 2`() throws {
        let said = try CreanceProcess.run("status")
        #expect(said.exitCode == 2 && said.errors.contains("there is no journal at"))
    }
}
