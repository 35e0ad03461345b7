// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import FalcoRules
import Testing

@Suite struct KeyTests {
    @Test func `a summary names the key's members, and the container or the host`() {
        var bench = Bench()
        let fields = ["container.id": "host", "user.uid": "0", "proc.exepath": "/bin/sh", "k8s.ns.name": "<NA>"]
        bench.admit([.at(0).with { $0.fields = fields }, .at(1).with { $0.fields = fields }])
        bench.end()
        let members = Dictionary(uniqueKeysWithValues: bench.closes[0].fields.map { ($0.name, $0.value) })
        #expect(members["rule"] == .text("Terminal shell in container"))
        #expect(members["container.id"] == .text("host@node-1"))
        #expect(members["user.uid"] == .integer(0) && members["k8s.ns.name"] == .some(.null))
        #expect(members["proc.exepath"] == .text("/bin/sh") && members["proc.name"] == nil)
    }

    @Test func `listed fields make the key, for all alerts or for those that a condition matches`() throws {
        let override = KeyOverride(
            try Condition("rule = \"noisy\""), parts: ["rule", "container.image.repository"].map { KeyPart($0) })
        var bench = Bench(DeduplicateSettings(overrides: [override]))
        let alerts = (0 ..< 4).map { index in
            SampleAlert.at(Double(index)).with {
                $0.rule = index < 2 ? "noisy" : "quiet"
                $0.fields = ["container.id": "c\(index)", "container.image.repository": "nginx"]
            }
        }
        #expect(bench.admit(alerts).map(\.word) == ["first", "repeated", "first", "first"])
        bench.end()
        #expect(bench.closes[0].fields.map(\.name) == ["rule", "container.image.repository"])
    }

    @Test func `the group's id is the same under every hash key and tells keys apart`() {
        var (left, right) = (Bench(key: HashKey(low: 1, high: 2)), Bench(key: HashKey(low: 3, high: 4)))
        let alerts = (0 ..< 50).map { index in SampleAlert.at(0).with { $0.rule = "r\(index)" } }
        let groups = left.admit(alerts).compactMap { $0.mark?.group }
        #expect(groups == right.admit(alerts).compactMap { $0.mark?.group } && Set(groups).count == 50)
        // Pinned: records of earlier versions name groups by it.
        #expect(groups[0].description.count == 32)
    }

    @Test func `two hash keys give equal outputs`() {
        var random = SplitMix(seed: 5)
        let alerts = (0 ..< 400).map { index in
            SampleAlert.at(Double(index)).with {
                $0.rule = "r\(Int.random(in: 0 ..< 20, using: &random))"
                $0.command = "c\(Int.random(in: 0 ..< 30, using: &random))"
            }
        }
        var (left, right) = (Bench(key: HashKey(low: 1, high: 2)), Bench(key: HashKey(low: 3, high: 4)))
        #expect(left.admit(alerts) == right.admit(alerts))
        left.end()
        right.end()
        #expect(left.outbox.records == right.outbox.records && !left.summaries.isEmpty)
    }

    @Test func `when the table is full alerts pass without a group, repeats are still counted`() {
        var bench = Bench(DeduplicateSettings(memoryBytes: 1 << 16))
        let flood = (0 ..< 500).map { index in SampleAlert.at(Double(index) / 100).with { $0.rule = "r\(index)" } }
        bench.admit(.at(0))
        let words = bench.admit(flood).map(\.word)
        let (first, untracked) = (words.filter { $0 == "first" }.count, words.filter { $0 == "untracked" }.count)
        #expect(first > 10 && untracked > 100 && first + untracked == 500)
        #expect(bench.admit(.at(6)).word == "repeated")
        bench.end()
        let counters = bench.deduplicator.counters
        #expect(counters.untrackedForMemory == untracked && counters.admitted == 502 && counters.openGroups == 0)
        #expect(bench.admit(.at(7)).word == "first")
    }

    @Test func `forged times of one key cannot make its list of groups long`() {
        var bench = Bench()
        let words = (0 ..< 40).map { bench.admit(.at(Double(40 - $0) * 1_000)).word }
        #expect(words.filter { $0 == "first" }.count == 16 && words.filter { $0 == "untracked" }.count == 24)
        bench.end()
        #expect(bench.deduplicator.counters.untrackedForTimes == 24)
    }

    @Test func `a late alert between two groups joins them`() {
        var bench = Bench(DeduplicateSettings(quiet: .seconds(10)))
        #expect(bench.admit([.at(0), .at(11), .at(5)]).map(\.word) == ["first", "first", "repeated"])
        bench.end()
        #expect(bench.closes.map(\.total) == [3] && bench.closes.map(\.suppressed) == [1])
        #expect(bench.closes[0].last == SampleAlert.at(11).eventTime && bench.deduplicator.counters.mergedGroups == 1)
    }

    @Test func `a host an hour behind has its alerts deduplicated all the same`() {
        var bench = Bench()
        bench.advance(to: 3_600)
        var words: [String] = []
        for second in 0 ..< 20 {
            words.append(bench.admit(.at(Double(second))).word)
            bench.advance(to: 3_600 + Double(second))
        }
        #expect(words == ["first"] + Array(repeating: "repeated", count: 19))
    }

    @Test func `a cut or changed checkpoint is refused or harmless, never a crash`() {
        var bench = Bench(DeduplicateSettings(variants: 1, memoryBytes: 1 << 16))
        for index in 0 ..< 12 { bench.admit(.at(Double(index)).with { $0.command = "c\(index % 5)" }) }
        bench.admit(.at(1).with { $0.rule = "alone" })
        bench.advance(to: 5)
        var writer = ByteWriter()
        bench.deduplicator.write(to: &writer)
        for count in 0 ..< writer.bytes.count {
            var reader = ByteReader(Array(writer.bytes.prefix(count)))
            #expect(throws: MalformedBytes.self) {
                try Deduplicator(
                    DeduplicateSettings(memoryBytes: 1 << 16), key: HashKey(low: 1, high: 1), from: &reader)
            }
        }
        var random = SplitMix(seed: 1)
        for _ in 0 ..< 500 {
            var bytes = writer.bytes
            for _ in 0 ..< 3 {
                bytes[Int.random(in: 0 ..< bytes.count, using: &random)] = UInt8.random(in: 0 ... 255, using: &random)
            }
            var reader = ByteReader(bytes)
            guard
                var other = try? Deduplicator(
                    DeduplicateSettings(memoryBytes: 1 << 16), key: HashKey(low: 1, high: 1), from: &reader)
            else { continue }
            var outbox = Outbox()
            let time = EventTime(nanoseconds: .max)
            other.advance(EngineMoment(watermark: time, now: time), &outbox)
        }
    }
}
