// SPDX-License-Identifier: Apache-2.0
public import MCPProtocol

/// What `wait_for_alerts` answers, cut to the size that a result may have.
public struct WaitAnswer {
    /// Characters of alerts and incidents together: the rest of 24,000 is for what stands around them.
    private static let budget = 21_000
    private let reading: LogReading
    private let detail: AlertRendering.Detail
    private let redacts: Bool

    public init(_ reading: LogReading, _ detail: AlertRendering.Detail, redacts: Bool = true) {
        self.reading = reading
        self.detail = detail
        self.redacts = redacts
    }

    /// Without `notice` and `stream`.
    public var json: JSONObject {
        var alerts: [JSONValue] = []
        var incidents: [JSONValue] = []
        var left = Self.budget
        var next = reading.next
        var hasMore = reading.hasMore
        for item in reading.items {
            var shown = shown(item, detail)
            if shown.size > Self.budget { shown = self.shown(item, .brief) }
            guard shown.size <= left || alerts.isEmpty && incidents.isEmpty else {
                hasMore = true
                break
            }
            left -= shown.size
            if case .record = item.output { incidents.append(shown.json) } else { alerts.append(shown.json) }
            next = item.cursor
        }
        let count = alerts.count + incidents.count
        // What was looked at behind the last one shown is behind the reader, too.
        if count == reading.items.count { next = reading.next }
        let status = reading.gap != nil ? "gap" : count > 0 ? "alerts" : "timeout"
        var gap = JSONValue.null
        if let found = reading.gap {
            gap = [
                "reason": .string(found.reason.rawValue), "missed": found.missed.map { .integer($0) } ?? .null,
            ]
        }
        return [
            "status": .string(status), "alerts": .array(alerts), "incidents": .array(incidents),
            "next_cursor": .string("\(next)"), "has_more": .bool(hasMore), "gap": gap,
            "matched": .integer(Int64(count)), "suppressed": .integer(Int64(reading.heldBack)),
        ]
    }

    private func shown(_ item: LogItem, _ detail: AlertRendering.Detail) -> (json: JSONValue, size: Int) {
        let rendering = AlertRendering(detail: detail, redacts: redacts)
        let object: JSONObject? =
            switch item.output {
            case .alert(let index): item.entry.found(alert: index).map { rendering.json($0) }
            case .record(let index): item.entry.found(record: index, output: item.number).map { rendering.json($0) }
            case .gap: nil
            }
        let json = JSONValue.object(object ?? [:])
        return (json, json.encodedText.unicodeScalars.count + 1)
    }
}
