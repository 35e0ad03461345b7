// SPDX-License-Identifier: Apache-2.0
import AlertModel
import FalcoRules
import Testing

@testable import AlertEngine

@Suite struct SilenceTests {
    private func configured(_ when: String, until: Double) throws -> SilenceSettings.Configured {
        SilenceSettings.Configured(try Condition(when), until: seconds(until), reason: "by design")
    }

    private func match(_ silencer: inout Silencer, _ alert: SampleAlert, at now: Double) -> String? {
        withContext(alert) { silencer.match($0.facts, at: seconds(now)) }
    }

    @Test func `an alert that matches is silenced and counted, another is not`() throws {
        let silence = try configured("hostname = build-1 and priority <= warning", until: 100)
        var silencer = Silencer(SilenceSettings([silence]))
        #expect(match(&silencer, SampleAlert(1, hostname: "build-1"), at: 1) == silence.silence.id)
        #expect(match(&silencer, SampleAlert(1, hostname: "node-1"), at: 1) == nil)
        #expect(match(&silencer, SampleAlert(1, priority: .error, hostname: "build-1"), at: 1) == nil)
        #expect(silencer.status(at: seconds(1)).map(\.matched) == [1])
        #expect(silencer.counters.matched == 1)
    }

    @Test func `a silence ends exactly at its time, by the engine's present`() throws {
        var silencer = Silencer(SilenceSettings([try configured("hostname = node-1", until: 100)]))
        // The alert's own time lies far ahead and far behind: it does not count.
        #expect(match(&silencer, SampleAlert(500), at: 99.999_999_999) != nil)
        #expect(match(&silencer, SampleAlert(1), at: 100) == nil)
        #expect(silencer.status(at: seconds(100)).map(\.isInForce) == [false])
    }

    @Test func `the first of several silences in their order is the one that counts`() throws {
        let first = try configured("hostname = node-1", until: 100)
        let second = try configured("priority = warning", until: 200)
        var silencer = Silencer(SilenceSettings([first, second]))
        #expect(match(&silencer, SampleAlert(1), at: 1) == first.silence.id)
        #expect(match(&silencer, SampleAlert(1), at: 150) == second.silence.id)
    }

    @Test func `a silence set at run time works from its place on, and until it is lifted`() {
        var silencer = Silencer(SilenceSettings())
        let silence = Silence(
            when: "hostname = node-1", until: seconds(100), reason: "maintenance", createdBy: "amara",
            createdAt: seconds(1))
        #expect(match(&silencer, SampleAlert(1), at: 1) == nil)
        #expect(silencer.apply(.set(silence), at: seconds(1)) == .set)
        #expect(match(&silencer, SampleAlert(2), at: 2) == silence.id)
        #expect(silencer.apply(.lift(id: silence.id, by: "amara"), at: seconds(3)) == .lifted)
        #expect(match(&silencer, SampleAlert(4), at: 4) == nil)
        #expect(silencer.status(at: seconds(4)).isEmpty)
    }

    @Test func `a silence of run time is forgotten when it is over`() {
        var silencer = Silencer(SilenceSettings())
        silencer.apply(.set(Silence(when: "hostname = a", until: seconds(10), reason: "r")), at: seconds(1))
        silencer.apply(.set(Silence(when: "hostname = b", until: seconds(20), reason: "r")), at: seconds(1))
        silencer.advance(EngineMoment(watermark: seconds(5), now: seconds(10)))
        #expect(silencer.status(at: seconds(10)).map(\.silence.when) == ["hostname = b"])
        #expect(silencer.counters.expired == 1)
    }

