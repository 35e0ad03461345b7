// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import ArgumentParser
import FalcoRules
import Journal
import ModelContext

struct TailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Show the newest outputs, and follow what comes.",
        usage: "creance tail [<options>]",
        discussion: """
            What leaves the engine, oldest first: alerts that passed, summaries,
            incidents, storms and gaps. Reads the journal, with or without a daemon
            beside it, and follows it through restarts of the daemon.

              creance tail -f
              creance tail -n 50 --min-priority warning
              creance tail -f --since 1h --when 'k8s.ns.name = shop' --json

            Exit codes: 0 shown, or the reader of the output has gone; 1 the journal
            cannot be read; 2 wrong options, or there is no journal.
            """)

    @OptionGroup var options: JournalOptions
    @Flag(name: .shortAndLong, help: "Go on with what comes, until interrupted.") var follow = false
    @Option(name: [.customShort("n"), .long], help: "Begin with the last so many; 10, or with --since all.")
    var lines: Int?
    @Option(
        help: ArgumentHelp(
            "Begin behind a cursor, or with what arrived at a time: RFC 3339, a day, or how long ago, as 1h30m.",
            valueName: "cursor|time"),
        transform: TailStart.init(_:))
    var since: TailStart?
    @OptionGroup var wanted: WantedOutputs
    @Flag(help: "JSON lines: the same as --format creance.") var json = false
    @Option(help: "\(FormatKind.allCases.map(\.rawValue).joined(separator: ", ")).") var format: TailFormat?

    func validate() throws {
        if let lines, !(0 ... 1_000_000).contains(lines) { throw ValidationError("-n is from 0 to 1000000") }
        if json, let format, format.kind != .creance {
            throw ValidationError("--json is --format creance; --format \(format.kind.rawValue) contradicts it")
        }
    }

    func run() async throws {
        let selection = LogSelection(atLeast: wanted.priority, when: try wanted.condition())
        let log = try LiveJournal.open(try options.path())
        let kind = format?.kind ?? (json ? .creance : .text)
        var tail = Tail(log, selection, kind.format(colours: Style.of(.standardOutput).hasColours))
        switch since?.form {
        case .cursor(let cursor): try await tail.show(from: .behind(cursor), last: lines)
        case .time(let time):
            try await tail.show(from: try await log.start(arrivedFrom: time.time(now: .present)), last: lines)
        case nil: try await tail.showLast(lines ?? 10)
        }
        guard follow else { return }
        log.start(polling: LiveJournal.interval)
        try await tail.follow()
    }
}

/// The outputs on their way to standard output, and how far they have come.
private struct Tail {
    /// Items that are held in memory at once.
    private static let page = 200
    /// Between two looks whether anybody still reads.
    private static let patience = Duration.milliseconds(500)

    private let log: AlertLog
    private let selection: LogSelection
    private let format: any AlertFormat
    private var next = LogStart.now

    init(_ log: AlertLog, _ selection: LogSelection, _ format: any AlertFormat) {
        self.log = log
        self.selection = selection
        self.format = format
    }

    /// The last `count` that are wanted: looks as far back as it has to.
    mutating func showLast(_ count: Int) async throws {
        guard count > 0 else { return try await show(from: .now, last: 0) }
        let (oldest, end) = try await log.bounds()
        var span = Int64(Swift.max(64, 4 * count))
        while true {
            let start = Swift.max(oldest, end - span)
            let lines = try await lines(from: start <= oldest ? .oldest : .output(start), last: count)
            if lines.count >= count || start <= oldest { return try write(lines) }
            span *= 8
        }
    }

    /// Everything that is there from `start` on, or the last of it.
    mutating func show(from start: LogStart, last count: Int?) async throws {
        if let count { return try write(try await lines(from: start, last: count)) }
        next = start
        while true {
            let reading = try await read(.zero)
            try write(reading.items.map(line))
            if !reading.hasMore { return }
        }
    }

    mutating func follow() async throws {
        while true {
            let reading = try await read(Self.patience)
            try write(reading.items.map(line))
            if reading.items.isEmpty, Descriptor.standardOutput.hasNoReader { throw OutputClosed() }
        }
    }

    /// Goes on where it stood; says what is lost.
    private mutating func read(_ patience: Duration) async throws -> LogReading {
        var request = LogRequest(next, selection)
        request.limit = Self.page
        request.settle = .zero
        request.patience = patience
        request.countsHeldBack = false
        let reading = try await log.read(request)
        next = .behind(reading.next)
        if let gap = reading.gap { try LiveJournal.say(gap) }
        return reading
    }

    /// The last `count` lines from `start` to what was the end when it began.
    private mutating func lines(from start: LogStart, last count: Int) async throws -> [[UInt8]] {
        let end = try await log.bounds().end
        var lines: [[UInt8]] = []
        next = start
        while true {
            let reading = try await read(.zero)
            lines += reading.items.map(line)
            // Twice as many, so that the front is cut seldom.
            if lines.count > 2 * count { lines.removeFirst(lines.count - count) }
            if !reading.hasMore || reading.next.output + 1 >= end { return Array(lines.suffix(count)) }
        }
    }

    private func line(_ item: LogItem) -> [UInt8] {
        var buffer = OutputBuffer()
        format.append(item.output, of: item.entry, to: &buffer)
        return [UInt8](_span: buffer.bytes)
    }

    private func write(_ lines: [[UInt8]]) throws {
        if !lines.isEmpty { try Descriptor.standardOutput.write(Array(lines.joined())) }
    }
}

/// Where `creance tail` begins: a cursor, or a time.
struct TailStart {
    enum Form {
        case cursor(AlertCursor)
        case time(TimeArgument)
    }

    let form: Form

    init(_ argument: String) throws {
        if let cursor = AlertCursor(argument) {
            form = .cursor(cursor)
        } else {
            form = .time(try TimeArgument(argument))
        }
    }
}

/// A format of `creance tail`.
struct TailFormat: ExpressibleByArgument {
    let kind: FormatKind

    init?(argument: String) {
        guard let kind = FormatKind(rawValue: argument) else { return nil }
        self.kind = kind
    }

    static var allValueStrings: [String] { FormatKind.allCases.map(\.rawValue) }
    var defaultValueDescription: String { kind.rawValue }
}
