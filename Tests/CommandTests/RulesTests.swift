// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// `creance rules test`: detections match alerts, correlations open incidents.
@Suite struct RulesTests {
    private let folder: TemporaryFolder

    private static let rules = """
        title: A shell
        name: shell
        logsource: { product: falco }
        detection: { s: { rule: Terminal shell in container }, condition: s }
        level: low
        ---
        title: Three shells on one host
        name: shells
        level: high
        correlation:
          type: event_count
          rules: [shell]
          group-by: [hostname]
          timespan: 1m
          condition: { gte: 3 }
        """

    init() throws {
        folder = try TemporaryFolder()
        try folder.write(Self.rules, to: "shell.yml")
        var alerts = ""
        for (host, second) in [("a", 0), ("a", 30), ("b", 40), ("a", 60), ("b", 61), ("c", 62)] {
            let time = second < 60 ? "00:00:\(second < 10 ? "0" : "")\(second)" : "00:01:0\(second - 60)"
            alerts +=
                "{\"rule\":\"Terminal shell in container\",\"priority\":\"Notice\",\"source\":\"syscall\","
                + "\"hostname\":\"\(host)\",\"time\":\"2026-01-01T\(time)Z\",\"output_fields\":{\"evt.num\":\(second)}}\n"
        }
        try folder.write(alerts, to: "alerts.jsonl")
    }

    private func test(_ arguments: String...) throws -> CreanceProcess {
        try CreanceProcess.run(list: ["rules", "test", "shell.yml"] + arguments, in: folder)
    }

    @Test func `incidents stand beside matches, with their group, times and value`() throws {
        let said = try test("--alerts", "alerts.jsonl", "--expect", "shells=1", "--expect", "shell>=6")
        #expect(said.exitCode == 0 && said.errors.isEmpty, "\(said.errors)")
        let lines = said.output.split(separator: "\n").map(String.init)
        let times = "2026-01-01T00:00:00.000000000Z … 2026-01-01T00:01:00.000000000Z"
        #expect(lines.contains("\(times)  shells  incident (value 3)  hostname=a"), "\(said.output)")
        #expect(lines.contains("shell   6 alerts"))
        #expect(lines.contains("shells  1 incident  (event_count of shell)"))
        #expect(lines.contains("1 detection, 1 correlation; 6 alerts, 6 matched, 0 unreadable"))
        #expect(lines.suffix(2) == ["met: shells=1", "met: shell>=6"])
    }

    @Test func `an expectation of a correlation counts incidents, and is exit 1 when it is not met`() throws {
        let said = try test("--alerts", "alerts.jsonl", "--expect", "shells=2")
        #expect(said.exitCode == 1 && said.output.hasSuffix("not met: shells=2, but it opened 1\n"))
        let unknown = try test("--alerts", "alerts.jsonl", "--expect", "nothing=1")
        #expect(unknown.exitCode == 2 && unknown.errors.contains("there is no rule of that name or id"))
    }

    @Test func `JSON has the incidents whole`() throws {
        let said = try test("--alerts", "alerts.jsonl", "--json", "--limit", "2")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(said.output.utf8)) as? [String: Any])
        let incidents = try #require(object["incidents"] as? [[String: Any]])
        #expect(incidents.count == 1 && incidents[0]["name"] as? String == "shells")
        #expect(incidents[0]["group"] as? [String: String] == ["hostname": "a"] && incidents[0]["value"] as? Int == 3)
        #expect(incidents[0]["last"] as? String == "2026-01-01T00:01:00.000000000Z")
        let correlations = try #require(object["correlations"] as? [[String: Any]])
        #expect(correlations[0]["incidents"] as? Int == 1)
        #expect((object["matches"] as? [Any])?.count == 2)
    }

    @Test func `wrong rules are told with their place, and the exit code is 2`() throws {
        try folder.write(Self.rules.replacingOccurrences(of: "rules: [shell]", with: "rules: [shel]"), to: "shell.yml")
        let said = try test("--alerts", "alerts.jsonl")
        #expect(said.exitCode == 2 && said.output.isEmpty)
        #expect(said.errors.hasPrefix("shell.yml:") && said.errors.contains(": error: "))
    }
}
