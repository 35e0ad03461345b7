// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// SARIF 2.1.0 (OASIS standard), with what GitHub's code scanning asks for beyond it.
struct SARIFReport {
    private let report: GateReport
    /// Rule ids in the order of their first finding.
    private let ruleIDs: [String]
    private let ruleIndex: [String: Int]

    /// GitHub shows so many characters of a message.
    private static let textLimit = 1_000

    init(_ report: GateReport) {
        self.report = report
        var ids: [String] = []
        var index: [String: Int] = [:]
        for finding in report.findings where index[Self.ruleID(finding)] == nil {
            index[Self.ruleID(finding)] = ids.count
            ids.append(Self.ruleID(finding))
        }
        ruleIDs = ids
        ruleIndex = index
    }

    var bytes: [UInt8] {
        JSONTree.members([
            "$schema": .text("https://json.schemastore.org/sarif-2.1.0.json"), "version": .text("2.1.0"),
            "runs": .list([run]),
        ]).bytes
    }

    private var run: JSONTree {
        .members([
            "tool": .members(["driver": driver]), "invocations": .list([invocation]),
            "automationDetails": .members(["id": .text("creance-gate/")]),
            "columnKind": .text("utf16CodeUnits"), "results": .list(results),
            "properties": .members([
                "complete": .bool(report.isComplete), "verdict": .text(report.verdict.name),
                "unlisted": .integer(report.unlisted),
            ]),
        ])
    }

    private var driver: JSONTree {
        let reasons = EvidenceDoubt.Reason.allCases.filter { reason in report.doubts.contains { $0.reason == reason } }
        return .members([
            "name": .text("creance"), "version": .text(report.version), "semanticVersion": .text(report.version),
            "rules": .list(ruleIDs.map(rule)),
            "notifications": reasons.isEmpty
                ? nil : .list(reasons.map { .members(["id": .text($0.rawValue)]) }),
        ])
    }

    /// A rule is as severe as its most severe finding.
    private func rule(_ id: String) -> JSONTree {
        let own = report.findings.filter { Self.ruleID($0) == id }
        let priority = own.map(\.priority).max() ?? .debug
        let title = own.first?.title ?? id
        let tags = Set(own.flatMap(\.tags) + ["security"]).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return .members([
            "id": .text(id), "name": .text(title.visible.cut(to: 255)),
            "shortDescription": .members(["text": .text(Self.message(title))]),
            "defaultConfiguration": .members(["level": .text(Self.level(priority))]),
            // GitHub takes at most 20 tags.
            "properties": .members([
                "tags": .texts(Array(tags.prefix(20))), "security-severity": .text(Self.score(priority)),
            ]),
        ])
    }

    private var invocation: JSONTree {
        let command = report.command
        return .members([
            "executionSuccessful": .bool(report.isComplete), "exitCode": .integer(report.verdict.rawValue),
            "exitCodeDescription": .text(report.verdict.name),
            "startTimeUtc": command.map { .text("\($0.started)") },
            "endTimeUtc": command.map { .text("\($0.ended)") },
            "toolExecutionNotifications": report.isComplete ? nil : .list(report.doubts.map(notification)),
            "properties": .members([
                "fail_on": .texts(report.failOn), "alerts": .integer(report.alerts),
                "command": command.map(JSONReport.command),
            ]),
        ])
    }

    private func notification(_ doubt: EvidenceDoubt) -> JSONTree {
        .members([
            "level": .text("error"), "descriptor": .members(["id": .text(doubt.reason.rawValue)]),
            "message": .members(["text": .text(Self.message(doubt.text))]),
        ])
    }

    private var results: [JSONTree] {
        var seen: [SubjectID: Int] = [:]
        return report.findings.map { finding in
            let fingerprint = finding.fingerprint
            seen[fingerprint, default: 0] += 1
            return result(finding, "\(fingerprint)", ordinal: seen[fingerprint] ?? 1)
        }
    }

    private func result(_ finding: Finding, _ fingerprint: String, ordinal: Int) -> JSONTree {
        let id = Self.ruleID(finding)
        return .members([
            "ruleId": .text(id), "ruleIndex": .integer(ruleIndex[id] ?? -1), "kind": .text("fail"),
            "level": .text(Self.level(finding.priority)),
            "message": .members(["text": .text(Self.message("\(finding.title): \(finding.text)"))]),
            "locations": .list([
                .members([
                    "physicalLocation": .members([
                        "artifactLocation": .members(["uri": .text(Self.reference(finding.place.file))]),
                        "region": .members(["startLine": .integer(max(1, finding.place.line))]),
                    ])
                ])
            ]),
            "occurrenceCount": .integer(max(1, finding.count)),
            // Of rule and file: the same in every run. The ordinal tells those of one run apart.
            "partialFingerprints": .members([
                "primaryLocationLineHash": .text("\(fingerprint.prefix(16)):\(ordinal)"),
                "creanceFinding/v1": .text(finding.id),
            ]),
            "properties": .members([
                "kind": .text(finding.kind.rawValue), "priority": .text(finding.priority.name),
                "failing": .bool(finding.isFailing), "first": .text("\(finding.first)"),
                "last": .text("\(finding.last)"), "source": .text(finding.source),
                "hostname": .text(finding.hostname), "tags": .texts(finding.tags),
                "fields": .object(finding.fields.map { ($0.name, .text($0.value)) }),
            ]),
        ])
    }

    private static func ruleID(_ finding: Finding) -> String {
        let id = finding.ruleID.visible.cut(to: 200)
        return id.isEmpty ? "unnamed" : id
    }

    private static func level(_ priority: Priority) -> String {
        switch FindingSeverity(priority) {
        case .high: "error"
        case .medium: "warning"
        case .low: "note"
        }
    }

    /// On the scale of CVSS, as GitHub reads it: from 9 critical, from 7 high, from 4 medium.
    private static func score(_ priority: Priority) -> String {
        switch priority {
        case .emergency: "10.0"
        case .alert: "9.6"
        case .critical: "9.2"
        case .error: "7.5"
        case .warning: "5.5"
        case .notice: "3.0"
        case .informational: "1.5"
        case .debug: "0.5"
        }
    }

    /// Plain text of a message: a brace is doubled (3.11.5, placeholders), and what begins or ends a link is escaped
    /// (3.11.6).
    private static func message(_ text: String) -> String {
        var result = ""
        for character in text.visible.cut(to: textLimit).unicodeScalars {
            switch character {
            case "{": result += "{{"
            case "}": result += "}}"
            case "[", "]", "\\": result += "\\\(character)"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    /// A file as a URI reference (RFC 3986): what is not unreserved, or a slash, is percent-encoded.
    static func reference(_ file: String) -> String {
        var result = file.hasPrefix("/") ? "file://" : ""
        for byte in file.utf8 {
            switch byte {
            case UInt8(ascii: "a") ... UInt8(ascii: "z"), UInt8(ascii: "A") ... UInt8(ascii: "Z"), 48 ... 57,
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        // A path that begins with two slashes would name a host.
        return result.hasPrefix("file:////") ? "file:///" + result.dropFirst(8).drop { $0 == "/" } : result
    }
}
