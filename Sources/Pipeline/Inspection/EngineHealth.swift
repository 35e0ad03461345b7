// SPDX-License-Identifier: Apache-2.0
import AlertModel
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
                detail: "its alerts are late by more than time.idle_timeout", isNamedByAlerts: true)
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
        let now = status.latestArrival
        guard status.slow.isCorrelationPressed(at: now) else { return forgetful(at: now) }
        let worst = status.slow.rules.max { $0.evictions < $1.evictions }
        let name = worst.map { ", most of them of \"\($0.title)\"" } ?? ""
        return [
            HealthReport.Component(
                "correlation", isHealthy: true, state: "degraded",
                detail: "correlate.memory is full: \(status.slow.evictions) groups forgotten so far\(name); "
                    + "incidents can be missing or counted too low")
        ] + forgetful(at: now)
    }

    /// A group that was forgotten before it fired leaves no record that could be marked: the rule is named instead, for as
    /// long as the group could have fired.
    private func forgetful(at now: EventTime) -> [HealthReport.Component] {
        status.slow.rules.filter { $0.lacksState(at: now) }.prefix(Self.shownLimit).map { rule in
            let unfired = zip(["one hit", "little progress", "much progress"], rule.counters.evictions.dropFirst())
                .filter { $0.1 > 0 }.map { "\($0.1) with \($0.0)" }
            return HealthReport.Component(
                "rule \(rule.title)", isHealthy: true, state: "undercount possible",
                detail: "it forgot groups for want of correlate.memory"
                    + (unfired.isEmpty ? "" : " before they fired: \(unfired.joined(separator: ", ")) so far")
                    + "; an incident of its last \(rule.timespan.components.seconds) s can be missing")
        }
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
