// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// A line of text with values of a record in it, for chat messages: `{priority}: {rule} on {hostname} by {user.name}`.
///
/// Names in braces are those of conditions: `rule`, `priority`, `time`, `source`, `hostname`, `tags`, `output`, `id`, `kind`,
/// and output fields with what enrichment added (`proc.cmdline`, `k8s.ns.name`). `{{` and `}}` are braces. A value that is
/// not there leaves nothing behind. Text between the values is the operator's and stays as it is; values are written by the
/// target's rule, so that none can make a mention, a link, code, markup, a line, a colour or a reading direction.
public struct MessageTemplate: Hashable, Sendable {
    /// Who reads it.
    public enum Target: Hashable, Sendable {
        /// Shows text as it is.
        case plain
        /// Slack's mrkdwn.
        case slack
        /// Markdown as Teams reads it.
        case markdown

        var rule: TextRule {
            switch self {
            case .plain: .plain
            case .slack: .slack
            case .markdown: .markdown
            }
        }
    }

    public let target: Target
    /// Bytes of one value, as its reader sees them; the rest is cut and `…` stands for it.
    public let valueLimit: Int
    /// Bytes of the whole, as its reader sees them: values behind it are cut.
    public let limit: Int
    let parts: [Part]

    enum Part: Hashable, Sendable {
        case literal([UInt8])
        case rule, priority, time, source, hostname, tags, output, id, kind
        case field(FieldName)
    }

    public init(_ text: String, for target: Target, valueLimit: Int = 500, limit: Int = 3_000) throws(TemplateProblem) {
        self.target = target
        self.valueLimit = max(valueLimit, 4)
        self.limit = max(limit, 4)
        parts = try Self.parse(Array(text.utf8))
    }

    private static func parse(_ text: [UInt8]) throws(TemplateProblem) -> [Part] {
        var parts: [Part] = []
        var literal: [UInt8] = []
        var place = 0
        while place < text.count {
            let byte = text[place]
            let isDouble = place + 1 < text.count && text[place + 1] == byte
            if byte == 0x7B, !isDouble {
                guard let end = text[place...].firstIndex(of: 0x7D) else { throw .openBrace(at: place + 1) }
                if !literal.isEmpty { parts.append(.literal(literal)) }
                literal = []
                parts.append(try part(String(decoding: text[(place + 1) ..< end], as: UTF8.self), at: place + 1))
                place = end + 1
                continue
            }
            if byte == 0x7D, !isDouble { throw .strayBrace(at: place + 1) }
            literal.append(byte)
            place += byte == 0x7B || byte == 0x7D ? 2 : 1
        }
        if !literal.isEmpty { parts.append(.literal(literal)) }
        return parts
    }

    private static func part(_ name: String, at place: Int) throws(TemplateProblem) -> Part {
        switch name {
        case "rule": .rule
        case "priority": .priority
        case "time": .time
        case "source": .source
        case "hostname": .hostname
        case "tags": .tags
        case "output": .output
        case "id": .id
        case "kind": .kind
        default: try field(name, at: place)
        }
    }

    private static func field(_ name: String, at place: Int) throws(TemplateProblem) -> Part {
        guard !name.isEmpty, name.utf8.count <= 128,
            name.utf8.allSatisfy({ (0x21 ... 0x7E).contains($0) && $0 != 0x7B })
        else { throw .badName(name, at: place) }
        return .field(FieldName(name))
    }
}

/// Why a template cannot be used; places count bytes from 1.
public enum TemplateProblem: Error, Hashable, Sendable, CustomStringConvertible {
    case openBrace(at: Int)
    case strayBrace(at: Int)
    case badName(String, at: Int)

    public var description: String {
        switch self {
        case .openBrace(let place): "{ at \(place) has no }; {{ is a brace"
        case .strayBrace(let place): "} at \(place) closes nothing; }} is a brace"
        case .badName(let name, let place):
            name.isEmpty ? "{} at \(place) names nothing" : "{\(name)} at \(place) is no name of a field"
        }
    }
}
