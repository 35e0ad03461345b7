// SPDX-License-Identifier: Apache-2.0

/// The array that scanner orchestrators read: `id, tool, description, severity, filePath, lineNumber, complianceMappings`.
///
/// A golden file of the tests fixes its shape.
struct FindingList {
    private let findings: [Finding]
    private static let textLimit = 1_000

    init(_ findings: [Finding]) { self.findings = findings }

    var bytes: [UInt8] { JSONTree.list(findings.map(Self.member)).bytes }

    private static func member(_ finding: Finding) -> JSONTree {
        .members([
            "id": .text(finding.id), "tool": .text("creance"),
            "description": .text("\(finding.title): \(finding.text)".cut(to: textLimit)),
            "severity": .text(FindingSeverity(finding.priority).rawValue), "filePath": .text(finding.place.file),
            "lineNumber": .integer(finding.place.line),
            "complianceMappings": .texts(Compliance.mappings(finding.tags)),
        ])
    }
}
