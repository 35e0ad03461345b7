// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Matching

/// What a test looks at.
enum Subject: Hashable, Sendable {
    case rule, priority, source, hostname, output
    /// Each tag by itself: a test holds when it holds for one of them.
    case tags
    /// The alert's event time, for the time modifiers.
    case time
    /// Whether a text of the alert looks written for an assistant: `true` or `false`, worked out when it is asked for.
    case manipulation
    /// The output line and every text among the output fields: what a keyword is searched in.
    case keywords
    case field(FieldName)

    init(_ name: String) {
        switch name {
        case "rule": self = .rule
        case "priority": self = .priority
        case "source": self = .source
        case "hostname": self = .hostname
        case "output": self = .output
        case "tags": self = .tags
        case "time": self = .time
        case "manipulation_suspected": self = .manipulation
        default: self = .field(FieldName(name))
        }
    }
}

/// A Boolean expression over tests of one alert: what a selection or a condition says.
indirect enum Expression: Hashable, Sendable {
    /// Without members: true.
    case all([Expression])
    /// Without members: false.
    case any([Expression])
    case not(Expression)
    case atLeast(Int, [Expression])
    case test(Subject, ValueTest)
    /// A search identifier, by its index.
    case selection(Int)
}

/// A test of one value. Null values fail all of them but `null` and `exists`.
enum ValueTest: Hashable, Sendable {
    /// One of these texts is there.
    case literals([Literal])
    /// `hint`: bytes, in lower case, that are in every text that matches.
    case glob(Glob, hint: [UInt8]?)
    case regex(RegexText)
    case cidr(CIDRBlock)
    case number(Relation, ExactNumberKey)
    /// Absent, JSON null, `""` and `<NA>` are one.
    case null
    /// The field is in the alert, whatever its value.
    case exists
    case reference(Subject, Anchor, LetterCase)
    case time(TimePart, Relation, Int64)
    /// By `Priority.rawValue`, a bit each.
    case priorities(UInt8)
}

/// Where in a value a text must stand.
enum Anchor: UInt8, Hashable, Sendable {
    case whole, start, end, anywhere
}

/// A text without wildcards. Where case is ignored it is ASCII, in lower case.
struct Literal: Hashable, Sendable {
    let bytes: [UInt8]
    let anchor: Anchor
    let letterCase: LetterCase

    /// For texts at hand while rules are read; alerts are searched by `MatchProgram`.
    func occurs(in text: [UInt8]) -> Bool {
        let search = SubstringSearch(bytes, letterCase)
        return switch anchor {
        case .whole: search.equals(text.span)
        case .start: search.starts(text.span)
        case .end: search.ends(text.span)
        case .anywhere: search.occurs(in: text.span)
        }
    }
}

struct RegexText: Hashable, Sendable {
    let pattern: String
    let flags: UInt32
}

enum Relation: UInt8, Hashable, Sendable {
    case equal, less, lessOrEqual, greater, greaterOrEqual

    func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
        switch self {
        case .equal: left == right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        }
    }
}

enum TimePart: String, Hashable, CaseIterable, Sendable {
    case minute, hour, day, week, month, year
}

/// A number with the text it came from, which stands for it where a key is needed.
struct ExactNumberKey: Hashable, Sendable {
    let number: ExactNumber
    let text: String

    init?(_ text: String) {
        guard let number = ExactNumber(text: Array(text.utf8).span) else { return nil }
        self.number = number
        self.text = text
    }

    static func == (left: ExactNumberKey, right: ExactNumberKey) -> Bool { left.text == right.text }
    func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
