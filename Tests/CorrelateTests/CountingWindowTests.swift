// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules
import Testing

@testable import AlertEngine

@Suite struct CountingWindowTests {
    private func alert(_ time: Int64, port: String, _ name: String = "sh") -> CorrelateAlert {
        CorrelateAlert(time: time, fields: ["proc.name": name, "fd.sport": port], number: time)
    }

    static let port = FactName("fd.sport")

    private func opens(_ rule: CorrelationRule, _ alerts: [CorrelateAlert]) -> [Double] {
        var run = CorrelateRun([rule])
        for alert in alerts { run.take(alert) }
        run.end()
        return run.records.filter { $0.state == .open }.map(\.value)
    }

    @Test func `distinct values count, repeats and nulls do not`() {
        let rule = CorrelationRule.sample(.valueCount(fields: [Self.port], Bounds(gte: 3)))
        #expect(opens(rule, [alert(1, port: "1"), alert(2, port: "2"), alert(3, port: "1")]) == [])
        #expect(opens(rule, [alert(1, port: "1"), alert(2, port: "2"), alert(3, port: "<NA>")]) == [])
        #expect(opens(rule, [alert(1, port: "1"), alert(2, port: "2"), alert(3, port: "3")]) == [3])
    }

    @Test func `a sum skips what is no number and counts it`() {
        let rule = CorrelationRule.sample(.valueSum(field: FactName("x.bytes"), Bounds(gte: 10)))
        var run = CorrelateRun([rule])
        for (time, text) in [(1, "4"), (2, "many"), (3, "6")] as [(Int64, String)] {
            run.take(CorrelateAlert(time: time, fields: ["proc.name": "sh", "x.bytes": text]))
        }
        #expect(run.records.map(\.value) == [10])
        #expect(run.correlator.ruleCounters[0].notNumbers == 1)
    }

    @Test func `a percentile lies between the two nearest ranks`() {
        #expect(VerdictWindow.percentile(50, of: [1, 2, 3, 4]) == 2.5)
        #expect(VerdictWindow.percentile(0, of: [1, 2, 3, 4]) == 1)
        #expect(VerdictWindow.percentile(100, of: [1, 2, 3, 4]) == 4)
        #expect(VerdictWindow.percentile(90, of: [0, 10]) == 9)
        #expect(VerdictWindow.percentile(50, of: [7]) == 7)
        #expect(VerdictWindow.percentile(50, of: []) == nil)
    }

    @Test func `an upper bound is judged once, when the watermark passes the window's end`() {
        var run = CorrelateRun([.sample(.eventCount(Bounds(lt: 3)))], lateness: 0)
        run.take(alert(10 * second, port: "1"))
        run.take(alert(20 * second, port: "1"))
        // The watermark stands at the end, but has not passed it.
        #expect(run.records.isEmpty)
        run.take(alert(20 * second + 1, port: "1", "other"))
        #expect(run.records.map(\.value) == [2])
        // An alert of the judged window changes nothing any more.
        run.take(alert(15 * second, port: "1"))
        #expect(run.unplaced == [15 * second])
    }

    @Test func `a verdict's record has the key that the alerts had`() {
        let rule = CorrelationRule.sample(
            .eventCount(Bounds(lt: 3)), by: ["proc.name", "container.id", "proc.pid", "hostname", "priority", "x.odd"],
            groupsNulls: true)
        var run = CorrelateRun([rule])
        run.take(
            CorrelateAlert(
                time: second, fields: ["proc.name": "bäsh", "container.id": "host", "proc.pid": "4711"]))
        run.end()
        let values: [FieldValue] = [
            .text("bäsh"), .text("host@node-1"), .integer(4711), .text("node-1"), .text("Warning"), .null,
        ]
        #expect(run.records.map { $0.group.map(\.value) } == [values, values])
        #expect(run.records.last?.group.map(\.name) == rule.groupBy.map(\.name))
    }

    @Test func `windows of a verdict begin at the group's first alert and do not overlap`() {
        let times = [0, 10, 11, 21, 22].map { Int64($0 + 100) * second }
        let rule = CorrelationRule.sample(.eventCount(Bounds(lte: 2)))
        #expect(opens(rule, times.map { alert($0, port: "1") }) == [2, 2, 1])
    }

