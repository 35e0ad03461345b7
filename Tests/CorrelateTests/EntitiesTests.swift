// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules
import Testing

@testable import AlertEngine

@Suite struct AbsenceTests {
    private func run(_ alerts: [(Int64, UInt64)], lateness: Int64 = 0) -> TemporalRun<AbsenceState> {
        var run = TemporalRun(AbsenceState(within: 100, cap: 1000), lateness: lateness)
        for (number, alert) in alerts.enumerated() {
            run.take(TemporalAlert(time: alert.0, mask: alert.1, number: UInt64(number)))
        }
        return run
    }

    @Test func `an anchor without its expected alert fires when the watermark has passed`() {
        var run = run([(10, 1)])
        run.advance(to: 110)
        #expect(run.fired.isEmpty)
        run.advance(to: 111)
        #expect(run.fired.map(\.alerts) == [[0]])
        #expect(run.fired.first?.from == 110)
        #expect(run.fired.first?.first == 10)
        #expect(run.state.groupCount == 0)
    }

    @Test func `an expected alert at the last moment is in time, one nanosecond later it is not`() {
        var run = run([(10, 1), (110, 2)])
        run.advance(to: 1000)
        #expect(run.fired.isEmpty)
        run = self.run([(10, 1), (111, 2)])
        run.advance(to: 1000)
        #expect(run.fired.count == 1)
    }

    @Test func `an expected alert before its anchor does not count, one at the same time does`() {
        var run = run([(9, 2), (10, 1)])
        run.advance(to: 1000)
        #expect(run.fired.count == 1)
        run = self.run([(10, 2), (10, 1)])
        run.advance(to: 1000)
        #expect(run.fired.isEmpty)
    }

    @Test func `a heartbeat expects the next one, and the last before silence fires`() {
        var run = run([(10, 3), (60, 3), (110, 3), (160, 3)])
        run.advance(to: 1000)
        #expect(run.fired.map(\.alerts) == [[3]])
        #expect(run.fired.first?.from == 260)
    }

    @Test func `a late expected alert still meets an anchor that waits; a late anchor is kept out`() {
        var run = run([(10, 1), (100, 4), (50, 2), (20, 1)])
        run.advance(to: 1000)
        #expect(run.fired.isEmpty)
        #expect(run.unplaced == 1)
    }

    @Test func `verdicts are those of every pair looked at`() {
        var verdicts = 0
        for number in 0 ..< 1000 {
            var seed = TemporalSeed(state: UInt64(3 << 42 + number))
            let within = Int64(1 + seed.below(40))
            let lateness = number % 3 == 0 ? 0 : Int64(1 + seed.below(40))
            let stream = temporalStream(&seed, count: 30, references: 2, spread: 1 + seed.below(20), lateness: lateness)
            var run = TemporalRun(AbsenceState(within: within, cap: 1000), lateness: lateness)
            var seen: [TemporalAlert] = []
            func unmet() -> [TemporalAlert] {
                seen.filter { anchor in
                    anchor.matches(0)
                        && !seen.contains {
                            $0.matches(1) && $0 != anchor && $0.time >= anchor.time && $0.time - anchor.time <= within
                        }
                }.sorted { ($0.time, $0.number) < ($1.time, $1.number) }
            }
            for alert in stream {
                seen.append(alert)
                run.take(alert)
                let due = unmet().map { $0.time + within }.filter { $0 < run.watermark }
                #expect(run.fired.map(\.from) == due, "seed \(number)")
            }
            run.advance(to: .max)
            #expect(run.fired.map(\.first) == unmet().map(\.time), "seed \(number)")
            #expect(Set(run.fired.map(\.alerts)) == Set(unmet().map { [$0.number] }), "seed \(number)")
            #expect(run.state.groupCount == 0)
            verdicts += run.fired.count
        }
        #expect(verdicts > 1000)
    }
}

@Suite struct NewValueTests {
    private func tuple(_ value: Int) -> Fingerprint { Fingerprint(low: UInt64(value) &* 77, high: UInt64(value)) }

    private func run(
        _ alerts: [(Int64, Int)], history: Int64 = 0, learning: Int64 = 0, lateness: Int64 = 0
    ) -> TemporalRun<NewValueState> {
        var run = TemporalRun(NewValueState(history: history, learning: learning), lateness: lateness)
        for (number, alert) in alerts.enumerated() {
            run.take(TemporalAlert(time: alert.0, mask: 1, number: UInt64(number)), tuple: tuple(alert.1))
        }
        run.advance(to: .max)
        return run
    }

    @Test func `a value fires when it is seen first, and not again`() {
        #expect(run([(10, 1), (20, 1), (30, 2), (40, 1)]).fired.map(\.alerts) == [[0], [2]])
    }

    @Test func `of two alerts with a new value the earlier is the first, whichever came first`() {
        #expect(run([(20, 1), (10, 1), (30, 1)], lateness: 50).fired.map(\.alerts) == [[1]])
    }

    @Test func `a value not seen within the history is new again`() {
        #expect(run([(10, 1), (110, 1), (211, 1)], history: 100).fired.map(\.first) == [10, 211])
    }

    @Test func `nothing fires while the rule learns`() {
        #expect(run([(10, 1), (109, 2), (110, 3), (120, 2)], learning: 100).fired.map(\.alerts) == [[2]])
    }

    @Test func `a value is new for each group`() {
        var run = TemporalRun(NewValueState(history: 0, learning: 0), lateness: 0)
        run.take(TemporalAlert(time: 10, mask: 1, number: 0, group: 1), tuple: tuple(1))
        run.take(TemporalAlert(time: 20, mask: 1, number: 1, group: 2), tuple: tuple(1))
        run.take(TemporalAlert(time: 30, mask: 1, number: 2, group: 2), tuple: nil)
        run.advance(to: .max)
        #expect(run.fired.map(\.group) == [1, 2])
    }

