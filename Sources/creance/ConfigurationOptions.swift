// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import ConfigTree
import Foundation
import Pipeline

/// `-c FILE`, and the read and check steps behind it.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The configuration; default: \(ConfigurationFile.standardPath), if it exists.", valueName: "file"))
    var config: String?

    /// The file that counts; nil: there is none and everything has its default.
    var file: String? { ConfigurationFile.find(given: config) }

    /// The configuration, its warnings left unsaid.
    ///
    /// - Throws: `ConfigurationRefused` with every problem.
    func load() throws -> Configuration {
        let outcome = ConfigurationFile.check(file)
        guard let configuration = outcome.value else { throw ConfigurationRefused(problems: outcome.problems) }
        return configuration
    }
}

/// Which journal a reading command looks into.
struct JournalOptions: ParsableArguments {
    @OptionGroup var configuration: ConfigurationOptions
    @Option(help: ArgumentHelp("The journal's file, instead of the configuration's.", valueName: "file"))
    var journal: String?

    /// Where the daemon with this configuration, started by this user, keeps its journal.
    func path() throws -> String {
        if let journal { return journal }
        return try configuration.load().journal.path ?? Surroundings.ofThisProcess.journalPath
    }
}

extension Surroundings {
    /// As this process finds them.
    static var ofThisProcess: Surroundings {
        Surroundings(
            isRoot: geteuid() == 0, environment: ProcessInfo.processInfo.environment,
            hasFalcoSocket: PathLook.kind(falcoSocket) == .socket)
    }
}
