// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import ArgumentParser
import Pipeline
import SigmaRules

struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "Work on rules: Falco's own, and Sigma rules.",
        discussion: """
            list, describe, validate and fields are about Falco's rules files, test and
            show about Sigma rules. Falco's rules: docs/falco-rules.md. What Sigma rules
            can say: docs/sigma.md; those that come with Creance: docs/rules.md.
            """,
        subcommands: [
            RulesListCommand.self, RulesDescribeCommand.self, RulesValidateCommand.self, RulesFieldsCommand.self,
            RulesTestCommand.self, RulesShowCommand.self,
        ])
}

struct RulesTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run Sigma rules over recorded alerts: what they find, and why.",
        usage: "creance rules test <rules> ... [--alerts <file> ...] [<options>]",
        discussion: """
            RULES are files or folders, or `builtin` for those that come with Creance.
            Every problem of theirs is reported with its place.
            With --alerts, the alerts run through the engine, by their own times: each
            match of a detection rule is shown with the search identifiers that held,
            each incident of a correlation rule with its group, then the count of every
            rule. --expect makes it a test: write what should be found, then the rule.

              creance rules test rules.d
              creance rules test builtin rules.d --alerts recorded.jsonl
              creance rules test shell.yml --alerts recorded.jsonl
              creance rules test shell.yml --alerts attack.jsonl --expect shell=3
              creance rules test shell.yml --alerts quiet.jsonl --expect 'shell=0'
              creance rules test chain.yml --alerts attack.jsonl --expect 'chain=1'
              creance rules test rules.d --alerts day.jsonl.gz --expect 'shell>=1' --json

            Exit codes: 0 the rules are good and every expectation is met; 1 one is not; 2
            the rules are wrong, or the input is: also when not one alert could be read.
            """)

    @Argument(help: "Rule files, folders of them, or builtin.") var rules: [String]
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Recorded alerts: JSON lines or .pb, compressed or not.", valueName: "file"))
    var alerts: [String] = []
    @Option(
        help: ArgumentHelp(
            "Alerts that a detection, or incidents that a correlation must find, by the rule's name or id: RULE=N, "
                + "RULE>=N or RULE<=N.", valueName: "rule=n"),
        transform: RuleExpectation.init(_:))
    var expect: [RuleExpectation] = []
    @Option(
        help: ArgumentHelp(
            "Values that the modifier `expand` puts in place of %name%.", valueName: "name=value,..."),
        transform: ExpandArgument.init(_:))
    var expand: [ExpandArgument] = []
    @Option(help: "The most matches and the most incidents to show; 0 for all.") var limit = 100
    @Flag(help: "One JSON object instead of lines.") var json = false

    func validate() throws {
        if rules.isEmpty { throw ValidationError("Which rules? Name a file or a folder.") }
        if limit < 0 { throw ValidationError("--limit is a number from 0 on.") }
        if !expect.isEmpty, alerts.isEmpty { throw ValidationError("--expect needs --alerts.") }
    }

    func run() throws {
        let (files, unread) = RuleFiles.look(rules)
        let expansions = Dictionary(expand.map { ($0.name, $0.values) }, uniquingKeysWith: +)
        let read = SigmaRuleSet.read(files, expansions: expansions)
        let outcome = RuleOutcome(rules: unread.isEmpty ? read.rules : nil, problems: unread + read.problems)
        var test = RuleTest(outcome: outcome, expectations: expect, shownLimit: limit == 0 ? .max : limit)
        if let set = outcome.rules {
            for expectation in expect { try check(expectation, test, set) }
            if !alerts.isEmpty { test = try run(test, files, expansions) }
        }
        if !json {
            let problems = ProblemText.lines(outcome.problems, style: .of(.standardError)).map { "\($0)\n" }.joined()
            try Descriptor.standardError.write([UInt8](problems.utf8))
        }
        let report = RuleTestReport(test)
        try Descriptor.standardOutput.write([UInt8]((json ? report.json() : report.text(.of(.standardOutput))).utf8))
        if outcome.rules == nil { throw ExitCode(2) }
        if !test.isMet { throw ExitCode(1) }
    }

    private func check(_ expectation: RuleExpectation, _ test: RuleTest, _ set: SigmaRuleSet) throws {
        switch test.subject(of: expectation) {
        case .detection?: break
        case .correlation(let index)?:
            guard set.correlations[index].makesIncidents else {
                throw CommandFailure.input(
                    "--expect \(expectation.text): this rule makes no incidents, it only feeds others")
            }
        case nil:
            throw CommandFailure.input("--expect \(expectation.text): there is no rule of that name or id")
        }
    }

    /// The engine with these rules alone: what deduplication would hold back does not matter to them.
    private func run(
        _ test: RuleTest, _ files: [RuleFile], _ expansions: [String: [String]]
    ) throws -> RuleTest {
        let text = [UInt8]("deduplicate: { enabled: false }\ncorrelate: { rules: [] }\n".utf8)
        let checked = Configuration.check(text, file: "rules test")
        guard var configuration = checked.value else { throw ConfigurationRefused(problems: checked.problems) }
        configuration.correlate.expansions = expansions
        let watcher = Watcher(test)
        do {
            var replay = try Replay(
                files: alerts, configuration: configuration, generation: Generation(rules: files),
                format: FormatKind.creance.format(), watch: { watcher.test.take($0, $1) })
            try replay.run(write: { _ in }, progress: { _ in })
            watcher.test.unreadableCount = replay.summary.rejects
            // Nothing found among what nobody could read is no result.
            if replay.summary.isUnreadable { throw CommandFailure.input(replay.summary.unreadableSentence) }
        } catch let refused as RulesRefused {
            throw refused
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure.input("\(error)")
        }
        return watcher.test
    }

    /// Holds the test while a replay runs.
    private final class Watcher {
        var test: RuleTest

        init(_ test: RuleTest) { self.test = test }
    }
}

/// Values for `%name%`: `admins=root,alice`.
struct ExpandArgument: Equatable {
    let name: String
    let values: [String]

    init(_ text: String) throws {
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else { throw ValidationError("'\(text)' gives no values: NAME=VALUE,VALUE…") }
        name = String(parts[0])
        values = parts[1].split(separator: ",").map(String.init)
    }
}

/// How often a rule must find something: `RULE=N`, `RULE>=N`, `RULE<=N`.
struct RuleExpectation: Equatable {
    enum Relation: String {
        case equal = "=", atLeast = ">=", atMost = "<="
    }

    let text: String
    let rule: String
    let relation: Relation
    let count: Int

    init(_ text: String) throws {
        self.text = text
        guard let sign = text.lastIndex(of: "="), let count = Int(text[text.index(after: sign)...]), count >= 0 else {
            throw ValidationError("'\(text)' is no expectation: RULE=N, RULE>=N or RULE<=N")
        }
        var name = text[..<sign]
        switch name.last {
        case ">": relation = .atLeast
        case "<": relation = .atMost
        default: relation = .equal
        }
        if relation != .equal { name.removeLast() }
        rule = String(name)
        self.count = count
        if rule.isEmpty { throw ValidationError("'\(text)' names no rule") }
    }

    func isMet(by found: Int) -> Bool {
        switch relation {
        case .equal: found == count
        case .atLeast: found >= count
        case .atMost: found <= count
        }
    }
}
