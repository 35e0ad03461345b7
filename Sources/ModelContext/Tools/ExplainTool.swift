// SPDX-License-Identifier: Apache-2.0
import AlertModel
public import Explanation
public import Journal
import MCPProtocol

/// `explain_alert`: why an alert was delivered, suppressed, correlated.
public struct ExplainTool: ToolGroup {
    private let journal: AlertJournal
    private let inForce: @Sendable (Int64, JournalReader) throws -> InForce?

    /// - Parameter inForce: what was in force at a place, as far as the journal still has it.
    public init(_ journal: AlertJournal, inForce: @escaping @Sendable (Int64, JournalReader) throws -> InForce?) {
        self.journal = journal
        self.inForce = inForce
    }

    public var tools: [AssistantTool] {
        [AssistantTool(Self.declaration) { (call) async throws(ToolProblem) in try await answer(call) }]
    }

    private func answer(_ call: ToolCall) async throws(ToolProblem) -> JSONObject {
        let id = try AlertIDs.alert(call.arguments)
        let rendering = AlertIDs.rendering(AlertIDs.detail(call.arguments, .brief), call)
        let found = try await journal.ask { [inForce] reader -> (AlertExplanation, FoundAlert)? in
            guard let explanation = try AlertExplanation(id, reader, inForce: inForce), let alert = try reader.alert(id)
            else { return nil }
            return (explanation, alert)
        }
        guard let (explanation, alert) = found else { throw AlertIDs.missing(id, journal) }
        let whole = ExplainedAlert(explanation, alert, rendering).json
        guard !AlertSize.fits(whole) else { return whole }
        var short = ExplainedAlert(explanation, alert, AlertRendering(detail: .brief)).json
        short["truncated"] = true
        return short
    }

    static let declaration = Tool(
        "explain_alert", title: "Explain an alert's fate",
        description: """
            Why one alert was delivered or held back: its fate and what is behind it (group, silence, inhibition, storm, \
            the alert it repeats), which sinks got it, and the incidents it counted in. possible_incidents do not name it, \
            but their rule, group and time fit.
            """,
        arguments: [
            AlertIDs.alertField, AlertIDs.detailField(default: .brief, "How much of the alert and of the record."),
        ],
        result: ExplainedAlert.fields,
        effects: Tool.Effects(readOnly: true))
}

/// An explanation as JSON.
struct ExplainedAlert {
    private let explanation: AlertExplanation
    private let alert: FoundAlert
    private let rendering: AlertRendering

    init(_ explanation: AlertExplanation, _ alert: FoundAlert, _ rendering: AlertRendering) {
        self.explanation = explanation
        self.alert = alert
        self.rendering = rendering
    }

    var json: JSONObject {
        var object: JSONObject = [
            "id": .string(explanation.id.description), "fate": .string(explanation.fate?.name ?? "undecided"),
            "because": .string(because),
        ]
        if case .silence(let id)? = explanation.notes.subject(of: explanation.index) {
            object["silence"] = silence(id)
        }
        object["marks"] = .strings(explanation.markSentences)
        object["output"] = explanation.output.map { .integer($0) } ?? .null
        object["sinks"] = .array(sinks)
        object["incidents"] = .array(
            explanation.incidents.prefix(Self.incidentLimit).map { counted in
                Self.incident(counted.incident, counted.record, ["named": .bool(counted.isNamed)])
            })
        object["possible_incidents"] = .array(explanation.possible.map { Self.incident($0.incident, $0, [:]) })
        object["more_possible"] = .bool(
            explanation.hasMorePossible || explanation.incidents.count > Self.incidentLimit)
        object["alert"] = .object(rendering.json(alert))
        if let record = explanation.record { object["record"] = .object(rendering.json(record)) }
        object["truncated"] = false
        return object
    }

    private static let incidentLimit = 32
    private static let sinkLimit = 32

    /// Our own words alone; texts that people wrote stand beside it.
    private var because: String {
        switch (explanation.fate, explanation.notes.subject(of: explanation.index)) {
        case (.silenced, .silence?): "silenced: a silence covers it"
        case (.inhibited, .inhibition?): "inhibited: an open incident or another alert holds it back"
        default: explanation.sentence
        }
    }

    private func silence(_ id: String) -> JSONValue {
        var object: JSONObject = ["id": .string(Label.of(id))]
        guard let silence = explanation.silence else { return .object(object) }
        object["until"] = .string(silence.until.description)
        object["set_by"] = silence.createdAt == nil ? "configuration" : .string(Label.of(silence.createdBy))
        object["untrusted"] = [
            "when": rendering.untrusted(silence.when), "reason": rendering.untrusted(silence.reason),
        ]
        return .object(object)
    }

    /// Those it went to; without routes, the sinks that keep a place.
    private var sinks: [JSONValue] {
        guard explanation.output != nil else { return [] }
        return (explanation.sinks ?? explanation.cursors.keys.sorted()).prefix(Self.sinkLimit).map { name in
            [
                "name": .string(Label.of(name)),
                "delivered": explanation.isDelivered(to: name).map { .bool($0) } ?? .null,
            ]
        }
    }

    private static func incident(_ id: SubjectID, _ record: IncidentRecord?, _ more: JSONObject) -> JSONValue {
        var object: JSONObject = ["id": .string(id.description)]
        object["title"] = record.map { .string(Label.of($0.ruleTitle)) } ?? .null
        object["level"] = record.map { .string($0.level.name) } ?? .null
        object["state"] = record.map { .string($0.state.name) } ?? .null
        for member in more.members { object[member.name] = member.value }
        return .object(object)
    }

    private static let incidentFields = [
        SchemaField("id", .text, required: true), SchemaField("title", .nullable(.text), required: true),
        SchemaField("level", .nullable(.text), required: true), SchemaField("state", .nullable(.text), required: true),
    ]

    static let fields = [
        SchemaField("id", .text, required: true),
        SchemaField("fate", .choice(Fate.allCases.map(\.name) + ["undecided"]), required: true),
        SchemaField("because", .text, required: true),
        SchemaField(
            "silence",
            .object([
                SchemaField("id", .text, required: true), SchemaField("until", .text), SchemaField("set_by", .text),
                SchemaField("untrusted", .map(.text)),
            ])),
        SchemaField("marks", .list(.text, atMost: 8), required: true),
        SchemaField("output", .nullable(.wholeNumber), required: true, "The number it left under; null: it did not."),
        SchemaField(
            "sinks",
            .list(
                .object([
                    SchemaField("name", .text, required: true),
                    SchemaField("delivered", .nullable(.boolean), required: true),
                ]), atMost: sinkLimit),
            required: true, "delivered: false while it waits, null where a sink keeps no place."),
        SchemaField(
            "incidents",
            .list(.object(incidentFields + [SchemaField("named", .boolean, required: true)]), atMost: incidentLimit),
            required: true),
        SchemaField(
            "possible_incidents", .list(.object(incidentFields), atMost: AlertExplanation.possibleLimit), required: true
        ),
        SchemaField("more_possible", .boolean, required: true),
        SchemaField("alert", AlertRendering.alertSchema, required: true),
        SchemaField("record", AlertRendering.recordSchema, "The newest about its group or storm."),
        SchemaField("truncated", .boolean, required: true, "Too long for this detail, shown as with brief."),
    ]
}
