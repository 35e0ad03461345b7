// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Journal
import MCPProtocol
import MCPServing
import Synchronization
import Testing

@testable import ModelContext

@Suite struct LiveWaitTests {
    /// Longer than any machine needs: what is waited for comes, or the test fails.
    private static let long = Duration.seconds(120)

    private static func waiting(_ start: LogStart, settle: Duration = .zero) -> LogRequest {
        var request = LogRequest(start, LogSelection())
        request.patience = long
        request.settle = settle
        return request
    }

    private static func until(_ condition: () -> Bool) async {
        while !condition() { try? await Task.sleep(for: .milliseconds(1)) }
    }

    @Test func `whoever waits is told of what comes`() async throws {
        let journal = try LiveJournal()
        let log = try journal.log()
        log.start()
        async let reading = log.read(Self.waiting(.now))
        await Self.until { log.waiterCount == 1 }
        try journal.write([LiveJournal.alert()])
        log.ring()
        #expect(try await reading.items.map(\.number) == [1])
        #expect(log.waiterCount == 0)
        log.close()
    }

    @Test func `a reader on its own sees what another process writes`() async throws {
        let journal = try LiveJournal()
        let log = try journal.log()
        log.start(polling: .milliseconds(5))
        async let reading = log.read(Self.waiting(.now))
        await Self.until { log.waiterCount == 1 }
        try journal.write([LiveJournal.alert()])
        #expect(try await reading.items.map(\.number) == [1])
        log.close()
    }

    @Test func `another journal in the place of the one that is followed is a gap to whoever waits`() async throws {
        let journal = try LiveJournal()
        try journal.write([LiveJournal.alert()])
        let log = try journal.log()
        log.start(polling: .milliseconds(5))
        async let reading = log.read(Self.waiting(.now))
        await Self.until { log.waiterCount == 1 }
        try journal.delete()
        try journal.start()
        try journal.write([LiveJournal.alert()])
        let first = try await reading
        #expect(first.gap == LogGap(.historyLost, missed: nil))
        let second = try await log.read(Self.waiting(.behind(first.next)))
        #expect(second.items.map(\.number) == [1])
        log.close()
    }

    @Test func `a call that is cancelled leaves nothing behind`() async throws {
        let journal = try LiveJournal()
        let log = try journal.log()
        log.start()
        let task = Task { try await log.read(Self.waiting(.now)) }
        await Self.until { log.waiterCount == 1 }
        task.cancel()
        #expect(try await task.value.items.isEmpty)
        #expect(log.waiterCount == 0)
        log.close()
    }

    @Test func `a call that is cancelled before it waits does not wait`() async throws {
        let journal = try LiveJournal()
        let log = try journal.log()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            await log.wait(behind: 0, until: .now + Self.long)
        }
        task.cancel()
        await task.value
        #expect(log.waiterCount == 0)
    }

    @Test func `the log's end frees whoever waits`() async throws {
        let journal = try LiveJournal()
        let log = try journal.log()
        log.start()
        async let reading = log.read(Self.waiting(.now))
        await Self.until { log.waiterCount == 1 }
        log.close()
        #expect(try await reading.items.isEmpty)
    }

    @Test func `many who wait each see every output once while a writer runs beside them`() async throws {
        let journal = try LiveJournal()
        let log = try journal.log()
        log.start()
        let total: Int64 = 300
        let seen = try await withThrowingTaskGroup(of: [Int64].self) { group in
            for _ in 0 ..< 16 {
                group.addTask {
                    var start = LogStart.oldest
                    var numbers: [Int64] = []
                    while numbers.last ?? 0 < total {
                        let reading = try await log.read(Self.waiting(start))
                        numbers += reading.items.map(\.number)
                        start = .behind(reading.next)
                    }
                    return numbers
                }
            }
            group.addTask {
                for number in 0 ..< total {
                    try journal.write([LiveJournal.alert()])
                    log.ring()
                    if number % 7 == 0 { await Task.yield() }
                }
                return Array(1 ... total)
            }
            return try await group.reduce(into: [[Int64]]()) { $0.append($1) }
        }
        #expect(seen.count == 17)
        for numbers in seen { #expect(numbers == Array(1 ... total)) }
        log.close()
    }

    @Test func `thousands may wait at once, and all of them are woken`() async throws {
        let journal = try LiveJournal()
        let log = try journal.log()
        log.start()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0 ..< 3_000 {
                group.addTask { try await log.read(Self.waiting(.now)).items.count }
            }
            await Self.until { log.waiterCount == 3_000 }
            try journal.write([LiveJournal.alert()])
            log.ring()
            for try await count in group { #expect(count == 1) }
        }
        #expect(log.waiterCount == 0)
        log.close()
    }
}

