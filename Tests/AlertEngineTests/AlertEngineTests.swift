// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import AlertEngine

@Suite struct AlertEngineTests {
    @Test func `the watermark trails the newest alert by the allowed lateness`() {
        var engine = AlertEngine(EngineSettings())
        _ = engine.process(entry(1, [SampleAlert(time: 100 * second, arrival: 101 * second)]))
        #expect(engine.clock.watermark.nanoseconds == 98 * second)
    }

    @Test func `an alert behind the watermark is late, one exactly at it is not`() {
        var engine = AlertEngine(EngineSettings())
        _ = engine.process(entry(1, [SampleAlert(time: 100 * second, arrival: 100 * second)]))
        _ = engine.process(entry(2, [SampleAlert(time: 98 * second, arrival: 101 * second)]))
        #expect(engine.clock.lateCount == 0)
        _ = engine.process(entry(3, [SampleAlert(time: 98 * second - 1, arrival: 102 * second)]))
        #expect(engine.clock.lateCount == 1)
    }

    @Test func `the slowest stream that still speaks holds the watermark`() {
        var engine = AlertEngine(EngineSettings())
        _ = engine.process(entry(1, [SampleAlert(time: 95 * second, arrival: 100 * second, hostname: "slow")]))
        _ = engine.process(entry(2, [SampleAlert(time: 100 * second, arrival: 100 * second, hostname: "fast")]))
        #expect(engine.clock.watermark.nanoseconds == 93 * second)
    }

    @Test func `a stream that fell silent lets the watermark go`() {
        var engine = AlertEngine(EngineSettings())
        _ = engine.process(entry(1, [SampleAlert(time: 95 * second, arrival: 100 * second, hostname: "slow")]))
        _ = engine.process(entry(2, [SampleAlert(time: 111 * second, arrival: 111 * second, hostname: "fast")]))
        #expect(engine.clock.watermark.nanoseconds == 109 * second)
    }

    @Test func `a stream holds the others back until its newest alert is the whole idle time-out behind`() {
        var engine = AlertEngine(EngineSettings())
        _ = engine.process(entry(1, [SampleAlert(time: 100 * second, arrival: 109 * second, hostname: "slow")]))
        _ = engine.process(entry(2, [SampleAlert(time: 109 * second, arrival: 109 * second, hostname: "fast")]))
        #expect(engine.clock.watermark.nanoseconds == 98 * second)
        #expect(engine.clock.laggingStreams().isEmpty)
        _ = engine.process(entry(3, [SampleAlert(time: 111 * second, arrival: 111 * second, hostname: "fast")]))
        #expect(engine.clock.watermark.nanoseconds == 109 * second)
        #expect(engine.clock.laggingStreams().count == 1)
    }

    @Test func `an alert of the watermark's own time finds its group open`() {
        let disordered: [Int64] = [0, 12, 10]
        let ordered: [Int64] = [0, 10, 12]
        let fates = [disordered, ordered].map { times in
            var settings = EngineSettings()
            settings.deduplicate = DeduplicateSettings(quiet: .seconds(10))
            var engine = AlertEngine(settings)
            var suppressed = 0
            var now: Int64 = 0
            for (index, time) in times.enumerated() {
                now = max(now, time)
                let alert = SampleAlert(time: (1000 + time) * second, arrival: (1000 + now) * second)
                let decision = engine.process(entry(Int64(index + 1), [alert]))
                if decision.fates == [Fate.suppressed.rawValue] { suppressed += 1 }
            }
            return suppressed
        }
        // 12 is 12 s behind 0 while 10 is not there: out of order its group opens a second time, and 10 joins both.
        #expect(fates == [1, 2])
    }

    @Test func `a node whose clock is an hour behind holds nobody back and is named`() {
        var engine = AlertEngine(EngineSettings())
        _ = engine.process(entry(1, [SampleAlert(time: 7200 * second, arrival: 7200 * second, hostname: "right")]))
        _ = engine.process(entry(2, [SampleAlert(time: 3600 * second, arrival: 7201 * second, hostname: "behind")]))
        #expect(engine.clock.watermark.nanoseconds == 7198 * second)
        #expect(engine.clock.laggingStreams().map { String(decoding: $0.hostname, as: UTF8.self) } == ["behind"])
    }

    @Test func `a node whose clock is an hour ahead closes nobody's window`() {
        var engine = AlertEngine(EngineSettings())
        _ = engine.process(entry(1, [SampleAlert(time: 3700 * second, arrival: 100 * second)]))
        #expect(engine.clock.watermark.nanoseconds == 98 * second)
        #expect(engine.clock.skewedCount == 1)
    }

    @Test func `when all are idle, ticks move the watermark`() {
        var engine = AlertEngine(EngineSettings())
        _ = engine.process(entry(1, [SampleAlert(time: 100 * second, arrival: 100 * second)]))
        _ = engine.process(tick(2, at: 105))
        #expect(engine.clock.watermark.nanoseconds == 98 * second)
        _ = engine.process(tick(3, at: 120))
        #expect(engine.clock.watermark.nanoseconds == 118 * second)
    }

