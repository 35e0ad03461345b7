// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import AlertEngine

/// Storm control against the plainest reading of its rules, on random streams; and against itself across a restart.
@Suite struct StormModelTests {
    private static let settings = StormSettings(
        perRule: .init(burst: 4, count: 3, per: .seconds(2)), perScope: .init(burst: 5, count: 1),
        overall: .init(burst: 12, count: 4), quiet: .seconds(30))

    /// Recomputes every bucket from all alerts that took a token from it, for every alert anew.
    private struct Oracle {
        struct Seen {
            let alert: SampleAlert
            let passed: Bool
        }

        var seen: [Seen] = []

        private func scope(_ alert: SampleAlert) -> String {
            guard let container = alert.container, container != "host" else { return "host@\(alert.hostname)" }
            return container
        }

        /// Tokens in thousandths of a millionth of a token-second: whole numbers only.
        private func hasToken(_ alert: SampleAlert, _ bucket: StormSettings.Bucket, _ isMine: (SampleAlert) -> Bool)
            -> Bool
        {
            let token = Int(bucket.interval / .nanoseconds(1))
            var level = bucket.burst * token
            var time: Int64?
            for one in seen + [Seen(alert: alert, passed: false)]
            where isMine(one.alert) && one.alert.priority < .critical {
                let at = nanoseconds(one.alert.time)
                if let last = time, at > last {
                    level = min(bucket.burst * token, level + Int(at - last) * bucket.count)
                }
                time = max(time ?? at, at)
                if one.passed { level -= token }
            }
            return level >= token
        }

        mutating func holder(of alert: SampleAlert) -> StormRecord.Scope? {
            var holder: StormRecord.Scope?
            if alert.priority < .critical {
                if !hasToken(alert, settings.perRule, { $0.rule == alert.rule }) {
                    holder = .rule
                } else if !hasToken(alert, settings.perScope, { scope($0) == scope(alert) }) {
                    holder = .scope
                } else if !hasToken(alert, settings.overall, { _ in true }) {
                    holder = .overall
                }
            }
            seen.append(Seen(alert: alert, passed: holder == nil))
            return holder
        }

        func key(_ holder: StormRecord.Scope, _ alert: SampleAlert) -> String {
            switch holder {
            case .rule: alert.rule
            case .scope: scope(alert)
            case .overall: ""
            }
        }
    }

    private func stream(_ random: inout SplitMix) -> [SampleAlert] {
        var now = 1_000.0
        return (0 ..< 250).map { _ in
            now += random.next() % 60 == 0 ? 40 : [0, 0, 0.05, 0.1, 0.4].randomElement(using: &random) ?? 0
            return SampleAlert(
                now - Double(random.next() % 4), arrival: now, rule: "rule \(random.next() % 3)",
                priority: Priority(rawValue: UInt8(random.next() % 8)) ?? .debug, hostname: "node-\(random.next() % 2)",
                container: [nil, "host", "a", "b"].randomElement(using: &random) ?? nil)
        }
    }

    @Test(arguments: 0 ..< 150 as Range<UInt64>)
    func `every alert is held by the bucket that the oracle says`(seed: UInt64) {
        var random = SplitMix(state: seed)
        var oracle = Oracle()
        var control = StormControl(Self.settings, key: testKey)
        var outbox = Outbox()
        /// Held by each storm, as the oracle counts.
        var held: [String: Int] = [:]
        for (index, alert) in stream(&random).enumerated() {
            let expected = oracle.holder(of: alert)
            let storm = withContext(alert, place: Int64(index)) { control.admit($0, &outbox) }
            #expect((storm != nil) == (expected != nil), "seed \(seed), alert \(index)")
            if let storm, let expected { held["\(storm) \(expected) \(oracle.key(expected, alert))", default: 0] += 1 }
            let now = seconds(alert.arrival ?? 0)
            control.advance(EngineMoment(watermark: now, now: now), &outbox)
        }
        control.advance(EngineMoment(watermark: EventTime(nanoseconds: .max), now: seconds(5_000)), &outbox)
        var closed: [String: Int] = [:]
        for placed in outbox.records {
            guard case .storm(let storm) = placed.record, storm.state == .close else { continue }
            closed["\(storm.storm) \(storm.scope) \(storm.key)"] = storm.held
        }
        #expect(closed == held, "seed \(seed)")
        #expect(control.counters.held == held.values.reduce(0, +) && control.counters.held > 0)
    }

    @Test(arguments: 0 ..< 40 as Range<UInt64>)
    func `storm control from a checkpoint goes on as the undisturbed one`(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let alerts = stream(&random)
        let cut = Int(random.next() % UInt64(alerts.count))
        var undisturbed = StormControl(Self.settings, key: testKey)
        var resumed = undisturbed
        var outboxes = (Outbox(), Outbox())
        for (index, alert) in alerts.enumerated() {
            if index == cut {
                let bytes = bytes(of: undisturbed)
                var reader = ByteReader(bytes)
                resumed = try StormControl(Self.settings, key: HashKey(low: 5, high: 6), from: &reader)
                #expect(reader.isAtEnd && self.bytes(of: resumed) == bytes)
                outboxes.1 = outboxes.0
            }
            let now = seconds(alert.arrival ?? 0)
            withContext(alert, place: Int64(index)) {
                _ = undisturbed.admit($0, &outboxes.0)
                if index >= cut { _ = resumed.admit($0, &outboxes.1) }
            }
            undisturbed.advance(EngineMoment(watermark: now, now: now), &outboxes.0)
            if index >= cut { resumed.advance(EngineMoment(watermark: now, now: now), &outboxes.1) }
        }
        #expect(outboxes.0.records == outboxes.1.records, "seed \(seed)")
        #expect(bytes(of: undisturbed) == bytes(of: resumed))
    }

    @Test func `the installation's key decides nothing`() {
        var random = SplitMix(state: 3)
        let alerts = stream(&random)
        func records(_ key: HashKey) -> [PlacedRecord] {
            var control = StormControl(Self.settings, key: key)
            var outbox = Outbox()
            for (index, alert) in alerts.enumerated() {
                _ = withContext(alert, place: Int64(index)) { control.admit($0, &outbox) }
                let now = seconds(alert.arrival ?? 0)
                control.advance(EngineMoment(watermark: now, now: now), &outbox)
            }
            return outbox.records
        }
        #expect(records(HashKey(low: 1, high: 2)) == records(testKey))
        #expect(!records(testKey).isEmpty)
    }

    @Test(arguments: 0 ..< 40 as Range<UInt64>)
    func `damaged checkpoints are refused or harmless`(seed: UInt64) {
        var random = SplitMix(state: seed)
        let alerts = stream(&random)
        var control = StormControl(Self.settings, key: testKey)
        var outbox = Outbox()
        for alert in alerts { _ = withContext(alert) { control.admit($0, &outbox) } }
        let good = bytes(of: control)
        for _ in 0 ..< 40 {
            var bytes = good
            for _ in 0 ... random.next() % 3 {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            if random.next() % 4 == 0 { bytes.removeLast(Int(random.next() % UInt64(bytes.count))) }
            var reader = ByteReader(bytes)
            guard var read = try? StormControl(Self.settings, key: testKey, from: &reader) else { continue }
            for alert in alerts {
                _ = withContext(alert) { read.admit($0, &outbox) }
                read.advance(EngineMoment(watermark: seconds(9_000), now: seconds(9_000)), &outbox)
            }
        }
    }

    private func bytes(of control: StormControl) -> [UInt8] {
        var writer = ByteWriter()
        control.write(to: &writer)
        return writer.bytes
    }
}
