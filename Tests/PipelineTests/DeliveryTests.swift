// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSinks
import Journal
import LockFree
import Synchronization
import Testing

@testable import Pipeline

/// A sink over the journal, with a destination that does as a script says.
@Suite struct DeliveryTests {
    private func keys(batch: Int = 4, giveUp: Duration? = nil, backlog: BacklogLimits = BacklogLimits()) -> DeliveryKeys
    {
        DeliveryKeys(
            batch: BatchLimits(count: batch),
            retry: RetryLimits(first: .milliseconds(1), longest: .milliseconds(1), giveUp: giveUp), backlog: backlog)
    }

    /// Waits until `condition` holds; a test that hangs here is broken.
    private func until(_ lane: SinkLane, _ condition: (SinkCounters) -> Bool) {
        let word = WaitWord()
        while !condition(lane.counters) { word.wait(for: word.ticket, timeout: .milliseconds(1), spins: 0) }
    }

    private func isConserved(_ lane: SinkLane) -> Bool {
        let one = lane.counters
        return one.routed.value == one.accepted.value + one.shedTotal + one.lost.value + one.waitingToFeed
            && (!lane.isCaughtUp || one.accepted.value == one.delivered.value + one.refused.value)
    }

    /// Order of first deliveries, without gap records.
    private func firsts(_ world: DeliveryWorld) -> [Int64] {
        var seen: Set<Int64> = []
        return world.destination.records.filter { !$0.isGap }.map(\.output).filter { seen.insert($0).inserted }
    }

