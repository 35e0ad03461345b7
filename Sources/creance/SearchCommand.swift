// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import ArgumentParser
import FalcoRules
import Foundation
import Journal

struct SearchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Find alerts in the journal.",
        discussion: """
            Reads the journal, with or without a daemon beside it. Newest first. Every
            condition must hold; one that is given several times is met by any of its
            values. Times are RFC 3339, a day (2026-05-28), or how long ago: 90s, 1h30m.

              creance search --since 1h --priority error
              creance search --text 203.0.113.66 --json
              creance search --fate suppressed --fate silenced --since 1h
              creance search --when 'proc.name in (nc, socat) and k8s.ns.name = shop'
              creance search --namespace shop --namespace data --from 2026-05-28 --limit 0
              creance search --id 4f1c9a2e07b3d651-9be0c4d2a1f08e37-1024 --format falco

            Exit codes: 0 searched, whether anything was found or not; 1 the journal cannot
            be read, parts of it are damaged, or there is no such id; 2 wrong options, or
            there is no journal.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, creance, falco
    }

    @OptionGroup var options: JournalOptions
    @Option(
        name: [.long, .customLong("since")], help: ArgumentHelp("From this event time on.", valueName: "time"),
        transform: TimeArgument.init(_:))
    var from: TimeArgument?
    @Option(help: ArgumentHelp("Up to this event time.", valueName: "time"), transform: TimeArgument.init(_:)) var to:
        TimeArgument?
    @Option(
        help: "That severe or more: emergency, alert, critical, error, warning, notice, informational, debug.",
        transform: Self.priority)
    var priority: Priority?
    @Option(help: "The rule's whole name.") var rule: [String] = []
    @Option(help: "What the rule looks at: syscall, k8s_audit, …") var source: [String] = []
    @Option(help: "The host's name.") var host: [String] = []
    @Option(help: "The container's id, as in container.id.") var container: [String] = []
    @Option(help: "The Kubernetes namespace, as in k8s.ns.name.") var namespace: [String] = []
    @Option(help: "A part of the output, the rule or any field's value; A and a are the same.") var text: String?
    @Option(help: "A condition in Falco's filter syntax, over the alert and what enrichment added.") var when: String?
    @Option(
        help: ArgumentHelp(
            "What became of it: \(Fate.allCases.map(\.name).joined(separator: ", ")).", valueName: "fate"),
        transform: Self.fate)
    var fate: [Fate] = []
    @Option(help: "The one alert with this id.", transform: Self.id) var id: RecordID?
    @Option(help: "At most so many alerts; 0 for all.") var limit = 100
    @Flag(help: "Oldest first.") var oldestFirst = false
    @Option(
        help: ArgumentHelp("Go on behind the alert at this place, which the search before named.", valueName: "place"))
    var after: Int64?
    @Flag(help: "JSON lines: the same as --format creance.") var json = false
    @Option(help: "text: a line for people. creance: JSON with ids. falco: Falco's own JSON.") var format: Format?

    func validate() throws {
        guard limit >= 0 else { throw ValidationError("--limit cannot be negative") }
        if json, let format, format != .creance {
            throw ValidationError("--json is --format creance; --format \(format.rawValue) contradicts it")
        }
        if let from, let to {
            let now = EventTime.present
            guard from.time(now: now) <= to.time(now: now) else {
                throw ValidationError("--from is later than --to: nothing can match")
            }
        }
    }

    func run() throws {
        // Before the journal is opened: a wrong condition is said whether there is one or not.
        let condition = try when.map(Self.condition)
        let reader = try JournalReading.open(try options.path())
        var output = SearchOutput(format: format ?? (json ? .creance : .text))
        if let id {
            guard let found = try reader.alert(id) else {
                throw CommandFailure.running("there is no alert \(id) in \(reader.path) (any more)")
            }
            try output.print([found])
            return
        }
        var left = limit == 0 ? Int.max : limit
        var damaged = 0
        var seen = 0
        var query = query(now: .present)
        if let condition { query.condition = { condition.matches($0) } }
        let progress = Progress("searched blocks:", total: nil)
        while left > 0 {
            query.limit = min(left, Self.pageAlerts)
            let page = try reader.search(query)
            progress.clear()
            try output.print(page.alerts)
            for block in page.unreadable { try Self.say("\(block)") }
            damaged += page.unreadable.count
            left -= page.alerts.count
            query.after = page.next
            guard page.next != nil else { break }
            seen += page.blocksSeen
            progress.update(seen)
        }
        progress.clear()
        if let next = query.after, left == 0 { try Self.say("there may be more: the same search with --after \(next)") }
        if damaged > 0 {
            throw CommandFailure.running("\(damaged) damaged \(damaged == 1 ? "entry was" : "entries were") left out")
        }
    }

    /// Shown at once, and looked through at once.
    private static let pageAlerts = 500
    private static let pageBlocks = 128

    private func query(now: EventTime) -> AlertQuery {
        var query = AlertQuery()
        query.from = from?.time(now: now)
        query.through = to?.time(now: now)
        query.atLeast = priority
        query.values = [.rule: rule, .source: source, .hostname: host, .container: container, .namespace: namespace]
        query.text = text
        query.fates = Set(fate)
        query.newestFirst = !oldestFirst
        query.after = after
        query.blockLimit = Self.pageBlocks
        return query
    }

    private static func condition(_ text: String) throws -> Condition {
        do throws(ConditionError) {
            let condition = try Condition(text)
            if let check = condition.recordCheck { throw check }
            return condition
        } catch {
            throw CommandFailure.input("--when: \(error)")
        }
    }

    private static func say(_ sentence: String) throws {
        try Descriptor.standardError.write([UInt8]("creance: \(sentence)\n".utf8))
    }

    private static func priority(_ text: String) throws -> Priority {
        guard let priority = Priority(name: text) else {
            throw ValidationError(
                "'\(text)' is not one of \(Priority.allCases.map { $0.name.lowercased() }.joined(separator: ", "))")
        }
        return priority
    }

    private static func fate(_ text: String) throws -> Fate {
        guard let fate = Fate.allCases.first(where: { $0.name == text.lowercased() }) else {
            throw ValidationError("'\(text)' is not one of \(Fate.allCases.map(\.name).joined(separator: ", "))")
        }
        return fate
    }

    private static func id(_ text: String) throws -> RecordID {
        guard let id = RecordID(text) else {
            throw ValidationError("'\(text)' is not an id, as 4f1c9a2e07b3d651-9be0c4d2a1f08e37-1024")
        }
        return id
    }
}

/// Alerts that were found, on their way to standard output.
struct SearchOutput: ~Copyable {
    private let format: any AlertFormat
    private var buffer = OutputBuffer()

    init(format: SearchCommand.Format) {
        self.format =
            switch format {
            case .text: FormatKind.text.format(colours: Style.of(.standardOutput).hasColours)
            case .creance: FormatKind.creance.format()
            case .falco: FormatKind.falco.format()
            }
    }

    mutating func print(_ alerts: [FoundAlert]) throws {
        for found in alerts {
            // The entry as it would be with this alert at its index: formats take the id from the entry's place.
            let entry = DecidedEntry(
                installation: found.id.installation, epoch: found.id.epoch, place: found.id.place - Int64(found.index),
                source: found.receivedFrom, content: .alerts(found.batch), fates: [], notes: found.notes,
                firstOutput: 0, outputCount: found.batch.count)
            format.append(found.batch.alert(at: found.index), at: found.index, of: entry, to: &buffer)
        }
        try Descriptor.standardOutput.write([UInt8](_span: buffer.bytes))
        buffer.removeAll()
    }
}
