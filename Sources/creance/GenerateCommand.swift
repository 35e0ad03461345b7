// SPDX-License-Identifier: Apache-2.0
import AlertGenerator
import ArgumentParser

struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Make realistic alerts, the same for the same seed.",
        usage: "creance generate [<options>]",
        discussion: """
            Alerts of many rules, hosts, containers and sources: background noise, bursts
            of repeats, and now and then an attack that runs through one container. For
            tests, benchmarks and demonstrations. The same options give the same bytes on
            every machine.

              creance generate --count 100000 --output alerts.jsonl
              creance generate --seed 7 --output alerts.pb.zst
              creance generate --count 1000000 | creance run -c stdin.yaml
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
    @Option(help: "The first alert's time (RFC 3339).", transform: TimeArgument.eventTime) var start = GeneratorSettings
        .standardStart
    @Option(help: "An attack after about every so many alerts; 0 for none.") var attackEvery = 5_000
    @Option(help: "jsonl: JSON lines. pb: length-delimited gRPC messages. Default: by the output's name, else jsonl.")
    var format: Format?
    @Option(name: .shortAndLong, help: "The file to write, compressed if it ends in .gz or .zst; - is standard output.")
    var output = "-"

    func validate() throws {
        guard count >= 0, attackEvery >= 0 else {
            throw ValidationError("--count and --attack-every cannot be negative")
        }
        guard (1 ... 100_000).contains(hosts), (1 ... 100_000).contains(containers), hosts * containers <= 1_000_000
        else {
            throw ValidationError("--hosts and --containers are 1 to 100000, and at most 1000000 containers in all")
        }
        guard rate >= 0.001, rate <= 1_000_000_000 else { throw ValidationError("--rate is 0.001 to 1000000000") }
    }

    func run() throws {
        let format = format ?? Self.format(ofPath: output)
        if format == .pb, output == "-", Descriptor.standardOutput.isTerminal {
            throw CommandFailure.input("protobuf is not for a terminal: use --output FILE, or a pipe")
        }
        var file = try OutputFile(output)
        let progress = Progress("generated", total: count)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.pieceBytes + (4 << 10))
        var done = 0
        for alert in AlertStream(settings) {
            switch format {
            case .jsonl:
                alert.appendJSON(to: &bytes)
                bytes.append(UInt8(ascii: "\n"))
            case .pb: alert.appendProtobuf(to: &bytes, delimited: true)
            }
            done += 1
            if bytes.count >= Self.pieceBytes {
                try file.write(bytes)
                bytes.removeAll(keepingCapacity: true)
                progress.update(done)
            }
        }
        try file.write(bytes)
        try file.close()
        progress.end(done)
    }

    /// Written at once.
    private static let pieceBytes = 256 << 10

    private var settings: GeneratorSettings {
        var settings = GeneratorSettings()
        settings.seed = seed
        settings.count = count
        settings.hosts = hosts
        settings.containersPerHost = containers
        settings.rate = rate
        settings.start = start.nanoseconds
        settings.attackEvery = attackEvery
        return settings
    }

    /// By the name's end, what compresses it apart.
    static func format(ofPath path: String) -> Format {
        let ends = [".pb", ".pb.gz", ".pb.zst"]
        return ends.contains { path.hasSuffix($0) } ? .pb : .jsonl
    }
}
