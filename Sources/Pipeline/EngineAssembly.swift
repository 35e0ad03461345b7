// SPDX-License-Identifier: Apache-2.0
public import AlertEngine
public import AlertModel
public import Enrichment
public import SigmaRules

/// Rules that cannot be used, with every problem.
public struct RulesRefused: Error, Sendable {
    public let problems: [RuleProblem]
}

/// Tables of enrichment that cannot be used, with every problem.
public struct TablesRefused: Error, Sendable {
    public let problems: [TableProblem]
}

extension Generation {
    /// The configuration, and the rules and tables that it names, read now.
    ///
    /// - Parameter further: rule files beside those of the configuration.
    /// - Throws: `RulesRefused` or `TablesRefused`.
    public static func read(
        _ configuration: Configuration, name: String, text: [UInt8], further: [String] = []
    ) throws -> Generation {
        let tables = TableGeneration.read(configuration.enrich.sources)
        guard tables.problems.isEmpty else { throw TablesRefused(problems: tables.problems) }
        return Generation(
            configuration: RuleFile(name: name, bytes: text),
            rules: try RuleFiles.read(configuration.correlate.rules + further), tables: tables.files)
    }

    /// The compiled rules, and what they have to say that is no error.
    ///
    /// - Parameter expansions: `CorrelateConfig.expansions` of this generation's configuration.
    public func compileRules(
        expansions: [String: [String]]
    ) throws(RulesRefused) -> (rules: SigmaRuleSet, remarks: [RuleProblem]) {
        let outcome = SigmaRuleSet.read(rules, expansions: expansions)
        guard let set = outcome.rules else { throw RulesRefused(problems: outcome.problems) }
        return (set, outcome.problems)
    }

    /// The tables, and what went into each.
    public func buildTables(
        _ sources: TableSources, key: HashKey
    ) throws(TablesRefused) -> (tables: EnrichTables, remarks: [String]) {
        let built = TableGeneration.build(sources, from: tables, key: key)
        guard let generation = built.generation else { throw TablesRefused(problems: built.problems) }
        return (generation.tables, generation.remarks)
    }

    /// What the engine is set to under this generation, in a place to work.
    ///
    /// - Throws: `RulesRefused`, `TablesRefused`, `Router.Refusal`.
    public func engineSettings(_ configuration: Configuration, _ home: EngineHome) throws -> EngineSettings {
        EngineSettings(
            time: configuration.time, identity: home.canRepeat ? IdentitySettings() : nil,
            enrich: configuration.enrich.settings,
            tables: try buildTables(configuration.enrich.sources, key: home.hashKey).tables,
            silence: configuration.silence.settings,
            deduplicate: configuration.deduplicate.isEnabled ? configuration.deduplicate : nil,
            rules: try compileRules(expansions: configuration.correlate.expansions).rules,
            correlate: configuration.correlate.settings,
            inhibit: configuration.inhibit, storm: configuration.storm,
            router: try Router(configuration.route.settings, sinks: home.sinks),
            hasSinks: !home.sinks.isEmpty || home.isServed, installation: home.installation, hashKey: home.hashKey)
    }
}

/// Which journal the engine works for.
public struct EngineHome: Sendable {
    public var installation: UInt64
    public var hashKey: HashKey
    /// The names of all sinks, in order.
    public var sinks: [String]
    /// Beside the sinks, subscribers of the re-served API get what any sink gets.
    public var isServed: Bool
    /// The same alert can come twice: two sources, or one over HTTP, whose senders try again.
    public var canRepeat: Bool

    public init(installation: UInt64 = 0, hashKey: HashKey, sinks: [String], isServed: Bool = false, canRepeat: Bool) {
        self.installation = installation
        self.hashKey = hashKey
        self.sinks = sinks
        self.isServed = isServed
        self.canRepeat = canRepeat
    }
}

extension Configuration {
    /// The same alert can come twice (semantics.md, 2): two sources, or one over HTTP, whose senders try again.
    static func canRepeat(_ sources: [ConfiguredSource]) -> Bool {
        sources.count > 1 || sources.contains { $0.settings.typeName == "falco_http" }
    }

    /// The home of a daemon with this configuration.
    func home(_ machine: Surroundings, installation: UInt64, hashKey: HashKey) -> EngineHome {
        let sources = sources ?? machine.sources
        return EngineHome(
            installation: installation, hashKey: hashKey, sinks: (sinks ?? machine.sinks).map(\.name),
            isServed: server.serveFalcoGrpc != nil,
            canRepeat: Self.canRepeat(sources))
    }
}
