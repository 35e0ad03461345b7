// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules
import Testing

@testable import AlertEngine

/// Checkpoints of every state of this kind: what is read goes on as what was written, and hostile bytes do no harm.
@Suite struct TemporalCheckpointTests {
    private static let negated = TemporalCondition(steps: [.reference(0), .reference(1), .not, .and])

    private func take<State: RuleState>(_ alert: TemporalAlert, _ run: inout TemporalRun<State>) {
        var seed = TemporalSeed(state: alert.number)
        run.take(
            alert, number: Double(seed.below(40)), tuple: Fingerprint(low: seed.next() % 5, high: 1),
            tactics: Tactics(rawValue: 1 << UInt16(seed.below(14))))
    }

    private func bytes<State: RuleState>(_ state: State) -> [UInt8] {
        var writer = ByteWriter()
        state.write(to: &writer)
        return writer.bytes
    }

    private func goesOn<State: RuleState>(_ make: () -> State) throws {
        var fired = 0
        for number in 0 ..< 40 {
            var seed = TemporalSeed(state: UInt64(number))
            let stream = temporalStream(
                &seed, count: 300, references: 3, spread: 6, lateness: 20, groups: 8, until: number % 2 == 0)
            let cut = 50 + seed.below(200)
            // Half of the lateness: some alerts come behind the watermark.
            var whole = TemporalRun(make(), lateness: 10)
            for alert in stream[..<cut] { take(alert, &whole) }
            if number % 3 == 0 { for rank in EvictionRank.allCases { _ = whole.state.evict(rank) } }
            let written = bytes(whole.state)
            var read = make()
            var reader = ByteReader(written)
            try read.restore(from: &reader)
            #expect(reader.isAtEnd, "seed \(number)")
            #expect(bytes(read) == written, "seed \(number)")
            #expect(read.byteCount == whole.state.byteCount, "seed \(number)")
            var restored = TemporalRun(read, lateness: 10)
            restored.watermark = whole.watermark
            whole.fired.removeAll()
            for (place, alert) in stream[cut...].enumerated() {
                take(alert, &whole)
                take(alert, &restored)
                if place % 40 == 20 {
                    // What goes first to make room is the same, too.
                    for rank in EvictionRank.allCases {
                        #expect(whole.state.evict(rank) == restored.state.evict(rank), "seed \(number)")
                    }
                }
                #expect(whole.state.byteCount == restored.state.byteCount, "seed \(number)")
            }
            whole.advance(to: .max)
            restored.advance(to: .max)
            #expect(whole.fired == restored.fired, "seed \(number)")
            fired += whole.fired.count
        }
        #expect(fired > 60)
    }

    private func refusesHostile<State: RuleState>(_ make: () -> State) {
        var seed = TemporalSeed(state: 42)
        var run = TemporalRun(make(), lateness: 10)
        for alert in temporalStream(&seed, count: 60, references: 3, spread: 6, lateness: 20, groups: 8) {
            take(alert, &run)
        }
        let written = bytes(run.state)
        var refused = 0
        for _ in 0 ..< 800 {
            var hostile = written
            if seed.below(2) == 0 { hostile.removeLast(1 + seed.below(hostile.count)) }
            for _ in 0 ..< seed.below(4) where !hostile.isEmpty {
                hostile[seed.below(hostile.count)] = UInt8(truncatingIfNeeded: seed.next())
            }
            var state = make()
            var reader = ByteReader(hostile)
            do {
                try state.restore(from: &reader)
            } catch {
                refused += 1
                continue
            }
            // What was accepted can be run.
            var run = TemporalRun(state, lateness: 10)
            var stream = TemporalSeed(state: 7)
            for alert in temporalStream(&stream, count: 60, references: 3, spread: 6, lateness: 20, groups: 8) {
                take(alert, &run)
            }
            run.advance(to: .max)
            for rank in EvictionRank.allCases { while run.state.evict(rank) {} }
        }
        #expect(refused > 200)
    }

    private func dependsOnNoHash<State: RuleState>(_ make: () -> State) {
        for number in 0 ..< 20 {
            var results: [[TemporalRun<State>.Fired]] = []
            for salt: UInt64 in [0, 0x5555_aaaa_1234_9876] {
                var seed = TemporalSeed(state: UInt64(number))
                var run = TemporalRun(make(), lateness: 10, salt: salt)
                let stream = temporalStream(&seed, count: 400, references: 3, spread: 3, lateness: 20, groups: 40)
                for (place, alert) in stream.enumerated() {
                    take(alert, &run)
                    if place % 50 == 49 { for rank in EvictionRank.allCases { _ = run.state.evict(rank) } }
                }
                run.advance(to: .max)
                results.append(run.fired)
            }
            #expect(results[0] == results[1], "seed \(number)")
        }
    }

    private func check<State: RuleState>(_ make: () -> State) throws {
        try goesOn(make)
        refusesHostile(make)
        dependsOnNoHash(make)
    }

    @Test func `an ordered rule goes on as it would have`() throws {
        try check { OrderedState(steps: 3, timespan: 60) }
    }

    @Test func `a temporal rule goes on as it would have`() throws {
        try check { TemporalState(references: 3, .all(3), WindowSpan(.sliding, timespan: 40), cap: 64) }
    }

    @Test func `verdicts go on as they would have`() throws {
        try check { TemporalVerdict(references: 3, Self.negated, WindowSpan(.sliding, timespan: 40), cap: 64) }
        try check {
            TemporalVerdict(
                references: 3, Self.negated, WindowSpan(.session(gap: nanoseconds(9)), timespan: 40), cap: 64)
        }
    }

    @Test func `absence goes on as it would have`() throws {
        try check { AbsenceState(within: 40, cap: 64) }
    }

    @Test func `new values go on as they would have`() throws {
        try check { NewValueState(history: 60, learning: 0) }
    }

    @Test func `risk goes on as it would have`() throws {
        try check { RiskState(timespan: 60, threshold: 100, tactics: 4, cap: 64) }
    }
}
