// SPDX-License-Identifier: Apache-2.0
import AlertModel
import ArgumentParser
import Journal
import Pipeline

struct DeadLettersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "What could not be read, and what destinations refused.",
        discussion: """
            Input that was no alert has ids that begin with i, records that a sink's
            destination refused ids that begin with d. `list` and `show` read the journal;
            `replay` and `drop` ask the running daemon through its control socket
            (server.control): only its user and root may.

              creance dead-letters list --sink siem
              creance dead-letters show d7
              creance dead-letters replay d7
              creance dead-letters replay --sink siem
              creance dead-letters drop --input

            Exit codes: 0 done; 1 there is no such letter, some could not be sent, or
            no daemon answers; 2 wrong options, or there is no journal.
            """,
        subcommands: [List.self, Show.self, Replay.self, Drop.self], defaultSubcommand: List.self)

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case input, delivery
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show dead letters, newest first.", usage: "creance dead-letters list [<options>]")

        @OptionGroup var options: JournalOptions
        @Option(help: "Only input that was no alert, or only refused deliveries.") var kind: Kind?
        @Option(help: ArgumentHelp("Only what this sink's destination refused.", valueName: "name")) var sink: String?
        @Option(help: ArgumentHelp("Only what came from this source.", valueName: "name")) var source: String?
        @Option(help: ArgumentHelp("Only those with this in their reason.", valueName: "text")) var reason: String?
        @Option(help: "At most so many; 0 for all.") var limit = 100
        @Flag(help: "JSON lines, one a letter.") var json = false

        func validate() throws {
            guard limit >= 0 else { throw ValidationError("--limit cannot be negative") }
            guard sink == nil || kind != .input else { throw ValidationError("input goes to no sink") }
            guard source == nil || kind != .delivery else { throw ValidationError("deliveries come from no source") }
            guard sink == nil || source == nil else { throw ValidationError("a letter has a sink or a source") }
        }

        func run() throws {
            let reader = try JournalReading.open(try options.path())
            let limit = limit == 0 ? Int.max : limit
            var letters: [ShownLetter] = []
            if kind != .delivery, sink == nil {
                letters += try ShownLetter.inputs(reader, limit) { letter in
                    (source.map { $0 == letter.source } ?? true) && matches(letter.reason)
                }
            }
            if kind != .input, source == nil {
                letters += try ShownLetter.deliveries(reader, sink: sink, limit) { matches($0.reason) }
            }
            letters.sort { $0.time > $1.time }
            let style = Style.of(.standardOutput)
            let lines = letters.prefix(limit).map { json ? $0.json().text : $0.line(style) }
            let text = lines.isEmpty && !json ? "there are no dead letters\n" : lines.map { $0 + "\n" }.joined()
            try Descriptor.standardOutput.write([UInt8](text.utf8))
        }

        private func matches(_ text: String) -> Bool { reason.map { text.contains($0) } ?? true }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one dead letter with what it holds.",
            usage: "creance dead-letters show <id> [--json] [-c <file>] [--journal <file>]")

        @OptionGroup var options: JournalOptions
        @Argument(help: "The letter's id: i12, d7.", transform: LetterArgument.id) var id: LetterID
        @Flag(help: "One JSON object.") var json = false

        func run() throws {
            let reader = try JournalReading.open(try options.path())
            guard let letter = try ShownLetter(id, reader) else {
                throw CommandFailure.running("there is no dead letter \(id) in \(reader.path) (any more)")
            }
            let style = Style.of(.standardOutput)
            let text =
                try json ? letter.json(with: letter.content(reader)).text : letter.text(letter.content(reader), style)
            try Descriptor.standardOutput.write([UInt8]((text + "\n").utf8))
        }
    }

    struct Replay: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send refused records to their sink again.",
            usage: "creance dead-letters replay <id> ... | --sink <name> | --all",
            discussion: """
                Each goes to the sink that refused it, between its own records and with the
                same id. What arrives is no dead letter any more. Input that was no alert
                cannot be replayed: send it in anew.
                """)

        @OptionGroup var daemon: ControlOptions
        @Argument(help: "Ids of dead letters: d7.", transform: LetterArgument.id) var ids: [LetterID] = []
        @Option(help: ArgumentHelp("All that this sink's destination refused.", valueName: "name")) var sink: String?
        @Flag(help: "All of every sink.") var all = false

        func validate() throws {
            guard [!ids.isEmpty, sink != nil, all].count(where: { $0 }) == 1 else {
                throw ValidationError("ids, --sink or --all: one of them")
            }
        }

        func run() throws {
            let outcome = try LetterArgument.ask(daemon, .replayLetters, ids: ids, sink: sink, all: all)
            var parts = ["\(outcome.replayed) arrived"]
            if outcome.refused > 0 { parts.append("\(outcome.refused) refused again") }
            if outcome.gone > 0 { parts.append("\(outcome.gone) no longer in the journal") }
            if outcome.waiting > 0 { parts.append("\(outcome.waiting) on their way") }
            try Descriptor.standardOutput.write([UInt8](parts.joined(separator: ", ").utf8) + [10])
            if outcome.refused + outcome.gone > 0 {
                throw CommandFailure.running("some are still dead letters; `creance dead-letters list` says why")
            }
        }
    }

    struct Drop: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget dead letters; their counts stay.",
            usage: "creance dead-letters drop <id> ... | --sink <name> | --input | --all")

        @OptionGroup var daemon: ControlOptions
        @Argument(help: "Ids of dead letters: i12, d7.", transform: LetterArgument.id) var ids: [LetterID] = []
        @Option(help: ArgumentHelp("All that this sink's destination refused.", valueName: "name")) var sink: String?
        @Flag(help: "All input that was no alert.") var input = false
        @Flag(help: "All of them.") var all = false

        func validate() throws {
            guard [!ids.isEmpty, sink != nil, input, all].count(where: { $0 }) == 1 else {
                throw ValidationError("ids, --sink, --input or --all: one of them")
            }
        }

        func run() throws {
            let outcome = try LetterArgument.ask(
                daemon, .dropLetters, ids: ids, sink: sink, kind: input ? "input" : nil, all: all)
            try Descriptor.standardOutput.write([UInt8]("\(outcome.dropped) dropped\n".utf8))
        }
    }
}

/// Dead letters on the command line and to the daemon.
enum LetterArgument {
    static func id(_ text: String) throws -> LetterID {
        guard let id = LetterID(text) else {
            throw ValidationError("'\(text)' is no dead letter's id, which is i or d and a number")
        }
        return id
    }

    static func ask(
        _ daemon: ControlOptions, _ command: ControlRequest.Command, ids: [LetterID], sink: String?,
        kind: String? = nil, all: Bool
    ) throws -> LetterOutcome {
        var request = ControlRequest(command)
        request.ids = ids.isEmpty ? nil : ids.map(\.description)
        request.sink = sink
        request.kind = kind
        request.all = all ? true : nil
        return try daemon.answer(to: request).letters ?? LetterOutcome()
    }
}
