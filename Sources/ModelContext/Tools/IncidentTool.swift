// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Explanation
import Journal
import MCPProtocol

/// `get_incident`: one incident with its records, its alerts in order of time, and what was noted about it.
public struct IncidentTool: ToolGroup {
    private let journal: AlertJournal

    public init(_ journal: AlertJournal) { self.journal = journal }

    public var tools: [AssistantTool] {
        [AssistantTool(Self.declaration) { (call) async throws(ToolProblem) in try await answer(call) }]
    }

    private func answer(_ call: ToolCall) async throws(ToolProblem) -> JSONObject {
        let id = try AlertIDs.incident(call.arguments)
        var behind: IncidentTimeline.Moment?
        if let text = call.arguments["cursor"]?.string {
            guard let moment = IncidentTimeline.Moment(text) else {
                throw ToolProblem("cursor is none of this timeline; leave it out to begin with the oldest alert.")
            }
            behind = moment
        }
        guard let story = try await journal.ask({ try IncidentStory(id, $0) }) else { throw AlertIDs.noIncident }
        let limit = Int(clamping: call.arguments["limit"]?.wholeNumber ?? 20)
        let detail = AlertIDs.detail(call.arguments, .brief)
        return Self.json(story, behind, limit, AlertIDs.rendering(detail, call))
    }

    private static func json(
        _ story: IncidentStory, _ behind: IncidentTimeline.Moment?, _ limit: Int, _ rendering: AlertRendering
    ) -> JSONObject {
        let later = story.timeline.alerts.filter { one in behind.map { $0 < one.moment } ?? true }
        let notes = story.annotations.suffix(noteLimit).map { IncidentNote.json($0, AlertRendering(detail: .normal)) }
        let whole = AlertRendering(detail: .normal).json(story.newest)
        let record = AlertSize.of(whole) <= recordBudget ? whole : AlertRendering(detail: .brief).json(story.newest)
        var result: JSONObject = [
            "record": .object(record),
            "acknowledged": IncidentNote.acknowledged(story.annotations),
            "notes": .array(AlertSize.fitting(notes.reversed(), in: noteBudget).shown.reversed()),
            "notes_total": .integer(Int64(story.annotations.count)),
            "records": .array(story.records.suffix(recordLimit).map(Self.json)),
            "records_total": .integer(Int64(story.records.count)), "alerts": .array([]),
            "alerts_found": .integer(Int64(story.timeline.alerts.count)),
            "alerts_gone": .integer(Int64(story.timeline.gone)), "all_alerts": .bool(story.timeline.isWhole),
            "next_cursor": .null, "truncated": .bool(false),
        ]
        let page = later.prefix(limit)
        let room = AlertSize.budget - AlertSize.of(result)
        func fitting(_ rendering: AlertRendering) -> [JSONValue] {
            let rows = page.map { one -> JSONObject in
                ["named": .bool(one.isNamed), "alert": .object(rendering.json(one.found))]
            }
            return AlertSize.fitting(rows, in: room).shown
        }
        var shown = fitting(rendering)
        // One that is too long by itself would end the timeline.
        if shown.isEmpty { shown = fitting(AlertRendering(detail: .brief)) }
        result["alerts"] = .array(shown)
        result["truncated"] = .bool(shown.count < page.count)
        if shown.count < later.count, let last = shown.isEmpty ? nil : page[page.startIndex + shown.count - 1] {
            result["next_cursor"] = .string(last.moment.text)
        }
        return result
    }

    /// Shown at most: the newest.
    private static let recordLimit = 12
    private static let noteLimit = 50
    /// Characters, so that room is left for alerts.
    private static let noteBudget = 4_000
    private static let recordBudget = 8_000

    private static func json(_ found: FoundRecord) -> JSONValue {
        guard case .incident(let incident) = found.record else { return .object([:]) }
        return [
            "id": .string(incident.id.description), "state": .string(incident.state.name),
            "revision": .integer(Int64(incident.revision)),
            "value": JSONNumber(incident.value).map { .number($0) } ?? .null,
            "last": .string(incident.last.description), "output": found.output.map { .integer($0) } ?? .null,
        ]
    }

    private static let recordSchema = Schema.object([
        SchemaField("id", .text, required: true), SchemaField("state", .text, required: true),
        SchemaField("revision", .wholeNumber, required: true),
        SchemaField("value", .nullable(.anyNumber), required: true),
        SchemaField("last", .text, required: true), SchemaField("output", .nullable(.wholeNumber), required: true),
    ])

    static let declaration = Tool(
        "get_incident", title: "Get one incident",
        description: """
            One incident: its newest record, how it went from open to close, its alerts oldest first, who acknowledged it \
            and what was noted. A record names sixteen alerts at most; others that counted are found by their links where \
            that is cheap, and all_alerts says whether those shown are all of them.
            """,
        arguments: [
            AlertIDs.incidentField,
            AlertIDs.detailField(default: .brief, "How much of each alert."),
            SchemaField("limit", .integer(1 ... 50), default: 20, "At most so many alerts."),
            SchemaField("cursor", .string(length: 1 ... 64), "next_cursor of the call before: later alerts."),
        ],
        result: [
            SchemaField("record", AlertRendering.recordSchema, required: true),
            SchemaField("acknowledged", .nullable(IncidentNote.acknowledgementSchema), required: true),
            SchemaField(
                "notes", .list(IncidentNote.schema, atMost: noteLimit), required: true, "The newest, in order."),
            SchemaField("notes_total", .wholeNumber, required: true),
            SchemaField(
                "records", .list(recordSchema, atMost: recordLimit), required: true,
                "How it went; output is the number under which each left."),
            SchemaField("records_total", .wholeNumber, required: true),
            SchemaField(
                "alerts",
                .list(
                    .object([
                        SchemaField("named", .boolean, required: true),
                        SchemaField("alert", AlertRendering.alertSchema, required: true),
                    ]), atMost: 50), required: true, "named: a record names it."),
            SchemaField("alerts_found", .wholeNumber, required: true),
            SchemaField("alerts_gone", .wholeNumber, required: true, "Named, and no longer kept."),
            SchemaField("all_alerts", .boolean, required: true),
            SchemaField("next_cursor", .nullable(.text), required: true),
            SchemaField("truncated", .boolean, required: true),
        ],
        effects: Tool.Effects(readOnly: true))
}
