// SPDX-License-Identifier: Apache-2.0
import Foundation
import Reports
import Testing

/// What the schema of SARIF 2.1.0 and its specification demand, as far as we write it.
@Suite struct SARIFTests {
    private static let reports = [
        SampleReport.report(), SampleReport.hostile, SampleReport.report([], verdict: .clean),
        SampleReport.report([], verdict: .incomplete, doubts: [EvidenceDoubt(.silent, "nothing came")], command: nil),
    ]

    private func run(_ report: GateReport) throws -> [String: Any] {
        let document = try #require(SampleReport.json(.sarif, report) as? [String: Any])
        #expect(Set(document.keys) == ["$schema", "version", "runs"])
        #expect(document["version"] as? String == "2.1.0")
        let runs = try #require(document["runs"] as? [[String: Any]])
        try #require(runs.count == 1)
        return runs[0]
    }

    @Test(arguments: reports.indices)
    func `every result names a rule that there is, a place and a level`(index: Int) throws {
        let report = Self.reports[index]
        let run = try run(report)
        let driver = try #require((run["tool"] as? [String: Any])?["driver"] as? [String: Any])
        #expect(driver["name"] as? String == "creance")
        let rules = try #require(driver["rules"] as? [[String: Any]])
        let ids = rules.compactMap { $0["id"] as? String }
        #expect(ids.count == rules.count && Set(ids).count == ids.count && !ids.contains(""))
        for rule in rules {
            #expect((rule["shortDescription"] as? [String: Any])?["text"] is String)
            let properties = try #require(rule["properties"] as? [String: Any])
            let score = try #require((properties["security-severity"] as? String).flatMap(Double.init))
            #expect(score > 0 && score <= 10)
            let tags = try #require(properties["tags"] as? [String])
            #expect(tags.count <= 20 && Set(tags).count == tags.count)
        }
        let results = try #require(run["results"] as? [[String: Any]])
        #expect(results.count == report.findings.count)
        for (result, finding) in zip(results, report.findings) {
            let rule = try #require(result["ruleIndex"] as? Int)
            #expect(ids.indices.contains(rule) && ids[rule] == result["ruleId"] as? String)
            #expect(["error", "warning", "note"].contains(result["level"] as? String))
            #expect(result["kind"] as? String == "fail")
            #expect((result["message"] as? [String: Any])?["text"] is String)
            #expect((result["occurrenceCount"] as? Int ?? 0) >= 1)
            let locations = try #require(result["locations"] as? [[String: Any]])
            let physical = try #require(locations.first?["physicalLocation"] as? [String: Any])
            #expect((physical["region"] as? [String: Any])?["startLine"] as? Int == 1)
            let uri = try #require((physical["artifactLocation"] as? [String: Any])?["uri"] as? String)
            #expect(uri.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\"<>\\^`{|}[]".utf8.contains($0) })
            if finding.place.file.hasPrefix("/") { #expect(uri.hasPrefix("file:///") && !uri.hasPrefix("file:////")) }
            let fingerprints = try #require(result["partialFingerprints"] as? [String: String])
            #expect(fingerprints["creanceFinding/v1"] == finding.id)
            #expect(fingerprints["primaryLocationLineHash"]?.wholeMatch(of: /[0-9a-f]{16}:[0-9]+/) != nil)
        }
        let hashes = results.compactMap { ($0["partialFingerprints"] as? [String: String])?["primaryLocationLineHash"] }
        #expect(Set(hashes).count == hashes.count)
    }

    @Test(arguments: reports.indices)
    func `the invocation says the exit code, and what is doubtful`(index: Int) throws {
        let report = Self.reports[index]
        let run = try run(report)
        let invocations = try #require(run["invocations"] as? [[String: Any]])
        try #require(invocations.count == 1)
        #expect(invocations[0]["executionSuccessful"] as? Bool == report.isComplete)
        #expect(invocations[0]["exitCode"] as? Int == report.verdict.rawValue)
        let notes = invocations[0]["toolExecutionNotifications"] as? [[String: Any]] ?? []
        #expect(notes.count == report.doubts.count)
        let driver = try #require((run["tool"] as? [String: Any])?["driver"] as? [String: Any])
        let known = (driver["notifications"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
        for note in notes {
            #expect(note["level"] as? String == "error")
            let id = try #require((note["descriptor"] as? [String: Any])?["id"] as? String)
            #expect(known.contains(id))
        }
        for key in ["startTimeUtc", "endTimeUtc"] {
            guard report.command != nil else { continue }
            #expect((invocations[0][key] as? String)?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/) != nil)
        }
    }

    @Test func `text of an alert makes no link and no placeholder`() throws {
        let report = SampleReport.report([
            SampleReport.finding(text: "[click](https://evil.example) {0}\nnext")
        ])
        let results = try #require(run(report)["results"] as? [[String: Any]])
        let text = try #require((results[0]["message"] as? [String: Any])?["text"] as? String)
        #expect(text.hasSuffix("\\[click\\](https://evil.example) {{0}}\\\\nnext"))
    }

    @Test func `two findings of one rule and file are told apart in one run and known again in the next`() throws {
        let one = SampleReport.finding(1), other = SampleReport.finding(2)
        func hashes(_ findings: [Finding]) throws -> [String?] {
            let results = try #require(run(SampleReport.report(findings))["results"] as? [[String: Any]])
            return results.map { ($0["partialFingerprints"] as? [String: String])?["primaryLocationLineHash"] }
        }
        let both = try hashes([one, other])
        #expect(both[0] != both[1])
        #expect(both[0]?.prefix(16) == both[1]?.prefix(16))
        #expect(try hashes([other])[0] == both[0])
        #expect(try hashes([SampleReport.finding(file: "/bin/sh")])[0] != both[0])
    }
}
