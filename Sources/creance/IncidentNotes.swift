// SPDX-License-Identifier: Apache-2.0
import AlertModel
import ArgumentParser
import Journal
import Pipeline

struct IncidentAcknowledge: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "acknowledge",
        abstract: "Note that somebody has seen an incident and deals with it.",
        usage: "creance incidents acknowledge <id> [--note <text>] [--by <by>]",
        discussion: """
            Asks the running daemon through its control socket (server.control), which
            writes it into the journal. Nothing is held back by it.

              creance incidents acknowledge 0f343b0931126a20f133d67c2b018a3b --note "on it"

            Exit codes: 0 done; 1 no daemon answers, there is no such incident, or it could
            not; 2 wrong options.
            """)

    @OptionGroup var daemon: ControlOptions
    @Argument(help: "The incident's id: 32 hexadecimal digits.", transform: IncidentNote.id(_:)) var id: SubjectID
    @Option(help: ArgumentHelp("A word on it.", valueName: "text")) var note: String?
    @Option(help: "Who acknowledges it; default: your user's name.") var by: String?

    func run() throws { try IncidentNote.send(.acknowledge, id, note, by, daemon) }
}

struct IncidentAnnotate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "annotate",
        abstract: "Note something about an incident.",
        usage: "creance incidents annotate <id> <text> [--by <by>]",
        discussion: """
            Asks the running daemon through its control socket (server.control), which
            writes it into the journal, with who and when.

              creance incidents annotate 0f343b0931126a20f133d67c2b018a3b "a planned test"

            Exit codes: 0 done; 1 no daemon answers, there is no such incident, or it could
            not; 2 wrong options.
            """)

    @OptionGroup var daemon: ControlOptions
    @Argument(help: "The incident's id: 32 hexadecimal digits.", transform: IncidentNote.id(_:)) var id: SubjectID
    @Argument(help: "The note, at most 4096 bytes.") var text: String
    @Option(help: "Who says so; default: your user's name.") var by: String?

    func run() throws { try IncidentNote.send(.annotate, id, text, by, daemon) }
}

/// What both commands do.
private enum IncidentNote {
    static func id(_ text: String) throws -> SubjectID {
        guard let id = SubjectID(text) else {
            throw ValidationError("'\(text)' is not an incident's id, which has 32 hexadecimal digits")
        }
        return id
    }

    static func send(
        _ command: ControlRequest.Command, _ id: SubjectID, _ note: String?, _ author: String?, _ daemon: ControlOptions
    ) throws {
        var request = ControlRequest(command, by: author ?? ControlOptions.userName, id: id.description)
        request.note = note
        guard let made = try daemon.answer(to: request).annotation else {
            throw CommandFailure.running("the daemon did not say what it noted")
        }
        try Descriptor.standardOutput.write(
            [UInt8]("\(SafeText.visible("\(made.kind) \(made.incident) \(made.at)"))\n".utf8))
    }
}

/// Notes and acknowledgements for people and programs.
enum AnnotationText {
    /// Below an incident in a list; nil: nothing was noted.
    static func summary(_ annotations: [Annotation]) -> String? {
        let notes = annotations.count { $0.kind == .note }
        var parts: [String] = []
        if let seen = annotations.acknowledged { parts.append("acknowledged \(when(seen)) by \(author(seen))") }
        if notes > 0 { parts.append("\(notes) \(notes == 1 ? "note" : "notes")") }
        return parts.isEmpty ? nil : "    " + parts.joined(separator: ", ")
    }

    static func lines(_ annotations: [Annotation]) -> [String] {
        annotations.map { one in
            let text = one.text.isEmpty ? "" : ": \(SafeText.visible(one.text))"
            return "  \(one.kind == .note ? "note" : "acknowledged") \(when(one)) by \(author(one))\(text)"
        }
    }

    static func json(_ annotation: Annotation) -> JSONLine {
        var line = JSONLine()
        line.add("kind", annotation.kind.name)
        line.add("at", annotation.at.description)
        line.add("by", annotation.by.isEmpty ? nil : annotation.by)
        line.add("text", annotation.text.isEmpty ? nil : annotation.text)
        return line
    }

    /// To the second.
    private static func when(_ annotation: Annotation) -> String { "\(annotation.at.description.prefix(19))Z" }

    private static func author(_ annotation: Annotation) -> String {
        annotation.by.isEmpty ? "nobody named" : SafeText.visible(annotation.by)
    }
}
