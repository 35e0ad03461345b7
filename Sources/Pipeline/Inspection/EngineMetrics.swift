// SPDX-License-Identifier: Apache-2.0
import Inspection

/// The counters of the engine's stages as metrics. A stage that is off has no samples.
struct EngineMetrics {
    private let status: EngineStatus

    init(_ status: EngineStatus) { self.status = status }

    /// What groups were forgotten for, in the order of `CorrelationCounters.evictions`.
    static let evictionReasons = ["expired", "one_hit", "little_progress", "much_progress", "fired"]

    var families: [MetricFamily] {
        identity + enrich + deduplicate + correlate + incidents + holding
    }

    private func family(_ metric: MetricDescription, _ value: Int?) -> MetricFamily {
        metric.samples(value.map { [MetricSample([], .integer($0))] } ?? [])
    }

    private func family(_ metric: MetricDescription, _ values: KeyValuePairs<String, Int>) -> MetricFamily {
        metric.samples(values.map { MetricSample([$0.key], .integer($0.value)) })
    }

    private var identity: [MetricFamily] {
        [
            family(MetricCatalogue.identityHeld, status.identity?.held),
            family(MetricCatalogue.identityPushedOut, status.identity?.pushedOut),
        ]
    }

    private var enrich: [MetricFamily] {
        let enrich = status.enrich
        return [
            family(
                MetricCatalogue.enriched,
                [
                    "backfill": enrich.backfilled, "attack": enrich.attacks, "address": enrich.located,
                    "indicator": enrich.indicators, "lookup": enrich.rows,
                ]),
            family(MetricCatalogue.enrichLookups, enrich.addresses),
            family(MetricCatalogue.enrichExpired, enrich.expired),
            MetricCatalogue.expiredDatabase.samples(
                Self.unique(status.slow.expiredDatabases).map { MetricSample([$0], .integer(1)) }),
            family(MetricCatalogue.backfillContainers, enrich.containers),
            family(MetricCatalogue.backfillForgotten, enrich.forgotten),
            family(MetricCatalogue.backfillUnlearnt, enrich.unlearnt),
        ]
    }

    private var deduplicate: [MetricFamily] {
        guard let counters = status.deduplicate else {
            return [
                MetricCatalogue.admitted, MetricCatalogue.revoked, MetricCatalogue.groups, MetricCatalogue.groupLimit,
                MetricCatalogue.groupsClosed, MetricCatalogue.groupsMerged, MetricCatalogue.groupRecords,
                MetricCatalogue.unrememberedVariants, MetricCatalogue.deduplicateMemory,
                MetricCatalogue.deduplicateMemoryLimit,
            ].map { $0.samples([]) }
        }
        return [
            family(
                MetricCatalogue.admitted,
                [
                    "first": counters.first, "variant": counters.variants, "breakthrough": counters.breakthroughs,
                    "repeat": counters.suppressed, "ungrouped_memory": counters.untrackedForMemory,
                    "ungrouped_times": counters.untrackedForTimes,
                ]),
            family(MetricCatalogue.revoked, counters.revoked),
            family(MetricCatalogue.groups, counters.openGroups),
            family(MetricCatalogue.groupLimit, status.groupLimit),
            family(MetricCatalogue.groupsClosed, counters.closedGroups),
            family(MetricCatalogue.groupsMerged, counters.mergedGroups),
            family(MetricCatalogue.groupRecords, ["update": counters.updates, "summary": counters.summaries]),
            family(MetricCatalogue.unrememberedVariants, counters.unrememberedVariants),
            family(MetricCatalogue.deduplicateMemory, status.deduplicateBytes),
            family(MetricCatalogue.deduplicateMemoryLimit, status.deduplicateLimitBytes),
        ]
    }

