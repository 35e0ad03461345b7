// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import Journal
import MCPProtocol

/// `get_entity`: what is known about a container, a pod, a user, an address …
public struct EntityTool: ToolGroup {
    private static let standardWindow = Duration.seconds(86_400)
    private static let ruleLimit = 10
    private static let neighbourLimit = 5

    private let journal: AlertJournal
    private let now: @Sendable () -> EventTime

    /// - Parameter now: what `last` and times ago count from.
    public init(_ journal: AlertJournal, now: @escaping @Sendable () -> EventTime) {
        self.journal = journal
        self.now = now
    }

    public var tools: [AssistantTool] {
        [AssistantTool(Self.declaration) { (call) async throws(ToolProblem) in try await answer(call) }]
    }

    private func answer(_ call: ToolCall) async throws(ToolProblem) -> JSONObject {
        guard let kind = call.arguments["kind"]?.string.flatMap(EntityKind.init(rawValue:)),
            let value = call.arguments["value"]?.string, !value.isEmpty
        else { throw ToolProblem("kind and value are needed.") }
        let time = now()
        let (given, end) = try FilterTime.window(call.arguments, now: time)
        let through = end ?? time
        let from = given ?? through.advanced(by: .zero - Self.standardWindow)
        let found = try await journal.ask { try EntityTally(kind, value, from: from, through: through, $0) }
        let detail = AlertIDs.detail(call.arguments, .brief)
        var result = Self.json(kind, value, found, from, through)
        let rendering = AlertIDs.rendering(detail, call)
        var room = AlertSize.budget - AlertSize.of(result)
        let incidents = found.incidents.map { AlertRendering(detail: .brief).json($0) }
        let recent = found.recent.map { rendering.json($0) }
        let (shown, left) = AlertSize.fitting(incidents, in: room)
        room = left
        let alerts = AlertSize.fitting(recent, in: room).shown
        result["incidents"] = .array(shown)
        result["recent"] = .array(alerts)
        result["truncated"] = .bool(shown.count < incidents.count || alerts.count < recent.count)
        return result
    }

    private static func json(
        _ kind: EntityKind, _ value: String, _ found: EntityTally, _ from: EventTime, _ through: EventTime
    ) -> JSONObject {
        let rendering = AlertRendering(detail: .brief)
        let counts = found.counts
        var priorities = JSONObject()
        for priority in Priority.allCases where counts.byPriority[Int(priority.rawValue)] > 0 {
            priorities[priority.name] = .integer(Int64(counts.byPriority[Int(priority.rawValue)]))
        }
        var neighbours = JSONObject()
        for other in EntityKind.allCases {
            guard let table = counts.neighbours[other], !table.isEmpty else { continue }
            neighbours[other.rawValue] = [
                "distinct": .integer(Int64(table.count)),
                "top": .array(
                    top(table, neighbourLimit).map {
                        ["value": rendering.untrusted($0.key), "count": .integer(Int64($0.value))]
                    }),
            ]
        }
        return [
            "kind": .string(kind.rawValue), "from": .string(from.description), "to": .string(through.description),
            "alerts": .integer(Int64(counts.total)), "exact": .bool(found.isExact),
            "first": counts.first.map { .string($0.description) } ?? .null,
            "last": counts.last.map { .string($0.description) } ?? .null, "by_priority": .object(priorities),
            "rules": .integer(Int64(counts.byRule.count)),
            "by_rule": .array(
                top(counts.byRule, ruleLimit).map {
                    ["rule": .string(Label.of($0.key)), "count": .integer(Int64($0.value))]
                }),
            "more_incidents": .bool(found.hasMoreIncidents), "incidents": [], "recent": [],
            "untrusted": ["value": rendering.untrusted(value), "neighbours": .object(neighbours)],
        ]
    }

    /// Most first; equal ones in order of their names.
    private static func top(_ table: [String: Int], _ limit: Int) -> ArraySlice<(key: String, value: Int)> {
        table.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }.prefix(limit)
    }

    private static let counted = Schema.list(
        .object([SchemaField("value", .text, required: true), SchemaField("count", .wholeNumber, required: true)]),
        atMost: neighbourLimit)

    static let declaration = Tool(
        "get_entity", title: "Get what is known about an entity",
        description: """
            What alerts say about one container, pod, namespace, host, user, process, image or IP address in a time (the \
            last 24 hours unless said): how many alerts, of which rules and priorities, first and last, related incidents, \
            the newest alerts, and what it was seen together with. first and last are within that time.
            """,
        arguments: [
            SchemaField("kind", .choice(EntityKind.allCases.map(\.rawValue)), required: true),
            SchemaField(
                "value", .string(length: 1 ... 1024), required: true,
                "Exactly as in alerts: a container's id, a pod's name, a user's name, a process's name or path, an image's "
                    + "repository."),
        ] + FilterTime.fields + [AlertIDs.detailField(default: .brief, "How much of the newest alerts.")],
        result: [
            SchemaField("kind", .choice(EntityKind.allCases.map(\.rawValue)), required: true),
            SchemaField("from", .text, required: true), SchemaField("to", .text, required: true),
            SchemaField("alerts", .wholeNumber, required: true),
            SchemaField("exact", .boolean, required: true, "false: at least so many; counting took too long."),
            SchemaField("first", .nullable(.text), required: true),
            SchemaField("last", .nullable(.text), required: true),
            SchemaField("by_priority", .map(.wholeNumber), required: true),
            SchemaField("rules", .wholeNumber, required: true),
            SchemaField(
                "by_rule",
                .list(
                    .object([
                        SchemaField("rule", .text, required: true), SchemaField("count", .wholeNumber, required: true),
                    ]), atMost: ruleLimit), required: true),
            SchemaField(
                "incidents", .list(AlertRendering.recordSchema, atMost: EntityTally.incidentLimit), required: true),
            SchemaField("more_incidents", .boolean, required: true),
            SchemaField("recent", .list(AlertRendering.alertSchema, atMost: EntityTally.recentLimit), required: true),
            SchemaField(
                "untrusted",
                .object([
                    SchemaField("value", .text, required: true),
                    SchemaField(
                        "neighbours",
                        .map(
                            .object([
                                SchemaField("distinct", .wholeNumber, required: true),
                                SchemaField("top", counted, required: true),
                            ])), required: true),
                ]), required: true),
            SchemaField("truncated", .boolean, required: true),
        ],
        effects: Tool.Effects(readOnly: true))
}
