// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSinks
import Journal
import LockFree
import Synchronization
import Testing

@testable import Pipeline

/// What the control socket is asked about dead letters, with a journal and a sink behind the desk.
@Suite struct LetterDeskTests {
    /// What the sink's destination thinks of records; it begins by refusing those with even numbers.
    private final class Opinion: Sendable {
        enum Mood: Int { case refuses, accepts, isAway }
        private let mood = Atomic<Int>(Mood.refuses.rawValue)

        func set(_ new: Mood) { mood.store(new.rawValue, ordering: .releasing) }

        func verdict(_ output: Int64) -> ScriptedCarrier.Verdict {
            switch Mood(rawValue: mood.load(ordering: .acquiring)) {
            case .accepts: .accept
            case .isAway: .fail(after: .zero)
            case .refuses, nil: output % 2 == 0 ? .refuse("no") : .accept
            }
        }
    }

    private struct Opened {
        let world: DeliveryWorld
        let lane: SinkLane
        let opinion: Opinion
        let desk: ControlDesk

        func letters() throws -> [RefusedLetter] { try world.reader.refused(limit: 1_000) }

        func ask(_ command: String, _ fields: String = "") -> ControlAnswer {
            desk.answer(to: Array(#"{"version":1,"command":"dead_letters.\#(command)"\#(fields)}"#.utf8))
        }

        func count(of sink: String = "siem") throws -> Int { try world.reader.status().refused[sink]?.kept ?? 0 }
    }

    /// Thirty entries, delivered as far as the destination takes them; the rest are dead letters.
    private func open(_ work: (Opened) throws -> Void) throws {
        var random = Seeded(17)
        let world = try DeliveryWorld()
        try world.fill(30, &random)
        let keys = DeliveryKeys(
            batch: BatchLimits(count: 4),
            retry: RetryLimits(first: .milliseconds(1), longest: .milliseconds(1), giveUp: nil))
        let opinion = Opinion()
        try world.live(delivery: keys) { lane, _ in
            defer { opinion.set(.accepts) }
            try until { try lane.isCaughtUp && world.reader.refused(limit: 1_000).count == lane.counters.refused.value }
            let desk = ControlDesk(
                mailbox: ControlMailbox(lane: WaitWord()), board: SilenceBoard(),
                letters: LetterDesk(sinks: [lane], reader: world.reader, writer: world.writer),
                clock: WallClock { EventTime(nanoseconds: 1) }, wake: {})
            try work(Opened(world: world, lane: lane, opinion: opinion, desk: desk))
        } _: { _, output in
            opinion.verdict(output)
        }
    }

    @Test func `dead letters are sent again by id, and the answer says what became of them`() throws {
        try open { it in
            let before = try it.letters()
            let ids = before.dropFirst(3).prefix(2).map(\.number)
            let asked = ids.map { #""d\#($0)""# }.joined(separator: ",")
            #expect(it.ask("replay", #","ids":[\#(asked)]"#).letters?.refused == 2)
            it.opinion.set(.accepts)
            let answer = it.ask("replay", #","ids":[\#(asked)]"#)
            #expect(answer.ok && answer.letters?.replayed == 2 && answer.letters?.refused == 0)
            #expect(answer.letters?.waiting == 0 && answer.remarks == nil)
            #expect(try it.letters().map(\.number) == before.map(\.number).filter { !ids.contains($0) })
            // What arrived is no dead letter any more.
            #expect(it.ask("replay", #","ids":[\#(asked)]"#).trouble == .unknown)
        }
    }

    @Test(arguments: [#","all":true"#, #","sink":"siem""#, #","kind":"delivery""#])
    func `all of a sink are sent again, and none is left`(selection: String) throws {
        try open { it in
            let count = try it.letters().count
            it.opinion.set(.accepts)
            #expect(it.ask("replay", selection).letters?.replayed == count)
            #expect(try it.letters().isEmpty)
            #expect(Set(it.world.destination.records.map(\.output)) == Set(it.world.own.map(\.number)))
            let again = it.ask("replay", selection)
            #expect(again.ok && again.letters == LetterOutcome())
        }
    }

    @Test func `while the destination is away the answer says so, and they arrive later`() throws {
        try open { it in
            let count = try it.letters().count
            it.opinion.set(.isAway)
            let answer = it.ask("replay", #","all":true"#)
            #expect(answer.ok && answer.letters?.waiting == count && answer.letters?.replayed == 0)
            #expect(answer.remarks == ["sink siem waits: away"])
            it.opinion.set(.accepts)
            try until { try it.letters().isEmpty }
        }
    }

    @Test func `dropped ones are gone, by id and all of a kind`() throws {
        try open { it in
            let before = try it.letters()
            #expect(it.ask("drop", #","ids":["d\#(before[1].number)"]"#).letters?.dropped == 1)
            #expect(it.ask("drop", #","ids":["d\#(before[1].number)"]"#).trouble == .unknown)
            #expect(try it.letters().count == before.count - 1)
            #expect(it.ask("drop", #","kind":"input""#).letters?.dropped == 0)
            #expect(it.ask("drop", #","sink":"other""#).letters?.dropped == 0)
            #expect(try it.letters().count == before.count - 1)
            #expect(it.ask("drop", #","all":true"#).letters?.dropped == before.count - 1)
            #expect(try it.letters().isEmpty)
        }
    }

    @Test func `what makes no sense is refused with a reason and changes nothing`() throws {
        try open { it in
            let before = try it.letters()
            let many = (1 ... LetterDesk.idLimit + 1).map { #""d\#($0)""# }.joined(separator: ",")
            for fields in [
                "", #","ids":[]"#, #","ids":["7"]"#, #","ids":["d0"]"#, #","ids":["d-1"]"#, #","ids":["x3"]"#,
                #","ids":["d99999999999999999999"]"#, #","ids":[\#(many)]"#, #","kind":"both""#, #","all":false"#,
            ] {
                for command in ["replay", "drop"] {
                    let answer = it.ask(command, fields)
                    #expect(answer.trouble == .invalid && answer.error?.isEmpty == false, "\(command) \(fields)")
                }
            }
            // Input that was no alert has nobody to go to.
            #expect(it.ask("replay", #","ids":["i1"]"#).trouble == .invalid)
            #expect(it.ask("replay", #","kind":"input""#).trouble == .invalid)
            #expect(it.ask("replay", #","sink":"nobody""#).trouble == .unknown)
            #expect(it.ask("replay", #","ids":["d999999"]"#).trouble == .unknown)
            #expect(try it.letters().map(\.number) == before.map(\.number))
            #expect(try it.count() == before.count)
        }
    }

    @Test func `a desk without sinks says so`() {
        let desk = ControlDesk(
            mailbox: ControlMailbox(lane: WaitWord()), board: SilenceBoard(), clock: WallClock.system, wake: {})
        for command in ["replay", "drop"] {
            let line = #"{"version":1,"command":"dead_letters.\#(command)","all":true}"#
            #expect(desk.answer(to: Array(line.utf8)).trouble == .unavailable)
        }
    }
}
