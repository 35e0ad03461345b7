// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules
import Testing

@testable import AlertEngine

/// A long pause ticked only when something is due, against one that is ticked every second.
@Suite struct NextDueTests {
    private static let rules = """
        title: A
        name: a
        logsource: { product: falco }
        detection: { s: { source: syscall }, condition: s }
        ---
        title: B
        name: b
        logsource: { product: falco }
        detection: { s: { source: k8s_audit }, condition: s }
        ---
        title: Few in two hours
        name: few
        correlation: { type: event_count, rules: [a], group-by: [hostname], timespan: 2h, condition: { lte: 3 } }
        ---
        title: Many
        correlation: { type: event_count, rules: [a, b], group-by: [hostname], timespan: 37m, condition: { gte: 2 } }
        ---
        title: A and not B
        correlation: { type: temporal, rules: [a, b], group-by: [hostname], timespan: 21m, condition: a and not b }
        ---
        title: Sessions
        correlation: { type: event_count, rules: [a], group-by: [hostname], timespan: 3h, condition: { lte: 9 } }
        x-creance: { window: session, gap: 11m }
        ---
        title: A without B
        correlation: { group-by: [hostname] }
        x-creance: { absence: { anchor: a, expected: b, within: 50m } }
        ---
        title: A new host
        correlation: { group-by: [source] }
        x-creance: { new_value: { fields: [hostname], history: 30d, learning: 1s } }
        ---
        title: Two of those that are few
        correlation: { type: event_count, rules: [few], group-by: [hostname], timespan: 4h, condition: { gte: 1 } }
        """

    private func settings() throws -> EngineSettings {
        let outcome = SigmaRuleSet.read([RuleFile(name: "rules.yml", bytes: Array(Self.rules.utf8))])
        let rules = try #require(outcome.rules, "\(outcome.problems)")
        return EngineSettings(
            deduplicate: DeduplicateSettings(), rules: rules,
            storm: StormSettings(overall: StormSettings.Bucket(burst: 3, count: 1), quiet: .seconds(90)))
    }

    private struct Leaving: Equatable {
        let second: Int64
        let records: [EngineRecord]
    }

    /// What leaves in a pause of some hours after twenty alerts.
    ///
    /// - Parameter next: the second of the next tick, after one at a second.
    private func pause(
        seed: UInt64, from start: Int64, seconds: Int64, next: (Int64, borrowing AlertEngine) -> Int64
    ) throws -> (leaving: [Leaving], ticks: Int) {
        var engine = AlertEngine(try settings())
        var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        func random(_ limit: Int64) -> Int64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int64(state >> 33) % limit
        }
        var time = start * second - 600 * second
        var place: Int64 = 1
        for _ in 0 ..< 20 {
            time += random(40 * second)
            let alert = SampleAlert(
                time: time - random(3 * second), arrival: time, hostname: "h\(random(3))",
                source: random(4) == 0 ? "k8s_audit" : "syscall")
            _ = engine.process(entry(place, [alert]))
            place += 1
        }
        var leaving: [Leaving] = []
        var ticks = 0
        var now = next(start - 1, engine)
        while now <= start + seconds {
            let records = engine.process(tick(place, at: now)).notes.records.map(\.record)
            if !records.isEmpty { leaving.append(Leaving(second: now, records: records)) }
            place += 1
            ticks += 1
            now = max(next(now, engine), now + 1)
        }
        return (leaving, ticks)
    }

    @Test func `ticks at what is due bring the same records at the same seconds as ticks at every second`() throws {
        for seed in 1 ... 12 as ClosedRange<UInt64> {
            let start: Int64 = 1_767_225_600
            let every = try pause(seed: seed, from: start, seconds: 5 * 3600) { now, _ in now + 1 }
            let due = try pause(seed: seed, from: start, seconds: 5 * 3600) { now, engine in
                guard let due = engine.nextDue else { return .max }
                return max((due.nanoseconds + second - 1) / second, now + 1)
            }
            #expect(due.leaving == every.leaving, "seed \(seed)")
            #expect(every.leaving.count > 3 && due.ticks < 400, "seed \(seed): \(due.ticks) ticks")
        }
    }

    @Test func `an engine that waits for nothing says so`() throws {
        let run = try pause(seed: 3, from: 1_767_225_600, seconds: 40 * 86_400) { now, engine in
            engine.nextDue.map { max(($0.nanoseconds + second - 1) / second, now + 1) } ?? .max
        }
        #expect(run.ticks < 600)
        #expect(AlertEngine(try settings()).nextDue == nil)
    }

    @Test func `incidents are kept whether there is a sink or not`() throws {
        var bare = try settings()
        bare.hasSinks = false
        var records: [[PlacedRecord]] = []
        for settings in [try settings(), bare] {
            var engine = AlertEngine(settings)
            let first = engine.process(entry(1, [SampleAlert(time: 100 * second, arrival: 100 * second)]))
            let next = engine.process(entry(2, [SampleAlert(time: 101 * second, arrival: 101 * second)]))
            records.append(first.notes.records + next.notes.records)
            #expect(engine.stages.correlator.openIncidents == 1)
            if !settings.hasSinks { #expect(next.outputCount == 0 && engine.nextOutput == 1) }
        }
        #expect(records[0] == records[1])
        #expect(records[1].contains { if case .incident = $0.record { true } else { false } })
    }
}
