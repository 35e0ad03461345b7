// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Journal
import MCPProtocol

/// `get_process_tree`: the processes around an alert, as far as alerts tell of them.
public struct ProcessTreeTool: ToolGroup {
    private let journal: AlertJournal

    public init(_ journal: AlertJournal) { self.journal = journal }

    public var tools: [AssistantTool] {
        [AssistantTool(Self.declaration) { (call) async throws(ToolProblem) in try await answer(call) }]
    }

    private func answer(_ call: ToolCall) async throws(ToolProblem) -> JSONObject {
        let id = try AlertIDs.alert(call.arguments)
        let minutes = call.arguments["minutes"]?.wholeNumber ?? 10
        guard let found = try await journal.ask({ try ProcessSightings(id, around: .seconds(minutes * 60), $0) }) else {
            throw AlertIDs.missing(id, journal)
        }
        let tree = ProcessTree(found)
        let rendering = AlertRendering(detail: .brief, redacts: true)
        let limit = Int(clamping: call.arguments["limit"]?.wholeNumber ?? 40)
        let rows = tree.rows(limit).map { json($0, rendering) }
        let (shown, _) = AlertSize.fitting(rows, in: AlertSize.budget)
        return [
            "alert": .string(id.description), "scope": .string(found.isOfContainer ? "container" : "host"),
            "from": .string(found.from.description), "to": .string(found.through.description),
            "processes": .array(shown), "processes_total": .integer(Int64(tree.count)),
            "alerts_seen": .integer(Int64(found.sightings.count)), "all_alerts_seen": .bool(found.isWhole),
            "truncated": .bool(shown.count < tree.count),
        ]
    }

    private func json(_ row: ProcessTree.Row, _ rendering: AlertRendering) -> JSONObject {
        let process = row.process
        var untrusted = JSONObject()
        for (name, text) in process.texts { untrusted[name] = rendering.untrusted(text) }
        return [
            "pid": process.pid.map { .integer($0) } ?? .null, "ppid": process.ppid.map { .integer($0) } ?? .null,
            "depth": .integer(Int64(row.depth)), "asked": .bool(process.isAsked),
            "alerts": .array(
                process.alerts.prefix(Self.alertLimit).map { alert in
                    [
                        "id": .string(alert.id.description), "time": .string(alert.time.description),
                        "priority": .string(alert.priority.name), "rule": .string(Label.of(alert.rule)),
                    ]
                }),
            "alerts_total": .integer(Int64(process.alerts.count)), "untrusted": .object(untrusted),
        ]
    }

    /// Alerts shown of one process.
    private static let alertLimit = 5

    private static let processSchema = Schema.object([
        SchemaField("pid", .nullable(.wholeNumber), required: true),
        SchemaField("ppid", .nullable(.wholeNumber), required: true),
        SchemaField("depth", .wholeNumber, required: true),
        SchemaField("asked", .boolean, required: true),
        SchemaField(
            "alerts",
            .list(
                .object([
                    SchemaField("id", .text, required: true), SchemaField("time", .text, required: true),
                    SchemaField("priority", .text, required: true), SchemaField("rule", .text, required: true),
                ]), atMost: alertLimit), required: true),
        SchemaField("alerts_total", .wholeNumber, required: true),
        SchemaField("untrusted", .map(.text), required: true),
    ])

    static let declaration = Tool(
        "get_process_tree", title: "Get the processes around an alert",
        description: """
            The processes around one alert as a tree, made of the process fields (pid, parent, ancestors, command line) of \
            this alert and of others of the same container, or host, near it in time; with the alerts of each process. It \
            shows what alerts tell, not all that ran; pids are used again. Rows come parents first, depth says how deep; \
            asked marks the alert's own process; pid is null where only an ancestor's name is known.
            """,
        arguments: [
            AlertIDs.alertField,
            SchemaField("minutes", .integer(1 ... 1440), default: 10, "How far before and after the alert to look."),
            SchemaField("limit", .integer(1 ... 200), default: 40, "At most so many processes, the nearest ones."),
        ],
        result: [
            SchemaField("alert", .text, required: true),
            SchemaField("scope", .choice(["container", "host"]), required: true),
            SchemaField("from", .text, required: true), SchemaField("to", .text, required: true),
            SchemaField("processes", .list(processSchema, atMost: 200), required: true),
            SchemaField("processes_total", .wholeNumber, required: true),
            SchemaField("alerts_seen", .wholeNumber, required: true),
            SchemaField(
                "all_alerts_seen", .boolean, required: true, "false: there were more in that time than are looked at."),
            SchemaField("truncated", .boolean, required: true),
        ],
        effects: Tool.Effects(readOnly: true))
}
