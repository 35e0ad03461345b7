// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import AlertSources
import Foundation
import Testing

@Suite struct TransportIdentityTests {
    @Test func `the same alert over gRPC and HTTP, as recorded, is one alert`() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let wire = [UInt8](try Data(contentsOf: folder.appendingPathComponent("Samples/both.pb")))
        let lines = [UInt8](try Data(contentsOf: folder.appendingPathComponent("Samples/both.jsonl")))
        let messages = delimited(wire)
        let left = batch(.protobuf, messages)
        let right = batch(.json, lines.split(separator: 10).prefix(messages.count).map(Array.init))
        try #require(left.count == 3_000 && right.count == 3_000)
        var stage = Stage()
        for index in 0 ..< 3_000 {
            let original = stage.original(left, index, arrival: 0)
            try #require(original == nil, "alert \(index) is no duplicate")
        }
        for index in 0 ..< 3_000 {
            let original = stage.original(right, index, arrival: 30)
            try #require(original == Int64(index + 1), "alert \(index)")
        }
        #expect(stage.identity.counters.duplicates == 3_000 && stage.identity.counters.held == 3_000)
    }

    @Test func `sixty seconds of arrival apart is the same alert, a nanosecond more is another`() {
        var stage = Stage()
        let batch = SampleAlert.batch([.at(0)])
        #expect(stage.original(batch, 0, arrival: 0) == nil)
        #expect(stage.original(batch, 0, arrival: 60) == 1)
        var other = Stage()
        #expect(other.original(batch, 0, arrival: 0) == nil)
        #expect(other.original(batch, 0, nanoseconds: 60_000_000_001) == nil)
    }

    @Test func `hostname, time, rule, source and output each make another alert, priority and fields do not`() {
        let base = SampleAlert.at(1)
        let others = [
            base.with { $0.hostname = "node-2" }, base.with { $0.time += 1 }, base.with { $0.rule = "other" },
            base.with { $0.source = "k8s_audit" }, base.with { $0.output = "y" },
        ]
        for other in others {
            var stage = Stage()
            #expect(stage.original(SampleAlert.batch([base]), 0, arrival: 0) == nil)
            #expect(stage.original(SampleAlert.batch([other]), 0, arrival: 0) == nil)
        }
        var stage = Stage()
        #expect(stage.original(SampleAlert.batch([base]), 0, arrival: 0) == nil)
        #expect(stage.original(SampleAlert.batch([base.with { $0.priority = .error }]), 0, arrival: 0) == 1)
    }

    @Test(arguments: [
        "20:26:40.000484839: Warning Shell spawned", "2026-05-28T20:26:40.000484839+0000: Warning Shell spawned",
        "Shell spawned",
    ])
    func `time and priority in front of the output do not count`(text: String) {
        let batch = SampleAlert.batch([SampleAlert.at(0).with { $0.output = text }])
        let body = [UInt8](_span: batch.alert(at: 0).outputBody)
        #expect(String(decoding: body, as: UTF8.self) == "Shell spawned")
    }

    @Test func `an alert without a time of its own is nobody's duplicate`() {
        var stage = Stage()
        let batch = SampleAlert.batch([SampleAlert.at(0).with { $0.hasTime = false }])
        #expect(stage.original(batch, 0, arrival: 0) == nil)
        #expect(stage.original(batch, 0, arrival: 0) == nil)
    }

    @Test func `the index grows with what is remembered, and everything is found again`() throws {
        var stage = Stage(limit: 40_000)
        let batch = SampleAlert.batch((0 ..< 20_000).map { SampleAlert.at(Double($0)) })
        // The first 3,000 are over before it grows: the ring does not begin at its first place then.
        for index in 0 ..< 20_000 {
            let original = stage.original(batch, index, arrival: index < 3_000 ? 0 : 61)
            try #require(original == nil)
        }
        #expect(stage.identity.counters.held == 17_000)
        for index in 3_000 ..< 20_000 {
            let original = stage.original(batch, index, arrival: 62)
            try #require(original == Int64(index + 1))
        }
        #expect(stage.identity.counters.duplicates == 17_000 && stage.identity.counters.pushedOut == 0)
    }

    @Test func `the oldest is pushed out when the table is full, and that is counted`() {
        var stage = Stage(limit: 10)
        let alerts = (0 ..< 15).map { SampleAlert.at(Double($0)) }
        let batch = SampleAlert.batch(alerts)
        for index in alerts.indices { #expect(stage.original(batch, index, arrival: 1) == nil) }
        #expect(stage.identity.counters.pushedOut == 5 && stage.identity.counters.held == 10)
        #expect(stage.original(batch, 14, arrival: 2) == 15)
        #expect(stage.original(batch, 0, arrival: 2) == nil)
    }

    @Test func `against a list of everything of the last minute, through checkpoints`() throws {
        for seed in UInt64(0) ..< 40 {
            var random = SplitMix(seed: seed)
            var stage = Stage()
            var seen: [(key: String, arrival: Int64, place: Int64)] = []
            var arrival: Int64 = 0
            for _ in 0 ..< 120 {
                arrival += Int64.random(in: 0 ... 4_000_000_000, using: &random)
                let time = Double(Int.random(in: 0 ..< 20, using: &random))
                let alert = SampleAlert.at(time).with { $0.rule = random.chance(50) ? "a" : "b" }
                let key = "\(alert.time)\(alert.rule)"
                let expected = seen.first { $0.key == key && arrival - $0.arrival <= 60_000_000_000 }?.place
                let found = stage.original(SampleAlert.batch([alert]), 0, nanoseconds: arrival)
                try #require(found == expected, "seed \(seed)")
                if expected == nil {
                    seen.removeAll { $0.key == key }
                    seen.append((key, arrival, stage.place - 1))
                }
                if random.chance(10) { try stage.restore(HashKey(low: random.next(), high: 1)) }
            }
        }
    }

    @Test func `a cut or changed checkpoint is refused or harmless, never a crash`() {
        var stage = Stage()
        let batch = SampleAlert.batch((0 ..< 5).map { .at(Double($0)) })
        for index in 0 ..< 5 { _ = stage.original(batch, index, arrival: 0) }
        var writer = ByteWriter()
        stage.identity.write(to: &writer)
        for count in 0 ..< writer.bytes.count {
            var reader = ByteReader(Array(writer.bytes.prefix(count)))
            #expect(throws: MalformedBytes.self) {
                try TransportIdentity(IdentitySettings(limit: 8), key: HashKey(low: 1, high: 1), from: &reader)
            }
        }
    }

    private func batch(_ encoding: AlertEncoding, _ units: [[UInt8]]) -> AlertBatch {
        let decoder = AlertDecoder()
        var builder = AlertBatchBuilder()
        for unit in units { decoder.decode(encoding, unit.span, arrival: EventTime(nanoseconds: 1), into: &builder) }
        return builder.seal()
    }

    /// The messages of a varint-length-delimited file.
    private func delimited(_ bytes: [UInt8]) -> [[UInt8]] {
        var messages: [[UInt8]] = []
        var place = 0
        while place < bytes.count {
            var (length, shift) = (0, 0)
            repeat {
                length |= Int(bytes[place] & 127) << shift
                shift += 7
                place += 1
            } while bytes[place - 1] >= 128
            messages.append(Array(bytes[place ..< place + length]))
            place += length
        }
        return messages
    }
}

private struct Stage {
    var identity: TransportIdentity
    var place: Int64 = 1
    let settings: IdentitySettings

    init(limit: Int = 10_000) {
        settings = IdentitySettings(limit: limit)
        identity = TransportIdentity(settings, key: HashKey(low: 1, high: 2))
    }

    mutating func original(_ batch: AlertBatch, _ index: Int, arrival seconds: Double) -> Int64? {
        original(batch, index, nanoseconds: Int64(seconds * 1e9))
    }

    mutating func original(_ batch: AlertBatch, _ index: Int, nanoseconds: Int64) -> Int64? {
        let alert = batch.alert(at: index)
        let context = AlertContext(
            AlertFacts(alert), time: alert.eventTime, arrival: EventTime(nanoseconds: SampleAlert.start + nanoseconds),
            reference: AlertReference(place: place, epochIndex: 0), isLate: false)
        place += 1
        return identity.original(of: context)?.place
    }

    mutating func restore(_ key: HashKey) throws(MalformedBytes) {
        var writer = ByteWriter()
        identity.write(to: &writer)
        var reader = ByteReader(writer.bytes)
        identity = try TransportIdentity(settings, key: key, from: &reader)
    }
}
