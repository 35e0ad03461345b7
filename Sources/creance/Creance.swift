// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

@main
struct Creance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "creance",
        abstract: "The line between Falco and everything that acts on its alerts.",
        discussion: """
            Subscribes to Falco (gRPC, HTTP, files, pipes), keeps every alert in a journal,
            and passes it on without losing one silently. Try `creance demo` first: it
            needs no Falco and no configuration.

              creance demo                                   see it work
              creance run -c creance.yaml                    the daemon
              creance search --since 1h --priority error     what happened
              creance explain ID                             why an alert was held back

            Exit codes: 0 done; 1 failed while running; 2 wrong usage, configuration or
            input.
            """,
        version: BuildVersion.text,
        subcommands: [
            DemoCommand.self, RunCommand.self, CheckCommand.self, ReplayCommand.self, GateCommand.self,
            StatusCommand.self, SearchCommand.self, TailCommand.self, WaitCommand.self, ExplainCommand.self,
            IncidentsCommand.self, SilenceCommand.self,
            DeadLettersCommand.self,
            RulesCommand.self, GenerateCommand.self, ConfigCommand.self, TokenCommand.self, MCPCommand.self,
        ])

    /// ArgumentParser's own would choose its own words and exit codes.
    static func main() async {
        Descriptor.ignoreClosedPipes()
        _ = ProcessMetrics.started
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            CommandEnd(error, style: .of(.standardError)).exit()
        }
    }
}

/// What `--version` and the build metric say.
enum BuildVersion {
    static let text = "0.1.0"
}
