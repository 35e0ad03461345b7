// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import Testing

@Suite struct GroupTests {
    @Test func `the first of its kind leaves, a repeat is counted`() {
        var bench = Bench()
        let words = bench.admit([.at(0), .at(1), .at(300)]).map(\.word)
        #expect(words == ["first", "repeated", "repeated"])
    }

    @Test func `at exactly quiet an alert is still a repeat, a nanosecond later it is a first again`() {
        var bench = Bench()
        let last = SampleAlert(time: 300_000_000_001)
        #expect(bench.admit([.at(0), .at(300)]).map(\.word) == ["first", "repeated"])
        var other = Bench()
        #expect(other.admit([.at(0), last]).map(\.word) == ["first", "first"])
    }

    @Test func `a group lasts no longer than max_open`() {
        var bench = Bench(DeduplicateSettings(quiet: .seconds(60), maxOpen: .seconds(120)))
        let words = bench.admit([.at(0), .at(50), .at(100), .at(120), .at(121), .at(122)]).map(\.word)
        #expect(words == ["first", "repeated", "repeated", "repeated", "first", "repeated"])
        bench.end()
        #expect(bench.closes.map(\.total) == [4, 2])
    }

    @Test func `the summary comes when the watermark reaches the end of quiet, and only if something was suppressed`() {
        var bench = Bench()
        bench.admit([.at(0), .at(10), .at(0).with { $0.rule = "alone" }])
        bench.advance(to: 309.999)
        #expect(bench.summaries.isEmpty)
        bench.advance(to: 310)
        #expect(bench.summaries.count == 1)
        let summary = bench.summaries[0]
        #expect(summary.state == .close && summary.total == 2 && summary.suppressed == 1 && summary.variants == 1)
        #expect(summary.first == SampleAlert.at(0).eventTime && summary.last == SampleAlert.at(10).eventTime)
        #expect(summary.byPriority == [0, 0, 0, 0, 2, 0, 0, 0] && summary.samples.map(\.place) == [1, 2])
        bench.end()
        #expect(bench.summaries.count == 1 && bench.deduplicator.counters.closedGroups == 2)
    }

    @Test func `updates come at ten, a hundred and a thousand`() {
        var bench = Bench()
        for second in 0 ..< 1_000 { bench.admit(.at(Double(second) / 10)) }
        bench.advance(to: 1)
        #expect(bench.updates.map(\.total) == [10, 100, 1_000] && bench.updates.map(\.revision) == [1, 2, 3])
        #expect(bench.updates.map(\.suppressed) == [9, 99, 999])
    }

    @Test func `a revoked alert was never there`() {
        var bench = Bench()
        bench.admit(.at(0))
        bench.deduplicator.revoke()
        #expect(bench.deduplicator.counters.openGroups == 0)
        #expect(bench.admit([.at(1), .at(2)]).map(\.word) == ["first", "repeated"])
        bench.deduplicator.revoke()
        bench.end()
        #expect(bench.summaries.isEmpty)
    }

    @Test func `the first alert of each new variant leaves, up to eight`() {
        var bench = Bench()
        let words = (0 ..< 10).map { index in
            bench.admit(.at(Double(index)).with { $0.command = "bash -c \(["ls", "id", "ps"][index % 3]) \(index)" })
                .word
        }
        #expect(words == ["first"] + Array(repeating: "variant", count: 7) + ["repeated", "repeated"])
        bench.end()
        #expect(bench.closes.map(\.variants) == [10] && bench.closes.map(\.suppressed) == [2])
    }

    @Test func `a higher priority than any before breaks through`() {
        var bench = Bench()
        let priorities: [Priority] = [.warning, .notice, .error, .error, .critical, .warning]
        let words = priorities.enumerated().map { index, priority in
            bench.admit(.at(Double(index)).with { $0.priority = priority }).word
        }
        #expect(words == ["first", "repeated", "breakthrough", "repeated", "breakthrough", "repeated"])
    }
}
