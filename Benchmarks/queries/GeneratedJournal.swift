// SPDX-License-Identifier: Apache-2.0
import AlertGenerator
import AlertModel
import AlertSources
import Journal

/// A journal of a day's generated alerts, decided as an engine decides: groups, fates, a field added.
enum GeneratedJournal {
    /// The project's decoders, as the journal wants them.
    final class Decoding: BlockDecoder {
        private let decoder = AlertDecoder()

        func decode(
            _ encoding: AlertEncoding, _ raw: Span<UInt8>, arrival: EventTime, into batch: inout AlertBatchBuilder
        ) {
            decoder.decode(encoding, raw, arrival: arrival, into: &batch)
        }
    }

    static func make(at path: String, alerts: Int, blockSize: Int) throws {
        var generator = GeneratorSettings()
        generator.count = alerts
        // A day's worth, of a cluster.
        generator.rate = max(1, Double(alerts) / 86_400)
        generator.hosts = 40
        generator.containersPerHost = 12
        let writer = try JournalWriter(JournalSettings(path: path, durability: .memory))
        let decoding = Decoding()
        var stream = AlertStream(generator)
        var random = Dice(state: 2)
        var raw: [UInt8] = []
        var output: Int64 = 1
        var group = CommitGroup()
        var grouped = 0
        while true {
            var builder = AlertBatchBuilder(byteCapacity: blockSize * 1024, recordCapacity: blockSize)
            while builder.alertCount < blockSize, let alert = stream.next() {
                raw.removeAll(keepingCapacity: true)
                alert.appendProtobuf(to: &raw, delimited: false)
                decoding.decode(
                    .protobuf, raw.span, arrival: EventTime(nanoseconds: alert.time + 1_000_000), into: &builder)
            }
            let batch = builder.seal()
            guard batch.count > 0 else { return }
            group.append(.alerts(batch, source: "node"))
            let places = try writer.commit(group).places
            group = CommitGroup()
            let fates = (0 ..< batch.count).map { _ in fate(&random).rawValue }
            let passed = fates.count { $0 == Fate.passed.rawValue }
            group.append(
                Decision(
                    place: places[0], placeCount: batch.count, fates: fates, notes: notes(of: batch, &random),
                    firstOutput: output, outputCount: passed))
            output += Int64(passed)
            grouped += 1
            // The last decision has to be stored, too.
            if batch.count < blockSize || grouped * blockSize >= alerts {
                _ = try writer.commit(group)
                return
            }
        }
    }

    private static func fate(_ random: inout Dice) -> Fate {
        switch random.below(20) {
        case 0 ..< 8: .passed
        case 8 ..< 17: .suppressed
        case 17: .silenced
        case 18: .inhibited
        default: .held
        }
    }

    private static func notes(of batch: AlertBatch, _ random: inout Dice) -> EntryNotes {
        var notes = EntryNotes()
        let groups = max(1, batch.count / 8)
        for _ in 0 ..< groups {
            notes.subjects.append(.group(SubjectID(high: random.next(), low: random.next())))
        }
        for index in 0 ..< batch.count {
            notes.marks.append(
                AlertMark(
                    subject: UInt32(index % groups + 1), variant: UInt32(index % 3 + 1), count: UInt32(index % 900)))
            notes.added.add(FieldName("team"), Array("team-\(index % 5)".utf8).span)
            notes.added.endAlert()
        }
        return notes
    }
}

/// A linear congruential generator (Knuth's constants): the same journal every time.
private struct Dice {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 33
    }

    mutating func below(_ limit: Int) -> Int { Int(next() >> 8 % UInt64(limit)) }
}
