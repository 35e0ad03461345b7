// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import ArgumentParser
import Explanation
import Journal

struct IncidentsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "incidents",
        abstract: "List incidents, show one with its alerts, note something about it.",
        subcommands: [List.self, Show.self, IncidentAcknowledge.self, IncidentAnnotate.self],
        defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List incidents by their newest record, newest first.",
            usage: "creance incidents list [<options>]",
            discussion: """
                Reads the journal, with or without a daemon beside it. Times are RFC 3339, a
                day (2026-05-28), or how long ago: 90s, 1h30m.

                  creance incidents list --since 1d --open
                  creance incidents list --json

                Exit codes: 0 listed, whether there were any or not; 1 the journal cannot be
                read, or parts of it are damaged; 2 wrong options, or there is no journal.
                """)

        @OptionGroup var options: JournalOptions
        @Option(
            name: [.long, .customLong("since")],
            help: ArgumentHelp("Those that lasted until this time or longer.", valueName: "time"),
            transform: TimeArgument.init(_:))
        var from: TimeArgument?
        @Option(
            help: ArgumentHelp("Those that began by this time.", valueName: "time"), transform: TimeArgument.init(_:))
        var to: TimeArgument?
        @Option(help: ArgumentHelp("The id of the rule.", valueName: "id")) var rule: String?
        @Flag(help: "Only those that are still open.") var open = false
        @Flag(help: "Only those that nobody has acknowledged.") var unacknowledged = false
        @Option(help: "At most so many; 0 for all.") var limit = 100
        @Flag(help: "JSON lines: records of the creance format.") var json = false

        func validate() throws {
            guard limit >= 0 else { throw ValidationError("--limit cannot be negative") }
        }

        func run() throws {
            let reader = try JournalReading.open(try options.path())
            let format = json ? FormatKind.creance : .text
            var output = RecordOutput(format.format(colours: Style.of(.standardOutput).hasColours))
            var left = limit == 0 ? Int.max : limit
            var seen: Set<SubjectID> = []
            var damaged = 0
            let now = EventTime.present
            var query = RecordQuery()
            query.kind = .incident
            query.rule = rule
            query.from = from?.time(now: now)
            query.through = to?.time(now: now)
            query.limit = 500
            while left > 0 {
                let page = try reader.records(query)
                // The first record met of an incident is its newest.
                var newest = page.records.filter {
                    seen.insert($0.record.subject).inserted && (!open || $0.record.state != .close)
                }
                let noted = try reader.annotations(of: newest.map(\.record.subject))
                if unacknowledged { newest.removeAll { noted[$0.record.subject]?.acknowledged != nil } }
                try output.print(newest.prefix(left), json ? [:] : noted)
                left -= min(left, newest.count)
                damaged += page.unreadable.count
                for lost in page.unreadable {
                    try Descriptor.standardError.write([UInt8]("creance: \(lost)\n".utf8))
                }
                guard let next = page.next else { break }
                query.after = next
            }
            if damaged > 0 {
                throw CommandFailure.running(
                    "\(damaged) damaged \(damaged == 1 ? "entry was" : "entries were") left out")
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show one incident: its records and the alerts they name.",
            discussion: """
                The same as `creance explain` of its id, and what was noted about it.

                Exit codes: 0 shown; 1 there is no such incident, or the journal cannot be read;
                2 wrong options, or there is no journal.
                """)

        @OptionGroup var options: JournalOptions
        @Argument(help: "The incident's id: 32 hexadecimal digits.", transform: Self.id(_:)) var id: SubjectID
        @Flag(help: "JSON for programs: one object.") var json = false

        func run() throws {
            let reader = try JournalReading.open(try options.path())
            guard let explanation = try SubjectExplanation(id, reader), explanation.kind == "incident" else {
                throw CommandFailure.running(
                    "there is no incident \(id) in \(reader.path) (any more); `creance incidents list` has those there are"
                )
            }
            let noted = try reader.annotations(of: explanation.subject)
            let lines =
                try json
                ? [explanation.json(noted)]
                : explanation.lines(.of(.standardOutput), reader) + AnnotationText.lines(noted)
            try Descriptor.standardOutput.write([UInt8](lines.map { $0 + "\n" }.joined().utf8))
        }

        private static func id(_ text: String) throws -> SubjectID {
            guard let id = SubjectID(text) else {
                throw ValidationError("'\(text)' is not an incident's id, which has 32 hexadecimal digits")
            }
            return id
        }
    }
}

/// Records that were found, on their way to standard output.
struct RecordOutput: ~Copyable {
    private let format: any AlertFormat
    private var buffer = OutputBuffer()

    init(_ format: any AlertFormat) { self.format = format }

    /// - Parameter noted: what was noted about incidents, shown below the lines of those that have something.
    mutating func print(_ records: some Sequence<FoundRecord>, _ noted: [SubjectID: [Annotation]] = [:]) throws {
        for found in records {
            // Formats write a record from itself alone.
            let entry = DecidedEntry(
                installation: 0, epoch: found.epoch, place: found.place.entry, source: "",
                content: .time(EventTime(nanoseconds: 0)), fates: [], firstOutput: 0, outputCount: 0)
            format.append(found.record, of: entry, to: &buffer)
            if let note = AnnotationText.summary(noted[found.record.subject] ?? []) {
                buffer.append(verbatim: note + "\n")
            }
        }
        try Descriptor.standardOutput.write([UInt8](_span: buffer.bytes))
        buffer.removeAll()
    }
}
