// SPDX-License-Identifier: Apache-2.0
import AlertModel
import ArgumentParser
import Foundation
import Journal
import Pipeline

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say how the daemon and its journal are.",
        discussion: """
            Reads the journal, with or without a daemon beside it, and asks the daemon's
            server for its health when the configuration has it listen on this machine.

              creance status
              creance status -c creance.yaml --json
              creance status --journal /var/lib/creance/journal.db

            Exit codes: 0 told, 1 the journal cannot be read, 2 there is no journal.
            """)

    @OptionGroup var options: JournalOptions
    @Flag(help: "One JSON object instead of lines.") var json = false

    func run() throws {
        let path = try options.path()
        let daemon = DaemonLook.at(journal: path)
        let reader = try JournalReading.open(path)
        let journal = try reader.status()
        let behind = try journal.cursors.reduce(into: [String: Int]()) { behind, sink in
            // What was routed elsewhere does not wait for it.
            let left = sink.value.nextOutput ..< max(sink.value.nextOutput, journal.nextOutput)
            behind[sink.key] = try reader.routedCount(to: sink.key, in: left)
        }
        let report = StatusReport(
            path: path, daemon: daemon, started: PathLook.changed(path + ".lock"), health: try health(daemon),
            journal: journal, behind: behind, checkpoint: try reader.engineCheckpoint().checkpoint?.nextPlace)
        let text = json ? report.json() : report.text(.of(.standardOutput))
        try Descriptor.standardOutput.write([UInt8](text.utf8))
    }

    /// Only a daemon that may be there is asked; another program could have its address otherwise.
    private func health(_ daemon: DaemonLook) throws -> StatusReport.Health {
        guard options.journal == nil || options.configuration.config != nil, daemon != .stopped else {
            return .notAsked
        }
        let server = try options.configuration.load().server
        guard server.tls == nil else { return .notAsked }
        // Port 0: the kernel chose one, and only the daemon knows which.
        let addresses = server.listen.filter { address in
            if case .tcp(_, 0) = address { false } else { address.isLocal }
        }
        guard !addresses.isEmpty else { return .notAsked }
        for address in addresses {
            if let answer = HealthProbe.ask(address) { return .answered(answer, at: address.description) }
        }
        return .silent(at: addresses.map(\.description).joined(separator: ", "))
    }
}
