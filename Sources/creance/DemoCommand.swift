// SPDX-License-Identifier: Apache-2.0
import AlertSinks
import ArgumentParser
import Foundation
import Logging
import Pipeline
import UnixSignals

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "See alerts travel the whole way; needs no Falco and no configuration.",
        discussion: """
            A stand-in for Falco serves the real gRPC API on a unix socket and plays
            alerts: recordings of a real Falco 0.43.1 when they are found, made-up
            ones otherwise. They go through the real client, the journal and the
            engine to this terminal and to a file. Ends by itself with a summary.

              creance demo                       2,000 alerts in a few seconds
              creance demo --forever --rate 20   until Ctrl-C, with /metrics and POST /

            It answers assistants, too, while it runs and afterwards: let one start
            `creance mcp -c .demo/creance.yaml`, or use the address that is printed.

            Exit codes: 0 everything arrived; 1 something did not.
            """)

    @Option(help: "Alerts a second.") var rate = 400.0
    @Option(help: "How many alerts.") var count = 2_000
    @Flag(help: "Run on, until Ctrl-C.") var forever = false
    @Option(help: "Recorded alerts to play (.pb); default: those of the repository, if found, else made-up ones.")
    var recording: String?
    @Option(help: "Where journal and output go.") var directory = ".demo"
    @Flag(name: .shortAndLong, help: "Print no alerts, only the summary.") var quiet = false

    func validate() throws {
        guard rate > 0, rate <= 1_000_000, count > 0 else {
            throw ValidationError("--rate and --count must be above 0")
        }
    }

    func run() async throws {
        LoggingSetup.start(.demo)
        let folder = try DemoFolder(directory)
        let falco: FalcoOutputsServer
        do { falco = try FalcoOutputsServer(address: "unix://\(folder.socket)", queue: .one) } catch {
            throw CommandFailure.running("\(error)")
        }
        let alerts = try DemoAlerts(recording: recording, rate: rate)
        let loaded = try folder.configuration(printsAlerts: !quiet)
        let log = Logger(label: "creance")
        say("Playing \(alerts.origin) through \(falco.address)\n")
        let daemon = try await Daemon.start(loaded, log)
        for address in daemon.addresses {
            say("Listening on http://\(address): /metrics, /readyz, /mcp, and POST / takes alerts\n")
        }
        say("Assistants start: creance mcp -c \(folder.configurationFile)\n")
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let report = DemoReport(daemon.pipeline.inspector)
        let player = Task { await play(alerts, to: falco) }
        let interrupt = Task {
            for await _ in signals {
                player.cancel()
                return
            }
        }
        let played = await player.value
        await report.settle(played)
        interrupt.cancel()
        let isClean = await daemon.stop(log)
        say(report.text(played: played, folder: folder, style: .of(.standardOutput)))
        if !isClean || !report.isConserved { throw ExitCode(1) }
    }

    /// Publishes at the rate, in steps of 10 ms; returns how many it published.
    private func play(_ alerts: DemoAlerts, to falco: FalcoOutputsServer) async -> Int {
        let started = ContinuousClock.now
        var source = alerts.makeIterator()
        var played = 0
        while !Task.isCancelled, forever || played < count {
            let due = min(forever ? .max : count, Int((ContinuousClock.now - started) / .seconds(1) * rate) + 1)
            while played < due {
                let alert = source.next()
                falco.publish(alert.span)
                played += 1
            }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return played
    }

    private func say(_ text: String) { try? Descriptor.standardOutput.write([UInt8](text.utf8)) }
}
