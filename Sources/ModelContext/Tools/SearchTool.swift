// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import Journal
import MCPProtocol

/// `search_alerts`: alerts of the journal that fit a filter, page by page.
public struct SearchTool: ToolGroup {
    private let desk: HistoryDesk
    private let now: @Sendable () -> EventTime

    /// - Parameter now: what `last` and times ago count from.
    public init(_ desk: HistoryDesk, now: @escaping @Sendable () -> EventTime) {
        self.desk = desk
        self.now = now
    }

    public var tools: [AssistantTool] {
        [AssistantTool(Self.declaration) { (call) async throws(ToolProblem) in try await answer(call) }]
    }

    private func answer(_ call: ToolCall) async throws(ToolProblem) -> JSONObject {
        let question = try SearchQuestion(call.arguments, now: now())
        let (query, page) = try await desk.ask { history, stop in
            let query = try question.query(history.reader)
            return (query, try history.search(query, stop))
        }
        let rendering = AlertIDs.rendering(AlertIDs.detail(call.arguments, .brief), call)
        var (shown, _) = AlertSize.fitting(page.alerts.map(rendering.json), in: AlertSize.budget)
        if shown.isEmpty, let first = page.alerts.first {
            // One that is too long for itself alone is shown shorter.
            shown = [.object(AlertRendering(detail: .brief).json(first))]
        }
        let isCut = shown.count < page.alerts.count
        let next = isCut ? page.alerts.prefix(shown.count).last?.id.place : page.next
        let cursor = next.map {
            SearchCursor(newestFirst: query.newestFirst, place: $0, from: query.from, through: query.through).text
        }
        return [
            "alerts": .array(shown), "matched": page.matched.map { .integer(Int64($0)) } ?? .null,
            "has_more": .bool(cursor != nil), "next_cursor": cursor.map { .string($0) } ?? .null,
            "truncated": .bool(isCut), "unreadable_blocks": .integer(Int64(page.unreadable.count)),
            "warnings": .strings(question.warnings),
        ]
    }
}

/// What a call of `search_alerts` asks for.
struct SearchQuestion: Sendable {
    private enum Start {
        case beginning
        case page(SearchCursor)
        /// Behind an output of the live log.
        case output(AlertCursor)
    }

    private let filter: AlertFilter
    private let start: Start
    private let newestFirst: Bool
    private let limit: Int

    var warnings: [String] { filter.warnings }

    init(_ arguments: JSONObject, now: EventTime) throws(ToolProblem) {
        filter = try AlertFilter(arguments, now: now)
        limit = max(1, Int(clamping: arguments["limit"]?.wholeNumber ?? 20))
        let order = arguments["order"]?.string
        if let text = arguments["cursor"]?.string {
            if let cursor = SearchCursor(text) {
                start = .page(cursor)
                newestFirst = cursor.newestFirst
                return
            }
            guard let cursor = AlertCursor(text) else {
                throw ToolProblem(
                    "cursor is none of this server's. Give next_cursor of the call before, or a cursor of "
                        + "wait_for_alerts or stream, as it was, or leave it out.")
            }
            guard order != "newest" else {
                throw ToolProblem("What comes behind a live cursor is told oldest first; leave order out.")
            }
            start = .output(cursor)
            newestFirst = false
        } else {
            start = .beginning
            newestFirst = order != "oldest"
        }
    }

    /// For the journal as it is now.
    func query(_ reader: JournalReader) throws -> AlertQuery {
        var query = filter.query
        query.newestFirst = newestFirst
        query.limit = limit
        switch start {
        case .beginning: break
        case .page(let cursor):
            query.after = cursor.place
            (query.from, query.through) = (cursor.from, cursor.through)
        case .output(let cursor):
            let place = try reader.alertPlace(ofOutput: cursor.output, epoch: cursor.epoch)
            guard let place else {
                throw ToolProblem(
                    "What this cursor stands behind is not kept any more, or belongs to another journal; search without "
                        + "it, with from or last.")
            }
            query.after = place
        }
        return query
    }
}

extension SearchTool {
    static let declaration = Tool(
        "search_alerts", title: "Search alerts",
        description: """
            Alerts of the whole journal that fit a filter, newest first: passed ones and those that were held back \
            (fate). Every condition must hold. Go on with next_cursor and the same arguments. matched is the exact number \
            of all that fit; null where texts or conditions are asked for, which only looking at every alert could tell: \
            aggregate_alerts does. A cursor of wait_for_alerts or stream gives what came behind it, oldest first.
            """,
        arguments: AlertFilter.fields() + [
            SchemaField(
                "order", .choice(["newest", "oldest"]), "Default: newest first; with a live cursor oldest first."),
            AlertIDs.detailField(default: .brief, "How much of each alert: brief for lists, normal, full."),
            SchemaField("limit", .integer(1 ... 100), default: 20, "At most so many alerts."),
            SchemaField(
                "cursor", .string(length: 1 ... Int(SearchCursor.longestText)),
                "next_cursor of the call before, or a cursor of wait_for_alerts or stream."),
        ],
        result: [
            SchemaField("alerts", .list(AlertRendering.alertSchema, atMost: 100), required: true),
            SchemaField("matched", .nullable(.wholeNumber), required: true, "All that fit, on all pages."),
            SchemaField("has_more", .boolean, required: true),
            SchemaField("next_cursor", .nullable(.text), required: true),
            SchemaField(
                "truncated", .boolean, required: true, "Fewer than asked for, since the result would be too long."),
            SchemaField("unreadable_blocks", .wholeNumber, required: true, "Damaged parts that were left out."),
            SchemaField("warnings", .list(.text, atMost: 8), required: true, "What in the condition may be misspelt."),
        ],
        effects: Tool.Effects(readOnly: true))
}
