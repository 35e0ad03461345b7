// SPDX-License-Identifier: Apache-2.0
import AlertEngine
public import AlertModel

/// Attacks on the engine's memory, in any size: small in tests, whole in a soak.
public enum Attacks {
    /// Where a flood comes in a slow chain of three steps.
    public enum FloodPlace: CaseIterable, Sendable { case afterOneStep, afterTwoSteps }

    public struct FloodResult: Sendable {
        public let victimFired: Bool
        /// The chain's incident says that it is approximate, or that there may have been more.
        public let isMarked: Bool
        /// Of so many containers that read and connected and had no shell: whose chain fired, and was not marked approximate.
        public let bystanders: Int
        public let bystandersFired: Int
        public let bystandersUnmarked: Int
        /// Every record of an incident.
        public let incidents: [IncidentRecord]
        public let evictions: Int
        public let largestByteCount: Int
        public let budget: Int
        public let total: Int
    }

    /// A chain in one container, and between two of its steps so many containers with one alert each, which open a group
    /// in the same rule and in another one. All within the chain's timespan.
    public static func flood(
        _ keys: Int, _ place: FloodPlace, budget: Int, secret: HashKey = HashKey(low: 0, high: 0)
    ) throws -> FloodResult {
        let text =
            EngineRun.detections(["Shell", "Read", "Connect"]) + """
                title: Chain
                correlation:
                  type: temporal_ordered
                  rules: [shell, read, connect]
                  group-by: [container.id]
                  timespan: 1h
                ---
                title: Many
                correlation:
                  type: event_count
                  rules: [shell]
                  group-by: [container.id]
                  timespan: 1h
                  condition: {gte: 3}

                """
        var settings = EngineSettings(rules: try EngineRun.rules(text))
        settings.correlate.memoryBytes = budget
        settings.hashKey = secret
        settings.deduplicate = DeduplicateSettings(memoryBytes: 1 << 20)
        var run = EngineRun(settings)
        var time = World.start
        var largest = 0
        func alert(_ rule: String, _ container: String) -> WorldAlert {
            WorldAlert(time: time, rule: rule, fields: [.init("container.id", container), .init("proc.name", "sh")])
        }
        func victim(_ rule: String) {
            run.feed([alert(rule, "victim")])
            time += World.second
        }
        func pour() {
            var sent = 0
            while sent < keys {
                let batch = min(1_000, keys - sent)
                run.feed((0 ..< batch).map { alert("Shell", "flood-\(sent + $0)") })
                sent += batch
                time += 100_000_000
                largest = max(largest, run.engine.stages.correlator.byteCount)
            }
        }
        victim("Shell")
        if place == .afterOneStep { pour() }
        victim("Read")
        if place == .afterTwoSteps { pour() }
        victim("Connect")
        let bystanders = 500
        for rule in ["Read", "Connect"] {
            run.feed((0 ..< bystanders).map { alert(rule, "bystander-\($0)") })
            time += World.second
        }
        run.end()
        let victimGroup = [KeyField(name: "container.id", value: .text("victim"))]
        let chains = run.incidents.filter { $0.ruleTitle == "Chain" && $0.state == .open }
        let chain = chains.filter { $0.group == victimGroup }
        let others = chains.filter { $0.group != victimGroup }
        return FloodResult(
            victimFired: !chain.isEmpty, isMarked: chain.contains { $0.mayBeUndercounted || $0.isApproximate },
            bystanders: bystanders, bystandersFired: others.count,
            bystandersUnmarked: others.count { !$0.isApproximate }, incidents: run.incidents,
            evictions: run.engine.stages.correlator.ruleCounters.reduce(0) { $0 + $1.evictions.reduce(0, +) },
            largestByteCount: largest, budget: budget, total: run.engine.counts.total)
    }

    public struct GiantResult: Sendable {
        public let summary: GroupSummary?
        public let incident: IncidentRecord?
        public let passed: Int
        public let suppressed: Int
    }

    /// So many alerts of one key, a millisecond apart, in one group of deduplication and of a counting rule.
    public static func giant(_ count: Int, timesPerGroup: Int) throws -> GiantResult {
        let text =
            EngineRun.detections(["Shell"]) + """
                title: Many
                correlation:
                  type: event_count
                  rules: [shell]
                  group-by: [container.id]
                  timespan: 1h
                  condition: {gte: 3}

                """
        var settings = EngineSettings(rules: try EngineRun.rules(text))
        settings.correlate.timesPerGroup = timesPerGroup
        settings.deduplicate = DeduplicateSettings(memoryBytes: 1 << 20)
        var run = EngineRun(settings)
        for start in stride(from: 0, to: count, by: 1_000) {
            run.feed(
                (start ..< min(start + 1_000, count)).map { number in
                    WorldAlert(
                        time: World.start + Int64(number) * 1_000_000, rule: "Shell",
                        fields: [.init("container.id", "c1"), .init("proc.name", "sh")])
                })
        }
        run.end()
        return GiantResult(
            summary: run.summaries.last { $0.state == .close }, incident: run.incidents.last { $0.state == .close },
            passed: run.engine.counts[.passed], suppressed: run.engine.counts[.suppressed])
    }
}
