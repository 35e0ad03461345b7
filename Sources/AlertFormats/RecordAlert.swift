// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// A record of the engine's own as an alert of source `creance`, for everything that reads Falco: its parts, before a form
/// of Falco's writes them.
///
/// Records are few: texts are made anew for each. They hold what alerts hold, so whoever writes them escapes them.
public struct RecordAlert: Sendable {
    public let time: EventTime
    public let priority: Priority
    /// The correlation rule's title; `Creance summary` or `Creance storm`.
    public let rule: String
    public let output: String
    /// Of the group, when `hostname` is part of its key.
    public let hostname: String
    public let tags: [String]
    /// In order of the bytes of their names, each name once.
    public let fields: [Field]

    public struct Field: Sendable {
        public let name: String
        public let value: Value
    }

    /// What stands in a field: a key's value, or a list of texts.
    public enum Value: Hashable, Sendable {
        case one(FieldValue)
        case list([String])

        /// As Falco's gRPC says it: every value is text, and null is `<NA>`.
        public var text: String {
            switch self {
            case .one(.null): "<NA>"
            case .one(.text(let text)): text
            case .one(.integer(let number)): String(number)
            case .one(.unsigned(let number)): String(number)
            case .one(.double(let number)): number.description
            case .one(.bool(let flag)): flag ? "true" : "false"
            case .list(let texts): texts.joined(separator: ",")
            }
        }
    }

    public init(_ record: EngineRecord) {
        let parts =
            switch record {
            case .summary(let summary): Parts(summary)
            case .incident(let incident): Parts(incident)
            case .storm(let storm): Parts(storm)
            }
        time = parts.last
        priority = parts.priority
        rule = parts.rule
        tags = parts.tags
        hostname = parts.group.first { $0.name == "hostname" }.map { Value.one($0.value).text } ?? ""
        output = "\(parts.last): \(parts.priority.name) \(parts.sentence)"
        var fields = parts.fields
        fields["creance.id"] = .one(.text(record.id.description))
        fields["creance.subject"] = .one(.text(record.subject.description))
        fields["creance.state"] = .one(.text(record.state.name))
        fields["creance.first"] = .one(.text(parts.first.description))
        fields["creance.last"] = .one(.text(parts.last.description))
        fields["evt.time"] = .one(.integer(parts.last.nanoseconds))
        // What a key is made of keeps its name, so that readers find `container.id` where they look for it.
        for member in parts.group {
            let isOutputField = !["rule", "priority", "source", "hostname", "tags", "output"].contains(member.name)
            let name = isOutputField ? member.name : "creance.group.\(member.name)"
            if fields[name] == nil { fields[name] = .one(member.value) }
        }
        self.fields = fields.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map {
            Field(name: $0.key, value: $0.value)
        }
    }

    /// What differs from kind to kind.
    private struct Parts {
        var priority: Priority
        var rule: String
        var sentence: String
        var tags: [String] = []
        var group: [KeyField] = []
        var first: EventTime
        var last: EventTime
        var fields: [String: Value]

        init(_ summary: GroupSummary) {
            let named = summary.fields.first { $0.name == "rule" }.map { Value.one($0.value).text }
            priority = summary.priority
            rule = "Creance summary"
            sentence =
                "Repeats of \(named ?? "a group of alerts") (total=\(summary.total) suppressed=\(summary.suppressed) "
                + "variants=\(summary.variants) first=\(summary.first) last=\(summary.last) "
                + "state=\(summary.state.name))"
            group = summary.fields
            (first, last) = (summary.first, summary.last)
            fields = [
                "creance.kind": .one(.text("summary")), "creance.revision": .one(.integer(Int64(summary.revision))),
                "creance.suppressed": .one(.integer(Int64(summary.suppressed))),
                "creance.total": .one(.integer(Int64(summary.total))),
                "creance.variants": .one(.integer(Int64(summary.variants))),
                "creance.alerts": .list(summary.samples.map(\.description)),
            ]
            if !summary.newVariants.isEmpty { fields["creance.new_variants"] = .list(summary.newVariants) }
        }

