// SPDX-License-Identifier: Apache-2.0
import AlertGenerator
import AlertModel
import Foundation
import Testing

@Suite struct SearchTests {
    private let journal: JournalFixture

    init() throws { journal = try JournalFixture() }

    private func search(_ arguments: String...) throws -> CreanceProcess {
        try CreanceProcess.run(list: ["search", "--journal", journal.path] + arguments, in: journal.folder)
    }

    private func records(_ arguments: String...) throws -> [[String: Any]] {
        let said = try CreanceProcess.run(
            list: ["search", "--journal", journal.path, "--json", "--limit", "0"] + arguments, in: journal.folder)
        #expect(said.exitCode == 0 && said.errors.isEmpty, "\(said.errors)")
        return try said.output.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    private func times(_ records: [[String: Any]]) -> [String] { records.compactMap { $0["time"] as? String } }

    private func expected(_ holds: (GeneratedAlert) -> Bool) -> [String] {
        journal.alerts.filter(holds).map { EventTime(nanoseconds: $0.time).description }
    }

    private func field(_ alert: GeneratedAlert, _ name: String) -> String? {
        alert.fields.first { $0.name == name }?.value.printed
    }

    @Test func `everything is found, newest first or oldest first, beside the writer and without it`() throws {
        let all = expected { _ in true }
        #expect(all.count == 500)
        #expect(times(try records()) == all.reversed())
        #expect(times(try records("--oldest-first")) == all)
        journal.stop()
        #expect(times(try records()) == all.reversed())
    }

    @Test func `conditions are those of the alerts`() throws {
        let container = try #require(journal.alerts.compactMap { field($0, "container.id") }.first { $0 != "host" })
        let (from, to) = (journal.alerts[100].time, journal.alerts[200].time)
        #expect(
            times(try records("--oldest-first", "--priority", "warning"))
                == expected { $0.priority <= Priority.warning.rawValue })
        #expect(times(try records("--oldest-first", "--host", "node-2")) == expected { $0.hostname == "node-2" })
        #expect(times(try records("--oldest-first", "--source", "k8s_audit")) == expected { $0.source == "k8s_audit" })
        #expect(
            times(try records("--oldest-first", "--container", container))
                == expected { field($0, "container.id") == container })
        #expect(
            times(try records("--oldest-first", "--namespace", "shop", "--namespace", "data"))
                == expected { ["shop", "data"].contains(field($0, "k8s.ns.name")) })
        #expect(
            times(try records("--oldest-first", "--rule", "Write below etc", "--text", "CRON.D"))
                == expected { $0.rule == "Write below etc" && $0.text.contains("cron.d") })
        #expect(
            times(
                try records(
                    "--oldest-first", "--from", EventTime(nanoseconds: from).description, "--to",
                    EventTime(nanoseconds: to).description))
                == expected { $0.time >= from && $0.time <= to })
        #expect(try records("--from", "1h", "--to", "now").isEmpty)
    }

    @Test func `a limit ends with the place where the next search goes on`() throws {
        let first = try search("--limit", "7", "--oldest-first", "--format", "falco")
        #expect(first.exitCode == 0 && first.output.split(separator: "\n").count == 7)
        let place = try #require(first.errors.split(separator: " ").last.map { String($0.dropLast()) })
        let rest = try records("--oldest-first", "--after", place)
        #expect(times(rest) == Array(expected { _ in true }.dropFirst(7)))
    }

    @Test func `an id finds its alert, and another one is exit 1`() throws {
        let record = try #require(try records("--text", "kubectl").last)
        let id = try #require(record["id"] as? String)
        let found = try search("--id", id, "--json")
        #expect(found.exitCode == 0 && found.output.contains(id) && found.output.split(separator: "\n").count == 1)
        let missing = try search("--id", "\(id)00000")
        #expect(missing.exitCode == 1 && missing.output.isEmpty && missing.errors.contains("there is no alert"))
    }

    @Test func `people get a line for each alert, without colours in a file`() throws {
        let said = try search("--limit", "1", "--rule", "Write below etc")
        #expect(said.output.contains(" Error ") && said.output.contains("Write below etc  [node-"))
        #expect(!said.output.contains("\u{1b}") && said.output.split(separator: "\n").count == 1)
    }

    @Test func `without a journal it says what to do, and exits with 2`() throws {
        let said = try CreanceProcess.run("search")
        #expect(said.exitCode == 2 && said.output.isEmpty)
        #expect(
            said.errors.hasPrefix("creance: there is no journal at ")
                // Where a daemon of this machine has one, that is named instead.
                && (said.errors.contains("creance run makes it")
                    || said.errors.contains("there is one at /var/lib/creance"))
        )
        try journal.folder.write("not a database, but long enough to be taken for one", to: "other.db")
        let other = try CreanceProcess.run("search", "--journal", "other.db", in: journal.folder)
        #expect(other.exitCode == 2 && other.errors.contains("is not a journal"))
    }

    @Test func `the configuration says where the journal is`() throws {
        try journal.folder.write("journal: { path: journal.db }", to: "creance.yaml")
        let said = try CreanceProcess.run("search", "-c", "creance.yaml", "--limit", "3", "--json", in: journal.folder)
        #expect(said.exitCode == 0 && said.output.split(separator: "\n").count == 3)
        try journal.folder.write("jurnal: 1", to: "creance.yaml")
        let wrong = try CreanceProcess.run("search", "-c", "creance.yaml", in: journal.folder)
        #expect(wrong.exitCode == 2 && wrong.errors.hasPrefix("creance.yaml:1:1: error: jurnal: unknown key"))
    }
}
