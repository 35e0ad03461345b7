// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Journal
import MCPProtocol

/// The window of an overview, and the stretches of time it is counted in.
struct OverviewWindow: Sendable {
    /// Stretches that a window is divided into, at most.
    private static let bucketLimit: Int64 = 24
    private static let bucketSteps: [Int64] = [
        1, 5, 15, 60, 300, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400, 7 * 86_400, 30 * 86_400,
    ]

    let question: HistoryOverview.Question
    let bucketSeconds: Int64

    /// The arguments fit the declaration; without any, the last day.
    init(_ arguments: JSONObject, now: EventTime) throws(ToolProblem) {
        var question = HistoryOverview.Question()
        let (from, through) = try FilterTime.window(arguments, now: now)
        question.alerts.from = from ?? (through ?? now).advanced(by: .seconds(-86_400))
        question.alerts.through = through
        let end = through ?? now
        let length = max(1, end.since(question.alerts.from ?? end).components.seconds)
        bucketSeconds = Self.bucketSteps.first { length / $0 < Self.bucketLimit } ?? length / Self.bucketLimit + 1
        question.bucket = .seconds(bucketSeconds)
        self.question = question
    }

    /// One count for each stretch from the first that has any to the last; alerts whose clock is far off may make them
    /// many, and the first ones are shown then.
    func counts(_ buckets: [(start: EventTime, count: Int)]) -> [Int64] {
        guard let first = buckets.first?.start else { return [] }
        var counts: [Int64] = []
        for (start, count) in buckets {
            let position = start.since(first).components.seconds / bucketSeconds
            guard position <= Self.bucketLimit + 1 else { break }
            while counts.count <= position { counts.append(0) }
            counts[Int(position)] = Int64(count)
        }
        return counts
    }
}

extension OverviewTool {
    static let declaration = Tool(
        "get_overview", title: "Overview",
        description: """
            Begin here: how many alerts the last day (or another window) had by priority, rule, source, host, container \
            and namespace, what became of them, how they spread over time, which incidents are open, and how the system \
            is. Exact. by_fate: only passed alerts went out; suppressed ones are repeats. kept says what the journal has at \
            all.
            """,
        arguments: FilterTime.fields,
        result: [
            SchemaField("now", .text, required: true),
            SchemaField("window", .map(.nullable(.text)), required: true),
            SchemaField("alerts", .wholeNumber, required: true, "In the window, whatever became of them."),
            SchemaField("first", .nullable(.text), required: true),
            SchemaField("last", .nullable(.text), required: true),
            SchemaField("by_priority", .map(.wholeNumber), required: true),
            SchemaField("by_fate", .map(.wholeNumber), required: true),
            SchemaField("top_rules", .list(top("rule"), atMost: 16), required: true),
            SchemaField("top_sources", .list(top("source"), atMost: 16), required: true),
            SchemaField("trend", .map(.anything), required: true, "Counts of successive stretches of time."),
            SchemaField("open_incidents", .map(.wholeNumber), required: true, "By level; list_incidents shows them."),
            SchemaField("kept", .map(.anything), required: true, "What the journal has, in and outside the window."),
            SchemaField("health", .nullable(.map(.anything)), required: true, "null where no daemon is there."),
            SchemaField("unreadable_blocks", .wholeNumber, required: true, "Damaged parts that were left out."),
            SchemaField("untrusted", .map(.anything), required: true, "Top hosts, containers, namespaces."),
        ],
        effects: Tool.Effects(readOnly: true))

    private static func top(_ name: String) -> Schema {
        .object([SchemaField(name, .text, required: true), SchemaField("count", .wholeNumber, required: true)])
    }
}
