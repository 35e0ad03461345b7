// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
import GRDB
import Testing

@testable import Journal

@Suite struct CommitTests {
    @Test(arguments: [
        ("both.pb", AlertEncoding.protobuf), ("internal.pb", .protobuf), ("internal-json.pb", .protobuf),
        ("invalid-utf8.pb", .protobuf), ("both.jsonl", .json), ("alerts.jsonl", .json),
    ])
    func `every recorded alert comes back as it was accepted`(file: String, encoding: AlertEncoding) throws {
        let raw = encoding == .json ? try SampleAlerts.lines(file) : try SampleAlerts.messages(file)
        #expect(raw.count > 10)
        let batches = SampleAlerts.batches(raw, encoding, size: 100)
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings())
        for batch in batches { _ = try writer.commit(CommitGroup(.alerts(batch, source: "node"))) }

        let entries = try journal.allEntries()
        #expect(entries.count == batches.filter { $0.count > 0 }.count)
        var nextPlace: Int64 = 1
        for (entry, batch) in zip(entries, batches.filter { $0.count > 0 }) {
            guard case .alerts(let stored) = entry.content else { throw Unexpected() }
            #expect(entry.place == nextPlace)
            #expect(entry.source == "node")
            #expect(stored.count == batch.count)
            for index in 0 ..< batch.count { #expect(summary(stored, index) == summary(batch, index)) }
            nextPlace += Int64(batch.count)
        }
        #expect(try journal.reader().status().alerts == batches.reduce(0) { $0 + $1.count })
        #expect(
            try journal.reader().status().deadLetters.values.reduce(0, +) == batches.reduce(0) { $0 + $1.rejectCount })
    }

    @Test func `entries of all kinds get consecutive places in the order of the group`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings(), newInstallation: 77)
        let gap = Gap(
            source: "node", from: EventTime(nanoseconds: 5), to: EventTime(nanoseconds: 9), reason: .rotatedAway)
        let receipt = try writer.commit(
            CommitGroup(
                .start(epoch: 0xfedc_ba98_7654_3210, at: EventTime(nanoseconds: 1)),
                .configuration("c0ffee", at: EventTime(nanoseconds: 2)),
                .alerts(SampleAlerts.batch(SampleAlerts.json(), SampleAlerts.json()), source: "nodes"),
                .gap(gap), .tick(EventTime(nanoseconds: 10))))
        #expect(receipt.places == [1, 2, 3, 5, 6])
        #expect(receipt.epochs == [UInt64](repeating: 0xfedc_ba98_7654_3210, count: 5))
        #expect(writer.nextPlace == 7)
        #expect(writer.installation == 77)

        let entries = try journal.allEntries()
        #expect(entries.map(\.place) == [1, 2, 3, 5, 6])
        #expect(entries.allSatisfy { $0.epoch == 0xfedc_ba98_7654_3210 })
        guard case .start(let start) = entries[0].content, case .configuration(let digest) = entries[1].content,
            case .alerts(let batch) = entries[2].content, case .gap(let storedGap) = entries[3].content,
            case .tick(let tick) = entries[4].content
        else { throw Unexpected() }
        #expect(start == EventTime(nanoseconds: 1))
        #expect(digest == "c0ffee")
        #expect(batch.count == 2)
        #expect(storedGap == gap)
        #expect(tick == EventTime(nanoseconds: 10))
        #expect(entries.map(\.source) == ["", "", "nodes", "node", ""])
    }

    @Test func `a silence that was set and lifted is there, and a damaged one is said`() throws {
        let journal = try TemporaryJournal()
        let silence = Silence(
            when: "rule = \"a\"", until: EventTime(nanoseconds: 99), reason: "known", createdBy: "ann",
            createdAt: EventTime(nanoseconds: 7))
        do {
            let writer = try JournalWriter(journal.settings())
            _ = try writer.commit(
                CommitGroup(
                    .silence(.set(silence), at: EventTime(nanoseconds: 7)),
                    .silence(.lift(id: silence.id, by: "ben"), at: EventTime(nanoseconds: 8))))
        }
        let changes = try journal.allEntries().compactMap {
            if case .silence(let change) = $0.content { change } else { nil }
        }
        #expect(changes == [.set(silence), .lift(id: silence.id, by: "ben")])
        let queue = try DatabaseQueue(path: journal.path)
        try queue.writeWithoutTransaction {
            try $0.execute(sql: "UPDATE entries SET payload = substr(payload, 2) WHERE place = 1")
        }
        let page = try journal.reader().entries(from: 1)
        #expect(page.entries.map(\.place) == [2] && page.unreadable.map(\.place) == [1])
    }

    @Test func `an opened journal goes on where it stopped, under a new epoch`() throws {
        let journal = try TemporaryJournal()
        do {
            let writer = try JournalWriter(journal.settings(), newInstallation: 1)
            _ = try writer.commit(
                CommitGroup(
                    .start(epoch: 10, at: EventTime(nanoseconds: 1)),
                    .alerts(SampleAlerts.batch(SampleAlerts.json(), SampleAlerts.json()), source: "node")))
        }
        let writer = try JournalWriter(journal.settings(), newInstallation: 2)
        #expect(writer.installation == 1)
        let receipt = try writer.commit(
            CommitGroup(
                .start(epoch: 11, at: EventTime(nanoseconds: 2)),
                .alerts(SampleAlerts.batch(SampleAlerts.json()), source: "node")))
        #expect(receipt.places == [4, 5])
        #expect(try journal.allEntries().map(\.epoch) == [10, 10, 11, 11])
        let found = try #require(try journal.reader().entry(at: 3))
        #expect(found.entry.place == 2 && found.index == 1 && found.entry.epoch == 10)
        #expect(try journal.reader().entry(at: 6) == nil)
    }

    @Test func `checkpoints, cursors and decisions are stored with the group`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings())
        var group = CommitGroup(.alerts(SampleAlerts.batch(SampleAlerts.json(), SampleAlerts.json()), source: "node"))
        group.setCheckpoint([1, 2, 3], ofSource: "node")
        group.setCheckpoint([4], ofSource: "log")
        group.setCursor(SinkCursor(nextOutput: 1, position: [9]), ofSink: "archive")
        _ = try writer.commit(group)
        group = CommitGroup()
        group.append(Decision(place: 1, placeCount: 2, fates: [1, 0], firstOutput: 1, outputCount: 1))
        group.engineCheckpoint = EngineCheckpoint(version: 1, nextPlace: 3, nextOutput: 2, state: [UInt8](0 ..< 200))
        group.setCursor(SinkCursor(nextOutput: 2), ofSink: "archive")
        _ = try writer.commit(group)

        let reader = try journal.reader()
        #expect(try reader.sourceCheckpoints() == ["node": [1, 2, 3], "log": [4]])
        #expect(try reader.cursors() == ["archive": SinkCursor(nextOutput: 2)])
        let (checkpoint, damaged) = try reader.engineCheckpoint()
        #expect(checkpoint == group.engineCheckpoint)
        #expect(damaged == 0)
        let status = try reader.status()
        #expect(status.decidedPlace == 2 && status.nextOutput == 2)
        let decided = try reader.decided(fromOutput: 1)
        #expect(decided.entries.map(\.fates) == [[1, 0]])
        #expect(decided.nextOutput == 2)
        #expect(try reader.decided(fromOutput: 2).isEmpty)
    }

    @Test func `a lagging sink finds every output from any number on`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings())
        var place: Int64 = 1
        var output: Int64 = 1
        // Sizes 1 … 5; every third entry is all unrouted and has no output.
        for index in 0 ..< 30 {
            let size = index % 5 + 1
            let raw = [[UInt8]](repeating: SampleAlerts.json(), count: size)
            _ = try writer.commit(CommitGroup(.alerts(SampleAlerts.batches(raw, .json, size: size)[0], source: "node")))
            var group = CommitGroup()
            let unrouted = index % 3 == 2
            group.append(
                Decision(
                    place: place, placeCount: size, fates: unrouted ? [UInt8](repeating: 1, count: size) : [],
                    firstOutput: output, outputCount: unrouted ? 0 : size))
            _ = try writer.commit(group)
            place += Int64(size)
            output += unrouted ? 0 : Int64(size)
        }
        let reader = try journal.reader()
        for number in 1 ..< output {
            let page = try reader.decided(fromOutput: number, limit: 3)
            let first = try #require(page.entries.first)
            #expect(first.firstOutput <= number && first.endOutput > number)
            for (left, right) in zip(page.entries, page.entries.dropFirst()) {
                #expect(left.endOutput == right.firstOutput)
            }
        }
        #expect(try reader.decided(fromOutput: output).isEmpty)
    }

    @Test func `what could not be read becomes a dead letter, and does not disturb the alerts around it`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings())
        let batch = SampleAlerts.batch(
            SampleAlerts.json(rule: "first"), [UInt8]("{\"rule\":".utf8), [UInt8]("plain".utf8),
            SampleAlerts.json(rule: "second"))
        #expect(batch.count == 2 && batch.rejectCount == 2)
        let receipt = try writer.commit(CommitGroup(.alerts(batch, source: "nodes")))
        #expect(receipt.deadLetterCount == 2)

        guard case .alerts(let stored) = try #require(try journal.allEntries().first).content else {
            throw Unexpected()
        }
        #expect(summary(stored, 0) == summary(batch, 0) && summary(stored, 1) == summary(batch, 1))
        let letters = try journal.reader().deadLetters()
        #expect(letters.map(\.bytes) == [[UInt8]("plain".utf8), [UInt8]("{\"rule\":".utf8)])
        #expect(letters.allSatisfy { $0.source == "nodes" })
        #expect(try journal.reader().status().deadLetters.values.reduce(0, +) == 2)
    }

    @Test func `dead letters stay below their limit, and their totals count on`() throws {
        let journal = try TemporaryJournal()
        let writer = try JournalWriter(journal.settings { $0.deadLetterLimitBytes = 10_000 })
        for _ in 0 ..< 20 {
            var builder = AlertBatchBuilder()
            let bytes = [UInt8](repeating: 65, count: 1000)
            for _ in 0 ..< 5 {
                builder.reject(
                    .plainText, encoding: .json, bytes: bytes.span, receivedBytes: 5000,
                    arrival: EventTime(nanoseconds: 1))
            }
            _ = try writer.commit(CommitGroup(.alerts(builder.seal(), source: "log")))
        }
        let status = try journal.reader().status()
        #expect(status.deadLetters == ["plain_text": 100])
        #expect(try #require(status.keptDeadLetters["plain_text"]) <= 10)
        let letters = try journal.reader().deadLetters(limit: 1000)
        #expect(letters.count == status.keptDeadLetters["plain_text"])
        #expect(letters.allSatisfy { $0.receivedBytes == 5000 && $0.bytes.count == 1000 })
    }
}

struct Unexpected: Error {}
