// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules
import Testing

@testable import AlertEngine

@Suite struct IncidentTests {
    private func alert(_ seconds: Int64, _ name: String = "sh", matches: [Int] = [0]) -> CorrelateAlert {
        CorrelateAlert(
            time: seconds * second, matches: matches, fields: ["proc.name": name], number: seconds)
    }

    private let pairs = CorrelationRule.sample(.eventCount(Bounds(gte: 2)), tags: ["attack.execution", "attack.t1059"])

    @Test func `an incident opens at once and closes when the watermark passes its last time and the timespan`() {
        var run = CorrelateRun([pairs], lateness: 0)
        run.take(alert(100))
        run.take(alert(105))
        #expect(run.records.map(\.state) == [.open])
        #expect(run.records[0].value == 2)
        run.take(alert(115, "other"))
        #expect(run.records.map(\.state) == [.open])
        run.advance(115 * second + 1, now: 116 * second)
        #expect(run.records.map(\.state) == [.open, .close])
        #expect(run.records.map(\.revision) == [0, 1])
        #expect(run.records[0].incident == run.records[1].incident)
        #expect(run.records[0].id != run.records[1].id)
        #expect(run.records[1].first.nanoseconds == 100 * second)
        #expect(run.records[1].last.nanoseconds == 105 * second)
    }

    @Test func `an incident of the same group and time as one that was closed has records of its own`() {
        let rule = CorrelationRule.sample(.eventCount(Bounds(gte: 1)), timespan: .seconds(1), emit: .reset)
        var run = CorrelateRun([rule], lateness: 0)
        for number in 1 ... 3 as ClosedRange<Int64> {
            run.take(CorrelateAlert(time: 100 * second, fields: ["proc.name": "sh"], number: number))
        }
        run.end()
        #expect(run.records.map(\.state) == [.open, .open, .open, .close, .close, .close])
        #expect(Set(run.records.map(\.id)).count == 6)
    }

    @Test func `open incidents take at most half of the memory: the oldest closes early`() {
        var settings = CorrelateSettings()
        settings.memoryBytes = 1 << 14
        var run = CorrelateRun([.sample(.eventCount(Bounds(gte: 1)))], lateness: 0, settings: settings)
        for number in 1 ... 100 as ClosedRange<Int64> {
            run.take(alert(100, "p\(number)"))
            #expect(run.correlator.byteCount <= settings.memoryBytes)
        }
        let early = run.records.filter { $0.state == .close }
        #expect(early.count == 100 - run.correlator.openIncidents && run.correlator.openIncidents > 1)
        #expect(early.allSatisfy { $0.mayBeUndercounted })
        #expect(run.correlator.incidentCounters.closedAtLimit == early.count)
    }

    @Test func `new values that wait for the watermark keep within the memory`() {
        var settings = CorrelateSettings()
        settings.memoryBytes = 1 << 14
        let rule = CorrelationRule.sample(
            .newValue(fields: [FactName("fd.name")], history: .seconds(3_600), learning: .zero))
        var run = CorrelateRun([rule], lateness: 10 * second, settings: settings)
        for number in 0 ..< 1_000 as Range<Int64> {
            let fields = ["proc.name": "sh", "fd.name": "f\(number)"]
            run.take(CorrelateAlert(time: 100 * second + number, fields: fields, number: number))
            #expect(run.correlator.byteCount <= settings.memoryBytes)
        }
        run.end()
        #expect(run.correlator.ruleCounters[0].evictions.reduce(0, +) > 0)
        #expect(!run.records.isEmpty)
    }

    @Test func `tenfold growth is an update`() {
        var run = CorrelateRun([pairs], lateness: 0)
        for number in 0 ..< Int64(25) {
            run.take(CorrelateAlert(time: 100 * second + number, fields: ["proc.name": "sh"], number: number))
        }
        #expect(run.records.map(\.state) == [.open, .update])
        #expect(run.records.map(\.value) == [2, 20])
    }

    @Test func `a more severe alert than any before is an update`() {
        var run = CorrelateRun([pairs], lateness: 0)
        for (time, priority) in [(1, Priority.notice), (2, .notice), (3, .notice), (4, .critical)]
            as [(Int64, Priority)]
        {
            var next = alert(time)
            next.priority = priority
            run.take(next)
        }
        #expect(run.records.map(\.state) == [.open, .update])
        #expect(run.records[1].value == 4)
    }

