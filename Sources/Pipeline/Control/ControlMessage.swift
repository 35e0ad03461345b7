// SPDX-License-Identifier: Apache-2.0
public import AlertEngine
import AlertModel
import Foundation

/// What a command asks a running daemon: one JSON object on a line of the control socket. docs/noise.md has the protocol.
///
///     {"version":1,"command":"silence.add","when":"…","until":"2h","reason":"…","by":"…"}
///     {"version":1,"command":"dead_letters.replay","ids":["d7"]}      {"version":1,"command":"dead_letters.drop","all":true}
///     {"version":1,"command":"incident.annotate","id":"…","note":"…","by":"…"}
///     {"version":1,"command":"silence.list"}      {"version":1,"command":"silence.expire","id":"…","by":"…"}
public struct ControlRequest: Codable, Hashable, Sendable {
    public static let version = 1
    /// Bytes of a line. The longest silence fits, however its text is escaped.
    public static let lineLimit = 64 << 10

    public enum Command: String, CaseIterable, Codable, Sendable {
        case add = "silence.add"
        case list = "silence.list"
        case expire = "silence.expire"
        case replayLetters = "dead_letters.replay"
        case dropLetters = "dead_letters.drop"
        case acknowledge = "incident.acknowledge"
        case annotate = "incident.annotate"
    }

    public var version: Int
    public var command: String
    public var when: String?
    /// A time, or how long from now.
    public var until: String?
    public var reason: String?
    public var by: String?
    public var id: String?
    /// About an incident.
    public var note: String?
    /// Dead letters: `d7`, `i12`.
    public var ids: [String]?
    /// Dead letters of one sink.
    public var sink: String?
    /// Dead letters of one kind: `input` or `delivery`.
    public var kind: String?
    /// Every dead letter there is.
    public var all: Bool?

    public init(
        _ command: Command, when: String? = nil, until: String? = nil, reason: String? = nil, by: String? = nil,
        id: String? = nil
    ) {
        version = Self.version
        self.command = command.rawValue
        self.when = when
        self.until = until
        self.reason = reason
        self.by = by
        self.id = id
    }
}

/// The daemon's answer, one line as well.
public struct ControlAnswer: Codable, Hashable, Sendable {
    /// What kind of trouble it was. Commands turn it into their exit code.
    public enum Trouble: String, CaseIterable, Codable, Sendable {
        /// The request makes no sense: asking again will not help.
        case invalid
        /// There is no silence of that id that could be lifted, no such dead letter, no such sink, no such incident.
        case unknown
        /// A limit is reached.
        case full
        /// The journal or the engine gave no word in time, or cannot.
        case unavailable
    }

    public struct SilenceEntry: Codable, Hashable, Sendable {
        public var id: String
        public var when: String
        public var until: String
        public var reason: String
        public var by: String?
        public var created: String?
        /// `configuration` or `runtime`.
        public var origin: String
        /// `active` or `expired`.
        public var state: String
        public var matched: Int

        public init(_ status: SilenceStatus) {
            id = status.silence.id
            when = status.silence.when
            until = status.silence.until.description
            reason = status.silence.reason
            by = status.silence.createdBy.isEmpty ? nil : status.silence.createdBy
            created = status.silence.createdAt?.description
            origin = status.isConfigured ? "configuration" : "runtime"
            state = status.isInForce ? "active" : "expired"
            matched = status.matched
        }
    }

    public var ok: Bool
    public var trouble: Trouble?
    public var error: String?
    public var silences: [SilenceEntry]?
    public var letters: LetterOutcome?
    public var annotation: AnnotationEntry?
    /// What was done, but is probably not what was meant: a field that no alert has.
    public var remarks: [String]?

    public init(_ silences: [SilenceEntry], remarks: [String] = []) {
        ok = true
        self.silences = silences
        self.remarks = remarks.isEmpty ? nil : remarks
    }

    public init(_ letters: LetterOutcome, remarks: [String] = []) {
        ok = true
        self.letters = letters
        self.remarks = remarks.isEmpty ? nil : remarks
    }

    public init(_ annotation: AnnotationEntry) {
        ok = true
        self.annotation = annotation
    }

    public init(_ trouble: Trouble, _ error: String) {
        ok = false
        self.trouble = trouble
        self.error = error
    }
}

/// Requests and answers as lines.
public enum ControlLine {
    /// Without a line feed inside or at the end.
    public static func write(_ message: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings, numbers and lists of them: there is nothing that JSON could not say.
        return (try? encoder.encode(message)).map { [UInt8]($0) } ?? []
    }

    /// nil: the line is not such a message.
    public static func read<Message: Decodable>(_: Message.Type, _ line: [UInt8]) -> Message? {
        try? JSONDecoder().decode(Message.self, from: Data(line))
    }
}
