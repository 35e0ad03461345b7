// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import AlertEngine

@Suite struct TemporalOrderedTests {
    private let until = Observation.untilBit

    private func fired(
        steps: Int = 3, timespan: Int64 = 100, lateness: Int64 = 0, _ alerts: [(Int64, UInt64)]
    ) -> [TemporalRun<OrderedState>.Fired] {
        var run = TemporalRun(OrderedState(steps: steps, timespan: timespan), lateness: lateness)
        for (number, alert) in alerts.enumerated() {
            run.take(TemporalAlert(time: alert.0, mask: alert.1, number: UInt64(number)))
        }
        return run.fired
    }

    @Test func `a chain in order fires at its last alert and names one alert a step`() {
        let fired = fired([(10, 1), (20, 2), (30, 2), (40, 4)])
        #expect(fired.count == 1)
        #expect(fired.first?.alerts == [0, 1, 3])
        #expect(fired.first?.first == 10)
        #expect(fired.first?.last == 40)
        #expect(fired.first?.from == 40)
        #expect(fired.first?.value == 3)
        #expect(fired.first?.count == 3)
    }

    @Test func `steps out of order do not fire`() {
        #expect(fired([(10, 4), (20, 2), (30, 1)]).isEmpty)
        #expect(fired([(10, 2), (20, 1), (30, 4)]).isEmpty)
    }

    @Test func `the window is closed: exactly the timespan fires, one nanosecond more does not`() {
        #expect(fired([(10, 1), (20, 2), (110, 4)]).count == 1)
        #expect(fired([(10, 1), (20, 2), (111, 4)]).isEmpty)
    }

    @Test func `the latest start counts`() {
        let fired = fired([(10, 1), (20, 2), (80, 1), (90, 2), (150, 4)])
        #expect(fired.map(\.alerts) == [[2, 3, 4]])
    }

    @Test func `ties count as ordered, whatever came first`() {
        #expect(fired(lateness: 5, [(10, 4), (10, 2), (10, 1)]).count == 1)
        #expect(fired(lateness: 5, [(10, 1), (20, 4), (20, 2)]).first?.alerts == [0, 2, 1])
    }

    @Test func `one alert fills at most one step`() {
        #expect(fired([(10, 7)]).isEmpty)
        #expect(fired([(10, 7), (20, 7)]).isEmpty)
        #expect(fired([(10, 7), (20, 7), (30, 7)]).map(\.alerts) == [[0, 1, 2]])
    }

    @Test func `of two alerts at one time each may take the step that the other cannot`() {
        #expect(fired(lateness: 5, [(10, 1), (20, 6), (20, 4)]).count == 1)
        #expect(fired(lateness: 5, [(10, 1), (20, 6), (20, 2)]).count == 1)
        #expect(fired(lateness: 5, [(10, 1), (20, 4), (20, 4)]).isEmpty)
    }

