// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import ArgumentParser
import Foundation
import Pipeline

struct SilenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "silence",
        abstract: "Keep alerts back for a time, while the daemon runs.",
        discussion: """
            What matches is kept, counted and correlated, and does not leave. Asks the
            running daemon through its control socket (server.control): only its user
            and root may. A silence set here survives a restart and ends by itself.

              creance silence add --when 'hostname = build-7 and priority < error' \\
                --until 2h --reason "kernel upgrade"
              creance silence list
              creance silence expire 4f1c9a2e07b3d651

            Exit codes: 0 done; 1 no daemon answers, or it could not; 2 the silence makes
            no sense.
            """,
        subcommands: [Add.self, List.self, Expire.self], defaultSubcommand: List.self)

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set a silence; prints its id.",
            usage: "creance silence add --when <when> --until <time> --reason <reason>")

        @OptionGroup var daemon: ControlOptions
        @Option(help: "Which alerts: a condition in Falco's filter syntax.") var when: String
        @Option(help: ArgumentHelp("When it ends: 2h from now, or 2027-01-01T00:00:00Z.", valueName: "time")) var until:
            String
        @Option(help: "Shown where somebody asks why an alert did not come.") var reason: String
        @Option(help: "Who sets it; default: your user's name.") var by: String?

        func run() throws {
            let answer = try daemon.ask(
                ControlRequest(.add, when: when, until: until, reason: reason, by: by ?? ControlOptions.userName))
            guard let silence = answer.first else {
                throw CommandFailure.running("the daemon did not say which id it has")
            }
            try Descriptor.standardOutput.write([UInt8]("\(silence.id)\n".utf8))
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show every silence, of the configuration and of run time, with what it has matched.")

        @OptionGroup var daemon: ControlOptions
        @Flag(help: "JSON lines, one a silence.") var json = false

        func run() throws {
            let silences = try daemon.ask(ControlRequest(.list))
            let text =
                json
                ? silences.map { String(decoding: ControlLine.write($0), as: UTF8.self) + "\n" }.joined()
                : SilenceText.lines(silences, .of(.standardOutput))
            try Descriptor.standardOutput.write([UInt8](text.utf8))
        }
    }

    struct Expire: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a silence that was set at run time.",
            usage: "creance silence expire <id> [--by <by>] [-c <file>] [--control <path>]")

        @OptionGroup var daemon: ControlOptions
        @Argument(help: "The silence's id, or enough of its beginning.") var id: String
        @Option(help: "Who ends it; default: your user's name.") var by: String?

        func run() throws {
            let ended = try daemon.ask(ControlRequest(.expire, by: by ?? ControlOptions.userName, id: id)).first
            try Descriptor.standardOutput.write([UInt8]("\(ended?.id ?? id)\n".utf8))
        }
    }
}

/// Which daemon is asked.
struct ControlOptions: ParsableArguments {
    @OptionGroup var configuration: ConfigurationOptions
    @Option(help: ArgumentHelp("The control socket, instead of the configuration's.", valueName: "path"))
    var control: String?

    static var userName: String { String(NSUserName().prefix(64)) }

    /// The silences of the daemon's answer.
    ///
    /// - Throws: `CommandFailure`, with the daemon's words when it refused.
    func ask(_ request: ControlRequest) throws -> [ControlAnswer.SilenceEntry] {
        try answer(to: request).silences ?? []
    }

    /// The daemon's answer, after its remarks were said.
    ///
    /// - Throws: `CommandFailure`, with the daemon's words when it refused.
    func answer(to request: ControlRequest) throws -> ControlAnswer {
        let path = try control ?? configuration.load().server.control ?? Surroundings.ofThisProcess.controlPath
        let answer = try ControlClient.ask(request, at: path)
        for remark in answer.remarks ?? [] {
            try Descriptor.standardError.write([UInt8]("creance: \(SafeText.visible(remark))\n".utf8))
        }
        guard !answer.ok else { return answer }
        let error = SafeText.visible(answer.error ?? "the daemon refused without a word")
        throw answer.trouble == .invalid ? CommandFailure.input(error) : CommandFailure.running(error)
    }
}

/// Silences for people.
enum SilenceText {
    static func lines(_ silences: [ControlAnswer.SilenceEntry], _ style: Style) -> String {
        guard !silences.isEmpty else { return "no silence is set\n" }
        return silences.map { silence in
            let count = "\(StatusReport.grouped(silence.matched)) \(silence.matched == 1 ? "alert" : "alerts")"
            let state =
                silence.state == "active"
                ? "until \(short(silence.until))" : style.dim("over since \(short(silence.until))")
            let origin =
                silence.origin == "configuration"
                ? "configured"
                : "set \(short(silence.created ?? "")) by \(SafeText.visible(silence.by ?? "nobody named"))"
            return """
                \(style.bold(SafeText.visible(silence.id)))  \(state)  \(count)  \(origin)
                    when    \(SafeText.visible(silence.when))
                    reason  \(SafeText.visible(silence.reason))

                """
        }.joined()
    }

    /// To the second.
    private static func short(_ time: String) -> String { SafeText.visible("\(time.prefix(19))Z") }
}