@Suite struct LiveWatchTests {
    private final class Notes: Sendable {
        let told = Mutex<[(uri: String, note: JSONObject)]>([])
        func tell(_ uri: String, _ note: JSONObject) { told.withLock { $0.append((uri, note)) } }
        func take() -> [String: JSONObject] {
            told.withLock { told in
                defer { told = [] }
                return Dictionary(told.map { ($0.uri, $0.note) }, uniquingKeysWith: { $1 })
            }
        }
    }

    @Test func `a change is told for the resources it concerns, with cursor and counts only`() async throws {
        let journal = try LiveJournal()
        let log = try journal.log()
        let notes = Notes()
        let query = "creance://alerts/query/proc.name%20%3D%20nc"
        let uris: Set<String> = [
            "creance://alerts/latest", "creance://alerts/priority/critical", "creance://alerts/priority/notice", query,
            "creance://incidents/open", LiveResource.incident(SubjectID(high: 7, low: 1)).uri,
            LiveResource.incident(SubjectID(high: 7, low: 2)).uri, "creance://statistics", "creance://health",
            "creance://nobody/knows/this",
        ]
        log.watch(uris, as: WatcherID(value: 1)) { notes.tell($0, $1) }
        try journal.write([LiveJournal.alert(), LiveJournal.alert(process: "nc")])
        try await log.refresh()
        var told = notes.take()
        #expect(
            Set(told.keys) == [
                "creance://alerts/latest", "creance://alerts/priority/notice", query, "creance://statistics",
            ])
        #expect(told[query] == ["cursor": .string("\(log.cursor)"), "matched": 1])
        #expect(told["creance://alerts/priority/notice"]?["matched"] == 2)
        try journal.write([LiveJournal.alert(process: "nc")], records: [LiveJournal.incident(1, .open)])
        try await log.refresh()
        told = notes.take()
        #expect(told[query]?["matched"] == 2)
        #expect(told["creance://incidents/open"]?["open"] == 1)
        #expect(told.keys.contains(LiveResource.incident(SubjectID(high: 7, low: 1)).uri))
        #expect(!told.keys.contains(LiveResource.incident(SubjectID(high: 7, low: 2)).uri))
        #expect(told.keys.contains("creance://alerts/priority/critical"))
        log.changed([.health])
        #expect(Array(notes.take().keys) == ["creance://health"])
    }

    @Test func `an empty set ends the watching, and a new one replaces the old`() async throws {
        let journal = try LiveJournal()
        let log = try journal.log()
        let notes = Notes()
        log.watch(["creance://alerts/latest"], as: WatcherID(value: 1)) { notes.tell($0, $1) }
        log.watch(["creance://alerts/priority/debug"], as: WatcherID(value: 1)) { notes.tell($0, $1) }
        try journal.write([LiveJournal.alert()])
        try await log.refresh()
        #expect(notes.take().isEmpty)
        log.watch(["creance://alerts/latest"], as: WatcherID(value: 1)) { notes.tell($0, $1) }
        log.watch([], as: WatcherID(value: 1)) { _, _ in }
        try journal.write([LiveJournal.alert()])
        try await log.refresh()
        #expect(notes.take().isEmpty)
    }

    @Test func `a look that finds nothing new tells nobody`() async throws {
        let journal = try LiveJournal()
        try journal.write([LiveJournal.alert()], records: [LiveJournal.incident(1, .open)])
        let log = try journal.log()
        let notes = Notes()
        log.watch(
            ["creance://alerts/latest", "creance://incidents/open", "creance://alerts/priority/notice"],
            as: WatcherID(value: 1)
        ) { notes.tell($0, $1) }
        try await log.refresh()
        #expect(notes.take().isEmpty)
    }

    @Test func `standing queries beyond the limit are not evaluated`() async throws {
        let journal = try LiveJournal()
        var limits = AlertLog.Limits()
        limits.standingQueries = 2
        let log = try AlertLog(limits: limits) { () throws(JournalError) in
            do { return try journal.reader() } catch let error as JournalError { throw error } catch { throw .busy }
        }
        let notes = Notes()
        let uris = (0 ..< 3).map { "creance://alerts/query/proc.name%20%3D%20sh%20and%20evt.rawres%20%21%3D%20\($0)" }
        log.watch(Set(uris), as: WatcherID(value: 1)) { notes.tell($0, $1) }
        try journal.write([LiveJournal.alert()])
        try await log.refresh()
        #expect(notes.take().count <= 2)
    }
}
