// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// JUnit's XML as CI systems read it: one test for the evidence, one for the command, one for each finding.
///
/// A finding that `--fail-on` asks for is a failure, another one passes with its text as output; a doubt is an error.
struct JUnitReport {
    private let report: GateReport
    private static let textLimit = 4_000

    init(_ report: GateReport) { self.report = report }

    var bytes: [UInt8] {
        var cases = [evidence]
        if let command = report.command { cases.append(test(command)) }
        cases += report.findings.map(test)
        let failures = report.findings.count(where: \.isFailing) + (report.command?.hasFailed == true ? 1 : 0)
        let errors = report.isComplete ? 0 : 1
        let counts = "tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"\(errors)\" skipped=\"0\""
        let time = report.command.map { XMLText.seconds(from: $0.started, to: $0.ended) } ?? "0"
        var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>"]
        lines.append("<testsuites name=\"creance gate\" \(counts) time=\"\(time)\">")
        let stamp = report.command.map { " timestamp=\"\("\($0.started)".prefix(19))\"" } ?? ""
        lines.append("  <testsuite name=\"creance gate\" \(counts) time=\"\(time)\"\(stamp)>")
        lines += properties
        for one in cases { lines += one.map { "    " + $0 } }
        lines += ["  </testsuite>", "</testsuites>", ""]
        return Array(lines.joined(separator: "\n").utf8)
    }

    private var properties: [String] {
        let pairs = [
            ("verdict", report.verdict.name), ("complete", "\(report.isComplete)"),
            ("fail_on", report.failOn.joined(separator: ", ")), ("alerts", "\(report.alerts)"),
            ("unlisted", "\(report.unlisted)"), ("version", report.version),
        ]
        return ["    <properties>"]
            + pairs.map { "      <property name=\"\($0.0)\" value=\"\(XMLText.escaped($0.1))\"/>" }
            + ["    </properties>"]
    }

    private var evidence: [String] {
        let head = "<testcase name=\"evidence is complete\" classname=\"creance.gate\""
        guard !report.isComplete else { return [head + "/>"] }
        let text = report.doubts.map { "\($0.reason.rawValue): \($0.text)" }
        return [
            head + ">",
            "  <error type=\"incomplete\" message=\"\(attribute(text.first ?? ""))\">"
                + "\(body(text.map(\.visible).joined(separator: "\n")))</error>",
            "</testcase>",
        ]
    }

    private func test(_ command: GateReport.Command) -> [String] {
        let time = XMLText.seconds(from: command.started, to: command.ended)
        let head = "<testcase name=\"the command succeeds\" classname=\"creance.gate\" time=\"\(time)\""
        guard command.hasFailed else { return [head + "/>"] }
        return [
            head + ">", "  <failure type=\"command\" message=\"\(attribute(command.outcome))\"/>", "</testcase>",
        ]
    }

    private func test(_ finding: Finding) -> [String] {
        let place = "\(finding.place.file):\(finding.place.line)"
        let head =
            "<testcase name=\"\(attribute("\(finding.title) (\(finding.place.file))"))\" "
            + "classname=\"creance.\(finding.kind.rawValue).\(finding.priority.name)\" "
            + "file=\"\(attribute(finding.place.file))\" line=\"\(finding.place.line)\">"
        let text = [
            finding.text.visible, "priority: \(finding.priority.name)", "count: \(finding.count)",
            "first: \(finding.first)", "last: \(finding.last)", "place: \(place.visible)",
            "host: \(finding.hostname.visible)", "id: \(finding.id)",
        ].joined(separator: "\n")
        let inside =
            finding.isFailing
            ? "  <failure type=\"\(finding.priority.name)\" message=\"\(attribute(finding.text))\">\(body(text))</failure>"
            : "  <system-out>\(body(text))</system-out>"
        return [head, inside, "</testcase>"]
    }

    private func attribute(_ text: String) -> String { XMLText.escaped(text.visible.cut(to: Self.textLimit)) }
    private func body(_ text: String) -> String { XMLText.escaped(text.cut(to: Self.textLimit)) }
}

/// Text inside XML 1.0, in content or in an attribute between double quotes.
enum XMLText {
    /// Characters that XML 1.0 cannot hold at all (its production `Char`) become U+FFFD.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&apos;"
            // References keep attribute normalisation and line end handling away from them.
            case "\t", "\r": result += "&#\(scalar.value);"
            case "\n": result += "\n"
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// With three digits behind the point, never negative.
    static func seconds(from start: EventTime, to end: EventTime) -> String {
        let (passed, overflow) = end.nanoseconds.subtractingReportingOverflow(start.nanoseconds)
        let milliseconds = overflow ? 0 : max(0, passed / 1_000_000)
        let fraction = String(milliseconds % 1000)
        return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }
}
