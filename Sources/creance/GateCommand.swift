// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import ArgumentParser
import ConfigTree
import Foundation
import Logging
import Pipeline
import Reports

struct GateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate",
        abstract: "Watch while a command runs, or read recorded alerts, and pass or fail.",
        usage: """
            creance gate [<options>] -- <command> ...
            creance gate [<options>] <file> ...
            """,
        discussion: """
            Behind -- stands a command: the sources of the configuration are watched while
            it runs, its output and its input are its own. Otherwise recorded alerts are
            read, as creance replay reads them; - is standard input. Findings are groups
            of like alerts, and incidents. No sink gets anything.

              creance gate -- make test
              creance gate -c ci.yaml --report sarif=falco.sarif -- ./build.sh
              creance gate alerts.jsonl --fail-on error --fail-on incident
              creance gate alerts.pb.zst --fail-on 'rule startswith "Terminal"'

            --fail-on is a priority (that severe or more), incident, none, or a condition
            in Falco's filter syntax; any of several is enough. Reports: sarif, junit,
            markdown, json, findings.

            Exit codes: 0 nothing found; 1 findings; 2 wrong usage, configuration or
            input; 3 nothing found, and the evidence is incomplete: a source was not
            connected all the time or sent nothing, or alerts were lost on the way; 4
            nothing found, and the command failed. 1 goes before 3, 3 before 4.
            """)

    @Argument(help: ArgumentHelp("Recorded alerts (- is standard input), or -- and a command.", valueName: "file"))
    var words: [String] = []
    @OptionGroup var options: ConfigurationOptions
    @Option(help: ArgumentHelp("Sigma files or folders beside those of the configuration.", valueName: "path"))
    var rules: [String] = []
    @Option(help: ArgumentHelp("What fails the gate; default: warning.", valueName: "what")) var failOn: [String] = []
    @Option(
        help: ArgumentHelp("A report to write; - is standard output.", valueName: "kind=path"),
        transform: ReportTarget.init(_:))
    var report: [ReportTarget] = []
    @Option(help: ArgumentHelp("Watch this source alone; may be repeated.", valueName: "name")) var source: [String] =
        []
    @Option(help: ArgumentHelp("Keep the journal here; default: it goes with the gate.", valueName: "file"))
    var journal: String?
    @Option(
        help: ArgumentHelp("How long sources may take to connect.", valueName: "duration"),
        transform: Self.duration)
    var wait: Duration = .seconds(10)
    @Option(
        help: ArgumentHelp("How long the last alerts may take to arrive.", valueName: "duration"),
        transform: Self.duration)
    var settle: Duration = .seconds(2)
    @Flag(help: "Silence is no lack of evidence.") var allowSilent = false
    @Flag(help: "The command's failure is reported, and no exit code of its own.") var ignoreStatus = false
    @Flag(name: .shortAndLong, help: "No summary on standard error.") var quiet = false

    /// The parser takes the `--` away that parts files from a command.
    private var commandLength: Int {
        CommandLine.arguments.firstIndex(of: "--").map { CommandLine.arguments.count - $0 - 1 } ?? 0
    }
    private var files: [String] { words.dropLast(commandLength) }
    private var command: [String] { words.suffix(commandLength) }

    func validate() throws {
        if files.isEmpty, command.isEmpty {
            throw ValidationError("Name a command behind --, or files of recorded alerts.")
        }
        if !files.isEmpty, !command.isEmpty { throw ValidationError("Files or a command, not both.") }
        if command.isEmpty, journal != nil || !source.isEmpty {
            throw ValidationError("--journal and --source belong to a command.")
        }
        if report.count(where: { $0.path == "-" }) > 1 {
            throw ValidationError("Only one report can go to standard output.")
        }
        if files.count(where: { $0 == "-" }) > 1 { throw ValidationError("Standard input can be read once.") }
    }

    func run() async throws {
        let report: GateReport
        do {
            let thresholds = try (failOn.isEmpty ? ["warning"] : failOn).map(GateThreshold.init)
            // Before anything runs: a report that cannot be written is no surprise at the end.
            let targets = try self.report.map { try $0.open() }
            report = try await command.isEmpty ? readFiles(thresholds) : watchCommand(thresholds)
            for target in targets { try target.write(report) }
            if !quiet {
                let lines = GateSummary(report, style: .of(.standardError)).lines
                try? Descriptor.standardError.write([UInt8]((lines.joined(separator: "\n") + "\n").utf8))
            }
        } catch CommandFailure.running(let sentence) {
            // 1 says that something was found.
            throw CommandFailure.input(sentence)
        } catch {
            let end = CommandEnd(error, style: .plain)
            if end.exitCode == 1 { throw CommandFailure.input(end.message.replacing("creance: ", with: "")) }
            throw error
        }
        if report.verdict.rawValue != 0 { throw ExitCode(Int32(report.verdict.rawValue)) }
    }

    private func watchCommand(_ thresholds: [GateThreshold]) async throws -> GateReport {
        LoggingSetup.start(.demo)
        let settings = GateWatch.Settings(
            command: command, journal: journal, sources: source, wait: wait, settle: settle, allowsSilence: allowSilent)
        let outcome = try await GateWatch(settings: settings, thresholds: thresholds, log: Logger(label: "creance"))
            .run(try options.load(), generation)
        return report(
            outcome.findings, outcome.summary, doubts: outcome.doubts, command: outcome.command)
    }

    private func readFiles(_ thresholds: [GateThreshold]) throws -> GateReport {
        var configuration = try options.load()
        configuration.sinks = nil
        configuration.route = RouteConfig()
        let places = try GateRulePlaces(configuration.falco.rules)
        let findings = GateFindings(thresholds: thresholds, placeOfRule: places.place)
        let summary: ReplaySummary
        do {
            var replay = try Replay(
                files: files, configuration: configuration, generation: try generation(configuration),
                format: NoFormat(), watch: { findings.take($0, $1) })
            let progress = Progress("read bytes", total: replay.totalBytes)
            try replay.run(write: { _ in }, progress: { progress.update($0) })
            progress.end(replay.readBytes)
            summary = replay.summary
        } catch let refused as RulesRefused {
            throw refused
        } catch let refused as TablesRefused {
            throw refused
        } catch {
            throw CommandFailure.input("\(error)")
        }
        var doubts = findings.evidence.doubts(watched: nil)
        if summary.rejects > 0 { doubts.append(SourceWatch.unreadable(summary.rejects)) }
        if summary.alerts == 0, !allowSilent {
            doubts.append(
                EvidenceDoubt(
                    .silent,
                    "there is no alert in it, and nothing shows that a sensor was there (--allow-silent accepts it)"))
        }
        return report(findings, summary, doubts: doubts, command: nil)
    }

    private func generation(_ configuration: Configuration) throws -> Generation {
        let text = options.file.flatMap { FileManager.default.contents(atPath: $0) }.map { [UInt8]($0) } ?? []
        return try Generation.read(configuration, name: options.file ?? "", text: text, further: rules)
    }

    private func report(
        _ findings: GateFindings, _ summary: ReplaySummary, doubts: [EvidenceDoubt], command: GateReport.Command?
    ) -> GateReport {
        let verdict: GateReport.Verdict =
            if findings.failingCount > 0 {
                .findings
            } else if !doubts.isEmpty {
                .incomplete
            } else if command?.hasFailed ?? false, !ignoreStatus {
                .commandFailed
            } else {
                .clean
            }
        return GateReport(
            version: BuildVersion.text, verdict: verdict, failOn: failOn.isEmpty ? ["warning"] : failOn,
            command: command, inputs: files, alerts: summary.alerts,
            fates: Fate.allCases.map { Finding.Field($0.name, "\(summary[$0])") }, doubts: doubts,
            findings: findings.listed, unlisted: findings.unlistedCount, failing: findings.failingCount)
    }

    private static func duration(_ text: String) throws -> Duration {
        guard let duration = ConfigText.duration(text), duration <= .seconds(86_400) else {
            throw ValidationError("\(SafeText.visible(text)) is no duration up to a day, as 10s or 1m30s")
        }
        return duration
    }
}

