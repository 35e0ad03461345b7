// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

@main
struct Creance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "creance",
        abstract: "The line between Falco and everything that acts on its alerts.",
        discussion: """
            Subscribes to Falco (gRPC, HTTP, files, pipes), keeps every alert in a journal, and passes it on to files and
            SIEMs without losing one silently. Try `creance demo` first: it needs no Falco and no configuration.

            Exit codes: 0 done, 1 failed while running, 2 wrong usage, configuration or input, 64 wrong command line.
            """,
        version: BuildVersion.text,
        subcommands: [
            DemoCommand.self, RunCommand.self, CheckCommand.self, ReplayCommand.self, StatusCommand.self, SearchCommand.self,
            GenerateCommand.self, ConfigCommand.self,
        ])
}

/// What `--version` and the build metric say.
enum BuildVersion {
    static let text = "0.1.0"
}
