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
            (.gz, .zst) or not; several are merged by time. With --journal it is a
            journal that runs again, under the configurations that were in force, or
            under the one given with -c or --rules. The result is written in order and
            is the same for the same input; a summary on standard error says what the
            configuration made of the alerts. No clock, no network, nothing is changed.

              creance replay alerts.jsonl > records.jsonl
              creance replay a.pb.zst b.jsonl.gz --output records.jsonl
              creance replay alerts.jsonl --rules my-rules/ --output /dev/null
              creance replay --journal /var/lib/creance/journal.db -c new.yaml

            Exit codes: 0 done; 1 failed while running; 2 wrong input, of which no single
            alert could be read, too.
            """)

    @Argument(help: "Recorded alerts.") var files: [String] = []
    @OptionGroup var options: ConfigurationOptions
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Sigma files or folders beside those of the configuration.", valueName: "path"))
    var rules: [String] = []
    @Option(help: ArgumentHelp("A journal, instead of files.", valueName: "file")) var journal: String?
    @Option(help: "What the records look like.") var format = FormatArgument(.creance)
    @Option(name: .shortAndLong, help: "The file to write; - is standard output.") var output = "-"
    @Flag(help: "The summary on standard error as JSON.") var json = false

    func validate() throws {
        if files.isEmpty, journal == nil { throw ValidationError("Name files of recorded alerts, or a --journal.") }
        if !files.isEmpty, journal != nil { throw ValidationError("Files or a --journal, not both.") }
    }

    func run() throws {
        let started = ContinuousClock.now
        let format = format.kind.format(colours: output == "-" && Style.of(.standardOutput).hasColours)
        let summary = try journal.map { try replay(journal: $0, format) } ?? replayFiles(format)
        try ReplayReport(summary).write(asJSON: json, took: .now - started)
        guard summary.isUnreadable else { return }
        // The JSON says it in its numbers; a sentence behind it would be no JSON.
        if json { throw ExitCode(2) }
        throw CommandFailure.input(summary.unreadableSentence)
    }

    private func replayFiles(_ format: any AlertFormat) throws -> ReplaySummary {
        let configuration = try options.load()
        let generation = try generation(of: configuration)
        var replay: Replay
        do {
            replay = try Replay(files: files, configuration: configuration, generation: generation, format: format)
        } catch let refused as RulesRefused {
            throw refused
        } catch {
            throw CommandFailure.input("\(error)")
        }
        var file = try OutputFile(output)
        let progress = Progress("read bytes", total: replay.totalBytes)
        try replay.run(
            write: { span in try file.write([UInt8](_span: span)) },
            progress: { bytes in progress.update(bytes) })
        progress.end(replay.readBytes)
        try file.close()
        return replay.summary
    }

    private func replay(journal: String, _ format: any AlertFormat) throws -> ReplaySummary {
        var instead: (configuration: Configuration, generation: Generation)?
        if options.config != nil || !rules.isEmpty {
            let configuration = try options.load()
            instead = (configuration, try generation(of: configuration))
        }
        var replay = try JournalReplay(path: journal, .ofThisProcess, instead: instead, format: format)
        var file = try OutputFile(output)
        let progress = Progress("run places", total: replay.totalPlaces)
        try replay.run(
            write: { span in try file.write([UInt8](_span: span)) },
            progress: { places in progress.update(places) })
        progress.end(replay.totalPlaces)
        try file.close()
        return replay.summary
    }

    private func generation(of configuration: Configuration) throws -> Generation {
        let text = options.file.flatMap { FileManager.default.contents(atPath: $0) }.map { [UInt8]($0) } ?? []
        return try Generation.read(configuration, name: options.file ?? "", text: text, further: rules)
    }
}

/// A format as the command line names it.
struct FormatArgument: ExpressibleByArgument {
    let kind: FormatKind

    init(_ kind: FormatKind) { self.kind = kind }

    init?(argument: String) {
        guard let kind = FormatKind(rawValue: argument) else { return nil }
        self.kind = kind
    }

    var defaultValueDescription: String { kind.rawValue }
    static var allValueStrings: [String] { FormatKind.allCases.map(\.rawValue) }
}
