// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import ConfigTree
import Foundation
import Pipeline

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say everything that is wrong with a configuration.",
        discussion: """
            Every problem is reported at once, with its place. A good configuration is
            then held against this machine: certificates, paths, sockets, secrets. What is
            missing there is a warning, since it may be right elsewhere or later.

              creance check -c creance.yaml
              creance check -c creance.yaml --offline --json

            Exit codes: 0 good, warnings or not; 2 wrong.
            """)

    @OptionGroup var options: ConfigurationOptions
    @Flag(help: "Look at nothing but the file itself.") var offline = false
    @Flag(help: "One JSON object instead of lines.") var json = false

    func run() throws {
        let file = options.file
        let outcome = ConfigurationFile.check(file)
        var findings: [MachineFinding] = []
        if !offline, let configuration = outcome.value {
            findings = MachineLook(configuration, in: .ofThisProcess, now: Int64(Date().timeIntervalSince1970))
                .findings()
        }
        let over = outcome.value?.silence.problems(at: .present) ?? []
        let report = CheckReport(file: file, problems: outcome.problems + over, findings: findings)
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
    let findings: [MachineFinding]

    var isGood: Bool { !problems.contains { $0.severity == .error } }

    /// Problems of the file, then what this machine has in its way; empty when there is neither.
    func complaints(_ style: Style) -> String {
        var lines = ProblemText.lines(problems, style: style)
        if !isGood { lines.append(style.red("\(name) is wrong") + counts) }
        if !findings.isEmpty {
            lines.append("on this machine:")
            lines += findings.map { "  \(style.yellow("warning:")) \($0.key): \($0.what)" }
        }
        return lines.map { "\($0)\n" }.joined()
    }

    func verdict(_ style: Style) -> String { style.green("\(name) is good") + counts + "\n" }

    private var name: String { file ?? "no configuration file: everything has its default, which" }
    private var counts: String { ProblemText.counts(problems).map { " (\($0))" } ?? "" }

    func json() -> String {
        var object = JSONLine()
        object.add("file", file)
        object.add("good", isGood)
        object.add("problems", problems.map(Self.object))
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
}
