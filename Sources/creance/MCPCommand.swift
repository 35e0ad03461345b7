// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Journal
import Foundation
import Logging
import MCPServing
import Pipeline

struct MCPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp",
        abstract: "Answer an assistant on standard input and output (Model Context Protocol).",
        discussion: """
            For the configuration of an assistant: it starts this command and speaks with
            it, one JSON message a line. With a daemon on this machine the command only
            carries bytes to the daemon's socket (mcp.socket), so the assistant hears of
            alerts as they come. Without one it answers from the journal by itself, which
            it only reads. What it does is said on standard error.

              creance mcp                          the daemon, or the journal of this user
              creance mcp -c creance.yaml          of the daemon with this configuration
              creance mcp --journal journal.db     this journal, not the daemon
              creance mcp --socket mcp.sock        only that daemon

            Exit codes: 0 the assistant has closed the connection; 1 the daemon has; 2
            wrong options, or there is neither a daemon nor a journal.
            """)

    @OptionGroup var options: JournalOptions
    @Option(help: ArgumentHelp("The daemon's socket; without an answer there the command ends.", valueName: "file"))
    var socket: String?

    func validate() throws {
        if socket != nil, options.journal != nil {
            throw ValidationError("--socket asks a daemon and --journal reads a file: choose one")
        }
    }

    func run() async throws {
        if let socket { return try bridge(try connect(socket), to: socket) }
        let configuration = try options.configuration.load()
        if options.journal == nil {
            let path = configuration.mcp.socket ?? Surroundings.ofThisProcess.assistantPath
            if let number = daemon(at: path) { return try bridge(number, to: path) }
        }
        try await serve(try options.path(), configuration)
    }

    /// Nil, which is said: nobody answers there.
    private func daemon(at path: String) -> Int32? {
        do throws(SocketFailure) { return try LocalSocket.connected(to: path) } catch {
            Self.say("\(error); answering from the journal alone")
            if path != Self.systemSocket, FileManager.default.fileExists(atPath: "/run/creance") {
                Self.say(
                    "a daemon of the whole machine may answer at \(Self.systemSocket): give --socket, with the rights of "
                        + "its user, or reach it over HTTP with a token")
            }
            return nil
        }
    }

    /// Where the daemon of the package's unit has its socket.
    private static let systemSocket = "/run/creance/mcp.sock"

    private func connect(_ path: String) throws -> Int32 {
        do throws(SocketFailure) { return try LocalSocket.connected(to: path) } catch {
            throw CommandFailure.running("\(error)")
        }
    }

    private func bridge(_ number: Int32, to path: String) throws {
        Self.say("connected to the daemon at \(path)")
        guard MCPBridge(socket: number).carry() else {
            throw CommandFailure.running("the daemon at \(path) has closed the connection")
        }
    }

    private func serve(_ path: String, _ configuration: Configuration) async throws {
        // For its sentence where there is no journal.
        _ = try JournalReading.open(path)
        LoggingSetup.start(configuration.log)
        let assistance = try Assistance(
            Assistance.Parts(
                journalPath: path, configuration: configuration, version: BuildVersion.text,
                logger: Logger(label: "creance.mcp")))
        assistance.begin(polling: Assistance.pollInterval)
        Self.say("reading the journal \(path)")
        do throws(SocketFailure) {
            try StandardStreams(service: assistance.assistant, caller: assistance.local).serve()
        } catch {
            throw CommandFailure.running("\(error)")
        }
        await assistance.end()
    }

    private static func say(_ sentence: String) {
        try? Descriptor.standardError.write([UInt8]("creance: \(sentence)\n".utf8))
    }
}
