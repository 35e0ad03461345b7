// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import ConfigTree
import Foundation
import Logging
import Pipeline
import SigmaRules
import UnixSignals

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the daemon: take alerts in, keep them, pass them on.",
        discussion: """
            Without -c and without /etc/creance/creance.yaml it subscribes to
            unix:///run/falco/falco.sock when that exists, listens on 127.0.0.1:2801
            for Falco's http_output, keeps its journal in the state directory and
            prints to standard output.

              SIGTERM, SIGINT  drain within server.drain and end
              SIGHUP           open output files anew; then, if the configuration
                               changed and is good, go on with the new one
              SIGUSR1          open output files anew

            A stdin source with stop_at_end: true ends it as well.
            Exit codes: 0 ended and nothing was left behind; 1 something was, and is
            kept in the journal; 2 wrong configuration, or nothing could be opened.
            """)

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        var loaded = try LoadedConfiguration(options.file)
        LoggingSetup.start(loaded.configuration.log)
        let log = Logger(label: "creance")
        loaded.warn(log)
        var isClean = true
        // The signals' stream must outlive a reload: what arrives during one is kept.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup, .sigusr1)
        var events = signals.makeAsyncIterator()
        var daemon = try await Daemon.start(loaded, log)
        while case .reload(let next) = await daemon.supervise(&events, loaded, log) {
            let change = try await daemon.change(to: next, from: loaded, log)
            (daemon, loaded) = (change.daemon, change.configuration)
            isClean = change.isClean && isClean
            LoggingSetup.change(loaded.configuration.log)
        }
        isClean = await daemon.stop(log) && isClean
        log.info("stopped", metadata: ["clean": "\(isClean)"])
        if !isClean { throw ExitCode(1) }
    }
}

/// A configuration that was read and checked, with its text to see whether it changed.
struct LoadedConfiguration {
    let path: String?
    /// The configuration's text and that of its rules.
    let generation: Generation
    let configuration: Configuration
    let problems: [ConfigProblem]
    let rulesRemarks: [RuleProblem]

    /// - Throws: `ConfigurationRefused`, `RulesRefused` or `TablesRefused`, with every problem.
    init(_ path: String?) throws {
        let outcome = ConfigurationFile.check(path)
        guard let value = outcome.value else { throw ConfigurationRefused(problems: outcome.problems) }
        self.path = path
        let text = path.flatMap { FileManager.default.contents(atPath: $0) }.map { [UInt8]($0) } ?? []
        generation = try Generation.read(value, name: path ?? "", text: text)
        rulesRemarks = try generation.compileRules(expansions: value.correlate.expansions).remarks
        configuration = value
        problems = outcome.problems
    }

    func warn(_ log: Logger) {
        for problem in problems + configuration.silence.problems(at: .present) { log.warning("\(problem)") }
        for remark in rulesRemarks { log.warning("\(remark)") }
    }
}