    @Test func `growing windows close as all pairs of alerts say, in whatever order they came`() throws {
        for seed in UInt64(1) ... 200 {
            var numbers = SeededNumbers(seed)
            let timespan = Int64.random(in: 1 ... 12, using: &numbers) * second
            let bounds = Bounds(gte: Double(Int.random(in: 1 ... 5, using: &numbers)))
            let isSum = Bool.random(using: &numbers)
            let windows: [WindowKind] = [.sliding, .tumbling, .session(gap: .seconds(2))]
            let window = windows[Int.random(in: 0 ..< 3, using: &numbers)]
            let kind: CorrelationKind =
                isSum ? .valueSum(field: Self.port, bounds) : .valueCount(fields: [Self.port], bounds)
            let rule = CorrelationRule.sample(kind, timespan: .nanoseconds(timespan), window: window)
            let stream = CountingStreams.stream(50, groups: 2, &numbers)
            let expected = CountingOracle.growing(
                stream.filter { $0.fields["fd.sport"] != nil }, window: window, timespan: timespan, bounds: bounds,
                adds: isSum
            ) { alerts in
                let ports = alerts.compactMap { $0.fields["fd.sport"].flatMap(Double.init) }
                return isSum ? ports.reduce(0, +) : Double(Set(ports).count)
            }
            for order in 0 ..< 3 {
                var run = CorrelateRun([rule], key: HashKey(low: UInt64(order), high: seed))
                let arriving =
                    order == 0 ? stream : CountingStreams.shuffled(stream, within: run.lateness, &numbers)
                for (index, alert) in arriving.enumerated() {
                    run.take(alert)
                    if order == 2, index % 7 == 0 { try run.restart(key: HashKey(low: 99, high: UInt64(index))) }
                }
                run.end()
                #expect(run.closed == expected, "seed \(seed), order \(order), \(window), sum \(isSum)")
                #expect(run.unplaced.isEmpty, "seed \(seed), order \(order)")
                if run.closed != expected { return }
            }
        }
    }

    @Test func `verdicts are what their windows say, in whatever order the alerts came`() throws {
        for seed in UInt64(1) ... 200 {
            var numbers = SeededNumbers(seed)
            let timespan = Int64.random(in: 1 ... 12, using: &numbers) * second
            let limit = Double(Int.random(in: 1 ... 4, using: &numbers))
            let windows: [WindowKind] = [.sliding, .tumbling, .session(gap: .seconds(2))]
            let window = windows[Int.random(in: 0 ..< 3, using: &numbers)]
            let kinds: [(CorrelationKind, ([Double]) -> Double, Bounds)] = [
                (.eventCount(Bounds(eq: limit)), { Double($0.count) }, Bounds(eq: limit)),
                (.valueCount(fields: [Self.port], Bounds(lt: limit)), { Double(Set($0).count) }, Bounds(lt: limit)),
                (.valueSum(field: Self.port, Bounds(lte: limit * 3)), { $0.reduce(0, +) }, Bounds(lte: limit * 3)),
                (
                    .valueAverage(field: Self.port, Bounds(gt: 2)), { $0.reduce(0, +) / Double($0.count) },
                    Bounds(gt: 2)
                ),
                (
                    .valuePercentile(field: Self.port, percentile: 50, Bounds(gte: 2.5)),
                    { CountingOracle.median($0) }, Bounds(gte: 2.5)
                ),
            ]
            let (kind, measure, bounds) = kinds[Int.random(in: 0 ..< 5, using: &numbers)]
            let rule = CorrelationRule.sample(kind, timespan: .nanoseconds(timespan), window: window)
            let stream = CountingStreams.stream(50, groups: 2, &numbers).filter { $0.fields["fd.sport"] != nil }
            let expected = CountingOracle.verdicts(
                stream, window: window, timespan: timespan, bounds: bounds
            ) { alerts in measure(alerts.compactMap { $0.fields["fd.sport"].flatMap(Double.init) }) }
            for order in 0 ..< 3 {
                var run = CorrelateRun([rule], key: HashKey(low: UInt64(order), high: seed))
                let arriving =
                    order == 0 ? stream : CountingStreams.shuffled(stream, within: run.lateness, &numbers)
                for (index, alert) in arriving.enumerated() {
                    run.take(alert)
                    if order == 2, index % 7 == 0 { try run.restart(key: HashKey(low: 99, high: UInt64(index))) }
                }
                run.end()
                #expect(run.closed == expected, "seed \(seed), order \(order), \(window), \(kind.name)")
                #expect(run.unplaced.isEmpty, "seed \(seed), order \(order)")
                if run.closed != expected { return }
            }
        }
    }
}
