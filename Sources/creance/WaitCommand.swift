// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import ArgumentParser
import ConfigTree
import FalcoRules
import Journal
import MCPProtocol
import ModelContext

struct WaitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait for the next alerts, print them and end.",
        discussion: """
            Reads the journal, with or without a daemon beside it. Without --since it
            waits for what comes from now on; with it, for what came after the cursor
            that the call before named, so that nothing is missed between two calls.
            Incidents are told like alerts. Every condition must hold; one that is given
            several times is met by any of its values.

              creance wait --min-priority critical --timeout 600
              creance wait --since 9be0c4d2a1f08e37.1024 --timeout 10m --json
              creance wait --when 'k8s.ns.name = shop' --no-incidents

            --json prints one object, as the tool wait_for_alerts answers: status,
            alerts, incidents, next_cursor, has_more, gap, matched, suppressed. Without
            it the cursor stands on standard error.

            Exit codes: 0 something came; 4 nothing came in time; 3 some of what came
            after the cursor is gone, and there is nothing else yet; 1 the journal cannot
            be read; 2 wrong options, or there is no journal.
            """)

    @OptionGroup var options: JournalOptions
    @Option(
        help: ArgumentHelp("Behind this cursor: next_cursor of the call before.", valueName: "cursor"),
        transform: Self.cursor)
    var since: AlertCursor?
    @OptionGroup var wanted: WantedOutputs
    @Option(help: "The rule's whole name, or an incident's rule.") var rule: [String] = []
    @Option(help: "What the rule looks at: syscall, k8s_audit, …") var source: [String] = []
    @Option(help: "The host's name.") var host: [String] = []
    @Option(help: "The container's id, as in container.id.") var container: [String] = []
    @Option(help: "The Kubernetes namespace, as in k8s.ns.name.") var namespace: [String] = []
    @Flag(inversion: .prefixedNo, help: "Incidents, too.") var incidents = true
    @Option(
        help: ArgumentHelp("Seconds, or a duration as 10m; without it there is no end.", valueName: "time"),
        transform: Self.duration)
    var timeout: Duration?
    @Option(help: "Once something came, so many milliseconds for more.") var settle = 250
    @Option(help: "At most so many, 1 to 1000.") var limit = 20
    @Flag(help: "JSON for programs: one object.") var json = false
    @Option(help: "With --json, how much of each alert: brief, normal, full.") var detail = Detail.normal

    enum Detail: String, ExpressibleByArgument, CaseIterable {
        case brief, normal, full
    }

    func validate() throws {
        guard (1 ... 1_000).contains(limit) else { throw ValidationError("--limit is from 1 to 1000") }
        guard (0 ... 60_000).contains(settle) else { throw ValidationError("--settle is from 0 to 60000") }
    }

    func run() async throws {
        let selection = try selection()
        let log = try LiveJournal.open(try options.path())
        log.start(polling: LiveJournal.interval)
        var request = LogRequest(since.map { .behind($0) } ?? .now, selection)
        request.limit = limit
        request.settle = .milliseconds(settle)
        request.patience = timeout ?? LiveJournal.forEver
        let reading = try await log.read(request)
        log.close()
        try json ? printJSON(reading) : try printText(reading)
        if reading.items.isEmpty { throw ExitCode(reading.gap == nil ? 4 : 3) }
    }

    private func selection() throws -> LogSelection {
        var query = AlertQuery()
        query.atLeast = wanted.priority
        query.values = [.rule: rule, .source: source, .hostname: host, .container: container, .namespace: namespace]
        let condition = try wanted.condition()
        if let condition { query.condition = { condition.matches($0) } }
        let further: @Sendable (EngineRecord) -> Bool = { condition?.matches($0) ?? true }
        return LogSelection(query, incidents: incidents ? further : nil)
    }

    private func printJSON(_ reading: LogReading) throws {
        let answer = WaitAnswer(reading, AlertRendering.Detail(rawValue: detail.rawValue) ?? .normal).json
        var object: JSONObject = ["notice": .string(AlertRendering.notice)]
        for member in answer.members { object[member.name] = member.value }
        try Descriptor.standardOutput.write([UInt8]((JSONValue.object(object).encodedText + "\n").utf8))
    }

    private func printText(_ reading: LogReading) throws {
        var buffer = OutputBuffer()
        let format = FormatKind.text.format(colours: Style.of(.standardOutput).hasColours)
        for item in reading.items { format.append(item.output, of: item.entry, to: &buffer) }
        try Descriptor.standardOutput.write([UInt8](_span: buffer.bytes))
        if let gap = reading.gap { try LiveJournal.say(gap) }
        let more = reading.hasMore ? "there is more; go on" : "go on"
        try Descriptor.standardError.write([UInt8]("creance: \(more) with --since \(reading.next)\n".utf8))
    }

    private static func cursor(_ text: String) throws -> AlertCursor {
        guard let cursor = AlertCursor(text) else {
            throw ValidationError("'\(text.prefix(80))' is no cursor, as 9be0c4d2a1f08e37.1024")
        }
        return cursor
    }

    private static func duration(_ text: String) throws -> Duration {
        if let seconds = UInt32(text) { return .seconds(seconds) }
        guard let duration = ConfigText.duration(text), duration >= .zero, duration <= LiveJournal.forEver else {
            throw ValidationError("'\(text.prefix(80))' is no time: seconds, or a duration as 10m")
        }
        return duration
    }
}
