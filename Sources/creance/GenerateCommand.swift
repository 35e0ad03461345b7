// SPDX-License-Identifier: Apache-2.0
import AlertGenerator
import ArgumentParser
import Foundation

struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Make realistic alerts, the same for the same seed.",
        discussion: """
            Alerts of many rules, hosts, containers and sources: background noise, bursts of repeats, and now and then an
            attack that runs through one container. For tests, benchmarks and demonstrations.

            creance generate --count 100000 --output alerts.jsonl
            creance generate --format pb --output alerts.pb
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        /// JSON lines, as Falco's file output writes them.
        case jsonl
        /// Length-delimited `falco.outputs.response` messages.
        case pb
    }

    @Option(help: "Where the random numbers start.") var seed: UInt64 = 1
    @Option(help: "How many alerts.") var count = 10_000
    @Option(help: "How many hosts.") var hosts = 5
    @Option(help: "Containers on each host.") var containers = 8
    @Option(help: "Mean alerts a second, in the alerts' own time.") var rate = 50.0
    @Option(help: "An attack after about every so many alerts; 0 for none.") var attackEvery = 5_000
    @Option(help: "jsonl or pb; default: by the output's name, else jsonl.") var format: Format?
    @Option(name: .shortAndLong, help: "The file to write; - is standard output.") var output = "-"

    func validate() throws {
        guard count >= 0, hosts > 0, containers > 0, rate > 0, attackEvery >= 0 else {
            throw ValidationError("--count and --attack-every cannot be negative; --hosts, --containers and --rate must be above 0")
        }
    }

    func run() throws {
        var settings = GeneratorSettings()
        settings.seed = seed
        settings.count = count
        settings.hosts = hosts
        settings.containersPerHost = containers
        settings.rate = rate
        settings.attackEvery = attackEvery
        let chosen = format ?? (output.hasSuffix(".pb") ? .pb : .jsonl)
        let file = try OutputFile(output)
        let progress = Progress("generated", total: count)
        var bytes: [UInt8] = []
        var done = 0
        for alert in AlertStream(settings) {
            switch chosen {
            case .jsonl:
                alert.appendJSON(to: &bytes)
                bytes.append(UInt8(ascii: "\n"))
            case .pb: alert.appendProtobuf(to: &bytes, delimited: true)
            }
            done += 1
            if bytes.count >= 1 << 20 {
                try file.write(bytes)
                bytes.removeAll(keepingCapacity: true)
                progress.update(done)
            }
        }
        try file.write(bytes)
        progress.end(done)
    }
}
