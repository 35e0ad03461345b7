// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import Journal
import MCPProtocol
import Synchronization

/// `get_overview`: everything at a glance, in at most 6,000 characters.
public struct OverviewTool: ToolGroup {
    private let desk: HistoryDesk
    private let system: (any MonitoredSystem)?
    private let now: @Sendable () -> EventTime
    private let incidents = OpenIncidents()

    /// - Parameters:
    ///   - system: nil where no daemon is there.
    ///   - now: what `last` and times ago count from.
    public init(_ desk: HistoryDesk, system: (any MonitoredSystem)?, now: @escaping @Sendable () -> EventTime) {
        self.desk = desk
        self.system = system
        self.now = now
    }

    public var tools: [AssistantTool] {
        [AssistantTool(Self.declaration) { (call) async throws(ToolProblem) in try await answer(call) }]
    }

    private func answer(_ call: ToolCall) async throws(ToolProblem) -> JSONObject {
        let now = now()
        let window = try OverviewWindow(call.arguments, now: now)
        let incidents = incidents
        let (overview, open, status) = try await desk.ask { history, stop in
            (
                try history.overview(window.question, stop), try incidents.byLevel(history.reader),
                try history.reader.keptAlerts()
            )
        }
        var result: JSONObject = [
            "now": .string(now.description),
            "window": [
                "from": window.question.alerts.from.map { .string("\($0)") } ?? .null,
                "to": .string("\(window.question.alerts.through ?? now)"),
            ],
            "alerts": .integer(Int64(overview.matched)),
            "first": overview.first.map { .string("\($0)") } ?? .null,
            "last": overview.last.map { .string("\($0)") } ?? .null,
        ]
        result["by_priority"] = Self.map(overview.byPriority.map { ($0.priority.name, $0.count) })
        result["by_fate"] = Self.map(overview.byFate.map { ($0.fate?.name ?? "undecided", $0.count) })
        result["top_rules"] = Self.named(overview.columns[.rule], "rule")
        result["top_sources"] = Self.named(overview.columns[.source], "source")
        result["trend"] = [
            "bucket_seconds": .integer(window.bucketSeconds),
            "first_bucket": overview.buckets.first.map { .string("\($0.start)") } ?? .null,
            "counts": .array(window.counts(overview.buckets).map { .integer($0) }),
        ]
        result["open_incidents"] = Self.map(open.map { ($0.level.name, $0.count) })
        result["kept"] = [
            "alerts": .integer(Int64(status.alerts)), "oldest": status.oldest.map { .string("\($0)") } ?? .null,
            "newest": status.newest.map { .string("\($0)") } ?? .null,
        ]
        result["health"] = system.map { Self.health($0) } ?? .null
        result["unreadable_blocks"] = .integer(Int64(overview.unreadable))
        result["untrusted"] = Self.untrusted(overview)
        return result
    }

    private static func map(_ counts: [(String, Int)]) -> JSONValue {
        var object = JSONObject()
        for (name, count) in counts { object[name] = .integer(Int64(count)) }
        return .object(object)
    }

    /// Names that whoever runs the detection chooses.
    private static func named(_ groups: AlertGroups?, _ name: String) -> JSONValue {
        .array(
            (groups?.groups ?? []).map { group in
                var text = ""
                if case .text(let bytes) = group.values.first { text = Label.of(bytes.span) }
                return .object([name: .string(text), "count": .integer(Int64(group.count))])
            })
    }

    /// Names that workloads choose, and how many different ones there are; alerts without one are left out.
    private static func untrusted(_ overview: HistoryOverview) -> JSONValue {
        var object = JSONObject()
        let columns: [(String, AlertQuery.Column)] = [
            ("hostnames", .hostname), ("containers", .container), ("namespaces", .namespace),
        ]
        for (name, column) in columns {
            let groups = overview.columns[column]
            let top = (groups?.groups ?? []).compactMap { group -> JSONValue? in
                guard case .text(let bytes) = group.values.first else { return nil }
                let value = JSONValue.string(String(Label.of(bytes.span).prefix(64)))
                return .object(["value": value, "count": .integer(Int64(group.count))])
            }
            object[name] = ["distinct": .integer(Int64(groups?.distinct ?? 0)), "top": .array(top)]
        }
        return .object(object)
    }

    /// Details may quote a peer and stay out; `system_health` has them.
    private static func health(_ system: any MonitoredSystem) -> JSONValue {
        let health = system.health
        let failing = health.components.filter { !$0.isHealthy && !$0.isNamedByAlerts }.prefix(8)
            .map { "\(Label.of($0.name)): \($0.state)" }
        let gaps = system.conservation
        return [
            "ok": .bool(health.isHealthy), "failing": .strings(failing),
            "conservation_gaps": .integer(Int64(gaps.intake) + Int64(gaps.fate) + Int64(gaps.sink)),
        ]
    }
}

/// The open incidents of a journal, kept from call to call: each call reads only what was decided since.
final class OpenIncidents: Sendable {
    private struct State {
        var place: Int64?
        var open: [SubjectID: IncidentLevel] = [:]
    }

    private let state = Mutex(State())

    /// Most severe first, levels without any left out.
    func byLevel(_ reader: JournalReader) throws(JournalError) -> [(level: IncidentLevel, count: Int)] {
        try state.withLock { state throws(JournalError) in
            let standing = try reader.outputStanding(since: state.place)
            for change in standing.incidents {
                state.open[change.incident] = change.state == .close ? nil : change.level
            }
            state.place = standing.decidedPlace
            return IncidentLevel.allCases.compactMap { level in
                let count = state.open.values.count { $0 == level }
                return count > 0 ? (level, count) : nil
            }
        }
    }
}
