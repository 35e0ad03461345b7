// SPDX-License-Identifier: Apache-2.0

/// A page of Markdown for a summary or a comment.
///
/// Text from alerts stands in code spans alone, on one line each: inside one nothing is a link, a mention, HTML or markup
/// (CommonMark 0.31, 6.1). No such text stands in a table, whose cells a `|` would end even there.
struct MarkdownReport {
    private let report: GateReport
    private static let textLimit = 300
    /// A job summary of GitHub may have 1 MiB.
    private static let shown = 200
    private static let doubtsShown = 50

    init(_ report: GateReport) { self.report = report }

    var bytes: [UInt8] { Array((lines.joined(separator: "\n") + "\n").utf8) }

    private var lines: [String] {
        var lines = ["## Creance gate: \(verdict)", ""]
        lines.append("| Priority | Findings | Alerts |")
        lines.append("|---|---:|---:|")
        for priority in Set(report.findings.map(\.priority)).sorted(by: >) {
            let own = report.findings.filter { $0.priority == priority }
            lines.append("| \(priority.name) | \(own.count) | \(own.reduce(0) { $0 + $1.count }) |")
        }
        lines.append("| all | \(report.found) | \(report.alerts) seen |")
        lines.append("")
        if let command = report.command {
            lines.append("Command \(Self.code(command.arguments.joined(separator: " "))): \(command.outcome).")
        } else {
            lines.append("Read \(report.inputs.map(Self.code).joined(separator: ", ")).")
        }
        lines.append("Fails on \(report.failOn.map(Self.code).joined(separator: ", ")).")
        lines.append("")
        lines += doubts
        lines += list("Findings that fail the gate", report.findings.filter(\.isFailing))
        lines += list("Other findings", report.findings.filter { !$0.isFailing })
        if report.unlisted > 0 { lines += ["\(report.unlisted) more findings are beyond the limit.", ""] }
        return lines
    }

    private var verdict: String {
        switch report.verdict {
        case .clean: "clean"
        case .findings: "\(report.failing) \(report.failing == 1 ? "finding" : "findings")"
        case .incomplete: "incomplete evidence"
        case .commandFailed: "the command failed"
        }
    }

    private var doubts: [String] {
        guard !report.isComplete else { return ["The evidence is complete.", ""] }
        var lines = ["**The evidence is not complete:** what was not seen cannot have been found.", ""]
        for doubt in report.doubts.prefix(Self.doubtsShown) {
            let reason = doubt.reason.rawValue.split(separator: "_").joined(separator: " ")
            lines.append("- \(reason): \(Self.code(doubt.text))")
        }
        if report.doubts.count > Self.doubtsShown { lines.append("- \(report.doubts.count - Self.doubtsShown) more") }
        return lines + [""]
    }

    private func list(_ title: String, _ findings: [Finding]) -> [String] {
        guard !findings.isEmpty else { return [] }
        var lines = ["### \(title)", ""]
        for finding in findings.prefix(Self.shown) {
            let times = finding.count == 1 ? "once" : "\(finding.count) times"
            lines.append(
                "- **\(finding.priority.name)** \(Self.code(finding.title)) \(times), "
                    + "at \(Self.code("\(finding.place.file):\(finding.place.line)"))\\")
            let host = finding.hostname.isEmpty ? "" : " on \(Self.code(finding.hostname))"
            lines.append("  says \(Self.code(finding.text))\(host), first \(finding.first)")
        }
        if findings.count > Self.shown { lines.append("- \(findings.count - Self.shown) more") }
        return lines + [""]
    }

    /// A code span: as many backticks around it as no run inside has, and a space where one touches them.
    static func code(_ text: String) -> String {
        let visible = text.visible.cut(to: textLimit)
        guard !visible.isEmpty else { return "(empty)" }
        var longest = 0
        var run = 0
        for scalar in visible.unicodeScalars {
            run = scalar == "`" ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: longest + 1)
        let scalars = visible.unicodeScalars
        let touches: Set<Unicode.Scalar?> = ["`", " "]
        let needsRoom = touches.contains(scalars.first) || touches.contains(scalars.last)
        let room = needsRoom && scalars.contains { $0 != " " } ? " " : ""
        return fence + room + visible + room + fence
    }
}
