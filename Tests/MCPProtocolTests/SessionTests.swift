// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MCPProtocol

struct SessionTableTests {
    private typealias Table = SessionTable<String, Int>

    private func table(_ change: (inout Table.Limits) -> Void = { _ in }) -> Table {
        var limits = Table.Limits()
        change(&limits)
        return Table(limits: limits)
    }

    private func fresh() -> SessionID {
        var random = SystemRandomNumberGenerator()
        return SessionID(&random)
    }

    @Test func `a name is 128 random bits and reads back`() {
        var seen: Set<SessionID> = []
        for _ in 0 ..< 1000 {
            let id = fresh()
            #expect(id.description.utf8.count == 32)
            #expect(SessionID(id.description) == id)
            #expect(seen.insert(id).inserted)
        }
    }

    @Test(arguments: [
        "", "0", String(repeating: "g", count: 32), String(repeating: "A", count: 32),
        String(repeating: "0", count: 33),
    ])
    func `what is no name of ours is none`(text: String) {
        #expect(SessionID(text) == nil)
    }

    @Test func `a session is its principal's alone`() {
        var sessions = table()
        let id = fresh()
        #expect(sessions.add(id, 1, of: "anna", at: .zero) == [])
        #expect(sessions.use(id.description, by: "anna", at: .zero) == 1)
        #expect(sessions.use(id.description, by: "bert", at: .zero) == nil)
        #expect(sessions.remove(id.description, of: "bert") == nil)
        #expect(sessions.remove(id.description, of: "anna") == 1)
        #expect(sessions.use(id.description, by: "anna", at: .zero) == nil)
    }

    @Test func `a session ends when nobody used it for long`() {
        var sessions = table { $0.idle = .seconds(60) }
        let id = fresh()
        _ = sessions.add(id, 1, of: "anna", at: .zero)
        #expect(sessions.use(id.description, by: "anna", at: .seconds(60)) == 1)
        #expect(sessions.use(id.description, by: "anna", at: .seconds(120)) == 1)
        #expect(sessions.use(id.description, by: "anna", at: .seconds(181)) == nil)
        #expect(sessions.removeIdle(at: .seconds(181)) == [1])
        #expect(sessions.count == 0)
    }

    @Test func `one principal's new session takes the place of its idlest, never another's`() {
        var sessions = table {
            $0.perPrincipal = 2
            $0.total = 3
        }
        let ids = (0 ..< 5).map { _ in fresh() }
        _ = sessions.add(ids[0], 0, of: "bert", at: .zero)
        _ = sessions.add(ids[1], 1, of: "anna", at: .seconds(1))
        _ = sessions.add(ids[2], 2, of: "anna", at: .seconds(2))
        _ = sessions.use(ids[1].description, by: "anna", at: .seconds(3))
        #expect(sessions.add(ids[3], 3, of: "anna", at: .seconds(4)) == [2])
        // All places are taken.
        #expect(sessions.add(ids[4], 4, of: "carl", at: .seconds(5)) == nil)
        #expect(Set(sessions.values) == [0, 1, 3])
    }
}

