// SPDX-License-Identifier: Apache-2.0
import Foundation
import FoundationXML
import Reports
import Testing

/// Reports in XML and Markdown, with texts that try to become more than text.
@Suite struct TextReportTests {
    /// Everything that a strict reader of XML saw.
    private final class Reading: NSObject, XMLParserDelegate {
        var cases: [[String: String]] = []
        var suite: [String: String] = [:]
        var failures: [String: Int] = [:]
        var text = ""

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            if name == "testcase" { cases.append(attributes) }
            if name == "testsuite" { suite = attributes }
            if ["failure", "error", "system-out"].contains(name) { failures[name, default: 0] += 1 }
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
    }

    private func read(_ report: GateReport) throws -> Reading {
        let parser = XMLParser(data: Data(ReportKind.junit.bytes(of: report)))
        let reading = Reading()
        parser.delegate = reading
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        return reading
    }

    @Test func `JUnit counts what it holds`() throws {
        for report in [SampleReport.report(), SampleReport.hostile, SampleReport.report([], verdict: .clean)] {
            let reading = try read(report)
            #expect(reading.suite["tests"] == "\(reading.cases.count)")
            #expect(reading.suite["failures"] == "\(reading.failures["failure"] ?? 0)")
            #expect(reading.suite["errors"] == "\(reading.failures["error"] ?? 0)")
            #expect(reading.cases.count == report.findings.count + 2)
            #expect(reading.failures["error"] ?? 0 == (report.isComplete ? 0 : 1))
        }
    }

    @Test func `JUnit holds no character that XML forbids`() {
        let text = SampleReport.text(.junit, SampleReport.hostile)
        for scalar in text.unicodeScalars {
            #expect(scalar == "\n" || scalar.value >= 0x20 && scalar.value != 0xFFFE && scalar.value != 0xFFFF)
        }
    }

    @Test func `JUnit gives texts back as they were`() throws {
        let text = "</failure> & \"quotes\" 'single' ]]> <x/>"
        let reading = try read(SampleReport.report([SampleReport.finding(text: text)]))
        #expect(reading.text.contains(text))
    }

    /// Code spans taken out as CommonMark 0.31 says (6.1): a run of backticks begins one when a run of the same length
    /// follows.
    private func withoutCode(_ line: String) -> String {
        let scalars = Array(line.unicodeScalars)
        func run(at place: Int) -> Int { scalars[place...].prefix { $0 == "`" }.count }
        var outside = String.UnicodeScalarView()
        var place = 0
        while place < scalars.count {
            let length = run(at: place)
            var next = place + length
            if length == 0 {
                outside.append(scalars[place])
                place += 1
                continue
            }
            while next < scalars.count, run(at: next) != length { next += max(1, run(at: next)) }
            if next < scalars.count { outside.append(contentsOf: "CODE".unicodeScalars) }
            place = next < scalars.count ? next + length : place + length
        }
        return String(outside)
    }

    @Test func `no text from an alert stands in Markdown outside a code span`() {
        let plain = SampleReport.text(.markdown, SampleReport.report())
        let hostile = SampleReport.text(.markdown, SampleReport.hostile)
        #expect(hostile.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0.value != 0x202E })
        let known = /[A-Za-z0-9 .,:*|#()_~\-]*\\?/
        for line in (plain + hostile).split(separator: "\n") {
            let outside = withoutCode(String(line))
            #expect(outside.wholeMatch(of: known) != nil, "\(outside)")
            #expect(!outside.contains("evil") && !outside.contains("everyone") && !outside.contains("forged"))
            if line.hasPrefix("|") { #expect(!line.contains("`")) }
        }
    }

    @Test func `Markdown stays short`() {
        let many = (1 ... 5_000).map { SampleReport.finding($0, text: String(repeating: "x", count: 5_000)) }
        let bytes = ReportKind.markdown.bytes(of: SampleReport.report(many))
        #expect(bytes.count < 1 << 20)
        #expect(String(decoding: bytes, as: UTF8.self).contains("4800 more"))
    }

    @Test(arguments: ReportKind.allCases)
    func `reports in ASCII text show what they hold`(kind: ReportKind) {
        let bytes = kind.bytes(of: SampleReport.hostile)
        #expect(String(validating: bytes, as: UTF8.self) != nil)
        #expect(bytes.last == 0x0A)
        #expect(!bytes.contains { $0 < 0x20 && $0 != 0x0A || $0 == 0x7F })
    }
}
