// SPDX-License-Identifier: Apache-2.0
import Inspection
import Testing

@Suite struct CounterCarryTests {
    private let counter = MetricDescription("creance_c_total", .counter, ["sink"], "Counts.")
    private let gauge = MetricDescription("creance_g", .gauge, ["sink"], "Is.")
    private let histogram = MetricDescription("creance_h", .histogram, [], "Spreads.")

    private func counts(_ values: KeyValuePairs<String, Int>) -> [MetricFamily] {
        [counter.samples(values.map { MetricSample([$0.key], .integer($0.value)) })]
    }

    @Test func `a counter that begins anew goes on from what was shown last`() {
        var carry = CounterCarry()
        #expect(carry.applied(to: counts(["a": 5])) == counts(["a": 5]))
        carry.renew(after: carry.applied(to: counts(["a": 5])), with: counts(["a": 0]))
        #expect(carry.applied(to: counts(["a": 3])) == counts(["a": 8]))
        carry.renew(after: carry.applied(to: counts(["a": 3])), with: counts(["a": 0]))
        #expect(carry.applied(to: counts(["a": 1])) == counts(["a": 9]))
    }

    @Test func `a counter that knows its number from before gets nothing added`() {
        var carry = CounterCarry()
        carry.renew(after: counts(["engine": 7, "sink": 10]), with: counts(["engine": 7, "sink": 4]))
        #expect(carry.applied(to: counts(["engine": 9, "sink": 5])) == counts(["engine": 9, "sink": 11]))
    }

    @Test func `what goes with its sink begins anew, what a sink lacks for now goes on`() {
        let refused = MetricDescription("creance_r_total", .counter, ["sink", "reason"], "Refuses.")
        func both(_ counts: KeyValuePairs<String, Int>, _ refusals: [MetricSample]) -> [MetricFamily] {
            self.counts(counts) + [refused.samples(refusals)]
        }
        let two = ["a", "b"].map { MetricSample([$0, "full"], .integer(2)) }
        var carry = CounterCarry()
        carry.renew(after: both(["a": 5, "b": 9], two), with: both(["a": 0], []))
        #expect(carry.applied(to: both(["a": 1], [])) == both(["a": 6], [two[0]]))
        carry.renew(after: carry.applied(to: both(["a": 1], [])), with: both(["a": 0, "b": 0], []))
        #expect(carry.applied(to: both(["a": 0, "b": 3], [])) == both(["a": 6, "b": 3], [two[0]]))
    }

    @Test func `what a source took in that is gone stays`() {
        let intake = MetricDescription("creance_i_total", .counter, ["source", "type"], "Takes.")
        func taken(_ values: KeyValuePairs<String, Int>) -> [MetricFamily] {
            [intake.samples(values.map { MetricSample([$0.key, "t"], .integer($0.value)) })]
        }
        var carry = CounterCarry()
        carry.renew(after: taken(["a": 5]), with: taken(["b": 0]))
        #expect(carry.applied(to: taken(["b": 2])) == taken(["b": 2, "a": 5]))
        carry.renew(after: carry.applied(to: taken(["b": 2])), with: taken(["a": 0]))
        #expect(carry.applied(to: taken(["a": 1])) == taken(["a": 6, "b": 2]))
    }

    @Test func `nothing is taken away where the new part begins with more`() {
        var carry = CounterCarry()
        carry.renew(after: counts(["a": 5]), with: counts(["a": 9]))
        #expect(carry.applied(to: counts(["a": 9])) == counts(["a": 9]))
    }

    @Test func `a gauge is what it is, a histogram adds its buckets`() {
        func families(_ level: Int, _ buckets: [Int], _ sum: Double) -> [MetricFamily] {
            [
                gauge.samples([MetricSample(["a"], .integer(level))]),
                histogram.sample(.histogram(HistogramSnapshot(bounds: [1], counts: buckets, sum: sum))),
            ]
        }
        var carry = CounterCarry()
        carry.renew(after: families(5, [1, 2], 7), with: families(0, [0, 0], 0))
        #expect(carry.applied(to: families(3, [10, 0], 0.5)) == families(3, [11, 2], 7.5))
    }
}
