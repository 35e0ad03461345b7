// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules
import Testing

@testable import AlertEngine

/// Who floods keys must not make a rule forget what it was close to (semantics.md, 3: Limits).
@Suite struct TemporalFloodTests {
    /// Makes room as the correlator does: least progress first.
    private func makeRoom<State: RuleState>(_ run: inout TemporalRun<State>, _ limit: Int) -> Int {
        var evicted = 0
        while run.state.byteCount > limit {
            guard EvictionRank.allCases.contains(where: { run.state.evict($0) }) else { break }
            evicted += 1
        }
        return evicted
    }

    @Test func `a flood of one-hit keys does not flush a slow chain`() {
        var run = TemporalRun(OrderedState(steps: 3, timespan: 10_000_000), lateness: 100)
        let limit = 200_000
        var evicted = 0
        var number: UInt64 = 10
        func flood(_ run: inout TemporalRun<OrderedState>, from start: Int64, mask: UInt64) {
            for index in 0 ..< 30_000 {
                number += 1
                run.take(
                    TemporalAlert(time: start + Int64(index), mask: mask, number: number, group: 1000 + number))
                evicted += makeRoom(&run, limit)
            }
        }
        run.take(TemporalAlert(time: 1000, mask: 1, number: 0, group: 1))
        // Second steps that have no first, while the chain has one hit only: they go when the watermark is there.
        flood(&run, from: 2000, mask: 2)
        #expect(evicted == 0)
        run.take(TemporalAlert(time: 100_000, mask: 2, number: 1, group: 1))
        flood(&run, from: 200_000, mask: 1)
        #expect(evicted > 10_000)
        run.take(TemporalAlert(time: 300_000, mask: 4, number: 2, group: 1))
        #expect(run.fired.map(\.alerts) == [[0, 1, 2]])
        // Others were forgotten: the result says that there may have been more.
        #expect(run.fired.first?.mayBeUndercounted == true)
        #expect(run.state.byteCount <= limit)
    }

    @Test func `a flood of chains as long as the slow one flushes the oldest, and what fires says so`() {
        var run = TemporalRun(OrderedState(steps: 3, timespan: 10_000_000), lateness: 100)
        var evicted = 0
        for group in 0 ..< 5000 {
            let time = Int64(1000 + 10 * group)
            run.take(TemporalAlert(time: time, mask: 1, number: UInt64(2 * group), group: UInt64(group)))
            run.take(TemporalAlert(time: time + 1, mask: 2, number: UInt64(2 * group + 1), group: UInt64(group)))
            evicted += makeRoom(&run, 100_000)
        }
        #expect(evicted > 3000)
        run.take(TemporalAlert(time: 60_000, mask: 4, number: 1 << 20, group: 0))
        #expect(run.fired.isEmpty)
        run.take(TemporalAlert(time: 60_001, mask: 4, number: 1 << 21, group: 4999))
        #expect(run.fired.map(\.mayBeUndercounted) == [true])
    }

    @Test func `a flood of one-hit keys does not flush a temporal rule's group either`() {
        var run = TemporalRun(
            TemporalState(references: 3, .all(3), WindowSpan(.sliding, timespan: 10_000_000), cap: 1000), lateness: 100)
        run.take(TemporalAlert(time: 1000, mask: 1, number: 0, group: 1))
        run.take(TemporalAlert(time: 1001, mask: 2, number: 1, group: 1))
        var evicted = 0
        for index in 0 ..< 20_000 {
            run.take(
                TemporalAlert(time: 2000 + Int64(index), mask: 1, number: UInt64(index), group: UInt64(100 + index)))
            evicted += makeRoom(&run, 200_000)
        }
        #expect(evicted > 15_000)
        run.take(TemporalAlert(time: 60_000, mask: 4, number: 2, group: 1))
        #expect(run.fired.map(\.value) == [3])
        #expect(run.fired.first?.mayBeUndercounted == true)
    }

    @Test func `a hot group keeps only so many recent matches, and goes on`() {
        var run = TemporalRun(OrderedState(steps: 3, timespan: 1_000_000), lateness: 1_000_000)
        for index in 0 ..< 10_000 {
            run.take(TemporalAlert(time: Int64(1000 + index), mask: 1 << UInt64(index % 2), number: UInt64(index)))
        }
        #expect(run.state.byteCount < 8000)
        run.take(TemporalAlert(time: 20_000, mask: 4, number: 1 << 20))
        #expect(run.fired.map(\.alerts) == [[9998, 9999, 1 << 20]])
    }
}
