// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules
import Testing

@testable import AlertEngine

@Suite struct TemporalVerdictTests {
    private typealias Fired = TemporalRun<TemporalVerdict>.Fired
    /// Reference 0 without reference 1.
    private let firstAlone = TemporalCondition(steps: [.reference(0), .reference(1), .not, .and])

    private func run(
        _ alerts: [(Int64, UInt64)], window: WindowKind = .sliding, lateness: Int64 = 0
    ) -> TemporalRun<TemporalVerdict> {
        var run = TemporalRun(
            TemporalVerdict(references: 2, firstAlone, WindowSpan(window, timespan: 100), cap: 1000),
            lateness: lateness)
        for (number, alert) in alerts.enumerated() {
            run.take(TemporalAlert(time: alert.0, mask: alert.1, number: UInt64(number)))
        }
        return run
    }

    @Test func `a verdict is given when the watermark has passed the window's end, not before`() {
        var run = run([(10, 1), (20, 1)])
        #expect(run.fired.isEmpty)
        run.advance(to: 110)
        #expect(run.fired.isEmpty)
        run.advance(to: 111)
        #expect(run.fired.map(\.alerts) == [[0, 1]])
        #expect(run.fired.first?.until == 110)
        #expect(run.fired.first?.first == 10)
        #expect(run.fired.first?.last == 20)
        #expect(run.fired.first?.value == 1)
        run.advance(to: 10_000)
        #expect(run.fired.count == 1)
        #expect(run.state.groupCount == 0)
    }

    @Test func `what must not be there is looked for up to the end of the closed window`() {
        var run = run([(10, 1), (110, 2)])
        run.advance(to: 1000)
        #expect(run.fired.isEmpty)
        run = self.run([(10, 1), (111, 2)])
        run.advance(to: 1000)
        #expect(run.fired.count == 1)
    }

    @Test func `windows begin at the first alert and do not overlap`() {
        var run = run([(10, 2), (105, 1), (115, 1), (200, 1)])
        run.advance(to: 1000)
        // 10 … 110 holds the second rule; 115 … 215 does not.
        #expect(run.fired.map(\.alerts) == [[2, 3]])
    }

    @Test func `an alert on time before the first one moves the window`() {
        var run = run([(50, 1), (140, 2), (30, 1)], lateness: 200)
        run.advance(to: 1000)
        // 30 … 130, then 140 … 240.
        #expect(run.fired.map(\.alerts) == [[2, 0]])
    }

    @Test func `a verdict once given is never revised`() {
        var run = run([(10, 1), (300, 1), (20, 2)])
        #expect(run.unplaced == 1)
        run.advance(to: 1000)
        #expect(run.fired.map(\.until) == [110, 400])
    }

    @Test func `a late alert counts in a window that is open`() {
        var run = run([(10, 1), (100, 1), (60, 2)])
        run.advance(to: 1000)
        #expect(run.unplaced == 0)
        #expect(run.fired.isEmpty)
    }

    @Test func `an until alert leaves of its window what comes after it`() {
        var run = run([(10, 2), (20, Observation.untilBit), (30, 1)])
        run.advance(to: 1000)
        #expect(run.fired.map(\.alerts) == [[2]])
    }

    @Test(arguments: [0, 1, 2]) func `verdicts are those of every window looked at`(kind: Int) {
        var verdicts = 0
        for number in 0 ..< 500 {
            var seed = TemporalSeed(state: UInt64(kind << 41 + number))
            let references = 2 + seed.below(3)
            let timespan = Int64(5 + seed.below(60))
            let gap = Int64(2 + seed.below(12))
            let window: WindowKind = kind == 0 ? .sliding : kind == 1 ? .tumbling : .session(gap: nanoseconds(gap))
            let lateness = number % 3 == 0 ? 0 : Int64(1 + seed.below(40))
            let condition = temporalCondition(&seed, references: references, negations: true)
            let stream = temporalStream(
                &seed, count: 24, references: references, spread: 1 + seed.below(12), lateness: lateness)
            var run = TemporalRun(
                TemporalVerdict(references: references, condition, WindowSpan(window, timespan: timespan), cap: 1000),
                lateness: lateness)
            var oracle = TemporalOracle(timespan: timespan, window: window, condition: condition)
            for alert in stream {
                oracle.alerts.append(alert)
                run.take(alert)
                let due = oracle.verdicts.filter { $0.end < run.watermark }
                #expect(run.fired.map(\.until) == due.map(\.end), "seed \(number)")
            }
            run.advance(to: .max)
            #expect(run.fired.map(\.until) == oracle.verdicts.map(\.end), "seed \(number)")
            #expect(
                run.fired.map { $0.alerts.count } == oracle.verdicts.map { min(16, $0.alerts.count) }, "seed \(number)")
            #expect(run.fired.map(\.count) == oracle.verdicts.map(\.alerts.count), "seed \(number)")
            #expect(run.fired.map(\.first) == oracle.verdicts.map { $0.alerts[0].time }, "seed \(number)")
            #expect(run.unplaced == 0)
            verdicts += run.fired.count
        }
        #expect(verdicts > 300)
    }
}

extension TemporalOracle {
    /// The windows, one behind the other, of which the condition holds.
    var verdicts: [(end: Int64, alerts: [TemporalAlert])] {
        var rest = alerts.sorted { ($0.time, $0.number) < ($1.time, $1.number) }
        var verdicts: [(end: Int64, alerts: [TemporalAlert])] = []
        while let first = rest.first {
            var end = first.time + timespan
            if case .tumbling = window { end = first.time - first.time % timespan + timespan - 1 }
            var held = rest.filter { $0.time <= end }
            if case .session(let gap) = window {
                var last = first.time
                for alert in held where alert.time - last <= gap.wholeNanoseconds { last = alert.time }
                held = held.filter { $0.time <= last }
                end = min(end, last + gap.wholeNanoseconds)
            }
            rest.removeFirst(held.count)
            if holds(Self.present(held)) { verdicts.append((end, held)) }
        }
        return verdicts
    }
}
