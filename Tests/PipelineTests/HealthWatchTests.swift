// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Inspection
import Journal
import MCPServing
import ModelContext
import Synchronization
import Testing

@testable import Pipeline

@Suite struct HealthWatchTests {
    private final class Health: Sendable {
        private let state = Mutex((looks: 0, isWell: true, detail: 0))
        let (looked, look) = AsyncStream<Int>.makeStream()

        func set(isWell: Bool) { state.withLock { $0.isWell = isWell } }

        var report: HealthReport {
            let (looks, isWell, detail) = state.withLock { state in
                state.looks += 1
                state.detail += 1
                return state
            }
            look.yield(looks)
            return HealthReport([
                HealthReport.Component(
                    "journal", isHealthy: isWell, state: isWell ? "writable" : "failing", detail: "\(detail)")
            ])
        }
    }

    private static func log(_ folder: TemporaryFolder) throws -> AlertLog {
        let path = folder.path + "/journal.db"
        let writer = try JournalWriter(JournalSettings(path: path))
        var group = CommitGroup()
        group.append(.start(epoch: 1, at: EventTime(nanoseconds: 1)))
        _ = try writer.commit(group)
        writer.close()
        return try AlertLog(opening: { () throws(JournalError) in try JournalReader.open(path) })
    }

    @Test func `who watches health is told when a part changes, and nobody looks when nobody watches`() async throws {
        let folder = TemporaryFolder()
        let health = Health()
        let watch = HealthWatch(try Self.log(folder), every: .milliseconds(1)) { health.report }
        let (told, tell) = AsyncStream<String>.makeStream()
        let watcher = WatcherID(value: 1)
        watch.watch(["creance://alerts/latest"], as: watcher) { uri, _ in tell.yield(uri) }
        #expect(!watch.isLooking)

        watch.watch(["creance://health"], as: watcher) { uri, _ in tell.yield(uri) }
        #expect(watch.isLooking)
        var looks = health.looked.makeAsyncIterator()
        // Details change with every look, and are no change.
        for _ in 0 ..< 5 { _ = await looks.next() }
        health.set(isWell: false)
        var news = told.makeAsyncIterator()
        #expect(await news.next() == "creance://health")
        health.set(isWell: true)
        #expect(await news.next() == "creance://health")

        watch.watch([], as: watcher) { _, _ in }
        #expect(!watch.isLooking)
        watch.watch(["creance://health"], as: watcher) { _, _ in }
        watch.close()
        #expect(!watch.isLooking)
        tell.finish()
        #expect(await news.next() == nil)
    }

    @Test func `a note about an incident is told to who listens, one that is refused is not`() throws {
        let folder = TemporaryFolder()
        let writer = try JournalWriter(JournalSettings(path: folder.path + "/journal.db"))
        defer { writer.close() }
        let incident = SubjectID(high: 1, low: 1)
        let time = EventTime(nanoseconds: 1_700_000_000_000_000_000)
        var group = CommitGroup()
        group.append(.tick(time))
        let place = try writer.commit(group).places[0]
        var notes = EntryNotes()
        notes.records = [
            PlacedRecord(
                position: 0,
                record: .incident(
                    IncidentRecord(
                        incident: incident, state: .open, revision: 0, ruleID: "r", ruleTitle: "t",
                        ruleType: "event_count", level: .high, tags: [], group: [], value: 1, first: time, last: time,
                        alerts: [])))
        ]
        group.removeAll()
        group.append(
            Decision(place: place, placeCount: 1, fates: [], notes: notes, firstOutput: place, outputCount: 1))
        _ = try writer.commit(group)

        let bell = IncidentBell()
        let heard = Mutex<[SubjectID]>([])
        bell.follow { incident in heard.withLock { $0.append(incident) } }
        let desk = IncidentDesk(writer: writer, bell: bell)
        #expect(throws: ControlDesk.Refused.self) {
            try desk.annotate(SubjectID(high: 9, low: 9), .note, at: time, by: "ann", text: "x")
        }
        #expect(heard.withLock { $0 }.isEmpty)
        _ = try desk.annotate(incident, .acknowledgement, at: time, by: "ann", text: "")
        #expect(heard.withLock { $0 } == [incident])
    }
}