    @Test(arguments: 1 ... 12 as ClosedRange<UInt64>)
    func `whatever fails and whenever it crashes, each record arrives or is one dead letter`(seed: UInt64) throws {
        var random = Seeded(seed)
        let world = try DeliveryWorld()
        try world.fill(80, &random)
        // What the destination thinks of a record is the record's.
        let isRefused: @Sendable (Int64) -> Bool = { Seeded.hash($0, seed) % 6 == 0 }
        for life in 0 ..< 8 {
            let attempts = Atomic<UInt64>(0)
            let lane = try world.live(
                delivery: keys(batch: Int.random(in: 1 ... 9, using: &random)),
                crashAfter: life < 7 ? Int.random(in: 0 ... 6, using: &random) : nil
            ) { lane, _ in
                until(lane) { _ in lane.isCaughtUp || life < 7 }
            } _: { _, output in
                let attempt = attempts.add(1, ordering: .relaxed).newValue
                if life < 7, Seeded.hash(Int64(attempt), seed &+ UInt64(life)) % 4 == 0 { return .fail(after: .zero) }
                return isRefused(output) ? .refuse("no \(output)") : .accept
            }
            if life == 7 { #expect(isConserved(lane) && lane.counters.waitingToFeed == 0) }
        }
        let own = world.own.map(\.number)
        #expect(firsts(world) == own.filter { !isRefused($0) })
        let letters = try world.reader.refused(limit: 10_000)
        #expect(letters.map(\.output).sorted() == own.filter(isRefused))
        #expect(letters.allSatisfy { $0.reason == "no \($0.output)" && $0.sink == "siem" })
        // Repeats have the ids they had.
        let records = world.destination.records
        #expect(Set(records).count == Set(records.map(\.output)).count)
    }

    @Test func `a batch that fails for too long goes to the dead letters, and the next one follows`() throws {
        var random = Seeded(3)
        let world = try DeliveryWorld()
        try world.fill(20, &random)
        let blocked = world.own[5].number
        let lane = try world.live(delivery: keys(batch: 3, giveUp: .milliseconds(20))) { lane, _ in
            until(lane) { _ in lane.isCaughtUp }
        } _: { _, output in
            output == blocked ? .fail(after: .zero) : .accept
        }
        let letters = try world.reader.refused()
        #expect(letters.contains { $0.output == blocked } && letters.count <= 3)
        #expect(letters.allSatisfy { $0.reason == "given up: away" })
        #expect(lane.counters.givenUp.value == 1 && isConserved(lane))
        let gone = Set(letters.map(\.output))
        #expect(firsts(world) == world.own.map(\.number).filter { !gone.contains($0) })
    }

    @Test func `what the destination asks for is waited for, and a stop within the limit needs no answer`() throws {
        var random = Seeded(4)
        let world = try DeliveryWorld()
        try world.fill(5, &random)
        let lane = try world.live(delivery: keys(), isCutAtStop: true) { lane, _ in
            until(lane) { _ in
                if case .retrying("away", let next) = lane.state {
                    return next == EventTime(nanoseconds: 3_600_000_000_000)
                }
                return false
            }
        } _: { _, _ in
            .fail(after: .seconds(3_600))
        }
        // The stop is a reason to try at once; what still fails waits for the next start.
        #expect(lane.counters.failures.value >= 1 && world.destination.records.isEmpty)
    }

    @Test(arguments: 1 ... 6 as ClosedRange<UInt64>)
    func `a dead sink sheds the lowest priorities first, says so once, and gets the rest in order`(seed: UInt64) throws
    {
        var random = Seeded(seed)
        let world = try DeliveryWorld()
        try world.fill(200, &random)
        let total = world.own.reduce(0) { $0 + $1.bytes }
        let limits = BacklogLimits(bytes: total / Int.random(in: 2 ... 12, using: &random), age: .seconds(86_400))
        let lane = try world.live(delivery: keys(batch: 2, backlog: limits)) { lane, _ in
            until(lane) { _ in lane.isCaughtUp }
        } _: { lane, _ in
            lane.counters.shedTotal == 0 ? .fail(after: .zero) : .accept
        }
        #expect(isConserved(lane) && lane.counters.waitingToFeed == 0)
        let got = Set(firsts(world))
        #expect(firsts(world) == world.own.map(\.number).filter(got.contains))
        let shed = world.own.filter { !got.contains($0.number) }
        #expect(shed.count == lane.counters.shedTotal && !shed.isEmpty)
        for priority in Priority.allCases {
            #expect(lane.counters.shed[Int(priority.rawValue)].value == shed.count { $0.priority == priority })
        }
        // The most severe that went: of everything below it nothing was kept but what the sink had in its hands already;
        // of its own priority the oldest went.
        let worst = try #require(shed.map(\.priority).max())
        let base = try #require(shed.map(\.number).min())
        let kept = world.own.filter { got.contains($0.number) && $0.number >= base }
        #expect(!kept.contains { $0.priority < worst })
        let lastGone = shed.filter { $0.priority == worst }.map(\.number).max() ?? 0
        #expect(!kept.contains { $0.priority == worst && $0.number < lastGone })
        let left = kept.reduce(0) { $0 + $1.bytes }
        #expect(left <= limits.bytes && left >= limits.bytes / 2)
        let gaps = world.destination.records.filter(\.isGap)
        #expect(gaps.map(\.output) == [shed.map(\.number).max()])
        // The gap record stands where the last of them would.
        let outputs = world.destination.records.map(\.output)
        #expect(outputs == outputs.sorted())
    }

    @Test(arguments: 1 ... 3 as ClosedRange<UInt64>)
    func `while a receiver does not answer, what waits behind its call stays within the bound`(seed: UInt64) throws {
        var random = Seeded(seed)
        let world = try DeliveryWorld()
        try world.fill(200, &random)
        let total = world.own.reduce(0) { $0 + $1.bytes }
        let limits = BacklogLimits(bytes: total / Int.random(in: 2 ... 12, using: &random), age: .seconds(86_400))
        let shedDuringCall = Atomic<Int>(0)
        let lane = try world.live(delivery: keys(batch: 2, backlog: limits)) { lane, _ in
            until(lane) { _ in lane.isCaughtUp }
        } _: { lane, _ in
            let shed = lane.counters.shedTotal
            if shed == 0 { return .wait }
            _ = shedDuringCall.compareExchange(expected: 0, desired: shed, ordering: .relaxed)
            return .accept
        }
        #expect(lane.counters.failures.value == 0, "its first call is the one that waited")
        #expect(isConserved(lane) && lane.counters.waitingToFeed == 0)
        let got = firsts(world)
        #expect(got == got.sorted() && Set(got).count == got.count)
        let shed = world.own.filter { !got.contains($0.number) }
        #expect(shed.count == lane.counters.shedTotal && shed.count == shedDuringCall.load(ordering: .relaxed))
        // What the call held is past shedding: two records of one entry, and what is left of that entry.
        let first = shed.map(\.number).min() ?? 0
        let left = world.own.filter { got.contains($0.number) && $0.number >= first }.reduce(0) { $0 + $1.bytes }
        #expect(left <= limits.bytes && left >= limits.bytes / 2)
    }

    @Test func `a call that never comes back ends with the drain limit, and the next life sends what it held`() throws {
        var random = Seeded(11)
        let world = try DeliveryWorld()
        try world.fill(20, &random)
        let hasBegun = Atomic<Bool>(false)
        let cut = try world.live(delivery: keys(batch: 3), isCutAtStop: true) { _, _ in
            let word = WaitWord()
            while !hasBegun.load(ordering: .acquiring) {
                word.wait(for: word.ticket, timeout: .milliseconds(1), spins: 0)
            }
        } _: { _, _ in
            hasBegun.store(true, ordering: .releasing)
            return .wait
        }
        #expect(firsts(world).isEmpty && isConserved(cut))
        try world.live(delivery: keys(batch: 3)) { lane, _ in
            until(lane) { _ in lane.isCaughtUp }
        } _: { _, _ in
            .accept
        }
        #expect(firsts(world) == world.own.map(\.number))
    }

    @Test func `what waits for too long goes whatever its priority`() throws {
        var random = Seeded(9)
        let world = try DeliveryWorld()
        try world.fill(100, &random)
        // Output n arrived about n seconds after 1970.
        let now = EventTime(nanoseconds: 300 * 1_000_000_000)
        let limits = BacklogLimits(age: .seconds(100))
        let lane = try world.live(delivery: keys(batch: 1, backlog: limits), now: now) { lane, _ in
            until(lane) { _ in lane.isCaughtUp }
        } _: { lane, _ in
            lane.counters.shedTotal == 0 ? .fail(after: .zero) : .accept
        }
        #expect(isConserved(lane))
        let got = Set(firsts(world))
        let horizon: Int64 = 200
        #expect(world.own.filter { $0.number > horizon + 8 }.allSatisfy { got.contains($0.number) })
        #expect(world.own.filter { (20 ..< horizon - 8).contains($0.number) }.allSatisfy { !got.contains($0.number) })
    }

    @Test(arguments: 1 ... 10 as ClosedRange<UInt64>)
    func `what is shed stays shed over every start, and nothing else is missing`(seed: UInt64) throws {
        var random = Seeded(seed &+ 100)
        let world = try DeliveryWorld()
        var isOut = true
        for life in 0 ..< 6 {
            try world.fill(60, &random)
            let total = world.own.reduce(0) { $0 + $1.bytes }
            let limits = BacklogLimits(bytes: max(1, total / 6), age: .seconds(86_400))
            isOut = life < 5 && Bool.random(using: &random)
            let down = isOut
            let lane = try world.live(
                delivery: keys(batch: 3, backlog: limits),
                crashAfter: life < 5 ? Int.random(in: 1 ... 6, using: &random) : nil, isCutAtStop: life < 5
            ) { lane, hasCrashed in
                until(lane) { counters in
                    lane.isCaughtUp || hasCrashed() || down && counters.failures.value > 20
                        || life < 5 && counters.shedTotal > 0
                }
            } _: { lane, output in
                down || Seeded.hash(output, seed &+ UInt64(life)) % 9 == 0 && life < 5 ? .fail(after: .zero) : .accept
            }
            #expect(isConserved(lane), "life \(life)")
            if life == 5 { #expect(lane.counters.waitingToFeed == 0) }
        }
        let got = Set(firsts(world))
        let missing = world.own.filter { !got.contains($0.number) }
        let gaps = world.destination.records.filter(\.isGap)
        // What had arrived before a crash may have been shed after it.
        if let last = missing.map(\.number).max() { #expect((gaps.map(\.output).max() ?? 0) >= last) }
        let records = world.destination.records
        #expect(Set(records).count == Set(records.map { "\($0.output) \($0.isGap)" }).count)
        #expect(try world.reader.cursors()["siem"]?.shed.isEmpty == true)
    }

    @Test func `dead letters are sent again in their turn, and go when they arrive`() throws {
        var random = Seeded(11)
        let world = try DeliveryWorld()
        try world.fill(60, &random)
        let isMended = Atomic<Bool>(false)
        let stubborn = world.own[2].number
        let lane = try world.live(delivery: keys()) { lane, _ in
            until(lane) { _ in lane.isCaughtUp }
            var letters: [RefusedLetter] = []
            while letters.count < lane.counters.refused.value { letters = try world.reader.refused(limit: 1_000) }
            isMended.store(true, ordering: .releasing)
            let some = ReplayOrder(.letters(Array(letters.dropFirst(5).prefix(3))))
            #expect(lane.replay(some))
            #expect(some.wait(.seconds(60)) == ReplayOrder.Tally(arrived: 3, isDone: true))
            let all = ReplayOrder(.through(.max))
            #expect(lane.replay(all))
            let tally = all.wait(.seconds(60))
            #expect(tally == ReplayOrder.Tally(arrived: letters.count - 4, refused: 1, isDone: true))
        } _: { _, output in
            output == stubborn || !isMended.load(ordering: .acquiring) && output % 2 == 0 ? .refuse("no") : .accept
        }
        let left = try world.reader.refused()
        #expect(left.map(\.output) == [stubborn] && left[0].tries == 2)
        #expect(Set(world.destination.records.map(\.output)) == Set(world.own.map(\.number).filter { $0 != stubborn }))
        #expect(isConserved(lane) && lane.counters.replayed.value == lane.counters.refused.value - 1)
    }
}

extension Seeded {
    /// A number that looks random and is always the same.
    static func hash(_ value: Int64, _ seed: UInt64) -> UInt64 {
        var random = Seeded(UInt64(bitPattern: value) &* 0x2545_F491_4F6C_DD1D &+ seed)
        return random.next()
    }
}