        init(_ incident: IncidentRecord) {
            let title = incident.ruleTitle.isEmpty ? incident.ruleID : incident.ruleTitle
            let key = incident.group.map { "\($0.name)=\(Value.one($0.value).text)" }
            let value = Self.text(incident.value)
            priority = incident.level.priority
            rule = title.isEmpty ? "Creance incident" : title
            sentence =
                "\(title) ("
                + (["state=\(incident.state.name)", "value=\(value)"] + key).joined(separator: " ")
                + " first=\(incident.first) last=\(incident.last))"
            tags = incident.tags
            group = incident.group
            (first, last) = (incident.first, incident.last)
            fields = [
                "creance.kind": .one(.text("incident")), "creance.revision": .one(.integer(Int64(incident.revision))),
                "creance.level": .one(.text(incident.level.name)), "creance.rule.id": .one(.text(incident.ruleID)),
                "creance.rule.type": .one(.text(incident.ruleType)), "creance.value": .one(.double(incident.value)),
                "creance.alerts": .list(incident.alerts.map(\.description)), "creance.attack": .list(incident.attack),
                "creance.approximate": .one(.bool(incident.isApproximate)),
                "creance.undercount_possible": .one(.bool(incident.mayBeUndercounted)),
                "creance.gap": .one(.bool(incident.hasGap)),
            ]
            if let other = incident.mergedInto { fields["creance.merged_into"] = .one(.text(other.description)) }
        }

        init(_ storm: StormRecord) {
            priority = storm.state == .close ? .notice : .warning
            rule = "Creance storm"
            let talkers = storm.top.prefix(3).map { "\($0.key)=\($0.count)" }.joined(separator: " ")
            sentence =
                "Storm control holds alerts back (scope=\(storm.scope.name) key=\(storm.key) held=\(storm.held) "
                + "top: \(talkers) first=\(storm.first) last=\(storm.last) state=\(storm.state.name))"
            (first, last) = (storm.first, storm.last)
            fields = [
                "creance.kind": .one(.text("storm")), "creance.revision": .one(.integer(Int64(storm.revision))),
                "creance.scope": .one(.text(storm.scope.name)), "creance.key": .one(.text(storm.key)),
                "creance.held": .one(.integer(Int64(storm.held))),
                "creance.alerts": .list(storm.samples.map(\.description)),
                "creance.top": .list(storm.top.map { "\($0.key)=\($0.count)" }),
            ]
        }

        private static func text(_ value: Double) -> String {
            Int64(exactly: value).map(String.init) ?? value.description
        }
    }
}

extension FalcoFormat {
    public func append(_ record: EngineRecord, of entry: DecidedEntry, to buffer: inout OutputBuffer) {
        let alert = RecordAlert(record)
        buffer.append("{\"hostname\":")
        buffer.append(quoted: alert.hostname.utf8Span.span)
        buffer.append(",\"output\":")
        buffer.append(quoted: alert.output.utf8Span.span)
        buffer.append(",\"output_fields\":{")
        for (index, field) in alert.fields.enumerated() {
            if index > 0 { buffer.append(byte: 0x2C) }
            buffer.append(quoted: field.name.utf8Span.span)
            buffer.append(byte: 0x3A)
            switch field.value {
            case .one(let value): buffer.append(value)
            case .list(let texts): buffer.append(texts: texts)
            }
        }
        buffer.append("},\"priority\":\"")
        buffer.append(alert.priority)
        buffer.append("\",\"rule\":")
        buffer.append(quoted: alert.rule.utf8Span.span)
        buffer.append(",\"source\":\"creance\",\"tags\":")
        buffer.append(texts: alert.tags)
        buffer.append(",\"time\":\"")
        buffer.append(alert.time)
        buffer.append("\"}\n")
    }
}
