// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import ArgumentParser
import Foundation
import Pipeline

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Run recorded alerts through a configuration at full speed.",
        discussion: """
            Files are JSON lines, or length-delimited protobuf (.pb), compressed
            (.gz, .zst) or not; several are merged by time. The result is written in
            order and is the same for the same input. No journal, clock or network.

              creance replay alerts.jsonl > records.jsonl
              creance replay a.pb.zst b.jsonl.gz --output records.jsonl

            Exit codes: 0 done; 1 failed while running; 2 wrong input.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case creance, falco, text

        var kind: FormatKind {
            switch self {
            case .creance: .creance
            case .falco: .falco
            case .text: .text
            }
        }
    }

    @Argument(help: "Recorded alerts.") var files: [String]
    @OptionGroup var options: ConfigurationOptions
    @Option(help: "creance, falco or text.") var format: Format = .creance
    @Option(name: .shortAndLong, help: "The file to write; - is standard output.") var output = "-"
    @Flag(help: "The summary on standard error as JSON.") var json = false

    func run() throws {
        let configuration = try options.load()
        let colours = output == "-" && Style.of(.standardOutput).hasColours
        var replay: Replay
        do {
            replay = try Replay(
                files: files, configuration: configuration, format: format.kind.format(colours: colours))
        } catch {
            throw CommandFailure.input("\(error)")
        }
        var file = try OutputFile(output)
        let progress = Progress("read bytes", total: replay.totalBytes)
        let started = ContinuousClock.now
        try replay.run(
            write: { span in try file.write([UInt8](_span: span)) },
            progress: { bytes in progress.update(bytes) })
        progress.end(replay.readBytes)
        try file.close()
        try report(replay.summary, took: .now - started)
    }

    private func report(_ summary: Replay.Summary, took: Duration) throws {
        let span = [summary.first, summary.last].map { $0.map { "\"\($0)\"" } ?? "null" }
        let text =
            json
            ? "{\"alerts\":\(summary.alerts),\"dead_letters\":\(summary.rejects),\"outputs\":\(summary.outputs),\"late\":\(summary.late),"
                + "\"arrival_timed\":\(summary.arrivalTimed),\"first\":\(span[0]),\"last\":\(span[1])}\n"
            : "\(summary.alerts) alerts in, \(summary.outputs) records out, \(summary.rejects) unreadable, \(summary.late) late, "
                + "\(Int(Double(summary.alerts) / max(took / .seconds(1), 1e-9))) alerts/s\n"
        try Descriptor.standardError.write([UInt8](text.utf8))
    }
}
