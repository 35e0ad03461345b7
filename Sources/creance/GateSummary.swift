// SPDX-License-Identifier: Apache-2.0
import Reports

/// What a gate came to, for people: on standard error.
struct GateSummary {
    private let report: GateReport
    private let style: Style
    private static let shown = 20
    private static let textLimit = 160

    init(_ report: GateReport, style: Style) {
        self.report = report
        self.style = style
    }

    var lines: [String] {
        var lines = ["\(style.bold("creance gate:")) \(verdict); \(report.headline); \(report.alerts) alerts seen"]
        if let command = report.command {
            let outcome = command.hasFailed ? style.red(command.outcome) : command.outcome
            lines.append("  command    \(outcome)")
        }
        for doubt in report.doubts.prefix(Self.shown) {
            lines.append("  \(style.yellow("evidence"))   \(Self.visible(doubt.text))")
        }
        if report.doubts.count > Self.shown { lines.append("  evidence   \(report.doubts.count - Self.shown) more") }
        let failing = report.findings.filter(\.isFailing)
        for finding in failing.prefix(Self.shown) {
            let priority = finding.priority.name
            let padding = String(repeating: " ", count: max(0, 9 - priority.count))
            let place = Self.visible(finding.place.file)
            lines.append(
                "  \(style.red(priority))\(padding)  \(finding.count)×  \(Self.visible(finding.title))  \(place)")
        }
        if failing.count > Self.shown { lines.append("  \(failing.count - Self.shown) more") }
        return lines
    }

    private var verdict: String {
        switch report.verdict {
        case .clean: style.green("clean")
        case .findings: style.red("findings") + (report.isComplete ? "" : ", and the evidence is incomplete")
        case .incomplete: style.yellow("the evidence is incomplete")
        case .commandFailed: style.red("the command failed")
        }
    }

    private static func visible(_ text: String) -> String {
        let safe = SafeText.visible(text)
        return safe.count <= textLimit ? safe : "\(safe.prefix(textLimit - 1))…"
    }
}
