// SPDX-License-Identifier: Apache-2.0
import AlertModel
import HostileText

/// What a condition reads of one of the engine's records, by name. Records are rare: this may allocate.
struct RecordFacts {
    struct Value {
        var kind = FieldKind.string
        var text: [UInt8] = []
        var bits: UInt64 = 0
        /// Of a list.
        var elements: [[UInt8]]?
        /// Of a priority or a level: its raw value.
        var rank: UInt8?
    }

    private var values: [String: Value] = [:]

    func value(_ name: String) -> Value? { name == "manipulation_suspected" ? manipulation : values[name] }

    /// Of all its texts, which come from alerts.
    private var manipulation: Value {
        let isSuspected = values.values.contains { value in
            value.kind == .string && Manipulation.found(in: value.text.span) != []
        }
        return Value(kind: .bool, text: Array((isSuspected ? "true" : "false").utf8), bits: isSuspected ? 1 : 0)
    }

    init(_ record: EngineRecord) {
        switch record {
        case .summary(let summary): add(summary)
        case .incident(let incident): add(incident)
        case .storm(let storm): add(storm)
        }
        set("state", record.state.name)
    }

    init(_ gap: Gap) {
        set("kind", "gap")
        set("source", gap.source)
        set("reason", gap.reason.rawValue)
        set(Self.isLossLikely(gap.reason) ? .warning : .notice)
        set("evt.time", gap.to)
    }

    /// As in the `falco` format: a gap in which something was cut off is more severe.
    private static func isLossLikely(_ reason: Gap.Reason) -> Bool {
        switch reason {
        case .reconnected, .restarted: false
        case .drainLimit, .receiveLimit, .rotatedAway, .journalDamaged, .backlog: true
        }
    }

    private mutating func add(_ summary: GroupSummary) {
        set("source", "creance")
        set(summary.fields)
        set("kind", "summary")
        set(summary.priority)
        set("group.id", summary.group.description)
        set("total", summary.total)
        set("suppressed", summary.suppressed)
        set("variants", summary.variants)
        set("evt.time", summary.last)
    }

    private mutating func add(_ incident: IncidentRecord) {
        set("source", "creance")
        set("rule", incident.ruleTitle)
        set(incident.group)
        set("kind", "incident")
        set(incident.level.priority)
        values["rule.level"] = Value(text: Array(incident.level.name.utf8), rank: incident.level.rawValue)
        set("rule.title", incident.ruleTitle)
        set("rule.id", incident.ruleID)
        set("rule.type", incident.ruleType)
        set("incident.id", incident.incident.description)
        values["tags"] = Value(elements: incident.tags.map { Array($0.utf8) })
        values["attack"] = Value(elements: incident.attack.map { Array($0.utf8) })
        set("value", FieldValue.double(incident.value))
        set("approximate", FieldValue.bool(incident.isApproximate))
        set("undercount_possible", FieldValue.bool(incident.mayBeUndercounted))
        set("gap", FieldValue.bool(incident.hasGap))
        set("evt.time", incident.last)
    }

    private mutating func add(_ storm: StormRecord) {
        set("source", "creance")
        set("kind", "storm")
        set(.warning)
        set("storm.id", storm.storm.description)
        set("storm.scope", storm.scope.name)
        set("storm.key", storm.key)
        if storm.scope == .rule { set("rule", storm.key) }
        set("held", storm.held)
        set("evt.time", storm.last)
    }

    private mutating func set(_ priority: Priority) {
        values["priority"] = Value(text: Array(priority.name.utf8), rank: priority.rawValue)
    }

    private mutating func set(_ name: String, _ text: String) { set(name, FieldValue.text(text)) }
    private mutating func set(_ name: String, _ number: Int) { set(name, FieldValue.integer(Int64(number))) }
    private mutating func set(_ name: String, _ time: EventTime) { set(name, FieldValue.integer(time.nanoseconds)) }
    private mutating func set(_ fields: [KeyField]) { for field in fields { set(field.name, field.value) } }

    private mutating func set(_ name: String, _ value: FieldValue) {
        switch value {
        case .null: values[name] = nil
        case .text(let text):
            let isNull = text.isEmpty || text == "<NA>"
            values[name] = isNull ? nil : Value(text: Array(text.utf8))
        case .integer(let number):
            values[name] = Value(kind: .int64, text: Array(String(number).utf8), bits: UInt64(bitPattern: number))
        case .unsigned(let number): values[name] = Value(kind: .uint64, text: Array(String(number).utf8), bits: number)
        case .double(let number):
            values[name] = Value(kind: .double, text: Array(String(number).utf8), bits: number.bitPattern)
        case .bool(let flag):
            values[name] = Value(kind: .bool, text: Array((flag ? "true" : "false").utf8), bits: flag ? 1 : 0)
        }
    }
}
