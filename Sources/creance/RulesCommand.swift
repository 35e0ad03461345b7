// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSources
import ArgumentParser
import SigmaRules

struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "Work on Sigma rules.",
        discussion: "What rules can say: docs/sigma.md.",
        subcommands: [RulesTestCommand.self])
}

struct RulesTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run Sigma rules over recorded alerts: which match, and why.",
        discussion: """
            RULES are files or folders. Every problem of theirs is reported with its place.
            With --alerts, each match is shown with the search identifiers that held, then
            how often each rule matched. --expect makes it a test: write what should match
            first, then the rule.

              creance rules test rules.d
              creance rules test shell.yml --alerts recorded.jsonl
              creance rules test shell.yml --alerts attack.jsonl --expect shell=3
              creance rules test shell.yml --alerts quiet.jsonl --expect 'shell=0'
              creance rules test rules.d --alerts day.jsonl.gz --expect 'shell>=1' --json

            Exit codes: 0 the rules are good and every expectation is met; 1 one is not; 2
            the rules are wrong, or the input is.
            """)

    @Argument(help: "Rule files, or folders of them.") var rules: [String]
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Recorded alerts: JSON lines or .pb, compressed or not.", valueName: "file"))
    var alerts: [String] = []
    @Option(
        help: ArgumentHelp(
            "How often a rule, by name or id, must match: RULE=N, RULE>=N or RULE<=N.", valueName: "rule=n"),
        transform: RuleExpectation.init(_:))
    var expect: [RuleExpectation] = []
    @Option(help: "The most matches to show; 0 for all.") var limit = 100
    @Flag(help: "One JSON object instead of lines.") var json = false

    func validate() throws {
        if rules.isEmpty { throw ValidationError("Which rules? Name a file or a folder.") }
        if limit < 0 { throw ValidationError("--limit is a number from 0 on.") }
        if !expect.isEmpty, alerts.isEmpty { throw ValidationError("--expect needs --alerts.") }
    }

    func run() throws {
        let outcome = SigmaRuleSet.read(paths: rules)
        var test = RuleTest(outcome: outcome, expectations: expect, shownLimit: limit == 0 ? .max : limit)
        if let set = outcome.rules {
            for expectation in expect where test.index(of: expectation) == nil {
                throw CommandFailure.input("--expect \(expectation.text): there is no detection of that name or id")
            }
            for path in alerts { try run(path, set, &test) }
        }
        let style = Style.of(.standardOutput)
        if !json {
            let problems = test.problemLines(.of(.standardError)).map { "\($0)\n" }.joined()
            try Descriptor.standardError.write([UInt8](problems.utf8))
        }
        try Descriptor.standardOutput.write([UInt8]((json ? test.json() : test.text(style)).utf8))
        if outcome.rules == nil { throw ExitCode(2) }
        if !test.isMet { throw ExitCode(1) }
    }

    private func run(_ path: String, _ set: SigmaRuleSet, _ test: inout RuleTest) throws {
        do {
            var reader = try AlertFileReader(path: path)
            var hasMore = true
            while hasMore {
                var builder = AlertBatchBuilder(byteCapacity: 256 << 10, recordCapacity: 1_024)
                hasMore = try reader.fill(&builder, arrival: EventTime(nanoseconds: 0))
                test.take(builder.seal(), set)
            }
        } catch {
            throw CommandFailure.input("\(path): \(error)")
        }
    }
}

/// How often a rule must match: `RULE=N`, `RULE>=N`, `RULE<=N`.
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

    func isMet(by matches: Int) -> Bool {
        switch relation {
        case .equal: matches == count
        case .atLeast: matches >= count
        case .atMost: matches <= count
        }
    }
}
