// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules
import Testing

@testable import AlertEngine

@Suite struct CountingEventCountTests {
    private func alert(_ time: Int64, _ name: String = "sh", matches: [Int] = [0]) -> CorrelateAlert {
        CorrelateAlert(time: time, matches: matches, fields: ["proc.name": name], number: time)
    }

    @Test func `alerts exactly the timespan apart are together, a nanosecond more and they are not`() {
        for (distance, opens) in [(10 * second, 1), (10 * second + 1, 0)] {
            var run = CorrelateRun([.sample(.eventCount(Bounds(gte: 2)))])
            run.take(alert(second))
            run.take(alert(second + distance))
            #expect(run.records.filter { $0.state == .open }.count == opens)
        }
    }

    @Test func `an alert that matches several of the rules counts once`() {
        let rule = CorrelationRule.sample(
            .eventCount(Bounds(gte: 2)), references: [.detection(0), .detection(1)])
        var run = CorrelateRun([rule])
        run.take(alert(second, matches: [0, 1]))
        #expect(run.records.isEmpty)
        run.take(alert(second, matches: [1]))
        #expect(run.records.count == 1)
    }

    @Test func `groups do not count for each other`() {
        var run = CorrelateRun([.sample(.eventCount(Bounds(gt: 1)))])
        run.take(alert(1, "sh"))
        run.take(alert(2, "bash"))
        #expect(run.records.isEmpty)
    }

    @Test func `an alert with a null group field stays out and is counted`() {
        var run = CorrelateRun([.sample(.eventCount(Bounds(gte: 1)))])
        run.take(CorrelateAlert(time: 1, fields: ["proc.name": "<NA>"]))
        #expect(run.records.isEmpty)
        #expect(run.correlator.ruleCounters[0].nullKeys == 1)
        var grouping = CorrelateRun([.sample(.eventCount(Bounds(gte: 1)), groupsNulls: true)])
        grouping.take(CorrelateAlert(time: 1))
        #expect(grouping.records.map(\.group) == [[KeyField(name: "proc.name", value: .null)]])
    }

    @Test func `the host of each node is a scope of its own`() {
        var run = CorrelateRun([.sample(.eventCount(Bounds(gte: 2)), by: ["container.id"])])
        for hostname in ["a", "b", "a"] {
            run.take(CorrelateAlert(time: 1, fields: ["container.id": "host"], hostname: hostname))
        }
        #expect(run.records.map(\.group) == [[KeyField(name: "container.id", value: .text("host@a"))]])
    }

    @Test func `incidents at close are what all pairs of alerts say, in whatever order they came`() throws {
        for seed in UInt64(1) ... 250 {
            var numbers = SeededNumbers(seed)
            let needed = Int.random(in: 1 ... 6, using: &numbers)
            let timespan = Int64.random(in: 1 ... 12, using: &numbers) * second
            let rule = CorrelationRule.sample(
                .eventCount(Bounds(gte: Double(needed))), timespan: .nanoseconds(timespan))
            let stream = CountingStreams.stream(60, groups: 2, &numbers)
            let expected = CountingOracle.incidents(
                stream, timespan: timespan, bounds: Bounds(gte: Double(needed)), adds: true
            ) { Double($0.count) }
            for order in 0 ..< 3 {
                var run = CorrelateRun([rule], key: HashKey(low: UInt64(order), high: seed))
                let arriving =
                    order == 0 ? stream : CountingStreams.shuffled(stream, within: run.lateness, &numbers)
                for (index, alert) in arriving.enumerated() {
                    run.take(alert)
                    if order == 2, index % 7 == 0 { try run.restart(key: HashKey(low: 99, high: UInt64(index))) }
                }
                run.end()
                #expect(run.closed == expected, "seed \(seed), order \(order)")
                #expect(run.unplaced.isEmpty, "seed \(seed), order \(order)")
                if run.closed != expected { return }
            }
        }
    }

    @Test func `two hash keys give the same records`() {
        var numbers = SeededNumbers(4)
        let stream = CountingStreams.stream(400, groups: 30, &numbers)
        var records: [[IncidentRecord]] = []
        for key in [HashKey(low: 1, high: 2), HashKey(low: 3, high: 4)] {
            let settings = CorrelateSettings(memoryBytes: 2000)
            var run = CorrelateRun([.sample(.eventCount(Bounds(gte: 3)))], settings: settings, key: key)
            for alert in stream { run.take(alert) }
            run.end()
            #expect(run.correlator.ruleCounters[0].evictions.reduce(0, +) > 0)
            records.append(run.records)
        }
        #expect(records[0] == records[1])
    }
}