    private var correlate: [MetricFamily] {
        let rules = Self.byTitle(status.slow.rules)
        func perRule(_ metric: MetricDescription, _ value: (RuleNumbers) -> Int) -> MetricFamily {
            metric.samples(rules.map { MetricSample([$0.title], .integer(value($0))) })
        }
        let leftOut = rules.flatMap { rule in
            [("null_key", rule.nullKeys), ("not_a_number", rule.notNumbers), ("late", rule.unplaced)]
                .map { MetricSample([rule.title, $0.0], .integer($0.1)) }
        }
        let evictions = rules.flatMap { rule in
            zip(Self.evictionReasons, rule.evictions).map { MetricSample([rule.title, $0], .integer($1)) }
        }
        return [
            family(
                MetricCatalogue.rules, ["detection": status.detectionCount, "correlation": status.slow.rules.count]),
            perRule(MetricCatalogue.ruleAlerts) { $0.alerts },
            perRule(MetricCatalogue.ruleFirings) { $0.firings },
            perRule(MetricCatalogue.ruleGroups) { $0.groups },
            MetricCatalogue.ruleLeftOut.samples(leftOut),
            MetricCatalogue.ruleEvictions.samples(evictions),
            family(MetricCatalogue.correlateMemory, status.correlateBytes),
            family(MetricCatalogue.correlateMemoryLimit, status.correlateLimitBytes),
        ]
    }

    private var incidents: [MetricFamily] {
        let counters = status.incidents
        return [
            family(MetricCatalogue.incidentsOpen, status.openIncidents),
            family(MetricCatalogue.incidentsOpened, counters.opened),
            family(
                MetricCatalogue.incidentsClosed,
                ["ended": counters.closed, "merged": counters.merged, "limit": counters.closedAtLimit]),
            family(MetricCatalogue.incidentsLate, counters.lateForClosed),
        ]
    }

    private var holding: [MetricFamily] {
        let silence = status.silence
        let storm = status.storm
        return [
            family(MetricCatalogue.silences, status.slow.silencesInForce),
            family(
                MetricCatalogue.silenceChanges,
                [
                    "set": silence.set, "lifted": silence.lifted, "expired": silence.expired,
                    "refused": silence.refused,
                ]),
            family(
                MetricCatalogue.inhibitionsLost, ["null_key": status.inhibit.unkeyed, "full": status.inhibit.untracked]),
            family(MetricCatalogue.stormsOpen, storm.map { _ in status.openStorms }),
            family(MetricCatalogue.storms, storm?.storms),
            storm.map {
                family(
                    MetricCatalogue.stormHeld,
                    ["rule": $0.heldByRule, "scope": $0.heldByScope, "overall": $0.heldOverall])
            } ?? MetricCatalogue.stormHeld.samples([]),
            storm.map {
                family(
                    MetricCatalogue.stormPassed,
                    ["exempt": $0.exempt, "untracked": $0.untracked, "unheld": $0.unheld])
            } ?? MetricCatalogue.stormPassed.samples([]),
        ]
    }

    /// The numbers of one title; rules that share theirs are one.
    struct RuleNumbers: Equatable {
        let title: String
        var alerts = 0
        var firings = 0
        var groups = 0
        var nullKeys = 0
        var notNumbers = 0
        var unplaced = 0
        var evictions = [Int](repeating: 0, count: EngineMetrics.evictionReasons.count)

        mutating func add(_ rule: SlowEngineStatus.Rule) {
            alerts += rule.counters.alerts
            firings += rule.counters.firings
            groups += rule.groups
            nullKeys += rule.counters.nullKeys
            notNumbers += rule.counters.notNumbers
            unplaced += rule.counters.unplaced
            for (index, count) in rule.counters.evictions.enumerated() where index < evictions.count {
                evictions[index] += count
            }
        }
    }

    /// In order of rules: a metric may have each combination of label values once, and titles need not differ.
    static func byTitle(_ rules: [SlowEngineStatus.Rule]) -> [RuleNumbers] {
        var numbers: [RuleNumbers] = []
        var places: [String: Int] = [:]
        for rule in rules {
            let place = places[rule.title] ?? numbers.count
            if place == numbers.count {
                places[rule.title] = place
                numbers.append(RuleNumbers(title: rule.title))
            }
            numbers[place].add(rule)
        }
        return numbers
    }

    private static func unique(_ names: [String]) -> [String] {
        var known = Set<String>()
        return names.filter { known.insert($0).inserted }
    }
}
