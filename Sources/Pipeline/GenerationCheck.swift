// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
public import Enrichment
public import SigmaRules

/// Everything that is wrong with what a configuration names: rule files and tables, and the routes between sinks.
///
/// Reads the files and builds what the engine would be given, and throws it away. Starts nothing.
public struct GenerationCheck: Sendable {
    /// Errors and warnings, in order of files and places.
    public private(set) var ruleProblems: [RuleProblem]
    /// All of them errors.
    public private(set) var tableProblems: [TableProblem]
    /// Why the routes cannot be used.
    public private(set) var routeProblem: String?
    /// nil when the rules are wrong.
    public let rules: SigmaRuleSet?
    /// What went into each table: `indicators feed: 12,000 (3 of no use)`.
    public private(set) var tableRemarks: [String] = []

    /// - Parameter sinks: the names of all sinks, in order.
    public init(_ configuration: Configuration, sinks: [String]) {
        let (files, unread) = RuleFiles.look(configuration.correlate.rules)
        let outcome = SigmaRuleSet.read(files, expansions: configuration.correlate.expansions)
        rules = unread.isEmpty ? outcome.rules : nil
        ruleProblems = unread + outcome.problems
        let (tables, problems) = TableGeneration.read(configuration.enrich.sources)
        tableProblems = problems
        if problems.isEmpty {
            // Where entries stand in tables does not matter to what is wrong with them.
            let built = TableGeneration.build(
                configuration.enrich.sources, from: tables, key: HashKey(low: 0, high: 0))
            tableProblems = built.problems
            tableRemarks = built.generation?.remarks ?? []
        }
        do throws(Router.Refusal) { _ = try Router(configuration.route.settings, sinks: sinks) } catch {
            routeProblem = "\(error)"
        }
    }

    public var errorCount: Int {
        ruleProblems.count { $0.severity == .error } + tableProblems.count + (routeProblem == nil ? 0 : 1)
    }

    public var warningCount: Int { ruleProblems.count { $0.severity == .warning } }
}
