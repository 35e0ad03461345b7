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
    /// In the order of the file; absent: one `stdout`.
    public var sinks: [ConfiguredSink]?
    public var server: ServerConfig
    public var log: LogConfig

    public init(_ section: inout ConfigSection) {
        _ = section.integer("version", default: 1, in: 1 ... 1, help: "The version of this format.")
        let sources = ConfiguredSource.declare(&section)
        journal = section.section(
            "journal", help: "The one file in which everything accepted is kept.", JournalConfig.init)
        time = section.section("time", help: "How the engine treats event time.", TimeSettings.init)
        section.later("silence", "enrich", "deduplicate", "correlate", "inhibit", "storm", "route")
        let sinks = ConfiguredSink.declare(&section)
        server = section.section("server", help: "The one HTTP server: intake, health, metrics.", ServerConfig.init)
        section.later("mcp", "falco")
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
