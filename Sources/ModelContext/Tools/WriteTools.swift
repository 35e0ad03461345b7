// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Journal
import MCPProtocol

/// `acknowledge_incident` and `annotate_incident`.
public struct WriteTools: ToolGroup {
    private let system: any MonitoredSystem

    public init(_ system: any MonitoredSystem) { self.system = system }

    public var tools: [AssistantTool] {
        [
            AssistantTool(Self.acknowledge, scopes: [.read, .write]) { (call) async throws(ToolProblem) in
                try await note(.acknowledgement, call)
            },
            AssistantTool(Self.annotate, scopes: [.read, .write]) { (call) async throws(ToolProblem) in
                try await note(.note, call)
            },
        ]
    }

    private func note(_ kind: Annotation.Kind, _ call: ToolCall) async throws(ToolProblem) -> JSONObject {
        let id = try AlertIDs.incident(call.arguments)
        let order = AnnotationOrder(
            incident: id, kind: kind, by: Self.author(call), text: call.arguments["text"]?.string ?? "")
        do throws(SystemRefusal) {
            let made = try await system.annotate(order)
            return [
                "incident": .string(made.incident.description),
                "note": .object(IncidentNote.json(made, AlertRendering(detail: .brief))),
            ]
        } catch {
            throw Self.problem(error)
        }
    }

    /// Who did it: proven by the transport, never by what the model says.
    static func author(_ call: ToolCall) -> String { "\(call.caller.name.prefix(64)) (assistant)" }

    static func problem(_ refusal: SystemRefusal) -> ToolProblem {
        switch refusal.kind {
        case .unknown: AlertIDs.noIncident
        case .invalid, .full, .unavailable: ToolProblem("The daemon did not do it: \(Label.of(refusal.sentence)).")
        }
    }

    private static let result = [
        SchemaField("incident", .text, required: true), SchemaField("note", IncidentNote.schema, required: true),
    ]

    /// Characters, of at most four bytes each.
    private static let textLimit = Annotation.Limit.text / 4

    static let acknowledge = Tool(
        "acknowledge_incident", title: "Acknowledge an incident",
        description: """
            Notes that somebody has seen an incident and deals with it, with who and when. Nothing is held back by it. Do it \
            only when the person you work for wants it; the host asks its user.
            """,
        arguments: [
            AlertIDs.incidentField,
            SchemaField("text", .string(length: 0 ... textLimit), "A word on it, kept with it."),
        ],
        result: result, effects: Tool.Effects(readOnly: false, idempotent: false))

    static let annotate = Tool(
        "annotate_incident", title: "Note something about an incident",
        description: """
            Adds a note to an incident, kept with who and when, for the people who look at it next. Write what you found and \
            the ids of alerts that show it; mark what you quote from alerts as quoted.
            """,
        arguments: [
            AlertIDs.incidentField,
            SchemaField("text", .string(length: 1 ... textLimit), required: true, "The note."),
        ],
        result: result, effects: Tool.Effects(readOnly: false, idempotent: false))
}
