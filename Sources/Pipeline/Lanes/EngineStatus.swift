// SPDX-License-Identifier: Apache-2.0
public import AlertEngine
public import AlertModel

/// What can be seen of the engine from outside, as it stood after the last entries. A copy: whoever has it keeps it.
public struct EngineStatus: Sendable {
    public let counts: FateCounts
    public let watermark: EventTime
    public let latestArrival: EventTime
    public let late: Int
    public let skewed: Int
    public let arrivalTimed: Int
    public let nextPlace: Int64
    public let nextOutput: Int64

    /// nil: the stage is off.
    public let identity: TransportIdentity.Counters?
    public let enrich: EnrichCounters
    public let deduplicate: DeduplicateCounters?
    public let groupLimit: Int
    public let deduplicateBytes: Int
    public let deduplicateLimitBytes: Int
    public let detectionCount: Int
    public let correlateBytes: Int
    public let correlateLimitBytes: Int
    public let openIncidents: Int
    public let incidents: IncidentCounters
    public let silence: Silencer.Counters
    public let inhibit: Inhibitor.Counters
    /// nil: the stage is off.
    public let storm: StormControl.Counters?
    public let openStorms: Int
    public let slow: SlowEngineStatus

    /// A few hundred bytes of plain numbers: cheap enough for every round of the engine's lane.
    init(_ engine: AlertEngine, _ slow: SlowEngineStatus) {
        counts = engine.counts
        watermark = engine.clock.watermark
        latestArrival = engine.clock.latestArrival
        late = engine.clock.lateCount
        skewed = engine.clock.skewedCount
        arrivalTimed = engine.clock.arrivalTimedCount
        nextPlace = engine.nextPlace
        nextOutput = engine.nextOutput
        identity = engine.stages.identity?.counters
        enrich = engine.stages.enricher.counters
        deduplicate = engine.stages.deduplicator?.counters
        groupLimit = engine.stages.deduplicator?.groupLimit ?? 0
        deduplicateBytes = engine.stages.deduplicator?.byteCount ?? 0
        deduplicateLimitBytes = engine.settings.deduplicate?.memoryBytes ?? 0
        detectionCount = engine.stages.rules.detections.count
        correlateBytes = engine.stages.correlator.byteCount
        correlateLimitBytes = engine.settings.correlate.memoryBytes
        openIncidents = engine.stages.correlator.openIncidents
        incidents = engine.stages.correlator.incidentCounters
        silence = engine.stages.silencer.counters
        inhibit = engine.stages.inhibitor.counters
        storm = engine.stages.storm?.counters
        openStorms = engine.stages.storm?.openStorms ?? 0
        self.slow = slow
    }
}

/// The part of the engine's status that has as many numbers as there are rules, silences or streams: taken anew at ticks,
/// at checkpoints, and when a second of arrival time has passed.
public struct SlowEngineStatus: Sendable {
    /// One correlation rule in numbers.
    public struct Rule: Sendable, Equatable {
        public let title: String
        public let counters: CorrelationCounters
        public let groups: Int
        /// How long what it forgot could have mattered.
        public let timespan: Duration
        /// When it last forgot groups that could still matter; nil: never since the process started.
        public let lostAt: EventTime?

        public init(
            title: String, counters: CorrelationCounters, groups: Int, timespan: Duration = .zero,
            lostAt: EventTime? = nil
        ) {
            self.title = title
            self.counters = counters
            self.groups = groups
            self.timespan = timespan
            self.lostAt = lostAt
        }

        /// Groups that could still matter, forgotten ever.
        public var evictions: Int { counters.evictions.dropFirst().reduce(0, +) }

        /// It forgot groups within its timespan, or within the last minute if that is longer: what it did not fire for, it
        /// may have lost.
        public func lacksState(at now: EventTime) -> Bool {
            guard let lostAt else { return false }
            return now < lostAt.advanced(by: max(timespan, .seconds(SlowEngineStatus.pressureSeconds)))
        }
    }

    /// Forgetting for want of room is told for so long after it happened last.
    static let pressureSeconds: Int64 = 60

    public let asOf: EventTime
    public let rules: [Rule]
    /// Streams too far behind arrival to hold the watermark.
    public let lagging: [StreamName]
    public let silencesInForce: Int
    /// Names of databases past their age limit.
    public let expiredDatabases: [String]
    /// When correlation last forgot groups that could still matter; nil: never since the process started.
    public let evictedAt: EventTime?
    /// When deduplication last had no room for a group; nil: never since the process started.
    public let ungroupedAt: EventTime?
    /// Groups that could still matter, forgotten ever.
    let evictions: Int
    /// Alerts without a group for want of room, ever.
    let ungrouped: Int

    init(_ engine: AlertEngine, after last: SlowEngineStatus? = nil) {
        let stages = engine.stages
        let now = engine.clock.latestArrival
        asOf = now
        rules = stages.rules.correlations.indices.map { index in
            let rule = stages.rules.correlations[index]
            let counters = stages.correlator.ruleCounters[index]
            let before = last.flatMap { $0.rules.indices.contains(index) ? $0.rules[index] : nil }
                .flatMap { $0.title == rule.title ? $0 : nil }
            let evictions = counters.evictions.dropFirst().reduce(0, +)
            return Rule(
                title: rule.title, counters: counters, groups: stages.correlator.groupCount(ofRule: index),
                timespan: rule.timespan, lostAt: before.flatMap { evictions > $0.evictions ? now : $0.lostAt })
        }
        lagging = engine.clock.laggingStreams()
        silencesInForce = stages.silencer.isEmpty ? 0 : stages.silencer.status(at: now).count(where: \.isInForce)
        expiredDatabases = stages.enricher.expiredDatabases
        let evictions = rules.reduce(0) { $0 + $1.evictions }
        let ungrouped = stages.deduplicator?.counters.untrackedForMemory ?? 0
        self.evictions = evictions
        self.ungrouped = ungrouped
        // A changed rule counts from 0 again: fewer than before is no eviction.
        evictedAt = last.flatMap { evictions > $0.evictions ? now : $0.evictedAt }
        ungroupedAt = last.flatMap { ungrouped > $0.ungrouped ? now : $0.ungroupedAt }
    }

    /// A second has passed, or there was no time at all before.
    func isDue(at now: EventTime) -> Bool {
        let (passed, overflow) = now.nanoseconds.subtractingReportingOverflow(asOf.nanoseconds)
        return overflow || passed >= 1_000_000_000
    }

    /// Correlation had to forget groups within the last minute of arrival time.
    public func isCorrelationPressed(at now: EventTime) -> Bool { Self.isRecent(evictedAt, now) }
    /// Deduplication had no room within the last minute of arrival time.
    public func isDeduplicationFull(at now: EventTime) -> Bool { Self.isRecent(ungroupedAt, now) }

    private static func isRecent(_ time: EventTime?, _ now: EventTime) -> Bool {
        guard let time else { return false }
        let (passed, overflow) = now.nanoseconds.subtractingReportingOverflow(time.nanoseconds)
        return !overflow && passed < pressureSeconds * 1_000_000_000
    }
}
