// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import ConfigTree
import Journal
import MCPProtocol

/// `aggregate_alerts`: exact counts of alerts by groups and stretches of time.
public struct AggregateTool: ToolGroup {
    /// Stretches of time in one result.
    private static let bucketLimit = 200
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
        let filter = try AlertFilter(call.arguments, now: now())
        let fields = try Self.fields(call.arguments)
        var aggregate = AggregateQuery(by: fields.map(\.key))
        aggregate.alerts = filter.query
        aggregate.limit = max(1, Int(clamping: call.arguments["limit"]?.wholeNumber ?? 20))
        aggregate.bucket = try Self.bucket(call.arguments)
        let query = aggregate
        let found = try await desk.ask { history, stop in try history.aggregate(query, stop) }
        guard found.buckets.count <= Self.bucketLimit else {
            throw ToolProblem(
                "The window has \(found.buckets.count) buckets with alerts, more than \(Self.bucketLimit); give a longer "
                    + "bucket, or a shorter time.")
        }
        return Self.json(found, fields, AlertRendering(detail: .brief), filter.warnings)
    }

    static func fields(_ arguments: JSONObject) throws(ToolProblem) -> [GroupField] {
        var fields: [GroupField] = []
        for name in arguments["by"]?.array ?? ["rule"] {
            let field = try GroupField(name.string ?? "")
            guard !fields.contains(where: { $0.name == field.name }) else {
                throw ToolProblem("by holds the same name twice; give two different ones, or one.")
            }
            fields.append(field)
        }
        return fields
    }

    private static func bucket(_ arguments: JSONObject) throws(ToolProblem) -> Duration? {
        guard let text = arguments["bucket"]?.string else { return nil }
        guard let bucket = ConfigText.duration(text), bucket >= .seconds(1) else {
            throw ToolProblem("bucket is a duration of at least a second; write it as 5m, 1h or 1d.")
        }
        return bucket
    }

    static func json(
        _ found: AlertGroups, _ fields: [GroupField], _ rendering: AlertRendering, _ remarks: [String]
    ) -> JSONObject {
        let starts = found.buckets.map(\.start)
        var positions: [EventTime: Int] = [:]
        for (position, start) in starts.enumerated() { positions[start] = position }
        let groups = found.groups.map { group in
            Self.json(group, fields, rendering, starts.isEmpty ? nil : positions)
        }
        var result: JSONObject = [
            "matched": .integer(Int64(found.matched)), "first": found.first.map { .string("\($0)") } ?? .null,
            "last": found.last.map { .string("\($0)") } ?? .null, "by": .strings(fields.map(\.name)),
            "distinct": .integer(Int64(found.distinct)), "groups": [], "others": 0,
        ]
        if !starts.isEmpty {
            result["bucket_starts"] = .strings(starts.map(\.description))
            result["bucket_counts"] = .array(found.buckets.map { .integer(Int64($0.count)) })
        }
        result["truncated"] = false
        result["unreadable_blocks"] = .integer(Int64(found.unreadable.count))
        result["warnings"] = .strings((remarks + fields.compactMap(\.warning)).prefix(8).map { $0 })
        let (shown, _) = AlertSize.fitting(groups, in: AlertSize.budget - AlertSize.of(result))
        // What is not shown is in `others`, whether the limit or the size left it out.
        let left = found.groups.dropFirst(shown.count).reduce(0) { $0 + $1.count }
        result["groups"] = .array(shown)
        result["others"] = .integer(Int64(found.others + left))
        result["truncated"] = .bool(shown.count < groups.count)
        return result
    }

    /// Values that workloads choose stand under `untrusted`.
    private static func json(
        _ group: AlertGroup, _ fields: [GroupField], _ rendering: AlertRendering, _ buckets: [EventTime: Int]?
    ) -> JSONObject {
        var object = JSONObject()
        var untrusted = JSONObject()
        for (field, value) in zip(fields, group.values) {
            let json = field.json(value, rendering)
            if field.isUntrusted { untrusted[field.name] = json } else { object[field.name] = json }
        }
        object["count"] = .integer(Int64(group.count))
        object["first"] = .string(group.first.description)
        object["last"] = .string(group.last.description)
        if let buckets {
            var counts = [Int64](repeating: 0, count: buckets.count)
            for (start, count) in group.buckets {
                if let position = buckets[start] { counts[position] = Int64(count) }
            }
            object["bucket_counts"] = .array(counts.map { .integer($0) })
        }
        if !untrusted.isEmpty { object["untrusted"] = .object(untrusted) }
        return object
    }
}

extension AggregateTool {
    static let declaration = Tool(
        "aggregate_alerts", title: "Count alerts by groups",
        description: """
            Exact counts over all alerts that fit a filter, in the whole window: by one or two of rule, priority, source, \
            hostname, container, namespace, fate, tag or any output field (proc.name, user.name, fd.sip ...), most \
            first, and with bucket also over time. distinct is the number of different groups; others are the alerts of \
            groups that are not listed. An alert with several tags counts under each.
            """,
        arguments: [
            SchemaField(
                "by", .list(.string(length: 1 ... 128), atMost: 2), default: ["rule"],
                "One or two names; none at all counts everything as one group."),
            SchemaField(
                "bucket", .string(length: 2 ... 32),
                "Also count over time, in stretches of this length, aligned in UTC: 5m, 1h, 1d."),
            SchemaField("limit", .integer(1 ... 100), default: 20, "At most so many groups, the largest."),
        ] + AlertFilter.fields(),
        result: [
            SchemaField("matched", .wholeNumber, required: true, "Alerts that fit."),
            SchemaField("first", .nullable(.text), required: true, "Event time of the earliest."),
            SchemaField("last", .nullable(.text), required: true),
            SchemaField("by", .list(.text, atMost: 2), required: true),
            SchemaField("distinct", .wholeNumber, required: true, "Different groups, listed or not."),
            SchemaField("groups", .list(groupSchema, atMost: 100), required: true),
            SchemaField("others", .wholeNumber, required: true, "Alerts of groups that are not listed."),
            SchemaField(
                "bucket_starts", .list(.text, atMost: .max),
                "Stretches that have any alert; all bucket_counts go by them."),
            SchemaField("bucket_counts", .list(.wholeNumber, atMost: .max), "All alerts that fit."),
            SchemaField("truncated", .boolean, required: true, "Fewer groups than asked for: too long."),
            SchemaField("unreadable_blocks", .wholeNumber, required: true, "Damaged parts that were left out."),
            SchemaField("warnings", .list(.text, atMost: 8), required: true, "Names that may be misspelt."),
        ],
        effects: Tool.Effects(readOnly: true))

    private static let groupSchema = Schema.object([
        SchemaField("rule", .nullable(.text)), SchemaField("source", .nullable(.text)),
        SchemaField("priority", .nullable(.text)), SchemaField("fate", .nullable(.text)),
        SchemaField("tag", .nullable(.text)), SchemaField("count", .wholeNumber, required: true),
        SchemaField("first", .text, required: true), SchemaField("last", .text, required: true),
        SchemaField("bucket_counts", .list(.wholeNumber, atMost: .max)),
        SchemaField("untrusted", .map(.nullable(.text))),
    ])
}
