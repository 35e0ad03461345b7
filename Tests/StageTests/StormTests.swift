// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import AlertEngine

@Suite struct StormTests {
    /// Small buckets: two at once and one a second for a rule, and so on.
    private func settings(rule: Int = 1_000, scope: Int = 1_000, overall: Int = 1_000) -> StormSettings {
        StormSettings(
            perRule: .init(burst: rule, count: 1), perScope: .init(burst: scope, count: 1),
            overall: .init(burst: overall, count: 1))
    }

    /// Storm control, what it has said, and a place for the next alert.
    private struct Run {
        var control: StormControl
        var outbox = Outbox()
        var place: Int64 = 0

        init(_ settings: StormSettings) { control = StormControl(settings, key: testKey) }

        @discardableResult
        mutating func admit(_ alert: SampleAlert) -> SubjectID? {
            place += 1
            return withContext(alert, place: place) { control.admit($0, &outbox) }
        }

        mutating func advance(now: Double, watermark: Double? = nil) {
            control.advance(EngineMoment(watermark: seconds(watermark ?? now), now: seconds(now)), &outbox)
        }

        var records: [StormRecord] {
            outbox.records.compactMap { if case .storm(let storm) = $0.record { storm } else { nil } }
        }
    }

    @Test func `a burst passes, what comes too fast behind it is held by one storm`() throws {
        var run = Run(settings(rule: 3))
        let fates = (0 ..< 5).map { run.admit(SampleAlert(Double($0) / 10)) }
        #expect(fates[..<3].allSatisfy { $0 == nil })
        let storm = try #require(fates[3])
        #expect(fates[4] == storm)
        let record = try #require(run.records.first)
        #expect(run.records.count == 1 && record.storm == storm && record.state == .open && record.revision == 0)
        #expect(record.scope == .rule && record.key == "Terminal shell in container" && record.held == 1)
        #expect(record.top == [StormRecord.Talker(key: "c1", count: 1)])
        #expect(record.samples == [RecordID(installation: 0, epoch: 0, place: 4)])
        #expect(run.control.counters.heldByRule == 2)
    }

    @Test func `a bucket fills to the nanosecond`() {
        var run = Run(settings(rule: 1))
        #expect(run.admit(SampleAlert(1)) == nil)
        #expect(run.admit(SampleAlert(1.999_999_999)) != nil)
        #expect(run.admit(SampleAlert(2)) == nil)
        #expect(run.admit(SampleAlert(2)) != nil)
    }

    @Test func `rates that do not divide a second lose nothing over a day`() {
        let settings = StormSettings(perRule: .init(burst: 2, count: 7, per: .seconds(3_600)))
        var run = Run(settings)
        var passed = 0
        for minute in 0 ..< 24 * 60 where run.admit(SampleAlert(Double(minute) * 60)) == nil { passed += 1 }
        // The burst at midnight, and seven an hour until 23:59, when 0.88 of the next one are there.
        #expect(passed == 2 + 167)
    }

    @Test func `a scope is a container, or a host by its name`() throws {
        var run = Run(settings(scope: 1))
        for host in ["node-1", "node-2"] {
            #expect(run.admit(SampleAlert(1, rule: "r-\(host)", hostname: host, container: "host")) == nil)
            #expect(run.admit(SampleAlert(1, rule: "s-\(host)", hostname: host, container: nil)) != nil)
        }
        #expect(run.records.map(\.key) == ["host@node-1", "host@node-2"])
        #expect(run.records.map(\.scope) == [.scope, .scope])
        #expect(run.records.map(\.top) == [[.init(key: "s-node-1", count: 1)], [.init(key: "s-node-2", count: 1)]])
    }

    @Test func `the bucket over all holds what the others let through`() {
        var run = Run(settings(overall: 2))
        let fates = (0 ..< 4).map { run.admit(SampleAlert(1, rule: "rule \($0)", container: "c\($0)")) != nil }
        #expect(fates == [false, false, true, true])
        #expect(run.records.map(\.scope) == [.overall] && run.records.map(\.key) == [""])
        #expect(run.control.counters.heldOverall == 2)
    }

    @Test func `what one bucket holds takes no token from the others`() {
        var run = Run(settings(rule: 1, overall: 3))
        for _ in 0 ..< 50 { run.admit(SampleAlert(1)) }
        #expect(run.control.counters.heldByRule == 49)
        #expect(run.admit(SampleAlert(1, rule: "b")) == nil)
        #expect(run.admit(SampleAlert(1, rule: "c")) == nil)
        #expect(run.admit(SampleAlert(1, rule: "d")) != nil)
    }

