// SPDX-License-Identifier: Apache-2.0
public import AlertEngine
public import ConfigTree

/// Everything a configuration file says. What it leaves to the machine it runs on is absent here and chosen by
/// `Surroundings`.
public struct Configuration: Sendable, Equatable {
    /// In the order of the file; absent: those of `Surroundings.sources`.
    public var sources: [ConfiguredSource]?
    public var journal: JournalConfig
    public var time: TimeSettings
    public var silence: SilenceConfig
    public var enrich: EnrichConfig
    public var deduplicate: DeduplicateSettings
    public var correlate: CorrelateConfig
    public var inhibit: InhibitSettings
    /// Absent: off.
    public var storm: StormSettings?
    public var route: RouteConfig
    /// In the order of the file; absent: one `stdout`.
    public var sinks: [ConfiguredSink]?
    public var server: ServerConfig
    public var mcp: MCPConfig
    public var falco: FalcoConfig
    public var log: LogConfig

    public init(_ section: inout ConfigSection) {
        _ = section.integer("version", default: 1, in: 1 ... 1, help: "The version of this format.")
        let sources = ConfiguredSource.declare(&section)
        journal = section.section(
            "journal", help: "The one file in which everything accepted is kept.", JournalConfig.init)
        time = section.section("time", help: "How the engine treats event time.", TimeSettings.init)
        silence = SilenceConfig(root: &section)
        enrich = section.section("enrich", help: EnrichConfig.help, EnrichConfig.init)
        deduplicate = section.section(
            "deduplicate", help: "The first alert of its kind leaves at once; repeats are counted.",
            DeduplicateSettings.init)
        correlate = section.section(
            "correlate", help: "Alerts that belong together become incidents, by Sigma rules.", CorrelateConfig.init)
        inhibit = InhibitSettings(root: &section)
        storm = section.optionalSection("storm", help: StormSettings.help, StormSettings.init)
        route = RouteConfig(root: &section)
        let sinks = ConfiguredSink.declare(&section)
        server = section.section("server", help: "The one HTTP server: intake, health, metrics.", ServerConfig.init)
        mcp = section.section("mcp", help: MCPConfig.help, MCPConfig.init)
        falco = section.section("falco", help: FalcoConfig.help, FalcoConfig.init)
        log = section.section("log", help: "What the program says about itself, on standard error.", LogConfig.init)
        self.sources = sources?.map { ConfiguredSource(name: $0.name, settings: $0.value) }
        self.sinks = sinks?.map { ConfiguredSink(name: $0.name, settings: $0.value) }
        CrossCheck(configuration: self, sources: sources ?? [], sinks: sinks ?? []).run(&section)
    }

    /// What there is without a file.
    public static var standard: Configuration {
        // Every key has a default or is optional; a test reads the empty file.
        guard let standard = check([], file: "").value else {
            preconditionFailure("the empty configuration has problems")
        }
        return standard
    }

    /// The check step over a file that was read.
    public static func check(_ bytes: [UInt8], file: String) -> ConfigOutcome<Configuration> {
        ConfigDocument(bytes, file: file).check(Configuration.init)
    }

    /// The documentation of every key.
    public static var reference: ConfigReference { ConfigDocument.reference(Configuration.init) }
}