    @Test func `an incident that changed says so every ten minutes, one that did not stays quiet`() {
        var run = CorrelateRun([pairs], lateness: 0)
        run.take(alert(100))
        run.take(alert(101))
        run.take(alert(102))
        // It opened while the latest arrival was that of the alert before.
        run.advance(103 * second, now: 700 * second - 1)
        #expect(run.records.map(\.state) == [.open])
        run.advance(103 * second, now: 700 * second)
        #expect(run.records.map(\.state) == [.open, .update])
        run.advance(103 * second, now: 2000 * second)
        #expect(run.records.map(\.state) == [.open, .update])
    }

    @Test func `the first eight and the last eight alerts are named`() {
        var run = CorrelateRun([pairs], lateness: 0)
        for number in 1 ... 30 {
            run.take(CorrelateAlert(time: Int64(number) * second, fields: ["proc.name": "sh"], number: Int64(number)))
        }
        run.end()
        #expect(run.closed.map(\.value) == [30])
        #expect(run.records.last?.alerts.map(\.place) == Array(1 ... 8) + Array(23 ... 30))
    }

    @Test func `a late alert that bridges two open incidents closes the later one into the earlier`() {
        var run = CorrelateRun([pairs], lateness: 100 * second)
        for time in [100, 101, 118, 119] as [Int64] { run.take(alert(time)) }
        #expect(run.records.map(\.state) == [.open, .open])
        run.take(alert(110))
        let merged = run.records.filter { $0.mergedInto != nil }
        #expect(merged.map(\.incident) == [run.records[1].incident])
        #expect(merged.map(\.mergedInto) == [run.records[0].incident])
        run.end()
        #expect(run.closed.map(\.value) == [5])
        #expect(run.closed.map(\.first) == [100 * second])
    }

    @Test func `every makes a record for every alert that satisfies, each with an id of its own`() {
        var run = CorrelateRun([.sample(.eventCount(Bounds(gte: 2)), emit: .every)], lateness: 0)
        for time in [1, 2, 3] as [Int64] { run.take(alert(time)) }
        #expect(run.records.map(\.state) == [.open, .update])
        #expect(run.records.map { $0.firing?.place } == [2, 3])
        #expect(Set(run.records.map(\.id)).count == 2)
    }

    @Test func `reset begins anew after each firing`() {
        var run = CorrelateRun([.sample(.eventCount(Bounds(gte: 2)), emit: .reset)], lateness: 0)
        for time in [1, 2, 3, 4] as [Int64] { run.take(alert(time)) }
        #expect(run.records.map(\.state) == [.open, .open])
        #expect(run.records.map(\.value) == [2, 2])
        #expect(run.records.map { $0.alerts.map(\.place) } == [[1, 2], [3, 4]])
    }

    @Test func `tactics come from the rule and from the alerts`() {
        var run = CorrelateRun([pairs], lateness: 0)
        var first = alert(1)
        first.tags = ["container", "mitre_discovery"]
        run.take(first)
        run.take(alert(2))
        #expect(run.records.map(\.attack) == [["discovery", "execution"]])
    }

    @Test func `alerts that count are linked to their incident`() {
        var run = CorrelateRun([pairs], lateness: 0)
        for time in [1, 2, 3] as [Int64] { run.take(alert(time)) }
        #expect(run.links.map(\.alert) == [2, 3])
        #expect(Set(run.links.map(\.incident)) == [run.records[0].incident])
    }

    @Test func `a gap in an incident's time marks it, another does not`() {
        for (from, isMarked) in [(Int64(50), true), (Int64(500), false)] {
            var run = CorrelateRun([pairs], lateness: 0)
            run.take(alert(100))
            run.take(alert(101))
            run.correlator.observe(
                Gap(
                    source: "node", from: EventTime(nanoseconds: from * second),
                    to: EventTime(nanoseconds: (from + 55) * second), reason: .reconnected))
            run.end()
            #expect(run.records.last?.hasGap == isMarked)
        }
    }