    @Test(arguments: [Priority.critical, .alert, .emergency])
    func `the gravest always pass and take nothing`(priority: Priority) {
        var run = Run(settings(rule: 1))
        for _ in 0 ..< 10 { #expect(run.admit(SampleAlert(1, priority: priority)) == nil) }
        #expect(run.admit(SampleAlert(1, priority: .error)) == nil)
        #expect(run.admit(SampleAlert(1, priority: .error)) != nil)
        #expect(run.control.counters.exempt == 10)
    }

    @Test func `a storm says how it grows at ten, a hundred and a thousand`() {
        var run = Run(settings(rule: 1))
        for _ in 0 ... 1_000 { run.admit(SampleAlert(1)) }
        #expect(run.records.map(\.held) == [1, 10, 100, 1_000])
        #expect(run.records.map(\.state) == [.open, .update, .update, .update])
        #expect(run.records.map(\.revision) == [0, 1, 2, 3])
        #expect(Set(run.records.map(\.id)).count == 4)
    }

    @Test func `a storm that goes on says so every ten minutes, one that stands still does not`() {
        var run = Run(StormSettings(perRule: .init(burst: 1, count: 1), quiet: .seconds(3_600)))
        run.admit(SampleAlert(0))
        run.admit(SampleAlert(0))
        run.admit(SampleAlert(0))
        run.advance(now: 599.9)
        #expect(run.records.count == 1)
        run.advance(now: 600)
        #expect(run.records.map(\.held) == [1, 2])
        run.advance(now: 1_200)
        run.advance(now: 1_800)
        #expect(run.records.count == 2)
    }

    @Test func `a storm ends when nothing was held for a minute of the engine's present`() throws {
        var run = Run(settings(rule: 1))
        run.admit(SampleAlert(10))
        run.admit(SampleAlert(10, arrival: 20))
        run.advance(now: 79.999)
        #expect(run.records.count == 1)
        run.advance(now: 80)
        let close = try #require(run.records.last)
        #expect(close.state == .close && close.held == 1 && close.revision == 1)
        #expect(close.first == seconds(10) && close.last == seconds(10) && run.control.openStorms == 0)
        // The next one is another storm.
        run.admit(SampleAlert(11))
        let next = run.admit(SampleAlert(11))
        #expect(next != nil && next != close.storm)
    }

    @Test func `the end of a replay ends every storm`() {
        var run = Run(settings(rule: 1))
        run.admit(SampleAlert(1))
        run.admit(SampleAlert(1))
        run.control.advance(EngineMoment(watermark: EventTime(nanoseconds: .max), now: seconds(1)), &run.outbox)
        #expect(run.records.map(\.state) == [.open, .close])
    }

    @Test func `an hour of alerts read in one second is no storm, and late ones bring no tokens`() {
        var run = Run(settings(rule: 2))
        for second in 1 ... 3_600 { #expect(run.admit(SampleAlert(Double(second), arrival: 4_000)) == nil) }
        run.admit(SampleAlert(3_600, arrival: 4_000))
        #expect(run.admit(SampleAlert(1, arrival: 4_001)) != nil)
        #expect(run.admit(SampleAlert(3_600, arrival: 4_001)) != nil)
    }

    @Test func `a storm keeps ids from its beginning and its end`() throws {
        var run = Run(settings(rule: 1))
        for _ in 0 ..< 30 { run.admit(SampleAlert(1)) }
        run.advance(now: 100)
        #expect(try #require(run.records.last).samples.map(\.place) == [2, 3, 4, 5, 27, 28, 29, 30])
    }

    @Test func `the loudest are in the list whatever whispers around them`() throws {
        var run = Run(settings(rule: 1))
        run.admit(SampleAlert(1, container: "first"))
        var random = SplitMix(state: 7)
        for index in 0 ..< 20_000 {
            let container = random.next() % 10 == 0 ? "loud" : "c\(index)"
            run.admit(SampleAlert(1, container: container))
        }
        run.advance(now: 100)
        let record = try #require(run.records.last)
        #expect(record.top.first?.key == "loud" && record.top.count == 64)
        #expect(try #require(record.top.first).count >= 1_800)
        #expect(record.top.reduce(0) { $0 + $1.count } == record.held)
    }

    @Test func `more rules and scopes than there is room for pass uncounted, never held`() {
        var run = Run(settings(rule: 1, scope: 1, overall: 1_000_000))
        let half = StormControl.bucketLimit / 2
        for index in 0 ..< half { run.admit(SampleAlert(1, rule: "r\(index)", container: "c\(index)")) }
        #expect(run.control.counters.untracked == 0)
        #expect(run.admit(SampleAlert(1, rule: "more", container: "more")) == nil)
        #expect(run.admit(SampleAlert(1, rule: "more", container: "more")) == nil)
        #expect(run.control.counters.untracked == 2)
        // Known ones are limited all the same; a second later their buckets are full and make room.
        #expect(run.admit(SampleAlert(1, rule: "r5", container: "other")) != nil)
        #expect(run.admit(SampleAlert(2, rule: "more", container: "more")) == nil)
        #expect(run.admit(SampleAlert(2, rule: "more", container: "more")) != nil)
    }

    @Test func `more storms than there is room for hold nothing more, and one that ends makes room`() {
        var run = Run(settings(rule: 1, scope: 1_000_000, overall: 1_000_000))
        for index in 0 ..< StormControl.stormLimit {
            run.admit(SampleAlert(1, rule: "r\(index)"))
            #expect(run.admit(SampleAlert(1, rule: "r\(index)")) != nil)
        }
        run.admit(SampleAlert(1, rule: "more"))
        #expect(run.admit(SampleAlert(1, rule: "more")) == nil)
        #expect(run.control.counters.unheld == 1 && run.control.openStorms == StormControl.stormLimit)
        run.advance(now: 61)
        #expect(run.control.openStorms == 0)
        run.admit(SampleAlert(1, rule: "more"))
        #expect(run.admit(SampleAlert(1, rule: "more")) != nil)
    }

    @Test func `extreme times trap nowhere`() {
        var run = Run(StormSettings(perRule: .init(burst: 1_000_000, count: 1_000_000, per: .seconds(3_600))))
        let extremes: [Int64] = [.max, .min, 0, 1, -1, .max - 1, .min + 1]
        for time in extremes {
            let batch = sampleBatch([SampleAlert(1)])
            let context = AlertContext(
                AlertFacts(batch.alert(at: 0)), time: EventTime(nanoseconds: time),
                arrival: EventTime(nanoseconds: time), reference: AlertReference(packed: .max), isLate: false)
            _ = run.control.admit(context, &run.outbox)
            run.control.advance(
                EngineMoment(watermark: EventTime(nanoseconds: time), now: EventTime(nanoseconds: time)), &run.outbox)
        }
        #expect(run.control.counters.held == 0)
    }
}
