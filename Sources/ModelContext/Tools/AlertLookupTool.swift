// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Journal
import MCPProtocol

/// `get_alert`: one alert whole.
public struct AlertLookupTool: ToolGroup {
    private let journal: AlertJournal

    public init(_ journal: AlertJournal) { self.journal = journal }

    public var tools: [AssistantTool] {
        [AssistantTool(Self.declaration) { (call) async throws(ToolProblem) in try await answer(call) }]
    }

    private func answer(_ call: ToolCall) async throws(ToolProblem) -> JSONObject {
        let id = try AlertIDs.alert(call.arguments)
        let detail = AlertIDs.detail(call.arguments, .normal)
        guard let found = try await journal.ask({ try $0.alert(id) }) else { throw AlertIDs.missing(id, journal) }
        let alert = AlertIDs.rendering(detail, call).json(found)
        guard !AlertSize.fits(alert) else { return ["alert": .object(alert), "truncated": false] }
        return ["alert": .object(AlertRendering(detail: .normal).json(found)), "truncated": true]
    }

    static let declaration = Tool(
        "get_alert", title: "Get one alert",
        description: """
            One alert with all its output fields, what enrichment added, what became of it, its group and incidents. \
            detail: brief for a line, normal for all fields, full for long texts. For why it was delivered or held back \
            use explain_alert; for what ran around it get_process_tree.
            """,
        arguments: [
            AlertIDs.alertField, AlertIDs.detailField(default: .normal, "How much of it."),
        ],
        result: [
            SchemaField("alert", AlertRendering.alertSchema, required: true),
            SchemaField(
                "truncated", .boolean, required: true, "It was too long for full and is shown as with normal."),
        ],
        effects: Tool.Effects(readOnly: true))
}

/// What calls about single alerts and incidents share.
enum AlertIDs {
    static let alertField = SchemaField(
        "id", .string(length: 1 ... 128), required: true,
        "The alert's id, as in results: 16 hexadecimal digits, 16 more, and a number, with hyphens between.")
    static let incidentField = SchemaField(
        "id", .string(length: 1 ... 128), required: true,
        "The incident's id, its subject in results: 32 hexadecimal digits.")

    static func detailField(default detail: AlertRendering.Detail, _ summary: String) -> SchemaField {
        SchemaField(
            "detail", .choice(AlertRendering.Detail.allCases.map(\.rawValue)), default: .string(detail.rawValue),
            summary)
    }

    static func detail(_ arguments: JSONObject, _ standard: AlertRendering.Detail) -> AlertRendering.Detail {
        arguments["detail"]?.string.flatMap(AlertRendering.Detail.init(rawValue:)) ?? standard
    }

    /// Secrets are shown to those alone who may see raw text and asked for all of it.
    static func rendering(_ detail: AlertRendering.Detail, _ call: ToolCall) -> AlertRendering {
        AlertRendering(detail: detail, redacts: detail != .full || !call.caller.scopes.contains(.raw))
    }

    static func alert(_ arguments: JSONObject) throws(ToolProblem) -> RecordID {
        let text = arguments["id"]?.string ?? ""
        if let id = RecordID(text) { return id }
        throw ToolProblem(
            SubjectID(text) != nil
                ? "This is the id of an incident, a group or a storm; use get_incident, or an alert's id."
                : "id is no alert's id; search_alerts and list_incidents show them.")
    }

    static func incident(_ arguments: JSONObject) throws(ToolProblem) -> SubjectID {
        let text = arguments["id"]?.string ?? ""
        if let id = SubjectID(text) { return id }
        throw ToolProblem(
            RecordID(text) != nil
                ? "This is an alert's id; use get_alert or explain_alert, which names its incidents."
                : "id is no incident's id, which has 32 hexadecimal digits; list_incidents shows them.")
    }

    static func missing(_ id: RecordID, _ journal: AlertJournal) -> ToolProblem {
        ToolProblem(
            id.installation == journal.reader.installation
                ? "There is no alert of this id (any more): history is kept as long as the configuration says."
                : "This alert is of another installation than the one asked here.")
    }

    static let noIncident = ToolProblem(
        "There is no incident of this id (any more); list_incidents shows those there are.")
}

/// Sizes of results: characters of JSON, what stands around a result left out.
enum AlertSize {
    /// The rest of 24,000 is for `notice`, `stream` and counts.
    static let budget = 21_000

    static func of(_ object: JSONObject) -> Int { JSONValue.object(object).encodedText.utf8.count }

    static func fits(_ object: JSONObject, beside: Int = 0) -> Bool { of(object) + beside <= budget }

    /// As many as fit in `room`, and how much of it is left.
    static func fitting(_ objects: [JSONObject], in room: Int) -> (shown: [JSONValue], left: Int) {
        var left = room
        var shown: [JSONValue] = []
        for object in objects {
            let size = of(object) + 1
            guard size <= left else { break }
            left -= size
            shown.append(.object(object))
        }
        return (shown, left)
    }
}
