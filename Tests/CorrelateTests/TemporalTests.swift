// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules
import Testing

@testable import AlertEngine

@Suite struct TemporalTests {
    private let until = Observation.untilBit

    private func fired(
        condition: TemporalCondition = .all(3), timespan: Int64 = 100, window: WindowKind = .sliding,
        lateness: Int64 = 0, _ alerts: [(Int64, UInt64)]
    ) -> [TemporalRun<TemporalState>.Fired] {
        var run = TemporalRun(
            TemporalState(references: 3, condition, WindowSpan(window, timespan: timespan), cap: 1000),
            lateness: lateness)
        for (number, alert) in alerts.enumerated() {
            run.take(TemporalAlert(time: alert.0, mask: alert.1, number: UInt64(number)))
        }
        return run.fired
    }

    @Test func `all referenced rules inside the span fire, in whatever order`() {
        let fired = fired([(10, 4), (20, 1), (30, 1), (40, 2)])
        #expect(fired.count == 1)
        #expect(fired.first?.alerts == [0, 1, 2, 3])
        #expect(fired.first?.value == 3)
        #expect(fired.first?.count == 4)
        #expect(fired.first?.first == 10)
        #expect(fired.first?.last == 40)
    }

    @Test func `the window is closed: exactly the timespan fires, one nanosecond more does not`() {
        #expect(fired([(10, 1), (20, 2), (110, 4)]).count == 1)
        #expect(fired([(10, 1), (20, 2), (111, 4)]).isEmpty)
    }

    @Test func `one alert may satisfy several rules`() {
        #expect(fired([(10, 7)]).map(\.alerts) == [[0]])
        #expect(fired([(10, 3), (20, 4)]).count == 1)
    }

    @Test func `every further alert inside a satisfying window counts once`() {
        let fired = fired([(10, 1), (20, 2), (30, 4), (40, 1), (200, 1)])
        #expect(fired.map(\.count) == [3, 1])
        #expect(fired.map(\.alerts) == [[0, 1, 2], [3]])
    }

    @Test func `a Boolean condition without not fires as soon as it holds`() {
        let either = TemporalCondition(steps: [.reference(0), .reference(1), .or, .reference(2), .and])
        #expect(fired(condition: either, [(10, 2), (20, 4)]).count == 1)
        #expect(fired(condition: either, [(10, 1), (20, 2)]).isEmpty)
    }

    @Test func `an alert out of order is put in its place, and the windows to its right are looked at`() {
        let fired = fired(lateness: 200, [(10, 1), (95, 4), (105, 1), (60, 2)])
        #expect(fired.map(\.from) == [95])
        #expect(fired.map(\.until) == [105])
        #expect(fired.first?.alerts == [0, 3, 1, 2])
    }

    @Test func `behind the watermark an alert counts while its window is held`() {
        #expect(fired([(10, 1), (50, 4), (30, 2)]).count == 1)
        var run = TemporalRun(
            TemporalState(references: 3, .all(3), WindowSpan(.sliding, timespan: 100), cap: 1000), lateness: 0)
        run.take(TemporalAlert(time: 500, mask: 1, number: 0))
        run.take(TemporalAlert(time: 399, mask: 1, number: 1))
        run.take(TemporalAlert(time: 400, mask: 1, number: 2))
        #expect(run.unplaced == 1)
    }

    @Test func `an until rule parts what lies before it from what comes later`() {
        #expect(fired([(10, 1), (20, 2), (30, until), (40, 4)]).isEmpty)
        #expect(fired([(10, 1), (20, 2), (30, 4 | until)]).count == 1)
        #expect(fired([(10, 1), (20, until), (30, 1), (40, 2), (50, 4)]).map(\.alerts) == [[2, 3, 4]])
    }

    @Test func `tumbling windows begin at multiples of the timespan`() {
        #expect(fired(window: .tumbling, [(190, 1), (195, 2), (205, 4)]).isEmpty)
        #expect(fired(window: .tumbling, [(200, 1), (250, 2), (299, 4)]).count == 1)
    }

    @Test func `a session ends where the next alert is more than the gap away`() {
        let session = WindowKind.session(gap: nanoseconds(10))
        #expect(fired(window: session, [(10, 1), (20, 2), (30, 4)]).count == 1)
        #expect(fired(window: session, [(10, 1), (20, 2), (31, 4)]).isEmpty)
    }

    @Test func `beyond the cap a group forgets its oldest alerts, and says that its counts are approximate`() {
        var run = TemporalRun(
            TemporalState(references: 2, .all(2), WindowSpan(.sliding, timespan: 1000), cap: 8), lateness: 0)
        run.take(TemporalAlert(time: 10, mask: 1, number: 0))
        for number in 1 ..< 20 { run.take(TemporalAlert(time: 10 + Int64(number), mask: 2, number: UInt64(number))) }
        #expect(run.fired.count == 19)
        #expect(run.fired.last?.isApproximate == true)
        #expect(run.state.byteCount < 1000)
    }

    @Test func `expired groups are forgotten`() {
        var run = TemporalRun(
            TemporalState(references: 3, .all(3), WindowSpan(.sliding, timespan: 100), cap: 1000), lateness: 10)
        for group in 0 ..< 1000 {
            run.take(TemporalAlert(time: Int64(1000 + group), mask: 1, number: 0, group: UInt64(group)))
        }
        #expect(run.state.groupCount < 400)
        run.advance(to: 1_000_000)
        #expect(run.state.groupCount == 0)
        #expect(run.state.byteCount == 0)
    }

    @Test(arguments: [0, 1, 2]) func `what fires is what every window looked at says`(kind: Int) {
        var firings = 0
        for number in 0 ..< 600 {
            var seed = TemporalSeed(state: UInt64(kind << 40 + number))
            let references = 2 + seed.below(3)
            let timespan = Int64(5 + seed.below(60))
            let gap = Int64(2 + seed.below(12))
            let window: WindowKind = kind == 0 ? .sliding : kind == 1 ? .tumbling : .session(gap: nanoseconds(gap))
            let lateness = number % 3 == 0 ? 0 : Int64(1 + seed.below(40))
            let condition = temporalCondition(&seed, references: references, negations: false)
            let stream = temporalStream(
                &seed, count: 16, references: references, spread: 1 + seed.below(12), lateness: lateness,
                until: kind == 0 && lateness == 0 && seed.below(2) == 0)
            var run = TemporalRun(
                TemporalState(references: references, condition, WindowSpan(window, timespan: timespan), cap: 1000),
                lateness: lateness)
            var oracle = TemporalOracle(timespan: timespan, window: window, condition: condition)
            for alert in stream {
                oracle.alerts.append(alert)
                let fired = run.take(alert)
                let expected = alert.mask != until && oracle.isInSatisfyingWindow(alert)
                #expect(fired.isEmpty != expected, "seed \(number), alert \(alert.number)")
                firings += fired.count
            }
            let hold = kind == 2 ? gap : timespan
            var found = TemporalOracle.incidents(run.fired, hold: hold)
            var expected = oracle.incidents(hold: hold)
            if kind == 2 {
                // Two incidents of sessions may share alerts, which count in the first.
                for index in found.indices { (found[index].first, found[index].alerts) = (0, []) }
                for index in expected.indices { (expected[index].first, expected[index].alerts) = (0, []) }
            }
            #expect(found == expected, "seed \(number)")
            #expect(
                run.fired.reduce(0) { $0 + $1.count } == Set(oracle.incidents(hold: hold).flatMap(\.alerts)).count,
                "seed \(number)")
        }
        #expect(firings > 1000)
    }
}
