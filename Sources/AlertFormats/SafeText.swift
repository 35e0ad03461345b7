// SPDX-License-Identifier: Apache-2.0

/// How one format keeps text from outside within its field: which visible characters it escapes, and how.
///
/// All rules write what cannot be seen (`Invisible`: controls, C1, line separators, characters that turn the reading
/// direction or show nothing) as visible escapes, `\t`, `\n`, `\u{1b}`, and what is not UTF-8 as U+FFFD. No byte below 0x20
/// leaves, so no value can end a line, a field or a frame.
enum TextRule {
    /// The header of CEF: `\` and `|` behind a backslash.
    case cefHeader
    /// A value of CEF: `\` and `=` behind a backslash; line feed and carriage return are CEF's own `\n` and `\r`.
    case cefValue
    /// The header of LEEF, which has no escape: `|` becomes `\u{7c}`.
    case leefHeader
    /// A value of LEEF: the delimiter is a tab, which is written visibly like every control.
    case leefValue
    /// A parameter of RFC 5424's structured data: `"`, `\` and `]` behind a backslash.
    case syslogParameter
    /// A message of Slack's: `&`, `<`, `>` as entities; no mention, link or code ends where text from outside says so.
    case slack
    /// Markdown as Teams reads it: every character that Markdown knows behind a backslash, `&` and `<` as entities.
    case markdown
    /// Nothing but what all rules do.
    case plain

    /// Visible ASCII that needs more than a copy, at most three for the fast way; nil: look at each byte.
    @inline(__always)
    var special: SIMD4<UInt8>? {
        switch self {
        case .cefHeader: [0x5C, 0x7C, 0x5C, 0x5C]
        case .cefValue: [0x5C, 0x3D, 0x5C, 0x5C]
        case .leefHeader: [0x7C, 0x7C, 0x7C, 0x7C]
        case .leefValue, .plain: [0x7F, 0x7F, 0x7F, 0x7F]
        case .syslogParameter: [0x22, 0x5C, 0x5D, 0x5D]
        case .slack, .markdown: nil
        }
    }

    /// Whether a backslash has to be written twice to mean one.
    var doublesBackslash: Bool {
        switch self {
        case .cefHeader, .cefValue, .syslogParameter, .markdown: true
        case .leefHeader, .leefValue, .slack, .plain: false
        }
    }
}

extension OutputBuffer {
    /// Writes `text` by `rule`. A value whose bytes, as its reader gets them, would be more than `limit` is cut between
    /// characters and ends with `…` within the limit.
    /// Returns how many bytes its reader gets.
    @discardableResult
    mutating func append(_ text: Span<UInt8>, by rule: TextRule, limit: Int) -> Int {
        let start = count
        if text.count <= limit {
            let length = appendWhole(text, by: rule)
            if length <= limit { return length }
            truncate(to: start)
        }
        return appendCut(text, by: rule, limit: limit)
    }

    @inline(__always)
    private mutating func appendWhole(_ text: Span<UInt8>, by rule: TextRule) -> Int {
        var place = 0
        var length = 0
        while place < text.count {
            let plain = appendPlain(text, from: place, by: rule)
            place += plain
            length += plain
            guard place < text.count else { break }
            let scalar = UTF8Scalar(text, at: place)
            length += append(scalar, of: text, at: place, by: rule)
            place += scalar.length
        }
        return length
    }

    private mutating func appendCut(_ text: Span<UInt8>, by rule: TextRule, limit: Int) -> Int {
        var place = 0
        // The mark of a cut takes three.
        var left = limit - 3
        while place < text.count {
            let scalar = UTF8Scalar(text, at: place)
            let before = count
            let length = append(scalar, of: text, at: place, by: rule)
            if length > left {
                truncate(to: before)
                break
            }
            left -= length
            place += scalar.length
        }
        append("…")
        return limit - left
    }

    /// One character; says how many bytes its reader sees.
    private mutating func append(_ scalar: UTF8Scalar, of text: Span<UInt8>, at place: Int, by rule: TextRule) -> Int {
        guard let value = scalar.value else {
            append("\u{FFFD}")
            return 3
        }
        if rule == .cefValue, value == 0x0A || value == 0x0D {
            value == 0x0A ? append("\\n") : append("\\r")
            return 1
        }
        if Invisible.contains(value) {
            if rule.doublesBackslash { append(byte: 0x5C) }
            let start = count
            append(visibleEscape: value)
            return count - start
        }
        guard scalar.length == 1 else {
            append(scalar, of: text, at: place)
            return scalar.length
        }
        return append(ascii: text[place], of: text, at: place, by: rule)
    }

    /// A visible ASCII character.
    private mutating func append(ascii byte: UInt8, of text: Span<UInt8>, at place: Int, by rule: TextRule) -> Int {
        switch rule {
        case .cefHeader, .cefValue, .syslogParameter:
            if let special = rule.special, byte == special[0] || byte == special[1] || byte == special[2] {
                append(byte: 0x5C)
            }
            append(byte: byte)
        case .leefHeader where byte == 0x7C:
            append("\\u{7c}")
            return 6
        case .slack, .markdown: return append(chat: byte, of: text, at: place, by: rule)
        default: append(byte: byte)
        }
        return 1
    }
}