    @Test func `changes that make no sense change nothing, are told apart and counted`() throws {
        let kept = try configured("hostname = node-1", until: 100)
        var silencer = Silencer(SilenceSettings([kept]))
        let silence = Silence(when: "hostname = a", until: seconds(10), reason: "r")
        #expect(silencer.apply(.set(silence), at: seconds(10)) == .over)
        #expect(silencer.apply(.set(silence), at: seconds(1)) == .set)
        #expect(silencer.apply(.set(silence), at: seconds(1)) == .known)
        #expect(
            silencer.apply(.set(Silence(when: "((", until: seconds(10), reason: "r")), at: seconds(1)) == .unreadable)
        #expect(silencer.apply(.lift(id: "none", by: ""), at: seconds(1)) == .unknown)
        #expect(silencer.apply(.lift(id: kept.silence.id, by: ""), at: seconds(1)) == .unknown)
        #expect(silencer.counters.refused == 5 && silencer.counters.set == 1)
        #expect(silencer.status(at: seconds(1)).count == 2)
    }

    @Test func `there are only so many silences at run time, and one that is over makes room`() {
        var silencer = Silencer(SilenceSettings())
        for index in 0 ..< Silence.Limit.count {
            let until = seconds(index == 0 ? 5 : 100)
            #expect(
                silencer.apply(.set(Silence(when: "hostname = h\(index)", until: until, reason: "r")), at: seconds(1))
                    == .set)
        }
        let more = Silence(when: "hostname = more", until: seconds(100), reason: "r")
        #expect(silencer.apply(.set(more), at: seconds(4)) == .full)
        #expect(silencer.apply(.set(more), at: seconds(5)) == .set)
    }

    @Test func `the same content has the same id on every machine, other content another`() {
        let silence = Silence(when: "priority < warning", until: seconds(100), reason: "r")
        #expect(silence.id == Silence(when: "priority < warning", until: seconds(100), reason: "r").id)
        #expect(silence.id.utf8.count == 16)
        let others = [
            Silence(when: "priority < warnin", until: seconds(100), reason: "gr"),
            Silence(when: "priority < warning", until: seconds(101), reason: "r"),
            Silence(when: "priority < warning", until: seconds(100), reason: "r", createdBy: "x"),
            Silence(when: "priority < warning", until: seconds(100), reason: "r", createdAt: seconds(0)),
        ]
        #expect(Set(others.map(\.id) + [silence.id]).count == 5)
    }

    @Test func `after a restart silences and their counts are as before`() throws {
        let settings = SilenceSettings([try configured("hostname = node-1", until: 100)])
        var silencer = Silencer(settings)
        silencer.apply(
            .set(Silence(when: "hostname = node-2", until: seconds(50), reason: "r", createdBy: "x")), at: seconds(1))
        _ = match(&silencer, SampleAlert(1), at: 2)
        _ = match(&silencer, SampleAlert(1, hostname: "node-2"), at: 2)
        var writer = ByteWriter()
        silencer.write(to: &writer)
        var reader = ByteReader(writer.bytes)
        let restored = try Silencer(settings, from: &reader)
        #expect(reader.isAtEnd)
        #expect(restored.status(at: seconds(3)) == silencer.status(at: seconds(3)))
        #expect(restored.counters == silencer.counters)
        for length in 0 ..< writer.bytes.count {
            var cut = ByteReader(Array(writer.bytes[..<length]))
            #expect(throws: MalformedBytes.self) { try Silencer(settings, from: &cut) }
        }
    }

    @Test func `a silence taken out of the configuration is gone after a restart, its count with it`() throws {
        let (first, second) = (try configured("hostname = a", until: 9), try configured("hostname = b", until: 9))
        var silencer = Silencer(SilenceSettings([first, second]))
        _ = match(&silencer, SampleAlert(1, hostname: "b"), at: 1)
        var writer = ByteWriter()
        silencer.write(to: &writer)
        var reader = ByteReader(writer.bytes)
        let restored = try Silencer(SilenceSettings([second]), from: &reader)
        #expect(restored.status(at: seconds(1)).map(\.matched) == [1])
    }

    @Test func `changes read back as they were written, and nothing else does`() throws {
        let changes: [SilenceChange] = [
            .set(Silence(when: "a = b", until: seconds(7), reason: "ünïcode", createdBy: "me", createdAt: seconds(3))),
            .set(Silence(when: "a = b", until: seconds(7), reason: "r")), .lift(id: "0123456789abcdef", by: ""),
        ]
        for change in changes {
            #expect(try SilenceChange(bytes: change.bytes) == change)
            #expect(throws: MalformedBytes.self) { try SilenceChange(bytes: change.bytes + [0]) }
            for length in 0 ..< change.bytes.count {
                #expect(throws: MalformedBytes.self) { try SilenceChange(bytes: Array(change.bytes[..<length])) }
            }
        }
        let long = String(repeating: "x", count: Silence.Limit.when + 1)
        #expect(throws: MalformedBytes.self) {
            try SilenceChange(bytes: SilenceChange.set(Silence(when: long, until: seconds(1), reason: "r")).bytes)
        }
    }
}