    @Test func `a fired correlation is an alert to the rules that refer to it`() {
        let child = CorrelationRule.sample(
            .eventCount(Bounds(gte: 2)), by: ["proc.name", "container.id"], makesIncidents: false)
        let parent = CorrelationRule.sample(
            .valueCount(fields: [FactName("container.id")], Bounds(gte: 2)), index: 1, references: [.correlation(0)],
            timespan: .seconds(60))
        var run = CorrelateRun([child, parent], lateness: 0)
        for (time, container) in [(1, "a"), (2, "a"), (3, "b"), (4, "b")] as [(Int64, String)] {
            run.take(
                CorrelateAlert(
                    time: time * second, fields: ["proc.name": "sh", "container.id": container], number: time))
        }
        #expect(run.records.map(\.ruleID) == ["rule-1"])
        #expect(run.records.map(\.first.nanoseconds) == [2 * second])
        #expect(run.records.map(\.last.nanoseconds) == [4 * second])
        #expect(run.records[0].alerts.map(\.place) == [2, 4])
    }

    @Test func `a verdict in a chain reaches its parent on time`() {
        let child = CorrelationRule.sample(.eventCount(Bounds(lte: 1)))
        let parent = CorrelationRule.sample(
            .eventCount(Bounds(gte: 2)), index: 1, references: [.correlation(0)], timespan: .seconds(60))
        var run = CorrelateRun([child, parent], lateness: 0)
        for time in [100, 120] as [Int64] { run.take(alert(time)) }
        run.end()
        #expect(run.closed.filter { $0.rule == "rule-1" }.map(\.last) == [120 * second])
        #expect(run.correlator.ruleCounters[1].unplaced == 0)
    }

    @Test func `rules in a circle are a problem, and do no harm`() {
        let rules = [
            CorrelationRule.sample(.eventCount(Bounds(gte: 1)), references: [.correlation(1)]),
            CorrelationRule.sample(
                .eventCount(Bounds(gte: 1)), index: 1, references: [.correlation(0), .detection(0)]),
        ]
        #expect(Correlator.problem(in: rules) == .cycle([0, 1]))
        var run = CorrelateRun(rules)
        run.take(alert(1))
        #expect(run.records.count >= 1)
    }

    @Test func `a flood of one-hit keys in one rule leaves a slow count in another alone`() {
        let slow = CorrelationRule.sample(
            .eventCount(Bounds(gte: 3)), references: [.detection(1)], timespan: .seconds(3600))
        let flood = CorrelationRule.sample(.eventCount(Bounds(gte: 3)), index: 1, timespan: .seconds(3600))
        var run = CorrelateRun([slow, flood], settings: CorrelateSettings(memoryBytes: 40_000))
        for step in 0 ..< 3 {
            run.take(alert(Int64(step) * 600 + 1, "slow", matches: [1]))
            for index in 0 ..< 700 { run.take(alert(Int64(step) * 600 + 2, "key-\(step)-\(index)")) }
        }
        #expect(run.records.map(\.ruleID) == ["rule-0"])
        #expect(run.records.map(\.mayBeUndercounted) == [false])
        #expect(run.correlator.byteCount <= 40_000)
        #expect(run.correlator.ruleCounters[0].evictions.reduce(0, +) == 0)
        #expect(run.correlator.ruleCounters[1].evictions[1] > 1000)
    }

    @Test func `beyond the limit the oldest incident closes early, and says that it may be undercounted`() {
        var run = CorrelateRun(
            [.sample(.eventCount(Bounds(gte: 1)))], lateness: 0, settings: CorrelateSettings(incidentLimit: 2))
        for time in 1 ... 4 as ClosedRange<Int64> { run.take(alert(time, "group-\(time)")) }
        let closed = run.records.filter { $0.state == .close }
        #expect(closed.map(\.first.nanoseconds) == [second, 2 * second])
        #expect(closed.map(\.mayBeUndercounted) == [true, true])
        #expect(run.correlator.incidentCounters.closedAtLimit == 2)
        #expect(run.correlator.openIncidents == 2)
    }

