// SPDX-License-Identifier: Apache-2.0
import AlertModel
import ConfigTree
import MCPProtocol

/// The window of event time that a call asks for: `last`, or `from` and `to`.
enum FilterTime {
    static let fields = [
        SchemaField(
            "last", .string(length: 2 ... 32), "Only so far back from now, for example 15m, 1h30m or 7d. Not with from."
        ),
        SchemaField(
            "from", .string(length: 2 ... 40),
            "From this event time on: RFC 3339 (2026-05-28T20:26:40Z), a day in UTC (2026-05-28), or how long ago (2h)."
        ),
        SchemaField("to", .string(length: 2 ... 40), "Up to this event time, as from. Both ends are included."),
    ]

    /// nil for an end that was not given.
    static func window(
        _ arguments: JSONObject, now: EventTime
    ) throws(ToolProblem) -> (from: EventTime?, through: EventTime?) {
        var from = try arguments["from"]?.string.map { text throws(ToolProblem) in try time(text, "from", now) }
        let through = try arguments["to"]?.string.map { text throws(ToolProblem) in try time(text, "to", now) }
        if let last = arguments["last"]?.string {
            guard from == nil else { throw ToolProblem("last and from contradict each other; give one of them.") }
            guard let duration = ConfigText.duration(last) else {
                throw ToolProblem("last is no duration; write it as 15m, 1h30m or 7d.")
            }
            from = now.advanced(by: .zero - duration)
        }
        if let from, let through, from > through {
            throw ToolProblem("from is later than to, so nothing can match; swap them.")
        }
        return (from, through)
    }

    private static func time(_ text: String, _ name: String, _ now: EventTime) throws(ToolProblem) -> EventTime {
        if text == "now" { return now }
        if let duration = ConfigText.duration(text) { return now.advanced(by: .zero - duration) }
        let isDay =
            text.utf8.count == 10 && text.utf8.allSatisfy { $0 == UInt8(ascii: "-") || (48 ... 57).contains($0) }
        guard let time = ConfigTime(isDay ? text + "T00:00:00Z" : text) else {
            throw ToolProblem("\(name) is no time; write 2026-05-28T20:26:40Z, 2026-05-28, or how long ago, as 1h30m.")
        }
        return EventTime(nanoseconds: time.nanoseconds)
    }
}
