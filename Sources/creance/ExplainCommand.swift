// SPDX-License-Identifier: Apache-2.0
import AlertModel
import ArgumentParser
import Explanation
import Journal
import Pipeline

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say why an alert was passed on or held back.",
        discussion: """
            Reads the journal, with or without a daemon beside it. Of an alert: when it
            came, its fate and what is behind it (group, silence, inhibition, storm, the
            alert it repeats), what was added, which sinks got it, and the incidents in
            which it counted. Of an incident, a group or a storm: its records and the
            alerts they name.

              creance explain 4f1c9a2e07b3d651-9be0c4d2a1f08e37-1024
              creance explain 0f343b0931126a20f133d67c2b018a3b --json

            Ids are those of the creance format; `creance search --json` shows them.

            Exit codes: 0 explained; 1 there is no such id, or the journal cannot be read;
            2 wrong options, or there is no journal.
            """)

    /// What can be explained.
    enum Subject: Equatable {
        case alert(RecordID)
        case subject(SubjectID)
    }

    @OptionGroup var options: JournalOptions
    @Argument(
        help: "The id of an alert, an incident, a group, a storm, or of a record about one.",
        transform: Self.subject(_:))
    var id: Subject
    @Flag(help: "JSON for programs: one object.") var json = false

    func run() throws {
        let reader = try JournalReading.open(try options.path())
        switch id {
        case .alert(let id): try explain(id, reader)
        case .subject(let id): try explain(id, reader)
        }
    }

    private func explain(_ id: RecordID, _ reader: JournalReader) throws {
        guard let explanation = try AlertExplanation(id, reader, inForce: GenerationMemory().inForce) else {
            throw CommandFailure.running(Self.missing(id, reader))
        }
        try print(json ? [explanation.json] : explanation.lines(.of(.standardOutput)))
    }

    private func explain(_ id: SubjectID, _ reader: JournalReader) throws {
        guard let explanation = try SubjectExplanation(id, reader) else {
            throw CommandFailure.running(
                "there is no record of \(id) in \(reader.path) (any more); a group has one once a repeat was held back "
                    + "and summed up")
        }
        for lost in explanation.unreadable {
            try Descriptor.standardError.write([UInt8]("creance: \(lost)\n".utf8))
        }
        try print(json ? [explanation.json] : explanation.lines(.of(.standardOutput), reader))
    }

    private func print(_ lines: [String]) throws {
        try Descriptor.standardOutput.write([UInt8](lines.map { $0 + "\n" }.joined().utf8))
    }

    private static func missing(_ id: RecordID, _ reader: JournalReader) -> String {
        id.installation == reader.installation
            ? "there is no alert \(id) in \(reader.path) (any more): history goes by journal.retain"
            : "alert \(id) is of another journal than \(reader.path)"
    }

    static func subject(_ text: String) throws -> Subject {
        if let id = RecordID(text) { return .alert(id) }
        if let id = SubjectID(text) { return .subject(id) }
        throw ValidationError(
            "'\(text)' is no id: an alert's is as 4f1c9a2e07b3d651-9be0c4d2a1f08e37-1024, any other has 32 "
                + "hexadecimal digits")
    }
}
