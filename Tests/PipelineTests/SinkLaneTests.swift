// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSinks
import AlertSources
import Foundation
import GRDB
import Journal
import LockFree
import Logging
import Testing

@testable import Pipeline

/// What a lane feeds and counts when only a part of the outputs is its own.
@Suite struct SinkLaneTests {
    private let folder = TemporaryFolder()
    private var path: String { folder.path + "/journal.db" }
    private let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Notes the numbers it is handed.
    private final class Notebook: AlertSink {
        static var typeName: String { "notebook" }
        static var deliveryClass: DeliveryClass { .bestEffort }
        private let name: String?
        private(set) var outputs: [Int64] = []
        private(set) var writes = 0

        init(name: String?) { self.name = name }

        func open(at cursor: SinkCursor?) throws(DeliveryError) {}
        func write(_ entry: DecidedEntry, from output: Int64) throws(DeliveryError) {
            writes += 1
            let selection = RouteSelection(entry.notes.routes, sink: name)
            for number in Swift.max(output, entry.firstOutput) ..< entry.endOutput
            where selection.contains(Int(number - entry.firstOutput)) {
                outputs.append(number)
            }
        }
        func flush() throws(DeliveryError) {}
        func reopen() throws(DeliveryError) {}
        var position: [UInt8] { [] }
        func close() {}
    }

    /// Entries of three alerts and a gap now and then. Of each third entry the sink gets one output, of the next none.
    private func fill(_ count: Int) throws -> [DecidedEntry] {
        let writer = try JournalWriter(JournalSettings(path: path), newInstallation: 1)
        let decoder = AlertDecoder()
        var output: Int64 = 1
        for index in 0 ..< count {
            var group = CommitGroup()
            let isGap = index % 10 == 9
            if isGap {
                group.append(
                    .gap(
                        Gap(
                            source: "node", from: EventTime(nanoseconds: 1), to: EventTime(nanoseconds: 2),
                            reason: .reconnected)))
            } else {
                var builder = AlertBatchBuilder()
                for _ in 0 ..< 3 {
                    let text = [UInt8](#"{"rule":"r","priority":"Notice","time":"2026-05-28T20:26:40Z"}"#.utf8)
                    decoder.decode(.json, text.span, arrival: EventTime(nanoseconds: 7), into: &builder)
                }
                group.append(.alerts(builder.seal(), source: "node"))
            }
            let place = try writer.commit(group).places[0]
            let size = isGap ? 1 : 3
            var notes = EntryNotes()
            if index % 3 > 0 {
                notes.routes.sets = [["pager"], ["archive", "pager"]]
                notes.routes.perOutput = (0 ..< size).map { $0 == 1 && index % 3 == 1 ? 1 : 0 }
            }
            var decided = CommitGroup()
            decided.append(
                Decision(
                    place: place, placeCount: size, fates: [], notes: notes, firstOutput: output, outputCount: size))
            _ = try writer.commit(decided)
            output += Int64(size)
        }
        writer.close()
        return try JournalReader.open(path).decided(fromOutput: 1, limit: 10_000, byteLimit: .max).entries
    }

    private func lane(_ route: String?, from first: Int64, committedEnd: Int64) throws -> SinkLane {
        let reader = try JournalReader.open(path)
        let backlog = try route.map { try reader.routedCount(to: $0, in: first ..< committedEnd) }
        return SinkLane(
            name: "sink", typeName: "notebook", route: route, journal: SinkJournal(reader, sink: "sink"),
            journalBell: WaitWord(), log: log, firstOutput: first, committedEnd: committedEnd, routedBacklog: backlog)
    }

    /// Offers everything from `committedEnd` on, more than the ring holds, and runs the lane to its end.
    private func run(_ lane: SinkLane, _ sink: Notebook, _ entries: [DecidedEntry], from committedEnd: Int64) {
        for entry in entries where entry.firstOutput >= committedEnd { lane.offer(entry) }
        let waiting = lane.counters.routed.value - lane.counters.accepted.value - lane.counters.lost.value
        #expect(lane.counters.waitingToFeed == waiting)
        lane.stop()
        lane.run(sink, from: nil, isCut: { false })
    }

    private func expected(_ entries: [DecidedEntry], _ route: String?, from first: Int64) -> [Int64] {
        entries.flatMap { entry in
            (entry.firstOutput ..< entry.endOutput).filter { number in
                number >= first
                    && (route.map { entry.notes.routes.contains($0, at: Int(number - entry.firstOutput)) } ?? true)
            }
        }
    }

    @Test(arguments: ["archive", "pager", "nobody", nil], [2, 40, 250])
    func `a lane hands over what is routed to it and counts nothing else`(route: String?, backlog: Int) throws {
        let entries = try fill(300)
        let first: Int64 = 5
        let committedEnd = entries[backlog].firstOutput
        let lane = try lane(route, from: first, committedEnd: committedEnd)
        let sink = Notebook(name: route)
        run(lane, sink, entries, from: committedEnd)
        let own = expected(entries, route, from: first)
        #expect(sink.outputs == own)
        #expect(lane.counters.accepted.value == own.count && lane.counters.lost.value == 0)
        #expect(lane.counters.waitingToFeed == 0)
        let reading = SinkReading(lane.counters)
        #expect(reading.accepted == own.count && reading.waiting == 0 && reading.routed == own.count)
        if route == "nobody" { #expect(sink.writes == 99) }
    }

    @Test(arguments: ["archive", nil])
    func `a damaged entry between readable ones is lost, and the equation holds`(route: String?) throws {
        let entries = try fill(300)
        let queue = try DatabaseQueue(path: path)
        let damaged = entries[151]
        try queue.writeWithoutTransaction {
            try $0.execute(sql: "UPDATE entries SET payload = x'00' WHERE place = ?", arguments: [damaged.place])
        }
        let lane = try lane(route, from: 1, committedEnd: 1)
        let sink = Notebook(name: route)
        run(lane, sink, entries, from: 1)
        let all = expected(entries, route, from: 1)
        let kept = all.filter { !(damaged.firstOutput ..< damaged.endOutput).contains($0) }
        #expect(sink.outputs == kept)
        #expect(lane.counters.accepted.value == kept.count)
        #expect(
            lane.counters.lost.value >= all.count - kept.count
                && lane.counters.waitingToFeed == lane.counters.routed.value - lane.counters.accepted.value
                    - lane.counters.lost.value
        )
    }
}
