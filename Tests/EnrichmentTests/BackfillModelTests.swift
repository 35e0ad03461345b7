// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import AlertEngine

/// Back-fill as semantics.md says it, without tables: every alert looks through all alerts before it.
private struct NaiveBackfill {
    private var seen: [SampleAlert] = []

    static func isNull(_ value: String?) -> Bool { value == nil || value == "" || value == "<NA>" }

    static func container(_ alert: SampleAlert) -> String? {
        let ids = ["container.id", "container.full_id"].compactMap { name in
            alert.fields.first { $0.name == name && !isNull($0.value) }?.value
        }
        guard let id = ids.first, id != "host" else { return nil }
        let isHexadecimal = id.allSatisfy { "0123456789abcdef".contains($0) }
        return alert.hostname + "/" + (isHexadecimal && id.count >= 12 ? String(id.prefix(12)) : id)
    }

    static func value(_ alert: SampleAlert, _ name: String) -> String? {
        guard let value = alert.fields.first(where: { $0.name == name })?.value else { return nil }
        return isNull(value) ? nil : value
    }

    mutating func added(to alert: SampleAlert) -> [String] {
        defer { seen.append(alert) }
        guard let container = Self.container(alert) else { return [] }
        let teachers = seen.reversed().filter { Self.container($0) == container }
        let names = Set(teachers.flatMap { $0.fields.map(\.name) }).filter {
            ($0.hasPrefix("k8s.") || $0.hasPrefix("container."))
                && !["container.id", "container.full_id", "container.duration"].contains($0)
        }
        return names.compactMap { name in
            guard Self.value(alert, name) == nil,
                let value = teachers.lazy.compactMap({ Self.value($0, name) }).first
            else { return nil }
            return "\(name)=\(value)"
        }.sorted()
    }
}

struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

    // SplitMix64 (Steele, Lea, Flood).
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }
}

struct BackfillModelTests {
    private static let names = [
        "container.name", "container.image.repository", "container.image.tag", "container.image.digest", "k8s.ns.name",
        "k8s.pod.name", "k8s.pod.uid", "k8s.pod.labels", "k8s.pod.label[app]", "k8s.pod.label[team]", "k8s.rc.name",
        "container.duration", "proc.name", "fd.name", "container.mount[x]",
    ]

    private func stream(_ seed: UInt64, count: Int) -> [SampleAlert] {
        var random = SeededNumbers(seed)
        let whole = String(repeating: "f", count: 52)
        let ids: [String?] =
            (0 ..< 8).map { "00000000000\($0)" } + ["00000000000\(3)\(whole)", "host", "", nil, "<NA>", "web", "0000"]
        return (0 ..< count).map { _ in
            var fields: [(name: String, value: String?)] = []
            for name in Self.names where random.next() % 2 == 0 {
                let values: [String?] = ["a", "bb", "", nil, "<NA>", "ccc-\(random.next() % 3)"]
                fields.append((name, values[Int(random.next() % UInt64(values.count))]))
            }
            if random.next() % 8 != 0 {
                fields.insert(
                    ("container.id", ids[Int(random.next() % UInt64(ids.count))]),
                    at: Int(random.next() % UInt64(fields.count + 1)))
            }
            if random.next() % 8 == 0 { fields.append(("container.full_id", "000000000001" + whole)) }
            return SampleAlert(hostname: "node-\(random.next() % 2)", fields: fields)
        }
    }

    @Test(arguments: 0 ..< 30)
    func `the table says what looking through all earlier alerts says`(_ seed: UInt64) {
        var naive = NaiveBackfill()
        var enricher = Enricher(EnrichSettings(attack: false), key: HashKey(low: seed, high: 7))
        var added = AddedFields()
        let alerts = stream(seed, count: 200)
        var start = 0
        var wrong: [Int] = []
        var random = SeededNumbers(seed &+ 1_000)
        while start < alerts.count {
            let end = min(alerts.count, start + 1 + Int(random.next() % 40))
            enricher.enrich(sampleBatch(Array(alerts[start ..< end])), into: &added)
            for index in start ..< end {
                let expected = naive.added(to: alerts[index])
                if added.texts(ofAlert: index - start).sorted() != expected { wrong.append(index) }
            }
            start = end
        }
        #expect(wrong == [], "seed \(seed)")
    }

    /// Whether it was interrupted, how batches were cut and which key places entries must not show. Memory is short, so that
    /// containers are forgotten all the time.
    @Test(arguments: 0 ..< 20)
    func `a checkpoint at any place gives the same fields and the same checkpoint`(_ seed: UInt64) throws {
        let settings = EnrichSettings(backfillMemory: 900)
        let alerts = stream(seed, count: 200)
        var undisturbed = Enricher(settings, key: HashKey(low: 1, high: 2))
        var interrupted = Enricher(settings, key: HashKey(low: 3, high: 4))
        var added = AddedFields()
        var random = SeededNumbers(seed)
        for alert in alerts {
            if random.next() % 10 == 0 {
                var reader = ByteReader(interrupted.checkpoint)
                interrupted = try Enricher(settings, key: HashKey(low: random.next(), high: 6), from: &reader)
                #expect(reader.isAtEnd)
            }
            undisturbed.enrich(sampleBatch([alert]), into: &added)
            let expected = added.texts(ofAlert: 0)
            interrupted.enrich(sampleBatch([alert]), into: &added)
            #expect(added.texts(ofAlert: 0) == expected, "seed \(seed)")
        }
        #expect(undisturbed.checkpoint == interrupted.checkpoint, "seed \(seed)")
        #expect(undisturbed.counters == interrupted.counters)
        #expect(undisturbed.counters.forgotten > 0)
    }

    @Test func `a damaged checkpoint is refused or read, never a crash`() {
        var enricher = Enricher(EnrichSettings())
        var added = AddedFields()
        enricher.enrich(sampleBatch(stream(1, count: 100)), into: &added)
        let sound = enricher.checkpoint
        var random = SeededNumbers(9)
        var refused = 0
        for round in 0 ..< 600 {
            var bytes = sound
            if round % 2 == 0 {
                bytes.removeLast(1 + Int(random.next() % UInt64(bytes.count)))
            } else {
                for _ in 0 ... random.next() % 4 {
                    bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
                }
            }
            var reader = ByteReader(bytes)
            do {
                var restored = try Enricher(EnrichSettings(), from: &reader)
                restored.enrich(sampleBatch(stream(2, count: 10)), into: &added)
            } catch {
                refused += 1
            }
        }
        #expect(refused >= 300)
    }

    @Test func `without back-fill a checkpoint is read and its containers are dropped`() throws {
        var enricher = Enricher(EnrichSettings())
        var added = AddedFields()
        enricher.enrich(sampleBatch(stream(1, count: 100)), into: &added)
        var reader = ByteReader(enricher.checkpoint)
        let without = try Enricher(EnrichSettings(backfill: false), from: &reader)
        #expect(reader.isAtEnd && without.counters == enricher.counters)
    }
}

extension Enricher {
    var checkpoint: [UInt8] {
        var writer = ByteWriter()
        write(to: &writer)
        return writer.bytes
    }
}