/// `KIND=PATH` of `--report`.
struct ReportTarget {
    let kind: ReportKind
    let path: String

    init(_ text: String) throws {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let kind = ReportKind(rawValue: String(parts[0])), !parts[1].isEmpty else {
            let kinds = ReportKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("a report is KIND=PATH, and KIND one of \(kinds)")
        }
        self.kind = kind
        path = String(parts[1])
    }

    /// Makes the file, empty as yet.
    func open() throws -> OpenReport { OpenReport(kind: kind, file: try OutputFile(path)) }
}

/// A report whose file is there to be written.
struct OpenReport {
    let kind: ReportKind
    let file: OutputFile

    func write(_ report: GateReport) throws {
        var file = file
        do {
            try file.write(kind.bytes(of: report))
            try file.close()
        } catch is OutputClosed {
            // Nobody wanted to read it to its end; the verdict stands.
        }
    }
}

/// Nothing is written: whoever replays only looks.
struct NoFormat: AlertFormat {
    var name: String { "none" }

    func append(_ alert: borrowing AlertView, at index: Int, of entry: DecidedEntry, to buffer: inout OutputBuffer) {}
    func append(_ gap: Gap, of entry: DecidedEntry, to buffer: inout OutputBuffer) {}
    func append(_ record: EngineRecord, of entry: DecidedEntry, to buffer: inout OutputBuffer) {}
}
