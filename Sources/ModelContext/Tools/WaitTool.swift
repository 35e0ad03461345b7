// SPDX-License-Identifier: Apache-2.0
import AlertModel
import FalcoRules
import Journal
import MCPProtocol

/// `wait_for_alerts`: the next alerts and incidents behind a cursor, waited for when there are none yet.
public struct WaitTool: ToolGroup {
    private let log: AlertLog

    public init(_ log: AlertLog) { self.log = log }

    public var tools: [AssistantTool] {
        [AssistantTool(Self.declaration) { (call) async throws(ToolProblem) in try await answer(call) }]
    }

    private func answer(_ call: ToolCall) async throws(ToolProblem) -> JSONObject {
        let question = try WaitQuestion(call.arguments)
        do throws(JournalError) {
            let reading = try await log.read(question.request) { waited in
                call.progress(waited.seconds, question.request.patience.seconds, "Waiting for alerts.")
            }
            return WaitAnswer(reading, question.detail, redacts: AlertIDs.rendering(question.detail, call).redacts).json
        } catch {
            throw ToolProblem("The journal cannot be read just now; try again with the same cursor.")
        }
    }
}

/// What a call of `wait_for_alerts` asks for.
struct WaitQuestion: Sendable {
    let request: LogRequest
    let detail: AlertRendering.Detail

    /// The arguments fit the declaration.
    init(_ arguments: JSONObject) throws(ToolProblem) {
        var start = LogStart.now
        if let text = arguments["cursor"]?.string {
            guard let cursor = AlertCursor(text) else {
                throw ToolProblem(
                    "cursor is none of this server's. Give next_cursor of the call before or stream.cursor of any "
                        + "result as it was, or leave it out to wait for what comes from now on.")
            }
            start = .behind(cursor)
        }
        let selection = try Self.selection(arguments)
        var request = LogRequest(start, selection)
        if let limit = arguments["limit"]?.wholeNumber { request.limit = Int(clamping: limit) }
        if let settle = arguments["settle_ms"]?.wholeNumber { request.settle = .milliseconds(settle) }
        if let wait = arguments["max_wait_seconds"]?.wholeNumber { request.patience = .seconds(wait) }
        self.request = request
        detail = arguments["detail"]?.string.flatMap(AlertRendering.Detail.init(rawValue:)) ?? .brief
    }

    private static func selection(_ arguments: JSONObject) throws(ToolProblem) -> LogSelection {
        let filter = try AlertFilter(arguments, now: EventTime(nanoseconds: 0))
        let condition = try AlertFilter.condition(filter.condition)
        guard arguments["include_incidents"]?.bool ?? true else { return LogSelection(filter.query, incidents: nil) }
        return LogSelection(filter.query) { record in condition?.matches(record) ?? true }
    }
}

extension WaitTool {
    private static let declaration = Tool(
        "wait_for_alerts", title: "Wait for alerts",
        description: """
            Returns alerts and incidents that passed after a cursor, oldest first, at once if there are some, else as soon \
            as one comes or the time is over (status timeout). Go on with next_cursor; nothing is missed or told twice \
            between calls. status gap: some of what came after the cursor is gone, 'gap' says how much; the rest follows. \
            has_more: call again at once. Alerts that were held back are only counted (suppressed); search_alerts with \
            fate shows them.
            """,
        arguments: [
            SchemaField(
                "cursor", .string(length: 0 ... 256),
                "next_cursor of the call before, or stream.cursor of any result. Without it: what comes from now on.")
        ] + AlertFilter.fields([]) + [
            SchemaField(
                "include_incidents", .boolean, default: true,
                "Also records of incidents that are opened, updated or closed and fit the filter."),
            SchemaField(
                "max_wait_seconds", .integer(0 ... 55), default: 25,
                "How long to wait for the first. Clients that cut calls at 30 s need less."),
            SchemaField("limit", .integer(1 ... 100), default: 20, "At most so many alerts and incidents."),
            SchemaField(
                "settle_ms", .integer(0 ... 5_000), default: 250,
                "Once there is something, so long for more to come; 0: answer at once."),
            SchemaField(
                "detail", .choice(AlertRendering.Detail.allCases.map(\.rawValue)), default: "brief",
                "How much of each alert: brief for lists, normal, full."),
        ],
        result: [
            SchemaField("status", .choice(["alerts", "timeout", "gap"]), required: true),
            SchemaField("alerts", .list(AlertRendering.alertSchema, atMost: 100), required: true),
            SchemaField("incidents", .list(AlertRendering.recordSchema, atMost: 100), required: true),
            SchemaField("next_cursor", .text, required: true, "The cursor of the next call."),
            SchemaField("has_more", .boolean, required: true, "More is there already."),
            SchemaField(
                "gap",
                .nullable(
                    .object([
                        SchemaField("reason", .choice(LogGap.Reason.allCases.map(\.rawValue)), required: true),
                        SchemaField(
                            "missed", .nullable(.wholeNumber), required: true,
                            "Outputs that are gone; null: nobody knows how many."),
                    ])), required: true),
            SchemaField("matched", .wholeNumber, required: true, "Alerts and incidents in this result."),
            SchemaField(
                "suppressed", .wholeNumber, required: true,
                "Alerts of any kind that were held back since the cursor: repeats, silenced, inhibited, in a storm."),
        ],
        effects: Tool.Effects(readOnly: true))
}

extension Duration {
    fileprivate var seconds: Double { self / .seconds(1) }
}