    @Test func `a result whose rule lost state within its timespan says so`() {
        let settings = CorrelateSettings(memoryBytes: 4_000)
        var run = CorrelateRun([.sample(.eventCount(Bounds(gte: 3)), timespan: .seconds(100))], settings: settings)
        for index in 0 ..< 200 { run.take(alert(10, "key-\(index)")) }
        for _ in 0 ..< 3 { run.take(alert(20, "victim")) }
        #expect(run.records.map(\.mayBeUndercounted) == [true])
        for _ in 0 ..< 3 { run.take(alert(500, "later")) }
        #expect(run.records.last?.mayBeUndercounted == false)
    }

    @Test func `a rule that changed starts anew, the others go on`() throws {
        let other = CorrelationRule.sample(.eventCount(Bounds(gte: 2)), index: 1)
        var run = CorrelateRun([pairs, other], lateness: 0)
        run.take(alert(1))
        var writer = ByteWriter()
        run.correlator.write(to: &writer)
        var changed = pairs
        changed.body = SubjectID(high: 5, low: 5)
        var reader = ByteReader(writer.bytes)
        run.correlator = try Correlator([changed, other], run.settings, key: HashKey(low: 3, high: 3), from: &reader)
        #expect(run.correlator.droppedRules == ["Rule 0"])
        run.take(alert(2))
        #expect(run.records.map(\.ruleID) == ["rule-1"])
    }

    @Test func `a run that was restarted after every alert makes the same records as one that was not`() throws {
        let rules = [
            CorrelationRule.sample(.eventCount(Bounds(gte: 3)), emit: .every),
            CorrelationRule.sample(.valueCount(fields: [FactName("fd.sport")], Bounds(gte: 2)), index: 1),
            CorrelationRule.sample(.valueAverage(field: FactName("fd.sport"), Bounds(gt: 2)), index: 2),
            CorrelationRule.sample(
                .valueSum(field: FactName("fd.sport"), Bounds(gte: 7)), index: 3, window: .session(gap: .seconds(2))),
            CorrelationRule.sample(.eventCount(Bounds(gte: 2)), index: 4, references: [.correlation(0)]),
        ]
        for seed in UInt64(1) ... 20 {
            var numbers = SeededNumbers(seed)
            let stream = CountingStreams.shuffled(
                CountingStreams.stream(60, groups: 3, &numbers), within: 2 * second, &numbers)
            let settings = CorrelateSettings(memoryBytes: 6_000, incidentLimit: 4)
            var straight = CorrelateRun(rules, settings: settings)
            var restarted = CorrelateRun(rules, settings: settings, key: HashKey(low: 77, high: seed))
            for (index, alert) in stream.enumerated() {
                straight.take(alert)
                restarted.take(alert)
                try restarted.restart(key: HashKey(low: UInt64(index), high: 5))
            }
            straight.end()
            restarted.end()
            #expect(straight.records == restarted.records, "seed \(seed)")
            #expect(straight.correlator.ruleCounters == restarted.correlator.ruleCounters, "seed \(seed)")
        }
    }

    @Test func `damaged checkpoints are refused or read, never a crash`() {
        var run = CorrelateRun([pairs, .sample(.eventCount(Bounds(lt: 2)), index: 1)])
        for time in [1, 2, 3, 9] as [Int64] { run.take(alert(time)) }
        var writer = ByteWriter()
        run.correlator.write(to: &writer)
        var numbers = SeededNumbers(1)
        for _ in 0 ..< 2000 {
            var bytes = writer.bytes
            for _ in 0 ..< Int.random(in: 1 ... 3, using: &numbers) {
                bytes[Int.random(in: bytes.indices, using: &numbers)] = UInt8.random(in: 0 ... 255, using: &numbers)
            }
            if Bool.random(using: &numbers) { bytes.removeLast(Int.random(in: 0 ..< bytes.count, using: &numbers)) }
            var reader = ByteReader(bytes)
            guard
                var correlator = try? Correlator(run.rules, run.settings, key: HashKey(low: 1, high: 1), from: &reader)
            else { continue }
            var outbox = Outbox()
            let end = EventTime(nanoseconds: 1_000_000 * second)
            correlator.advance(EngineMoment(watermark: end, now: end), &outbox)
        }
    }
}
