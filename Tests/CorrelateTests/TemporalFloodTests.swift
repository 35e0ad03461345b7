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
        // Its first two alerts are not known any more.
        #expect(run.fired.map(\.alerts) == [[1 << 20]])
        #expect(run.fired.map(\.isApproximate) == [true])
        run.take(TemporalAlert(time: 60_001, mask: 4, number: 1 << 21, group: 4999))
        #expect(run.fired.map(\.mayBeUndercounted) == [true, true])
        #expect(run.fired.last?.isApproximate == false && run.fired.last?.count == 3)
    }

    /// A chain of which one step is known, then a flood of first steps that flushes it.
    private func floodedAfterOneStep(timespan: Int64) -> TemporalRun<OrderedState> {
        var run = TemporalRun(
            OrderedState(steps: 3, timespan: timespan, forgottenBytes: 1 << 18), lateness: 100)
        run.take(TemporalAlert(time: 1000, mask: 1, number: 1, group: 1))
        var evicted = 0
        for index in 0 ..< 20_000 {
            let number = UInt64(100 + index)
            run.take(TemporalAlert(time: 2000 + Int64(index), mask: 1, number: number, group: number))
            evicted += makeRoom(&run, 400_000)
        }
        #expect(evicted > 15_000)
        #expect(run.fired.isEmpty)
        return run
    }

    @Test func `a chain that was forgotten after its first step fires, and says that it is approximate`() {
        var run = floodedAfterOneStep(timespan: 10_000_000)
        run.take(TemporalAlert(time: 60_000, mask: 2, number: 2, group: 1))
        #expect(run.fired.isEmpty)
        run.take(TemporalAlert(time: 70_000, mask: 4, number: 3, group: 1))
        #expect(
            run.fired == [
                .init(
                    group: 1, from: 70_000, until: 70_000, first: 60_000, last: 70_000, value: 3, count: 2,
                    alerts: [2, 3], mayBeUndercounted: true, isApproximate: true)
            ])
        // It is used up, and so is what was forgotten of it.
        run.take(TemporalAlert(time: 70_001, mask: 4, number: 4, group: 1))
        #expect(run.fired.count == 1)
    }

    @Test func `a chain whose group began with a later step is marked when it begins`() {
        var run = TemporalRun(OrderedState(steps: 3, timespan: 10_000_000), lateness: 1000)
        run.take(TemporalAlert(time: 1000, mask: 4, number: 1, group: 1))
        run.take(TemporalAlert(time: 1001, mask: 1, number: 2, group: 1))
        run.advance(to: 5000)
        while run.state.evict(.oneHit) || run.state.evict(.little) {}
        #expect(run.state.groupCount == 0)
        run.take(TemporalAlert(time: 6000, mask: 2, number: 3, group: 2))
        run.take(TemporalAlert(time: 6001, mask: 4, number: 4, group: 2))
        #expect(run.fired.isEmpty)
        run.take(TemporalAlert(time: 6002, mask: 2, number: 5, group: 1))
        run.take(TemporalAlert(time: 6003, mask: 4, number: 6, group: 1))
        #expect(run.fired.map(\.alerts) == [[5, 6]])
    }

    @Test func `what was forgotten and is older than the timespan begins nothing`() {
        var run = floodedAfterOneStep(timespan: 30_000)
        run.take(TemporalAlert(time: 60_000, mask: 2, number: 2, group: 1))
        run.take(TemporalAlert(time: 60_001, mask: 4, number: 3, group: 1))
        #expect(run.fired.isEmpty)
        #expect(run.state.forgotten.isEmpty && run.state.forgotten.byteCount == 0)
    }

    @Test func `after a flood few others fire that had no first step, and those say so`() {
        var run = floodedAfterOneStep(timespan: 10_000_000)
        for index in 0 ..< 2000 {
            let group = UInt64(1_000_000 + index)
            run.take(TemporalAlert(time: 60_000 + Int64(index), mask: 2, number: group, group: group))
            run.take(TemporalAlert(time: 65_000 + Int64(index), mask: 4, number: 2 * group, group: group))
        }
        #expect(run.fired.count < 200)
        #expect(run.fired.allSatisfy { $0.isApproximate && $0.mayBeUndercounted })
    }

    @Test func `an until match ends a forgotten chain that stood again`() {
        var run = floodedAfterOneStep(timespan: 10_000_000)
        run.take(TemporalAlert(time: 60_000, mask: 2, number: 2, group: 1))
        run.take(TemporalAlert(time: 60_010, mask: Observation.untilBit, number: 3, group: 1))
        run.take(TemporalAlert(time: 60_020, mask: 4, number: 4, group: 1))
        #expect(run.fired.isEmpty)
    }

    @Test(arguments: 0 ..< 24)
    func `whatever is forgotten, every chain fires or one of its group did, marked`(_ number: Int) {
        var seed = TemporalSeed(state: UInt64(number))
        let (steps, timespan) = (2 + seed.below(4), Int64(200 + seed.below(400)))
        // In order and without ties: a step that waits for an earlier one to come is forgotten with its group.
        let stream = temporalStream(
            &seed, count: 800, references: steps, spread: 4, lateness: 0, groups: 30, until: number % 2 == 0,
            distinct: true)
        var roomy = TemporalRun(OrderedState(steps: steps, timespan: timespan), lateness: 0)
        var tight = TemporalRun(OrderedState(steps: steps, timespan: timespan), lateness: 0)
        var evicted = 0
        for alert in stream {
            roomy.take(alert)
            tight.take(alert)
            for rank in EvictionRank.allCases where seed.below(3) == 0 && tight.state.evict(rank) { evicted += 1 }
        }
        #expect(evicted > 100)
        for chain in roomy.fired {
            #expect(
                tight.fired.contains {
                    $0.group == chain.group && ($0.last == chain.last || $0.isApproximate) && $0.last >= chain.first
                        && $0.last <= chain.last
                }, "\(chain)")
        }
        #expect(tight.fired.contains { $0.isApproximate })
        #expect(tight.fired.allSatisfy { !$0.isApproximate || $0.mayBeUndercounted })
    }

    @Test func `a temporal rule sees what it forgot, and says so`() {
        var run = TemporalRun(
            TemporalState(references: 3, .all(3), WindowSpan(.sliding, timespan: 10_000_000), cap: 1000), lateness: 100)
        run.take(TemporalAlert(time: 1000, mask: 4, number: 1, group: 1))
        for index in 0 ..< 20_000 {
            run.take(
                TemporalAlert(time: 2000 + Int64(index), mask: 1, number: UInt64(index), group: UInt64(100 + index)))
            _ = makeRoom(&run, 400_000)
        }
        run.take(TemporalAlert(time: 60_000, mask: 1, number: 1 << 20, group: 1))
        #expect(run.fired.isEmpty)
        run.take(TemporalAlert(time: 60_001, mask: 2, number: 1 << 21, group: 1))
        #expect(run.fired.map(\.alerts) == [[1 << 20, 1 << 21]])
        #expect(run.fired.first?.isApproximate == true && run.fired.first?.mayBeUndercounted == true)
    }

    @Test func `what was forgotten is never denied, and others seldom are affirmed`() {
        var chains = ForgottenChains(timespan: 1000, bytes: 1 << 20)
        // As many as one generation takes; then as many again.
        let capacity = (1 << 20) / 4
        for round in 0 ..< 2 {
            for number in round * capacity ..< (round + 1) * capacity {
                chains.insert(mark(number), 1, at: Int64(500 + number % 100))
            }
        }
        #expect(chains.byteCount == 1 << 19)
        for number in stride(from: 0, to: 2 * capacity, by: 7) {
            #expect(chains.start(of: mark(number), 1, at: 700) == 599)
        }
        var wrong = 0
        for number in 0 ..< 20_000 where chains.start(of: mark(-1 - number), 1, at: 700) != nil { wrong += 1 }
        // Twice 2.4 %.
        #expect(wrong > 800 && wrong < 1_100)
        #expect(chains.start(of: mark(3), 2, at: 700) == nil)
        #expect(chains.start(of: mark(3), 1, at: 499) == nil)
        #expect(chains.start(of: mark(3), 1, at: 550) == 550)
        #expect(chains.start(of: mark(3), 1, at: 1600) == nil)
        for number in 0 ..< 10 * capacity { chains.insert(mark(number), 1, at: 600) }
        #expect(chains.byteCount == 1 << 20)
        chains.expire(at: 1601)
        #expect(chains.isEmpty)
    }

    private func mark(_ number: Int) -> UInt64 {
        var name = ByteWriter()
        name.put(Int64(number))
        return ForgottenChains.mark(name.bytes)
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
