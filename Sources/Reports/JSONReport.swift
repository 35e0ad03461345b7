// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Everything a gate has to say, for programs. docs/gate.md names the keys; keys may be added, never renamed.
struct JSONReport {
    private let report: GateReport

    init(_ report: GateReport) { self.report = report }

    var bytes: [UInt8] {
        JSONTree.members([
            "schema": .integer(1), "tool": .text("creance"), "version": .text(report.version),
            "verdict": .text(report.verdict.name), "exit_code": .integer(report.verdict.rawValue),
            "complete": .bool(report.isComplete), "fail_on": .texts(report.failOn),
            "command": report.command.map(Self.command),
            "inputs": report.command == nil ? .texts(report.inputs) : nil,
            "alerts": .integer(report.alerts),
            "fates": .object(report.fates.map { ($0.name, .integer(Int($0.value) ?? 0)) }),
            "doubts": .list(report.doubts.map(Self.doubt)),
            "found": .integer(report.found), "failing": .integer(report.failing),
            "unlisted": .integer(report.unlisted), "findings": .list(report.findings.map(Self.finding)),
        ]).bytes
    }

    static func command(_ command: GateReport.Command) -> JSONTree {
        .members([
            "arguments": .texts(command.arguments), "exit_code": command.exitCode.map(JSONTree.integer) ?? .null,
            "signal": command.signal.map(JSONTree.integer) ?? .null,
            "started": .text("\(command.started)"), "ended": .text("\(command.ended)"),
        ])
    }

    static func doubt(_ doubt: EvidenceDoubt) -> JSONTree {
        .members([
            "reason": .text(doubt.reason.rawValue), "source": .text(doubt.source), "text": .text(doubt.text),
        ])
    }

    private static func finding(_ finding: Finding) -> JSONTree {
        .members([
            "kind": .text(finding.kind.rawValue), "id": .text(finding.id), "failing": .bool(finding.isFailing),
            "rule": .members(["id": .text(finding.ruleID), "title": .text(finding.title)]),
            "priority": .text(finding.priority.name),
            "severity": .text(FindingSeverity(finding.priority).rawValue), "text": .text(finding.text),
            "file": .text(finding.place.file), "line": .integer(finding.place.line), "count": .integer(finding.count),
            "first": .text("\(finding.first)"), "last": .text("\(finding.last)"), "source": .text(finding.source),
            "hostname": .text(finding.hostname), "tags": .texts(finding.tags),
            "compliance": .texts(Compliance.mappings(finding.tags)),
            "fields": .object(finding.fields.map { ($0.name, .text($0.value)) }),
        ])
    }
}
