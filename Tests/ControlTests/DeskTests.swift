// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import FalcoRules
import LockFree
import Testing

@testable import Pipeline

@Suite struct DeskTests {
    private func add(
        _ desk: Desk, _ when: String = "hostname = build-7", until: String? = "2h", reason: String? = "upgrade"
    )
        -> ControlAnswer
    {
        desk.ask(ControlRequest(.add, when: when, until: until, reason: reason, by: "amara"))
    }

    @Test func `a silence is answered once it is committed and in force, with its id`() throws {
        let desk = Desk()
        defer { desk.end() }
        let silence = try #require(add(desk).silences?.first)
        #expect(silence.when == "hostname = build-7" && silence.by == "amara" && silence.reason == "upgrade")
        #expect(silence.until == Desk.now.advanced(by: .seconds(7_200)).description)
        #expect(silence.origin == "runtime" && silence.state == "active" && silence.matched == 0)
        let changes = desk.committed.withLock { $0 }
        #expect(changes.map(\.id) == [silence.id])
        #expect(desk.ask(ControlRequest(.list)).silences == [silence])
    }

    @Test func `a condition that is probably not meant is set and remarked on`() {
        let desk = Desk()
        defer { desk.end() }
        let answer = add(desk, "proc.nmae = bash")
        #expect(answer.ok && answer.remarks?.count == 1)
        #expect(answer.remarks?.first?.contains("proc.name") == true)
        #expect(add(desk, "proc.name = bash").remarks == nil)
    }

    @Test func `an end may be a time`() throws {
        let desk = Desk()
        defer { desk.end() }
        let answer = add(desk, until: "2030-01-01T00:00:00+01:00")
        #expect(answer.silences?.first?.until == "2029-12-31T23:00:00.000000000Z")
    }

    @Test func `a silence is lifted by its id or enough of it`() throws {
        let desk = Desk()
        defer { desk.end() }
        let id = try #require(add(desk).silences?.first?.id)
        let answer = desk.ask(ControlRequest(.expire, by: "amara", id: String(id.prefix(5))))
        #expect(answer.silences?.map(\.id) == [id])
        #expect(desk.ask(ControlRequest(.list)).silences == [])
        #expect(desk.ask(ControlRequest(.expire, id: id)).trouble == .unknown)
        #expect(desk.committed.withLock { $0 }.last == .lift(id: id, by: "amara"))
    }

    @Test func `a beginning that several ids share lifts none`() throws {
        let desk = Desk()
        defer { desk.end() }
        // Seventeen ids share a first digit somewhere.
        let ids = (0 ..< 17).compactMap { add(desk, "hostname = h\($0)").silences?.first?.id }
        let digit = try #require(ids.compactMap(\.first).first { digit in ids.count { $0.first == digit } > 1 })
        #expect(desk.ask(ControlRequest(.expire, id: String(digit))).trouble == .invalid)
        #expect(desk.ask(ControlRequest(.list)).silences?.count == 17)
    }

    @Test func `a silence of the configuration is listed and cannot be lifted`() throws {
        let condition = try Condition("hostname = node-1")
        let until = Desk.now.advanced(by: .seconds(-1))
        let desk = Desk(configured: [SilenceSettings.Configured(condition, until: until, reason: "by design")])
        defer { desk.end() }
        let listed = try #require(desk.ask(ControlRequest(.list)).silences?.first)
        #expect(listed.origin == "configuration" && listed.state == "expired" && listed.by == nil)
        let answer = desk.ask(ControlRequest(.expire, id: listed.id))
        #expect(answer.trouble == .unknown && answer.error?.contains("configuration") == true)
        #expect(desk.committed.withLock { $0 }.isEmpty)
    }

