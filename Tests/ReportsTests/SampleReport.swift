// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
import Reports

/// Reports to look at: an ordinary one, and one whose texts try everything.
enum SampleReport {
    static let start = EventTime(nanoseconds: 1_780_000_000_000_000_000)

    static func finding(
        _ number: Int = 1, kind: Finding.Kind = .alert, rule: String = "Terminal shell in container",
        priority: Priority = .warning, text: String = "A shell was spawned in a container",
        file: String = "/usr/bin/bash", tags: [String] = ["T1059", "container", "mitre_execution"],
        isFailing: Bool = true
    ) -> Finding {
        Finding(
            kind: kind, id: SubjectID(high: 1, low: UInt64(number)).description, ruleID: rule, title: rule,
            priority: priority, text: text, place: FindingPlace(file: file), count: number,
            first: start, last: start.advanced(by: .seconds(number)), source: "syscall", hostname: "node-1", tags: tags,
            fields: [.init("container.id", "3ad7b26ded6d"), .init("proc.cmdline", text)], isFailing: isFailing)
    }

    static let findings = [
        finding(
            1, rule: "Read sensitive file", priority: .critical, file: "/etc/shadow",
            tags: ["PCI_DSS_10.2.5", "T1555"]),
        finding(2), finding(3, kind: .incident, rule: "creance-shell-chain", priority: .error, file: "/usr/bin/nc"),
        finding(4, rule: "Peer IO", priority: .debug, file: "10.0.0.1:3344->1.2.3.4:443", tags: [], isFailing: false),
    ]

    static func report(
        _ findings: [Finding] = findings, verdict: GateReport.Verdict = .findings, doubts: [EvidenceDoubt] = [],
        command: GateReport.Command? = GateReport.Command(
            arguments: ["make", "test"], exitCode: 2, started: start, ended: start.advanced(by: .milliseconds(61_250)))
    ) -> GateReport {
        GateReport(
            version: "0.1.0", verdict: verdict, failOn: ["warning"], command: command, inputs: ["alerts.jsonl"],
            alerts: 10, fates: [.init("passed", "8"), .init("suppressed", "2")], doubts: doubts, findings: findings,
            failing: findings.count(where: \.isFailing))
    }

    /// What an attacker may put into a command line, a file name, a rule's output.
    static let hostileTexts = [
        "</failure></testcase><testcase name=\"ok\"/>", "]]><!-- & \" ' <script>alert(1)</script>",
        "| a | b |\n|---|---|\n| forged | row |", "```\n# heading\n```", "`` ` ``", "`", "`\u{301}`\u{301} @x",
        " leading and trailing ",
        "[link](https://evil.example) ![image](https://evil.example/x.png)",
        "@everyone #1 <@U123> https://evil.example",
        "{0} {1} {{x}} [a](1) \\[b]",
        "\u{0}\u{1}\u{8}\u{b}\u{1b}[31mred\u{7f}\u{9b}31m", "\u{202e}gpj.exe\u{2066}",
        "line\u{2028}separator\u{85}next\r\nand\rcr",
        "\u{fffe}\u{ffff}\u{feff}\u{10ffff}", "\\", "\\|", "\u{1F980} ümlaut",
        "</testsuites>", "&#10;&lt;", "-->", "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>&e;",
        String(repeating: "a", count: 20_000), "", "../../etc/passwd", "//evil.example/x", "a b%20c?d#e", "C:\\x",
    ]

    static var hostile: GateReport {
        let findings = hostileTexts.enumerated().map { index, text in
            finding(index + 1, rule: text, text: text, file: text, tags: [text], isFailing: index % 2 == 0)
        }
        let doubts = hostileTexts.map { EvidenceDoubt(.gap, source: $0, $0) }
        return report(
            findings, verdict: .findings, doubts: doubts,
            command: GateReport.Command(
                arguments: hostileTexts, exitCode: nil, signal: 9, started: start, ended: start))
    }

    static func text(_ kind: ReportKind, _ report: GateReport) -> String {
        String(decoding: kind.bytes(of: report), as: UTF8.self)
    }

    static func json(_ kind: ReportKind, _ report: GateReport) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(kind.bytes(of: report)))
    }
}
