// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import Journal
import MCPProtocol

/// `list_incidents`: incidents by their newest record.
public struct IncidentListTool: ToolGroup {
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
        let search = try IncidentSearch(call.arguments, now: now())
        let found = try await journal.ask { try search.run($0) }
        let rendering = AlertIDs.rendering(AlertIDs.detail(call.arguments, .brief), call)
        let rows = found.incidents.map { IncidentRow.json($0.record, found.annotations, rendering) }
        let (shown, _) = AlertSize.fitting(rows, in: AlertSize.budget)
        let isCut = shown.count < rows.count
        let next = isCut ? found.incidents.prefix(shown.count).last?.place : found.next
        return [
            "incidents": .array(shown), "has_more": .bool(next != nil),
            "next_cursor": next.map { .string(IncidentCursor.text($0)) } ?? .null, "truncated": .bool(isCut),
            "unreadable": .integer(Int64(found.unreadable)),
        ]
    }

    static let declaration = Tool(
        "list_incidents", title: "List incidents",
        description: """
            Incidents, newest first: alerts that a correlation rule put together. Each with its rule, level, group, times, \
            some alert ids, and whether somebody acknowledged it. get_incident shows one with its alerts.
            """,
        arguments: [
            SchemaField(
                "state", .choice(["open", "closed", "any"]), default: "any",
                "open: the condition still holds, or its time is not over."),
            SchemaField(
                "min_level", .choice(IncidentLevel.allCases.map(\.name)), "That level or more severe."),
            SchemaField("rule", .string(length: 1 ... 256), "The id or whole title of the correlation rule."),
            SchemaField(
                "acknowledged", .boolean, "true: only acknowledged ones; false: only those nobody acknowledged."),
        ] + FilterTime.fields + [
            AlertIDs.detailField(default: .brief, "How much of each."),
            SchemaField("limit", .integer(1 ... 100), default: 20, "At most so many."),
            SchemaField(
                "cursor", .string(length: 1 ... 64), "next_cursor of the call before, with the same arguments."),
        ],
        result: [
            SchemaField("incidents", .list(IncidentRow.schema, atMost: 100), required: true),
            SchemaField("has_more", .boolean, required: true),
            SchemaField("next_cursor", .nullable(.text), required: true),
            SchemaField(
                "truncated", .boolean, required: true, "Fewer than limit, since the result may not be longer."),
            SchemaField("unreadable", .wholeNumber, required: true, "Damaged entries of the journal, left out."),
        ],
        effects: Tool.Effects(readOnly: true))
}

/// One incident in a list.
enum IncidentRow {
    static let schema = Schema.object([
        SchemaField("record", AlertRendering.recordSchema, required: true),
        SchemaField("acknowledged", .nullable(IncidentNote.acknowledgementSchema), required: true),
        SchemaField("notes", .wholeNumber, required: true),
    ])

    static func json(
        _ found: FoundRecord, _ annotations: [SubjectID: [Annotation]], _ rendering: AlertRendering
    ) -> JSONObject {
        let about = annotations[found.record.subject] ?? []
        return [
            "record": .object(rendering.json(found)), "acknowledged": IncidentNote.acknowledged(about),
            "notes": .integer(Int64(about.count { $0.kind == .note })),
        ]
    }
}

/// What people and assistants noted about an incident, as JSON. Their text is not trusted either.
enum IncidentNote {
    static let acknowledgementSchema = Schema.object([
        SchemaField("at", .text, required: true), SchemaField("by", .text, required: true),
    ])
    static let schema = Schema.object([
        SchemaField("number", .wholeNumber, required: true),
        SchemaField("kind", .choice(Annotation.Kind.allCases.map(\.name)), required: true),
        SchemaField("at", .text, required: true), SchemaField("by", .text, required: true),
        SchemaField("untrusted", .object([SchemaField("text", .text, required: true)]), required: true),
    ])

    /// The newest acknowledgement; null without one.
    static func acknowledged(_ annotations: [Annotation]) -> JSONValue {
        guard let newest = annotations.acknowledged else { return .null }
        return ["at": .string(newest.at.description), "by": .string(Label.of(newest.by))]
    }

    static func json(_ annotation: Annotation, _ rendering: AlertRendering) -> JSONObject {
        [
            "number": .integer(annotation.number), "kind": .string(annotation.kind.name),
            "at": .string(annotation.at.description), "by": .string(Label.of(annotation.by)),
            "untrusted": ["text": rendering.untrusted(annotation.text)],
        ]
    }
}

/// A place in the list of incidents, as clients hold it. It comes back from outside and is checked whole.
enum IncidentCursor {
    static func text(_ place: RecordQuery.Place) -> String { "i-\(place.entry)-\(place.number)" }

    static func place(_ text: String) -> RecordQuery.Place? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "i", let entry = Int64(parts[1]), let number = Int(parts[2]), entry >= 0,
            number >= 0
        else { return nil }
        let place = RecordQuery.Place(entry: entry, number: number)
        return self.text(place) == text ? place : nil
    }
}