    @Test func `what makes no sense is refused with a reason and reaches no journal`() {
        let desk = Desk()
        defer { desk.end() }
        let long = String(repeating: "x", count: 5_000)
        let refused = [
            add(desk, "hostname ="), add(desk, "hostname = a)"), add(desk, ""), add(desk, long),
            add(desk, until: nil), add(desk, until: "soon"), add(desk, until: "0s"),
            add(desk, until: "2020-01-01T00:00:00Z"),
            add(desk, until: long), add(desk, reason: nil), add(desk, reason: ""), add(desk, reason: long),
            desk.ask(ControlRequest(.add, when: "hostname = a", until: "1h", reason: "r", by: long)),
            desk.ask(ControlRequest(.expire)), desk.ask(ControlRequest(.expire, id: "")),
            desk.ask(ControlRequest(.expire, by: long, id: "x")), desk.ask(ControlRequest(.expire, id: long)),
            desk.ask(line: ""), desk.ask(line: "{}"), desk.ask(line: "[1]"), desk.ask(line: "{\"version\":1}"),
            desk.ask(line: "{\"version\":2,\"command\":\"silence.list\"}"),
            desk.ask(line: "{\"version\":1,\"command\":\"shutdown\"}"),
            desk.ask(line: "{\"version\":1,\"command\":\"silence.add\",\"when\":7}"),
            desk.ask(line: String(repeating: "[", count: 60_000)),
        ]
        for answer in refused { #expect(!answer.ok && answer.trouble == .invalid && answer.error?.isEmpty == false) }
        #expect(desk.committed.withLock { $0 }.isEmpty)
    }

    @Test func `a full table is said before anything reaches the journal`() {
        let desk = Desk()
        defer { desk.end() }
        for index in 0 ..< Silence.Limit.count { #expect(add(desk, "hostname = h\(index)").ok) }
        #expect(add(desk, "hostname = more").trouble == .full)
        #expect(desk.committed.withLock { $0.count } == Silence.Limit.count)
    }

    @Test func `a journal that cannot be written is said`() {
        let desk = Desk()
        defer { desk.end() }
        desk.outcome.withLock { $0 = .failed }
        #expect(add(desk).trouble == .unavailable)
        #expect(desk.ask(ControlRequest(.list)).silences == [])
    }

    @Test func `a daemon that is stopping takes nothing`() {
        let mailbox = ControlMailbox(lane: WaitWord())
        mailbox.close()
        let change = SilenceChange.lift(id: "x", by: "")
        #expect(mailbox.submit(change, timeout: .seconds(1)) == .closed)
    }

    @Test func `a lane that gives no word is not waited for without end, and its letter is taken back`() {
        let mailbox = ControlMailbox(lane: WaitWord())
        #expect(mailbox.submit(.lift(id: "x", by: ""), timeout: .zero) == .late)
        #expect(mailbox.take().isEmpty)
        #expect(SilenceBoard().ask(timeout: .zero, wake: {}) == nil)
    }

    @Test func `a letter whose sender has gone is settled without harm`() {
        let mailbox = ControlMailbox(lane: WaitWord())
        let taken = ControlMailbox.Letter(number: 77, change: .lift(id: "x", by: ""))
        mailbox.settle([taken], .committed)
        #expect(mailbox.submit(.lift(id: "x", by: ""), timeout: .zero) == .late)
    }
}

@Suite struct ControlLineTests {
    @Test func `lines are cut wherever the pieces end`() {
        let text = Array("one\n\ntwo\nthr".utf8)
        for size in 1 ... text.count {
            var connection = ControlConnection()
            var lines: [[UInt8]] = []
            for start in stride(from: 0, to: text.count, by: size) {
                lines += connection.receive(text[start ..< min(text.count, start + size)])
            }
            #expect(lines == [Array("one".utf8), Array("two".utf8)])
            #expect(connection.receive(Array("ee\n".utf8)[...]) == [Array("three".utf8)])
        }
    }

    @Test func `a line beyond the limit ends the reading, one of the limit does not`() {
        var connection = ControlConnection()
        let longest = [UInt8](repeating: 65, count: ControlRequest.lineLimit)
        #expect(connection.receive((longest + [10])[...]) == [longest] && !connection.isOverlong)
        #expect(connection.receive((longest + [65, 10])[...]).isEmpty && connection.isOverlong)
        #expect(connection.receive([65, 10]).isEmpty)
    }

    @Test func `the longest silence fits a line, however its text is escaped`() {
        let request = ControlRequest(
            .add, when: String(repeating: "\u{1}", count: Silence.Limit.when), until: "2h",
            reason: String(repeating: "\u{2}", count: Silence.Limit.reason),
            by: String(repeating: "\u{3}", count: Silence.Limit.author))
        #expect(ControlLine.write(request).count < ControlRequest.lineLimit)
        #expect(ControlLine.read(ControlRequest.self, ControlLine.write(request)) == request)
    }
}