    @Test func `a firing consumes what it used, and no more`() {
        #expect(fired([(10, 1), (20, 2), (30, 4), (40, 4)]).count == 1)
        #expect(
            fired([(10, 1), (20, 2), (30, 1), (40, 4), (50, 2), (60, 4)]).map(\.alerts) == [[0, 1, 3], [2, 4, 5]])
    }

    @Test func `an until rule ends partial matches`() {
        #expect(fired([(10, 1), (20, 2), (25, until), (30, 4)]).isEmpty)
        #expect(fired([(10, 1), (15, until), (16, 1), (20, 2), (30, 4)]).map(\.alerts) == [[2, 3, 4]])
    }

    @Test func `a chain complete at the time of the until alert is complete`() {
        #expect(fired(lateness: 5, [(10, 1), (20, 2), (30, 4 | until)]).count == 1)
        #expect(fired(lateness: 5, [(10, 1), (20, 2), (30, until), (30, 4)]).count == 1)
        #expect(fired(lateness: 5, [(10, 1 | until), (20, 2), (30, 4)]).isEmpty)
    }

    @Test func `an alert that comes out of order within the lateness finds its place`() {
        #expect(fired(lateness: 50, [(10, 1), (30, 4), (20, 2)]).map(\.alerts) == [[0, 2, 1]])
        #expect(fired(lateness: 50, [(20, 2), (30, 4), (10, 1)]).map(\.alerts) == [[2, 0, 1]])
        #expect(fired(lateness: 50, [(10, 1), (20, 2), (40, 1), (30, until), (45, 4)]).isEmpty)
    }

    @Test func `behind the watermark prefixes are extended forward only`() {
        // The third step comes late, after its chain: it completes it.
        #expect(fired(lateness: 5, [(10, 1), (20, 2), (60, 8), (30, 4)]).count == 1)
        // The second step comes late, after the third was taken and found nothing to extend.
        #expect(fired(lateness: 5, [(10, 1), (30, 4), (60, 8), (20, 2)]).isEmpty)
    }

    @Test func `a late alert that extends nothing is told`() {
        var run = TemporalRun(OrderedState(steps: 3, timespan: 100), lateness: 0)
        run.take(TemporalAlert(time: 50, mask: 1, number: 0))
        run.take(TemporalAlert(time: 40, mask: 2, number: 1))
        run.take(TemporalAlert(time: 30, mask: 2, number: 1, group: 9))
        #expect(run.unplaced == 2)
        #expect(run.state.groupCount == 1)
    }

    @Test func `one step is a chain of one`() {
        #expect(fired(steps: 1, [(10, 1), (20, 2), (20, 1)]).map(\.alerts) == [[0], [2]])
    }

    @Test func `of a long chain the first and the last eight alerts are named`() {
        var alerts = (0 ..< 20).map { (Int64(10 + $0), UInt64(1) << UInt64($0)) }
        let expected = Array(UInt64(0) ..< 8) + Array(UInt64(12) ..< 20)
        #expect(fired(steps: 20, alerts).map(\.alerts) == [expected])
        alerts = alerts.map { (10, $0.1) }
        #expect(fired(steps: 20, lateness: 5, alerts).map(\.alerts) == [expected])
    }

    @Test func `times at the ends of their range do no harm`() {
        #expect(fired([(.max - 1, 1), (.max - 1, 2), (.max, 4)]).count == 1)
        #expect(fired([(.min + 1, 1), (.max - 1, 2), (.max, 4)]).isEmpty)
    }

    @Test func `expired groups are forgotten`() {
        var run = TemporalRun(OrderedState(steps: 3, timespan: 100), lateness: 10)
        for group in 0 ..< 1000 {
            run.take(
                TemporalAlert(time: Int64(1000 + group), mask: 1 << UInt64(group % 3), number: 0, group: UInt64(group)))
        }
        #expect(run.state.groupCount < 400)
        run.advance(to: 1_000_000)
        #expect(run.state.groupCount == 0)
        #expect(run.state.byteCount == 0)
    }

    @Test func `the first firing is that of every way tried`() {
        var firings = 0
        for number in 0 ..< 4000 {
            var seed = TemporalSeed(state: UInt64(number))
            let steps = 2 + seed.below(3)
            let timespan = Int64(5 + seed.below(40))
            let lateness = number % 3 == 0 ? 0 : Int64(1 + seed.below(25))
            let stream = temporalStream(
                &seed, count: 12, references: steps, spread: 1 + seed.below(8), lateness: lateness,
                until: seed.below(2) == 0)
            var run = TemporalRun(OrderedState(steps: steps, timespan: timespan), lateness: lateness)
            var oracle = TemporalOrderedOracle(steps: steps, timespan: timespan)
            for alert in stream {
                let fired = run.take(alert)
                let expected = oracle.take(alert)
                #expect(fired.isEmpty == (expected == nil), "seed \(number), alert \(alert.number)")
                if fired.isEmpty && expected == nil { continue }
                firings += 1
                // It must be a chain.
                let chain = fired.first?.alerts.compactMap { name in stream.first { $0.number == name } } ?? []
                #expect(oracle.isChain(chain), "seed \(number)")
                #expect(chain.contains(alert), "seed \(number)")
                #expect(chain.last?.time == expected?.last?.time, "seed \(number)")
                #expect(chain.first?.time == expected?.first?.time, "seed \(number)")
                break
            }
        }
        #expect(firings > 1000)
    }

    @Test func `all firings are those of every way tried, where each alert is a step of its own`() {
        var firings = 0
        for number in 0 ..< 3000 {
            var seed = TemporalSeed(state: UInt64(1 << 32 + number))
            let steps = 2 + seed.below(2)
            let timespan = Int64(10 + seed.below(60))
            let lateness = number % 3 == 0 ? 0 : Int64(1 + seed.below(25))
            let stream = temporalStream(
                &seed, count: 16, references: steps, spread: 1 + seed.below(8), lateness: lateness,
                until: seed.below(2) == 0, single: true, distinct: true)
            var run = TemporalRun(OrderedState(steps: steps, timespan: timespan), lateness: lateness)
            var oracle = TemporalOrderedOracle(steps: steps, timespan: timespan)
            for alert in stream {
                let expected = oracle.take(alert)
                let fired = run.take(alert)
                #expect(fired.map(\.alerts) == (expected.map { [$0.map(\.number)] } ?? []), "seed \(number)")
                firings += fired.count
            }
        }
        #expect(firings > 3000)
    }
}
