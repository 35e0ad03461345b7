// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import Foundation
import Inspection
import Logging
import Testing

@testable import Pipeline

/// The engine's stages as metrics and health show them.
@Suite struct EngineInspectionTests {
    private let folder = TemporaryFolder()

    private static let rules = """
        title: Shells in a container
        id: 3f0d8f57-5b0f-4a57-9b4b-000000000001
        name: shells
        logsource: { product: falco }
        detection: { s: { rule: shell }, condition: s }
        level: informational
        ---
        title: Many shells
        id: 3f0d8f57-5b0f-4a57-9b4b-000000000002
        level: high
        correlation:
          type: event_count
          rules: [shells]
          group-by: [container.id]
          timespan: 10m
          condition: { gte: 3 }
        """

    private func build(_ sections: String) throws -> Pipeline {
        let rules = try folder.write("rules.yml", Array(Self.rules.utf8))
        let text = """
            sources: { log: { type: file, path: "\(folder.path)/in.jsonl", follow: true } }
            journal: { path: "\(folder.path)/journal.db" }
            sinks: { out: { type: file, path: "\(folder.path)/out.jsonl" } }
            server: { listen: [] }
            \(sections.replacingOccurrences(of: "RULES", with: rules))
            """
        let outcome = Configuration.check(Array(text.utf8), file: "test.yaml")
        let configuration = try #require(outcome.value, "\(outcome.problems)")
        let machine = Surroundings(isRoot: false, environment: ["HOME": folder.path], hasFalcoSocket: false)
        return try Pipeline.build(
            configuration,
            PipelineSurroundings(
                machine: machine, generation: try .read(configuration, name: "test.yaml", text: Array(text.utf8)),
                log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
    }

    /// Alerts without a time of their own: they happen when they arrive, and none is late.
    private func alerts(_ containers: [String?]) -> [UInt8] {
        var text = ""
        for container in containers {
            let field = container.map { "\"container.id\":\"\($0)\"" } ?? ""
            text +=
                "{\"rule\":\"shell\",\"priority\":\"Notice\",\"source\":\"syscall\",\"hostname\":\"h\","
                + "\"output_fields\":{\(field)}}\n"
        }
        return Array(text.utf8)
    }

    private func run(_ pipeline: Pipeline, alerts count: Int) throws {
        pipeline.start()
        try until { pipeline.engine.status.counts.total >= count && pipeline.inspector.conservation == .right }
        #expect(pipeline.stop(within: .seconds(120)))
    }

    private func value(_ pipeline: Pipeline, _ metric: MetricDescription, _ labels: [String] = []) -> Int? {
        let sample = pipeline.inspector.metrics.first { $0.description == metric }?.samples
            .first { $0.labelValues == labels }
        if case .integer(let number)? = sample?.value { return number }
        return nil
    }

    @Test func `what deduplication and a correlation rule did is told in numbers`() throws {
        _ = try folder.write("in.jsonl", alerts(["a", "a", "a", "a", "b", nil]))
        let pipeline = try build(
            """
            correlate: { rules: [RULES] }
            silence: [{ when: "container.id = b", until: "2099-01-01T00:00:00Z", reason: "known" }]
            """)
        try run(pipeline, alerts: 6)
        #expect(value(pipeline, MetricCatalogue.admitted, ["first"]) == 2)
        #expect(value(pipeline, MetricCatalogue.admitted, ["repeat"]) == 3)
        #expect(value(pipeline, MetricCatalogue.groups) == 2)
        let rule = "Many shells"
        #expect(value(pipeline, MetricCatalogue.ruleAlerts, [rule]) == 6)
        #expect(value(pipeline, MetricCatalogue.ruleLeftOut, [rule, "null_key"]) == 1)
        #expect(value(pipeline, MetricCatalogue.ruleEvictions, [rule, "one_hit"]) == 0)
        #expect(value(pipeline, MetricCatalogue.incidentsOpened) == 1)
        #expect(value(pipeline, MetricCatalogue.incidentsOpen) == 1)
        #expect(value(pipeline, MetricCatalogue.rules, ["detection"]) == 1)
        #expect(value(pipeline, MetricCatalogue.silences) == 1)
        #expect(value(pipeline, MetricCatalogue.decided, ["silenced"]) == 1)
        // One source that is not HTTP: nothing can arrive twice, so there is no such table.
        #expect(value(pipeline, MetricCatalogue.identityHeld) == nil)
        let parts = pipeline.inspector.readiness.components
        #expect(parts.contains { $0.name == "silences" && $0.isHealthy && $0.detail?.hasPrefix("1 in force") == true })
        #expect(parts.contains { $0.name == "engine" && $0.detail?.contains("1 incident open") == true })
        #expect(!parts.contains { $0.state == "degraded" })
    }

    @Test func `a flood that fills both memories is told, and does not make it unhealthy`() throws {
        let count = 40_000
        _ = try folder.write("in.jsonl", alerts((0 ..< count).map { "c\($0)" }))
        let pipeline = try build(
            """
            correlate: { rules: [RULES], memory: 1MiB }
            deduplicate: { memory: 1MiB }
            """)
        try run(pipeline, alerts: count)
        let status = pipeline.engine.status
        let evicted = try #require(value(pipeline, MetricCatalogue.ruleEvictions, ["Many shells", "one_hit"]))
        #expect(evicted > 0 && evicted < count)
        #expect(status.correlateBytes <= status.correlateLimitBytes)
        let ungrouped = try #require(value(pipeline, MetricCatalogue.admitted, ["ungrouped_memory"]))
        let first = try #require(value(pipeline, MetricCatalogue.admitted, ["first"]))
        #expect(ungrouped > 0 && first + ungrouped == count)
        #expect(status.deduplicateBytes > 0 && status.deduplicateBytes <= status.deduplicateLimitBytes)
        let degraded = pipeline.inspector.readiness.components.filter { $0.state == "degraded" }
        #expect(degraded.map(\.name) == ["deduplication", "correlation"] && degraded.allSatisfy(\.isHealthy))
        // What was forgotten before it fired has no record to be marked: the rule says it, while it could have fired.
        let forgetful = pipeline.inspector.readiness.components.filter { $0.state == "undercount possible" }
        #expect(forgetful.map(\.name) == ["rule Many shells"] && forgetful.allSatisfy(\.isHealthy))
        #expect(forgetful.first?.detail?.contains("before they fired: \(evicted) with one hit") == true)
        let rule = try #require(status.slow.rules.first)
        let end = try #require(rule.lostAt).advanced(by: max(rule.timespan, .seconds(60)))
        #expect(rule.lacksState(at: end.advanced(byNanoseconds: -1)) && !rule.lacksState(at: end))
        let minute = status.latestArrival.advanced(by: .seconds(60))
        #expect(!status.slow.isCorrelationPressed(at: minute) && !status.slow.isDeduplicationFull(at: minute))
    }

    @Test func `rules that share a title share their numbers`() {
        var counters = CorrelationCounters()
        counters.alerts = 2
        counters.evictions = [1, 2, 3, 4, 5]
        let rules = ["a", "b", "a"].map { SlowEngineStatus.Rule(title: $0, counters: counters, groups: 1) }
        let numbers = EngineMetrics.byTitle(rules)
        #expect(numbers.map(\.title) == ["a", "b"] && numbers.map(\.groups) == [2, 1])
        #expect(numbers.map(\.alerts) == [4, 2])
        #expect(numbers.map(\.evictions) == [[2, 4, 6, 8, 10], [1, 2, 3, 4, 5]])
        #expect(EngineMetrics.evictionReasons.count == CorrelationCounters().evictions.count)
    }
}
