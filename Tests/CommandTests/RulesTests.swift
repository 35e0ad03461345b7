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

    @Test func `the built-in rules are shown as they are, whole or by name, id and title`() throws {
        let list = try CreanceProcess.run("rules", "show", in: folder)
        #expect(list.exitCode == 0 && list.output.contains("container-escape"), "\(list.errors)")
        let names = list.output.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }
        let all = try CreanceProcess.run("rules", "show", "builtin", in: folder)
        #expect(all.exitCode == 0 && names.count >= 9)
        for name in names {
            let one = try CreanceProcess.run("rules", "show", name, in: folder)
            #expect(one.exitCode == 0 && all.output.contains(one.output), "\(name)")
        }
        let file = try CreanceProcess.run("rules", "show", "container-escape", in: folder)
        for name in ["Container escape", "creance_escape_indicator", "2eb73728-2fea-475e-b536-5e1458294a90"] {
            #expect(try CreanceProcess.run("rules", "show", name, in: folder).output == file.output, "\(name)")
        }
        // What is printed is a rule file.
        try folder.write(all.output, to: "all.yml")
        for rules in ["all.yml", "builtin"] {
            let test = try CreanceProcess.run("rules", "test", rules, in: folder)
            #expect(test.exitCode == 0 && test.errors.isEmpty, "\(test.errors)")
            #expect(test.output.contains("creance_container_escape"))
        }
        let unknown = try CreanceProcess.run("rules", "show", "container-escap", in: folder)
        #expect(unknown.exitCode == 2 && unknown.errors.contains("there is no built-in rule"))
    }

    @Test func `a misspelt field is a warning with what was meant`() throws {
        try folder.write(
            Self.rules.replacingOccurrences(of: "s: { rule:", with: "s: { proc.nmae: sh, rule:"), to: "shell.yml")
        let said = try test()
        #expect(said.exitCode == 0, "a field may be a plugin's")
        #expect(said.errors.contains(": warning: ") && said.errors.contains("did you mean \"proc.name\"?"))
    }

    @Test func `placeholders of expand get their values on the command line`() throws {
        try folder.write(
            Self.rules.replacingOccurrences(
                of: "{ rule: Terminal shell in container }", with: "{ hostname|expand: '%h%' }"),
            to: "shell.yml")
        #expect(try test("--alerts", "alerts.jsonl").exitCode == 2)
        let said = try test("--alerts", "alerts.jsonl", "--expand", "h=a,c", "--expect", "shell=4")
        #expect(said.exitCode == 0, "\(said.errors)\(said.output)")
    }

    @Test func `wrong rules are told with their place, and the exit code is 2`() throws {
        try folder.write(Self.rules.replacingOccurrences(of: "rules: [shell]", with: "rules: [shel]"), to: "shell.yml")
        let said = try test("--alerts", "alerts.jsonl")
        #expect(said.exitCode == 2 && said.output.isEmpty)
        #expect(said.errors.hasPrefix("shell.yml:") && said.errors.contains(": error: "))
    }
}
