// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import ConfigTree
import Enrichment
import Foundation
import Pipeline
import SigmaRules

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say everything that is wrong with a configuration.",
        discussion: """
            Every problem is reported at once, with its place: of the file, and of the
            rules and tables that it names. A good configuration is then held against
            this machine: certificates, paths, sockets, secrets. What is missing there is
            a warning, since it may be right elsewhere or later.

              creance check -c creance.yaml
              creance check -c creance.yaml --offline --json

            Exit codes: 0 good, warnings or not; 2 wrong.
            """)

    @OptionGroup var options: ConfigurationOptions
    @Flag(help: "Look at nothing but the file and the rules and tables it names.") var offline = false
    @Flag(help: "One JSON object instead of lines.") var json = false

    func run() throws {
        let file = options.file
        let outcome = ConfigurationFile.check(file)
        let named = outcome.value.map { configuration in
            GenerationCheck(
                configuration, sinks: (configuration.sinks ?? Surroundings.ofThisProcess.sinks).map(\.name))
        }
        var findings: [MachineFinding] = []
        if !offline, let configuration = outcome.value {
            findings = MachineLook(configuration, in: .ofThisProcess, now: Int64(Date().timeIntervalSince1970))
                .findings()
        }
        let over = outcome.value?.silence.problems(at: .present) ?? []
        let report = CheckReport(file: file, problems: outcome.problems + over, named: named, findings: findings)
        if json {
            try Descriptor.standardOutput.write([UInt8](report.json().utf8))
        } else {
            // As compilers do: what is wrong on standard error, that all is well on standard output.
            try Descriptor.standardError.write([UInt8](report.complaints(.of(.standardError)).utf8))
            if report.isGood { try Descriptor.standardOutput.write([UInt8](report.verdict(.of(.standardOutput)).utf8)) }
        }
        if !report.isGood { throw ExitCode(2) }
    }
}

/// What `check` found, ready to be shown.
struct CheckReport {
    /// nil: there is no file.
    let file: String?
    let problems: [ConfigProblem]
    /// What the file names; nil when the file itself is wrong.
    let named: GenerationCheck?
    let findings: [MachineFinding]

    var isGood: Bool { errorCount == 0 }

    private var errorCount: Int { problems.count { $0.severity == .error } + (named?.errorCount ?? 0) }
    private var warningCount: Int { problems.count { $0.severity == .warning } + (named?.warningCount ?? 0) }

    /// Problems of the file and of what it names, then what this machine has in its way; empty when there is neither.
    func complaints(_ style: Style) -> String {
        var lines = ProblemText.lines(problems, style: style)
        if let named {
            lines += ProblemText.lines(named.ruleProblems, style: style)
            lines += named.tableProblems.map {
                "\($0.file):\($0.line.map { "\($0):" } ?? "") \(style.red("error:")) \($0.what)"
            }
            if let problem = named.routeProblem { lines.append("\(style.red("error:")) route: \(problem)") }
        }
        if !isGood { lines.append(style.red("\(name) is wrong") + counts) }
        if !findings.isEmpty {
            lines.append("on this machine:")
            lines += findings.map { "  \(style.yellow("warning:")) \($0.key): \($0.what)" }
        }
        return lines.map { "\($0)\n" }.joined()
    }

    func verdict(_ style: Style) -> String {
        var lines = [style.green("\(name) is good") + counts]
        if let rules = named?.rules {
            let counts = [(rules.detections.count, "detection"), (rules.correlations.count, "correlation")]
            lines.append("rules: \(ProblemText.counts(counts) ?? "none")")
        }
        lines += named?.tableRemarks ?? []
        return lines.map { "\($0)\n" }.joined()
    }

    private var name: String { file ?? "no configuration file: everything has its default, which" }
    private var counts: String {
        ProblemText.counts([(errorCount, "error"), (warningCount, "warning")]).map { " (\($0))" } ?? ""
    }

    func json() -> String {
        var object = JSONLine()
        object.add("file", file)
        object.add("good", isGood)
        object.add(
            "problems",
            problems.map(Self.object) + (named?.ruleProblems ?? []).map(Self.object)
                + (named?.tableProblems ?? []).map(Self.object) + routeObjects)
        if let rules = named?.rules {
            var counts = JSONLine()
            counts.add("detections", rules.detections.count)
            counts.add("correlations", rules.correlations.count)
            object.add("rules", counts)
        }
        object.add("tables", json: "[\((named?.tableRemarks ?? []).map(JSONLine.quoted).joined(separator: ","))]")
        object.add(
            "machine",
            findings.map { finding in
                var object = JSONLine()
                object.add("severity", "warning")
                object.add("key", finding.key)
                object.add("message", finding.what)
                return object
            })
        return object.text + "\n"
    }

    private static func object(_ problem: ConfigProblem) -> JSONLine {
        var object = JSONLine()
        object.add("severity", problem.severity.rawValue)
        object.add("file", problem.place?.file)
        object.add("line", problem.place?.line)
        object.add("column", problem.place?.column)
        object.add("key", problem.key)
        object.add("message", problem.what)
        object.add("allowed", problem.allowed)
        object.add("suggestion", problem.suggestion)
        return object
    }

    private static func object(_ problem: RuleProblem) -> JSONLine {
        var object = JSONLine()
        object.add("severity", problem.severity.rawValue)
        object.add("file", problem.file)
        if problem.line > 0 {
            object.add("line", problem.line)
            object.add("column", problem.column)
        }
        object.add("key", "correlate.rules")
        object.add("message", problem.message)
        object.add("suggestion", problem.suggestion)
        return object
    }

    private static func object(_ problem: TableProblem) -> JSONLine {
        var object = JSONLine()
        object.add("severity", "error")
        object.add("file", problem.file)
        object.add("line", problem.line)
        object.add("key", "enrich")
        object.add("message", problem.what)
        return object
    }

    private var routeObjects: [JSONLine] {
        guard let problem = named?.routeProblem else { return [] }
        var object = JSONLine()
        object.add("severity", "error")
        object.add("file", file)
        object.add("key", "route")
        object.add("message", problem)
        return [object]
    }
}
