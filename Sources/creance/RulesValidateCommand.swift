// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import FalcoRules

struct RulesValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check Falco's rules files: every error, each with its place.",
        usage: "creance rules validate [<file> ...] [<options>]",
        discussion: """
            FILE as in `rules list`: files are loaded one after the other, and later ones
            may use what earlier ones define. Every error of every file is told with
            line, column and Falco's code; Falco itself stops at a file's first.
            Falco need not be installed.

              creance rules validate own.yaml
              creance rules validate falco_rules.yaml own.yaml --strict
              git show :own.yaml | creance rules validate -

            --json is what `falco -V` writes with json_output.

            Exit codes: 0 every file would load; 1 one would not, or with --strict there
            are warnings; 2 wrong usage, configuration or input.
            """)

    @Argument(help: "Falco's rules files, folders of them, or -.") var files: [String] = []
    @OptionGroup var options: ConfigurationOptions
    @Flag(help: "Warnings are problems, too.") var strict = false
    @Flag(help: "JSON in Falco's shape.") var json = false

    func run() throws {
        let rules = try RulesOfFalco(files, options).read
        let text = json ? rules.loadResultsJSON.line + "\n" : Self.text(rules, .of(.standardOutput))
        try Descriptor.standardOutput.write([UInt8](text.utf8))
        let hasWarnings = rules.results.contains { !$0.warnings.isEmpty || $0.isSchemaValid == false }
        if !rules.isSuccessful || strict && hasWarnings { throw ExitCode(1) }
    }

    static func text(_ rules: FalcoRuleFiles, _ style: Style) -> String {
        var lines: [String] = []
        for result in rules.results {
            lines += RuleProblemText.lines(result, style)
            guard result.isSuccessful else { continue }
            let verdict = style.green(result.warnings.isEmpty ? "ok" : "ok, with warnings")
            lines.append("\(style.bold("\(SafeText.visible(result.name)):")) \(verdict)")
        }
        let errors = rules.results.reduce(0) { $0 + $1.errors.count }
        let warnings = rules.results.reduce(0) { $0 + $1.warnings.count }
        let counts = ProblemText.counts([
            (rules.results.count, "file"), (rules.rules.count, "rule"), (errors, "error"), (warnings, "warning"),
        ])
        lines.append(counts ?? "nothing")
        return lines.joined(separator: "\n") + "\n"
    }
}
