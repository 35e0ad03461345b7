// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import Testing

/// The engine against the oracle on random streams. A failing seed is in the message and gives the same stream again.
@Suite struct OracleTests {
    @Test(arguments: 0 ..< 4)
    func `every verdict, every total and the order of closings are the oracle's`(part: Int) throws {
        for seed in UInt64(part) * 300 ..< UInt64(part) * 300 + 60 {
            var run = Run(seed: seed)
            try run.check()
        }
    }

    @Test(arguments: 0 ..< 4)
    func `disorder within the lateness leaves groups, totals and first and last times as they are`(part: Int) throws {
        for seed in UInt64(part) * 50 ..< UInt64(part + 1) * 50 {
            var random = SplitMix(seed: seed)
            let settings = DeduplicateSettings(
                quiet: .seconds(Int.random(in: 3 ... 8, using: &random)), maxOpen: .seconds(86_400),
                memoryBytes: 1 << 18)
            var time: Int64 = 0
            let ordered = (0 ..< 150).map { _ in
                time += Int64.random(in: 0 ... 4_000_000_000, using: &random)
                return SampleAlert(time: time, rule: ["a", "b"].randomElement(using: &random) ?? "a")
            }
            let arrivals = ordered.map { ($0, $0.time + Int64.random(in: 0 ... 1_999_999_999, using: &random)) }
            let shuffled = arrivals.sorted { $0.1 < $1.1 }.map(\.0)
            let (left, right) = (spans(of: ordered, settings), spans(of: shuffled, settings))
            try #require(left == right, "seed \(seed)")
        }
    }

    /// Groups with repeats: key, total, first and last.
    private func spans(of alerts: [SampleAlert], _ settings: DeduplicateSettings) -> [String] {
        var bench = Bench(settings)
        var newest: Int64 = 0
        for alert in alerts {
            bench.admit(alert)
            newest = max(newest, alert.time)
            bench.advance(toNanoseconds: newest - 2_000_000_000)
        }
        bench.end()
        return bench.closes.map { "\($0.group) \($0.first) \($0.last) \($0.total)" }.sorted()
    }
}

/// One random stream.
private struct Run {
    let seed: UInt64
    var random: SplitMix
    var bench: Bench
    var oracle: Oracle
    let settings: DeduplicateSettings
    var words: [String: Int] = [:]
    var revoked = 0

    init(seed: UInt64) {
        self.seed = seed
        random = SplitMix(seed: seed)
        settings = DeduplicateSettings(
            quiet: .milliseconds(Int.random(in: 1_000 ... 20_000, using: &random)),
            maxOpen: .milliseconds(Int.random(in: 1_000 ... 90_000, using: &random)),
            variants: Int.random(in: 1 ... 4, using: &random), memoryBytes: 1 << 18)
        bench = Bench(settings, key: HashKey(low: random.next(), high: random.next()))
        oracle = Oracle(
            quiet: settings.quiet.wholeNanoseconds, maxOpen: settings.maxOpen.wholeNanoseconds,
            limit: settings.variants)
    }

    mutating func check() throws {
        var time: Int64 = 0
        let keys = Int.random(in: 1 ... 4, using: &random)
        for _ in 0 ..< 40 {
            var batch: [SampleAlert] = []
            for _ in 0 ..< Int.random(in: 1 ... 8, using: &random) {
                time +=
                    random.chance(10)
                    ? Int64.random(in: 0 ... 40_000_000_000, using: &random)
                    : Int64.random(in: 0 ... 3_000_000_000, using: &random)
                // In order, out of order within the lateness, or behind the watermark.
                let back =
                    random.chance(5)
                    ? Int64.random(in: 0 ... 60_000_000_000, using: &random)
                    : random.chance(40) ? Int64.random(in: 0 ... 2_000_000_000, using: &random) : 0
                batch.append(alert(at: max(0, time - back), keys: keys))
            }
            try admit(batch)
            bench.advance(toNanoseconds: time - 2_000_000_000)
            oracle.advance(to: max(oracle.watermark, SampleAlert.start + time - 2_000_000_000))
            if random.chance(5) { try restore() }
        }
        bench.end()
        oracle.advance(to: .max)
        try compare()
    }

    private mutating func alert(at time: Int64, keys: Int) -> SampleAlert {
        var alert = SampleAlert(time: time, rule: "rule \(Int.random(in: 0 ..< keys, using: &random))")
        alert.priority =
            random.chance(70)
            ? .notice : [.debug, .warning, .error, .critical].randomElement(using: &random) ?? .notice
        if random.chance(30) { alert.command = "sh -c \(Int.random(in: 0 ..< 7, using: &random)) \(random.next())" }
        if random.chance(20) { alert.fields["proc.aname[2]"] = ["sshd", "cron"].randomElement(using: &random) }
        if random.chance(10) {
            alert.fields["container.id"] = ["host", "", "<NA>", "c1"].randomElement(using: &random)
        }
        if random.chance(10) { alert.fields["fd.name"] = ["/etc/shadow", "/etc/passwd"].randomElement(using: &random) }
        return alert
    }

    private mutating func admit(_ alerts: [SampleAlert]) throws {
        let batch = SampleAlert.batch(alerts)
        for (index, alert) in alerts.enumerated() {
            let place = bench.place
            let word = bench.admit(batch, index).word
            if random.chance(8) {
                bench.deduplicator.revoke()
                revoked += 1
                continue
            }
            let expected = oracle.admit(alert, place: place)
            try #require(word == expected, "seed \(seed), place \(place)")
            words[word, default: 0] += 1
        }
    }

    /// Through a checkpoint, under another hash key.
    private mutating func restore() throws {
        var writer = ByteWriter()
        bench.deduplicator.write(to: &writer)
        var reader = ByteReader(writer.bytes)
        bench.deduplicator = try Deduplicator(settings, key: HashKey(low: random.next(), high: 3), from: &reader)
        try #require(reader.isAtEnd, "seed \(seed)")
        var again = ByteWriter()
        bench.deduplicator.write(to: &again)
        let isSame = again.bytes == writer.bytes
        try #require(isSame, "seed \(seed)")
    }

    private func compare() throws {
        let closes = bench.closes.map {
            Oracle.Close(
                total: $0.total, suppressed: $0.suppressed, variants: $0.variants, first: $0.first.nanoseconds,
                last: $0.last.nanoseconds, byPriority: $0.byPriority, opener: $0.samples.first?.place ?? 0)
        }
        let pairs = zip(closes, oracle.closes)
        for (close, expected) in pairs { try #require(close == expected, "seed \(seed)") }
        try #require(closes.count == oracle.closes.count, "seed \(seed)")
        let counters = bench.deduplicator.counters
        try #require(
            counters.first == words["first", default: 0] && counters.variants == words["variant", default: 0]
                && counters.breakthroughs == words["breakthrough", default: 0]
                && counters.suppressed == words["repeated", default: 0] && counters.revoked == revoked
                && counters.openGroups == 0 && counters.untrackedForMemory == 0, "seed \(seed): \(counters)")
        try #require(closes.map(\.suppressed).reduce(0, +) == counters.suppressed, "seed \(seed)")
        let ids = bench.summaries.map(\.id)
        try #require(Set(ids).count == ids.count, "seed \(seed): an id came twice")
        let listed = bench.summaries.flatMap(\.newVariants)
        try #require(listed.allSatisfy { !$0.isEmpty }, "seed \(seed)")
    }
}
