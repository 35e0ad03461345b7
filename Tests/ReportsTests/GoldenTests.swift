// SPDX-License-Identifier: Apache-2.0
import Foundation
import Reports
import Testing

/// The shapes of the reports are promises: held to the files in Golden.
///
/// With CREANCE_RECORD_GOLDEN=1 in the environment the files are written anew.
@Suite struct GoldenTests {
    @Test(arguments: ReportKind.allCases)
    func `a report is what it was`(kind: ReportKind) throws {
        let ending =
            switch kind {
            case .sarif: "sarif"
            case .junit: "xml"
            case .markdown: "md"
            case .json, .findings: "json"
            }
        let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Golden/\(kind.rawValue).\(ending)")
        let doubts = [
            EvidenceDoubt(.notConnected, source: "node", "source node was not connected when the command started")
        ]
        let bytes = Data(kind.bytes(of: SampleReport.report(doubts: doubts)))
        if ProcessInfo.processInfo.environment["CREANCE_RECORD_GOLDEN"] == "1" { try bytes.write(to: golden) }
        #expect(bytes == (try Data(contentsOf: golden)))
    }

    @Test func `the finding list has exactly the keys that an orchestrator reads`() throws {
        let list = try #require(SampleReport.json(.findings, SampleReport.report()) as? [[String: Any]])
        #expect(list.count == SampleReport.findings.count)
        for one in list {
            #expect(
                Set(one.keys) == [
                    "id", "tool", "description", "severity", "filePath", "lineNumber", "complianceMappings",
                ])
            #expect(["High", "Medium", "Low"].contains(one["severity"] as? String))
            #expect(one["lineNumber"] as? Int == 1)
        }
        #expect(list[0]["complianceMappings"] as? [String] == ["PCI_DSS_10.2.5", "T1555"])
        #expect(list[3]["complianceMappings"] as? [String] == [])
        #expect(list.map { $0["severity"] as? String } == ["High", "Medium", "High", "Low"])
    }

    @Test func `an empty list is a list`() {
        #expect(SampleReport.text(.findings, SampleReport.report([])) == "[]\n")
    }
}