    @Test func `the watermark never goes back`() {
        var engine = AlertEngine(EngineSettings())
        _ = engine.process(tick(1, at: 200))
        _ = engine.process(entry(2, [SampleAlert(time: 150 * second, arrival: 200 * second)]))
        _ = engine.process(tick(3, at: 100))
        #expect(engine.clock.watermark.nanoseconds == 198 * second)
    }

    @Test func `outputs are numbered without holes`() {
        var engine = AlertEngine(EngineSettings())
        let alert = SampleAlert(time: 100 * second, arrival: 100 * second)
        let first = engine.process(entry(1, [alert, alert]))
        let gap = Gap(
            source: "node", from: EventTime(nanoseconds: 1), to: EventTime(nanoseconds: 2), reason: .reconnected)
        let second = engine.process(JournalEntry(place: 3, epoch: 1, source: "node", content: .gap(gap)))
        let third = engine.process(entry(4, [alert]))
        #expect(first.firstOutput == 1 && first.outputCount == 2)
        #expect(second.firstOutput == 3 && second.outputCount == 1)
        #expect(third.firstOutput == 4 && engine.nextOutput == 5)
    }

    @Test func `without a sink every alert is unrouted, and counted`() {
        var engine = AlertEngine(EngineSettings(hasSinks: false))
        let decision = engine.process(entry(1, [SampleAlert(time: 100 * second, arrival: 100 * second)]))
        #expect(decision.outputCount == 0 && decision.fates == [Fate.unrouted.rawValue])
        #expect(engine.counts[.unrouted] == 1 && engine.counts[.passed] == 0)
    }

    @Test func `extreme times neither trap nor move the clock backwards`() {
        var engine = AlertEngine(EngineSettings())
        let extremes: [Int64] = [.max, .min, 0, 1, -1, .max - 1, .min + 1]
        var place: Int64 = 1
        for time in extremes {
            for arrival in extremes {
                let before = engine.clock.watermark
                _ = engine.process(entry(place, [SampleAlert(time: time, arrival: arrival)]))
                #expect(engine.clock.watermark >= before)
                place += 1
            }
        }
    }

    @Test func `more hosts than the limit share one stream instead of memory`() {
        var engine = AlertEngine(EngineSettings())
        for index in 0 ..< (StreamTable.limit + 500) {
            _ = engine.process(
                entry(Int64(index + 1), [SampleAlert(time: 100 * second, arrival: 100 * second, hostname: "h\(index)")])
            )
        }
        #expect(engine.clock.streams.streams.count == StreamTable.limit + 1)
    }

    @Test func `a host that fell silent gives its place to a new one when the table is full`() {
        var engine = AlertEngine(EngineSettings())
        for index in 0 ..< StreamTable.limit {
            let time = (100 + Int64(index) / 1000) * second
            _ = engine.process(
                entry(Int64(index + 1), [SampleAlert(time: time, arrival: time, hostname: "h\(index)")]))
        }
        let later = 200 * second
        _ = engine.process(entry(5000, [SampleAlert(time: later, arrival: later, hostname: "new")]))
        #expect(engine.clock.streams.streams.count == StreamTable.limit)
        #expect(engine.clock.streams.streams[0].name.hostname == Array("new".utf8))
    }

    @Test(arguments: 0 ..< 40 as Range<UInt64>)
    func `an engine from a checkpoint goes on as the undisturbed one`(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let entries = randomEntries(&random)
        let cut = Int(random.next() % UInt64(entries.count))
        var undisturbed = AlertEngine(EngineSettings())
        var decisions: [Int64] = []
        var restored: AlertEngine?
        for (index, entry) in entries.enumerated() {
            if index == cut { restored = AlertEngine(EngineSettings(), checkpoint: undisturbed.checkpoint()) }
            decisions.append(undisturbed.process(entry).firstOutput)
        }
        var resumed = try #require(restored)
        #expect(entries[cut...].map { resumed.process($0).firstOutput } == Array(decisions[cut...]))
        #expect(resumed.checkpoint() == undisturbed.checkpoint())
    }

    @Test func `a damaged or foreign checkpoint is refused`() {
        var engine = AlertEngine(EngineSettings())
        _ = engine.process(entry(1, [SampleAlert(time: 100 * second, arrival: 100 * second)]))
        let good = engine.checkpoint()
        for length in 0 ..< good.count {
            #expect(AlertEngine(EngineSettings(), checkpoint: Array(good[..<length])) == nil)
        }
        #expect(AlertEngine(EngineSettings(), checkpoint: [9] + good.dropFirst()) == nil)
        #expect(AlertEngine(EngineSettings(), checkpoint: good + [0]) == nil)
    }

    private func randomEntries(_ random: inout SplitMix) -> [JournalEntry] {
        var place: Int64 = 1
        return (0 ..< 60).map { _ in
            defer { place += 4 }
            let now = Int64(random.next() % 1000) * second
            if random.next() % 4 == 0 { return tick(place, at: now / second) }
            let alerts = (0 ..< Int(1 + random.next() % 4)).map { _ in
                SampleAlert(
                    time: Int64(random.next() % 1000) * second, arrival: now, hostname: "h\(random.next() % 5)",
                    hasTime: random.next() % 8 != 0)
            }
            return entry(place, alerts)
        }
    }
}

/// The generator of Steele, Lea and Flood's "Fast Splittable Pseudorandom Number Generators".
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
