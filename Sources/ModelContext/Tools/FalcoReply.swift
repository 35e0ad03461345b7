// SPDX-License-Identifier: Apache-2.0
import HostileText
import MCPProtocol

/// Reads what a run of Falco wrote.
enum FalcoReply {
    /// The line of JSON on standard output: results come as one line, whatever else is there.
    static func object(in output: [UInt8]) -> JSONObject? {
        for line in output.split(separator: 10) where line.first == UInt8(ascii: "{") {
            let limits = JSONLimits(bytes: 64 << 20, depth: 64, values: 4_000_000)
            if let value = try? JSONValue(reading: Array(line), limits: limits), let object = value.object {
                return object
            }
        }
        return nil
    }

    /// Why Falco refused, in its own words: what stands behind `Error:`, else its last lines.
    static func reason(in errors: [UInt8]) -> String {
        let lines = String(decoding: errors, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        if let start = lines.lastIndex(where: { $0.hasPrefix("Error: ") }) {
            return lines[start...].joined(separator: "\n").trimmed.dropping("Error: ")
        }
        if let line = lines.last(where: { $0.contains("Runtime error: ") }),
            let place = line.range(of: "Runtime error: ")
        {
            return String(line[place.lowerBound...])
        }
        return lines.suffix(5).joined(separator: "\n").trimmed
    }
}

/// Texts of Falco, its rules and its log on their way into a result: visible, without secrets, bounded one by one and
/// together. What does not fit any more is left out, and counted by whoever asks.
struct FalcoText {
    private var sanitizer = Sanitizer(redacts: true)
    /// Characters that may still be shown; JSON's own around them come on top.
    private(set) var room = 14_000

    var isFull: Bool { room <= 0 }

    mutating func short(_ text: String, limit: Int) -> String {
        let before = sanitizer.redactions
        let shown = sanitizer.excerpt(text, limit: limit).text
        CallMeter.current?.add(redactions: sanitizer.redactions - before)
        room -= shown.unicodeScalars.count + 8
        return shown
    }

    mutating func json(_ text: String, limit: Int) -> JSONValue { .string(short(text, limit: limit)) }

    /// As many of them as fit.
    mutating func json(_ texts: [String], limit: Int, atMost count: Int) -> JSONValue {
        .array(texts.prefix(count).map { json($0, limit: limit) })
    }

    /// Text of several lines, which stay lines.
    mutating func lines(_ text: String, limit: Int) -> JSONValue {
        var shown: [String] = []
        var left = min(limit, max(room, 200))
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            guard left > 0 else {
                shown.append("…")
                break
            }
            let one = short(String(line), limit: min(left, 400))
            left -= one.unicodeScalars.count + 1
            shown.append(one)
        }
        return .string(shown.joined(separator: "\n"))
    }
}

extension String {
    /// Without blanks and line feeds at both ends.
    var trimmed: String {
        let blanks: Set<Character> = [" ", "\t", "\n", "\r", "\r\n"]
        guard let first = firstIndex(where: { !blanks.contains($0) }),
            let last = lastIndex(where: { !blanks.contains($0) })
        else { return "" }
        return String(self[first ... last])
    }

    func dropping(_ prefix: String) -> String { hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self }

    /// Paths of files as the caller knows them.
    func renamed(_ names: [(path: String, name: String)]) -> String {
        names.reduce(self) { $0.replacing($1.path, with: $1.name) }
    }
}