    @Test func `the first alerts are those of a search through all`() {
        var firings = 0
        for number in 0 ..< 700 {
            var seed = TemporalSeed(state: UInt64(5 << 42 + number))
            let history = Int64(number % 4 == 0 ? 0 : 5 + seed.below(60))
            let learning = Int64(number % 5 == 0 ? 30 : 0)
            let lateness = number % 3 == 0 ? 0 : Int64(1 + seed.below(40))
            let stream = temporalStream(
                &seed, count: 40, references: 1, spread: 1 + seed.below(15), lateness: lateness, groups: 2)
            var run = TemporalRun(NewValueState(history: history, learning: learning), lateness: lateness)
            let values = stream.map { _ in seed.below(4) }
            for (alert, value) in zip(stream, values) { run.take(alert, tuple: tuple(value)) }
            run.advance(to: .max)
            let start = stream.map(\.time).min() ?? 0
            let all = Array(zip(stream, values))
            var expected: [Int64] = []
            for (alert, value) in all {
                let place = all.firstIndex { $0.0 == alert } ?? 0
                let isKnown = all.enumerated().contains { other in
                    other.element.1 == value && other.element.0.group == alert.group
                        && (other.element.0.time, other.offset) < (alert.time, place)
                        && (history == 0 || alert.time - other.element.0.time <= history)
                }
                if !isKnown, alert.time >= start + learning { expected.append(alert.time) }
            }
            #expect(run.fired.map(\.first) == expected.sorted(), "seed \(number)")
            firings += run.fired.count
        }
        #expect(firings > 1500)
    }
}

@Suite struct RiskTests {
    private func run(
        _ alerts: [(Int64, Double, UInt16)], threshold: Double = 100, tactics: Int = 3, lateness: Int64 = 0
    ) -> TemporalRun<RiskState> {
        var run = TemporalRun(
            RiskState(timespan: 100, threshold: threshold, tactics: tactics, cap: 1000), lateness: lateness)
        for (number, alert) in alerts.enumerated() {
            run.take(
                TemporalAlert(time: alert.0, mask: 1, number: UInt64(number)), number: alert.1,
                tactics: Tactics(rawValue: alert.2))
        }
        return run
    }

    @Test func `scores are summed over the timespan and fire at the threshold`() {
        let fired = run([(10, 60, 0), (20, 30, 0), (30, 10, 0)]).fired
        #expect(fired.map(\.alerts) == [[0, 1, 2]])
        #expect(fired.first?.value == 100)
        #expect(run([(10, 60, 0), (20, 30, 0), (111, 10, 0)]).fired.isEmpty)
    }

    @Test func `enough different tactics fire, whatever the score`() {
        #expect(run([(10, 0, 1), (20, 0, 2), (30, 0, 1)]).fired.isEmpty)
        #expect(run([(10, 0, 1), (20, 0, 2), (30, 0, 4)]).fired.map(\.alerts) == [[0, 1, 2]])
        #expect(run([(10, 0, 1), (20, 0, 2), (111, 0, 4)]).fired.isEmpty)
        #expect(run([(10, 0, 7)]).fired.count == 1)
    }

    @Test func `tenths add up exactly`() {
        let fired = run((0 ..< 10).map { (Int64($0), 0.1, 0) }, threshold: 1).fired
        #expect(fired.map(\.value) == [1])
    }

    @Test func `what fires is what every window looked at says`() {
        var firings = 0
        for number in 0 ..< 700 {
            var seed = TemporalSeed(state: UInt64(7 << 42 + number))
            let timespan = Int64(5 + seed.below(60))
            let threshold = Double(10 + seed.below(60))
            let needed = 2 + seed.below(4)
            let lateness = number % 3 == 0 ? 0 : Int64(1 + seed.below(40))
            let stream = temporalStream(&seed, count: 16, references: 1, spread: 1 + seed.below(12), lateness: lateness)
            let scores = stream.map { _ in Double(seed.below(20)) / 2 }
            let tactics = stream.map { _ in seed.below(2) == 0 ? UInt16(0) : 1 << UInt16(seed.below(6)) }
            var run = TemporalRun(
                RiskState(timespan: timespan, threshold: threshold, tactics: needed, cap: 1000), lateness: lateness)
            for index in stream.indices {
                run.take(stream[index], number: scores[index], tactics: Tactics(rawValue: tactics[index]))
            }
            var ends: [(end: Int64, value: Double, alerts: Set<UInt64>)] = []
            for end in Set(stream.map(\.time)).sorted() {
                let held = stream.indices.filter {
                    stream[$0].time <= end && end - stream[$0].time <= timespan && (scores[$0] > 0 || tactics[$0] != 0)
                }
                let value = held.reduce(0) { $0 + scores[$1] }
                let distinct = held.reduce(UInt16(0)) { $0 | tactics[$1] }.nonzeroBitCount
                guard value >= threshold || distinct >= needed, held.contains(where: { stream[$0].time == end }) else {
                    continue
                }
                ends.append((end, value, Set(held.map { stream[$0].number })))
            }
            #expect(run.fired.map(\.from).min() == ends.first?.end, "seed \(number)")
            #expect(run.fired.map(\.until).max() == ends.last?.end, "seed \(number)")
            #expect(run.fired.map(\.value).max() == ends.map(\.value).max(), "seed \(number)")
            #expect(
                Set(run.fired.flatMap(\.alerts)) == ends.reduce(into: Set()) { $0.formUnion($1.alerts) },
                "seed \(number)")
            firings += run.fired.count
        }
        #expect(firings > 700)
    }
}
