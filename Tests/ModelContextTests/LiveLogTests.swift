// SPDX-License-Identifier: Apache-2.0
import AlertModel
import FalcoRules
import Journal
import Testing

@testable import ModelContext

@Suite struct LiveLogTests {
    private static func now(_ start: LogStart, limit: Int = 20, _ selection: LogSelection = LogSelection())
        -> LogRequest
    {
        var request = LogRequest(start, selection)
        request.patience = .zero
        request.settle = .zero
        request.limit = limit
        return request
    }

    @Test func `pages behind one another give every output once, in order`() async throws {
        let journal = try LiveJournal()
        for size in [1, 3, 7, 2] { try journal.write(Array(repeating: LiveJournal.alert(), count: size)) }
        let log = try journal.log()
        var start = LogStart.oldest
        var numbers: [Int64] = []
        while true {
            let reading = try await log.read(Self.now(start, limit: 4))
            numbers += reading.items.map(\.number)
            #expect(reading.gap == nil)
            #expect(reading.hasMore == (numbers.count < 13))
            if reading.items.isEmpty { break }
            start = .behind(reading.next)
        }
        #expect(numbers == Array(1 ... 13))
    }

    @Test func `an ordinary restart keeps a cursor valid`() async throws {
        let journal = try LiveJournal()
        try journal.write([LiveJournal.alert("one")])
        let cursor = try await journal.log().read(Self.now(.oldest)).next
        journal.close()
        try journal.start()
        try journal.write([LiveJournal.alert("two")])
        let reading = try await journal.log().read(Self.now(.behind(cursor)))
        #expect(reading.gap == nil)
        #expect(reading.items.map(\.number) == [2])
    }

    @Test func `a cursor from before the first output is good until the journal is another one`() async throws {
        let journal = try LiveJournal()
        let cursor = try await journal.log().read(Self.now(.now)).next
        #expect(cursor.output == 0)
        try journal.write([LiveJournal.alert()])
        #expect(try await journal.log().read(Self.now(.behind(cursor))).gap == nil)
        try journal.delete()
        try journal.start()
        try journal.write([LiveJournal.alert(), LiveJournal.alert()])
        let reading = try await journal.log().read(Self.now(.behind(cursor)))
        #expect(reading.gap == LogGap(.historyLost, missed: nil))
        #expect(reading.items.map(\.number) == [1, 2])
    }

    @Test(arguments: [0, 1, 5])
    func `a journal that was deleted is a gap, whatever the new one holds`(count: Int) async throws {
        let journal = try LiveJournal()
        try journal.write(Array(repeating: LiveJournal.alert(), count: 3))
        let cursor = try await journal.log().read(Self.now(.oldest)).next
        try journal.delete()
        try journal.start()
        if count > 0 { try journal.write(Array(repeating: LiveJournal.alert(), count: count)) }
        let log = try journal.log()
        let reading = try await log.read(Self.now(.behind(cursor)))
        #expect(reading.gap == LogGap(.historyLost, missed: nil))
        #expect(reading.items.map(\.number) == (count > 0 ? Array(1 ... Int64(count)) : []))
        // And the cursor it gave is good again.
        #expect(try await log.read(Self.now(.behind(reading.next))).gap == nil)
    }

    @Test func `outputs that retention removed are a gap that says how many`() async throws {
        let journal = try LiveJournal()
        journal.close()
        try journal.start(retain: .seconds(100))
        try journal.write([LiveJournal.alert(), LiveJournal.alert()])
        let cursor = try await journal.log().read(Self.now(.oldest, limit: 1)).next
        try journal.write([LiveJournal.alert(), LiveJournal.alert(), LiveJournal.alert()])
        try journal.write([LiveJournal.alert("kept")], after: 1_000)
        try journal.write([LiveJournal.alert("kept")])
        try journal.prune()
        let reading = try await journal.log().read(Self.now(.behind(cursor)))
        #expect(reading.gap == LogGap(.retention, missed: 4))
        #expect(reading.items.map(\.number) == [6, 7])
        #expect(try await journal.log().read(Self.now(.oldest)).gap == nil)
    }

    @Test func `a quiet journal whose whole history is pruned keeps its newest cursor valid`() async throws {
        let journal = try LiveJournal()
        journal.close()
        try journal.start(retain: .seconds(100))
        try journal.write([LiveJournal.alert()])
        let cursor = try await journal.log().read(Self.now(.oldest)).next
        try journal.write([], after: 1_000)
        try journal.write([], after: 1_000)
        try journal.prune()
        #expect(try journal.reader().oldestOutput() == 2)
        let reading = try await journal.log().read(Self.now(.behind(cursor)))
        #expect(reading.gap == nil)
        #expect(reading.next.output == 1)
        #expect(try await journal.log().read(Self.now(.behind(reading.next))).gap == nil)
    }

    @Test func `an end that was lost with the power is a gap, and what came after it is told`() async throws {
        let journal = try LiveJournal()
        try journal.write([LiveJournal.alert("one")])
        journal.close()
        try journal.start()
        try journal.write([LiveJournal.alert("two")])
        let seen = try await journal.log().read(Self.now(.oldest)).next
        // A cursor of an epoch that this journal does not have at that output.
        let lost = AlertCursor(epoch: seen.epoch, output: 9)
        let future = try await journal.log().read(Self.now(.behind(lost)))
        #expect(future.gap == LogGap(.historyLost, missed: nil))
        #expect(future.items.isEmpty)
        #expect(future.next == seen)
        let other = AlertCursor(epoch: seen.epoch ^ 1, output: 2)
        let reading = try await journal.log().read(Self.now(.behind(other)))
        #expect(reading.gap == LogGap(.historyLost, missed: nil))
        #expect(reading.items.map(\.number) == [1, 2])
    }

    @Test func `only what is selected is told, and what was held back is counted`() async throws {
        let journal = try LiveJournal()
        try journal.write(
            [LiveJournal.alert(priority: "Critical"), LiveJournal.alert(), LiveJournal.alert(process: "nc")],
            fates: [.passed, .suppressed, .passed], records: [LiveJournal.incident(1, .open)])
        try journal.write([LiveJournal.alert()], fates: [.silenced])
        let log = try journal.log()
        let severe = try await log.read(Self.now(.oldest, LogSelection(atLeast: .critical)))
        #expect(severe.items.map(\.output) == [.record(0), .alert(0)])
        #expect(severe.heldBack == 2)
        let when = try await log.read(Self.now(.oldest, LogSelection(when: try Condition("proc.name = nc"))))
        #expect(when.items.map(\.output) == [.alert(2)])
        #expect(when.next == severe.next)
    }

    @Test func `the standing counts alerts and incidents that passed, and critical incidents that are open`()
        async throws
    {
        let journal = try LiveJournal()
        try journal.write([LiveJournal.alert()], records: [LiveJournal.incident(1, .open)])
        let log = try journal.log()
        #expect(log.standing.criticalOpen == 1)
        let before = log.standing.alerts
        try journal.write(
            [LiveJournal.alert(), LiveJournal.alert()], fates: [.passed, .suppressed],
            records: [LiveJournal.incident(2, .open, level: .high), LiveJournal.incident(3, .open)])
        try await log.refresh()
        #expect(log.standing.alerts - before == 3)
        #expect(log.standing.criticalOpen == 2)
        try journal.write([], records: [LiveJournal.incident(1, .close, revision: 1)])
        try await log.refresh()
        #expect(log.standing.criticalOpen == 1)
        #expect(log.standing.cursor == "\(log.cursor)")
    }
}
