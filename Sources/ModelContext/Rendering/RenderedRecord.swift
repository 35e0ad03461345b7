// SPDX-License-Identifier: Apache-2.0
import AlertModel
import HostileText
import MCPProtocol

/// One of the engine's own records as JSON: its keys are those of records.md, less that values taken from alerts stand
/// under `untrusted`.
struct RenderedRecord {
    private let rendering: AlertRendering

    init(_ rendering: AlertRendering) { self.rendering = rendering }

    func json(_ record: EngineRecord) -> JSONObject {
        var texts = UntrustedTexts(rendering, room: rendering.detail == .brief ? 480 : 6000)
        var object = JSONObject()
        var untrusted = JSONObject()
        switch record {
        case .summary(let summary):
            appendHead("summary", record, summary.revision, to: &object)
            append(summary, to: &object)
            untrusted["group"] = key(summary.fields, &texts)
            if !summary.newVariants.isEmpty {
                untrusted["new_variants"] = .array(
                    summary.newVariants.prefix(limit).map { texts.text($0, "new_variants") })
            }
        case .incident(let incident):
            appendHead("incident", record, incident.revision, to: &object)
            append(incident, to: &object)
            untrusted["group"] = key(incident.group, &texts)
        case .storm(let storm):
            appendHead("storm", record, storm.revision, to: &object)
            append(storm, to: &object)
            untrusted["key"] = texts.text(storm.key, "key")
            untrusted["top"] = .array(
                storm.top.prefix(limit).map { talker in
                    ["key": texts.text(talker.key, "top"), "count": .integer(Int64(talker.count))]
                })
        }
        texts.describe(in: &object)
        object["untrusted"] = .object(untrusted)
        return object
    }

    /// Members of a list.
    private var limit: Int { rendering.detail == .brief ? 4 : 64 }

    private func key(_ fields: [KeyField], _ texts: inout UntrustedTexts) -> JSONValue {
        var object = JSONObject()
        for field in fields.prefix(limit * 2) {
            let name = Label.of(field.name)
            object[name] = texts.value(field.value, name)
        }
        return .object(object)
    }

    private func appendHead(_ kind: String, _ record: EngineRecord, _ revision: Int, to object: inout JSONObject) {
        object["kind"] = .string(kind)
        object["id"] = .string(record.id.description)
        object["subject"] = .string(record.subject.description)
        object["state"] = .string(record.state.name)
        object["revision"] = .integer(Int64(revision))
    }

    private func append(_ summary: GroupSummary, to object: inout JSONObject) {
        object["priority"] = .string(summary.priority.name)
        appendTimes(summary.first, summary.last, to: &object)
        object["total"] = .integer(Int64(summary.total))
        object["suppressed"] = .integer(Int64(summary.suppressed))
        object["variants"] = .integer(Int64(summary.variants))
        var counts = JSONObject()
        for (priority, count) in zip(Priority.allCases, summary.byPriority) where count != 0 {
            counts[priority.name] = .integer(Int64(count))
        }
        object["by_priority"] = .object(counts)
        object["alerts"] = ids(summary.samples)
    }

    private func append(_ incident: IncidentRecord, to object: inout JSONObject) {
        object["priority"] = .string(incident.level.priority.name)
        object["rule"] = [
            "id": .string(Label.of(incident.ruleID)), "title": .string(Label.of(incident.ruleTitle)),
            "type": .string(Label.of(incident.ruleType)), "level": .string(incident.level.name),
        ]
        appendTimes(incident.first, incident.last, to: &object)
        object["value"] = JSONNumber(incident.value).map { .number($0) } ?? .null
        object["attack"] = .strings(incident.attack.prefix(32).map { Label.of($0) })
        if rendering.detail != .brief { object["tags"] = .strings(incident.tags.prefix(64).map { Label.of($0) }) }
        object["alerts"] = ids(incident.alerts)
        object["approximate"] = .bool(incident.isApproximate)
        object["undercount_possible"] = .bool(incident.mayBeUndercounted)
        object["gap"] = .bool(incident.hasGap)
        if let other = incident.mergedInto { object["merged_into"] = .string(other.description) }
    }

    private func append(_ storm: StormRecord, to object: inout JSONObject) {
        appendTimes(storm.first, storm.last, to: &object)
        object["scope"] = .string(storm.scope.name)
        object["held"] = .integer(Int64(storm.held))
        object["alerts"] = ids(storm.samples)
    }

    private func appendTimes(_ first: EventTime, _ last: EventTime, to object: inout JSONObject) {
        object["first"] = .string(first.description)
        object["last"] = .string(last.description)
    }

    /// In a list, the first and the last few.
    private func ids(_ ids: [RecordID]) -> JSONValue {
        let isLong = rendering.detail == .brief && ids.count > 4
        return .strings((isLong ? Array(ids.prefix(2) + ids.suffix(2)) : ids).map(\.description))
    }
}
