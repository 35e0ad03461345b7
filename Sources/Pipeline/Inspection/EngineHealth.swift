// SPDX-License-Identifier: Apache-2.0
import Inspection

/// What a human should know about the engine's stages. All of it is healthy: alerts are taken and go on, and no other
/// instance would do better.
struct EngineHealth {
    private let status: EngineStatus

    init(_ status: EngineStatus) { self.status = status }

    /// Streams and databases named at most.
    private static let shownLimit = 16

    var components: [HealthReport.Component] { streams + enrich + deduplicate + correlate + silences }

    /// What the engine does, in one line; nil while there is nothing to tell. Counts are the journal's, since it began.
    var summary: String? {
        let counts = [
            (status.counts[.suppressed], "suppressed"), (status.counts[.silenced], "silenced"),
            (status.counts[.inhibited], "inhibited"), (status.counts[.held], "held"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        let open = [(status.openIncidents, "incident"), (status.openStorms, "storm")]
            .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s") open" }
        let parts = (counts.isEmpty ? [] : ["alerts: " + counts.joined(separator: ", ")]) + open
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    private var streams: [HealthReport.Component] {
        status.slow.lagging.prefix(Self.shownLimit).map { stream in
            // A wrong clock or a long backlog: told, so that somebody looks at that host; alerts are taken all the same.
            let source = String(decoding: stream.source, as: UTF8.self)
            let hostname = String(decoding: stream.hostname, as: UTF8.self)
            return HealthReport.Component(
                "stream \(source) of \(hostname)", isHealthy: true, state: "behind",
                detail: "its alerts are late by more than time.idle_timeout")
        }
    }

    private var enrich: [HealthReport.Component] {
        status.slow.expiredDatabases.prefix(Self.shownLimit).map { name in
            HealthReport.Component(
                "database \(name)", isHealthy: true, state: "expired",
                detail: "past its age limit: it adds nothing until a newer one is loaded")
        }
    }

    private var deduplicate: [HealthReport.Component] {
        guard let counters = status.deduplicate, status.slow.isDeduplicationFull(at: status.latestArrival) else {
            return []
        }
        return [
            HealthReport.Component(
                "deduplication", isHealthy: true, state: "degraded",
                detail: "deduplicate.memory is full (\(counters.openGroups) groups are open): "
                    + "\(counters.untrackedForMemory) alerts passed without a group so far")
        ]
    }

    private var correlate: [HealthReport.Component] {
        guard status.slow.isCorrelationPressed(at: status.latestArrival) else { return [] }
        let worst = status.slow.rules.max { Self.evictions($0) < Self.evictions($1) }
        let name = worst.map { ", most of them of \"\($0.title)\"" } ?? ""
        return [
            HealthReport.Component(
                "correlation", isHealthy: true, state: "degraded",
                detail: "correlate.memory is full: \(status.slow.evictions) groups forgotten so far\(name); "
                    + "incidents can be missing or counted too low")
        ]
    }

    private static func evictions(_ rule: SlowEngineStatus.Rule) -> Int {
        rule.counters.evictions.dropFirst().reduce(0, +)
    }

    private var silences: [HealthReport.Component] {
        let count = status.slow.silencesInForce
        guard count > 0 else { return [] }
        return [
            HealthReport.Component(
                "silences", isHealthy: true, state: "in force",
                detail: "\(count) in force, \(status.silence.matched) alerts silenced so far")
        ]
    }
}