struct SessionStreamsTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func texts(_ replay: (events: [SessionStreams.Event], hasEnded: Bool)?) -> [String]? {
        replay?.events.map { String(decoding: $0.message, as: UTF8.self) }
    }

    @Test func `a stream is replayed from any place on it, and no other stream is`() {
        var streams = SessionStreams()
        let first = streams.open(for: .integer(1))
        let second = streams.open(for: .integer(2))
        let a = streams.record(bytes("a"), on: first)
        _ = streams.record(bytes("x"), on: second)
        _ = streams.record(bytes("b"), on: first)
        #expect(texts(streams.replay(after: .init(stream: first, sequence: 0))) == ["a", "b"])
        #expect(a.map { texts(streams.replay(after: $0.id)) } == ["b"])
        #expect(texts(streams.replay(after: .init(stream: second, sequence: 1))) == [])
        #expect(streams.replay(after: .init(stream: second, sequence: 2)) == nil)
        #expect(streams.replay(after: .init(stream: 9, sequence: 0)) == nil)
    }

    @Test func `what an ended stream said is kept for a while, and then it is forgotten`() {
        var limits = SessionStreams.Limits()
        limits.ended = 2
        var streams = SessionStreams(limits: limits)
        for number in 1 ... 3 {
            let stream = streams.open(for: .integer(Int64(number)))
            _ = streams.record(bytes("answer \(number)"), on: stream)
            #expect(streams.isOpen(.integer(Int64(number))))
            streams.end(.integer(Int64(number)))
            #expect(!streams.isOpen(.integer(Int64(number))))
            #expect(streams.record(bytes("late"), on: stream) == nil)
        }
        #expect(streams.replay(after: .init(stream: 1, sequence: 0)) == nil)
        #expect(texts(streams.replay(after: .init(stream: 3, sequence: 0))) == ["answer 3"])
    }

    @Test func `memory is bounded by messages and by bytes, and the newest stays`() {
        var limits = SessionStreams.Limits()
        limits.messages = 4
        limits.bytes = 100
        var streams = SessionStreams(limits: limits)
        for _ in 0 ..< 10 { _ = streams.record(bytes("1234567890"), on: SessionStreams.own) }
        #expect(streams.replay(after: .init(stream: 0, sequence: 0))?.events.count == 4)
        _ = streams.record([UInt8](repeating: 65, count: 99), on: SessionStreams.own)
        #expect(streams.replay(after: .init(stream: 0, sequence: 0))?.events.count == 1)
        _ = streams.record([UInt8](repeating: 65, count: 1000), on: SessionStreams.own)
        #expect(streams.replay(after: .init(stream: 0, sequence: 0))?.events.map(\.message.count) == [1000])
        #expect(streams.forgotten == 11)
    }

    @Test func `messages find their stream by their route`() {
        var streams = SessionStreams()
        let number = streams.open(for: .string("a"))
        #expect(streams.stream(for: .session) == 0)
        #expect(streams.stream(for: .exchange(.string("a"))) == number)
        #expect(streams.stream(for: .answer(.string("a"))) == number)
        #expect(streams.stream(for: .answer(nil)) == nil)
        #expect(streams.stream(for: .answer(.string("b"))) == nil)
    }
}

struct ServerSentEventsTests {
    @Test func `an event is one block, whatever the message says`() {
        let hostile = JSONValue.string("a\ndata: b\r\n\nid: 9-9\u{85}\u{2028}\u{2029}\u{0}").encoded
        let frame = String(decoding: ServerSentEvents.event(hostile, id: .init(stream: 1, sequence: 2)), as: UTF8.self)
        #expect(frame.unicodeScalars.count { "\n\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0) } == 4)
        #expect(frame.hasPrefix("id: 1-2\nevent: message\ndata: \""))
        #expect(frame.hasSuffix("\"\n\n"))
    }

    @Test(arguments: ["1-2", "0-0", "9223372036854775807-1"])
    func `a place reads back`(text: String) {
        #expect(ServerSentEvents.EventID(text)?.description == text)
    }

    @Test(arguments: [
        "", "-", "1-", "-1", "1-2-3", "1_2", "a-b", "1--2", " 1-2", "18446744073709551616-1", "99999999999999999999-0",
        "1-2\n", "１-２",
    ])
    func `what is no place of ours is none`(text: String) {
        #expect(ServerSentEvents.EventID(text) == nil)
    }
}

struct RateBucketsTests {
    @Test func `a burst is let through, then so many in a second, for each principal`() {
        var rates = RateBuckets<String>(burst: 3, perSecond: 2)
        for _ in 0 ..< 3 { #expect(rates.take("anna", at: .seconds(1)) == nil) }
        #expect(rates.take("anna", at: .seconds(1)) == 1)
        #expect(rates.take("bert", at: .seconds(1)) == nil)
        #expect(rates.take("anna", at: .milliseconds(1500)) == nil)
        #expect(rates.take("anna", at: .milliseconds(1500)) == 1)
        // A clock that goes back gives nothing away.
        #expect(rates.take("anna", at: .zero) == 1)
        for _ in 0 ..< 3 { #expect(rates.take("anna", at: .seconds(100)) == nil) }
        #expect(rates.take("anna", at: .seconds(100)) == 1)
    }

    @Test func `those who have not asked for a while are forgotten`() {
        var rates = RateBuckets<Int>(burst: 2, perSecond: 1)
        for principal in 0 ..< 5000 { _ = rates.take(principal, at: .seconds(10 * principal)) }
        #expect(rates.count <= 1024)
    }
}
