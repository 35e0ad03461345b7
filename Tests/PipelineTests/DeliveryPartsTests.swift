// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSinks
import Journal
import Testing

@testable import Pipeline

@Suite struct DeliveryPartsTests {
    @Test func `pauses are drawn below a bound that doubles up to the longest`() {
        let limits = RetryLimits(first: .seconds(1), longest: .seconds(5), giveUp: nil)
        var highest = BackOff(limits)
        var lowest = BackOff(limits)
        let now = ContinuousClock.now
        var highs: [Duration] = []
        for _ in 0 ..< 100 {
            highs.append(highest.pause(after: now, asked: .zero, chance: 1))
            #expect(lowest.pause(after: now, asked: .zero, chance: 0) == .zero)
        }
        #expect(Array(highs.prefix(5)) == [.seconds(1), .seconds(2), .seconds(4), .seconds(5), .seconds(5)])
        #expect(highs.last == .seconds(5) && !highest.isOver(at: now + .seconds(1_000_000)))
    }

    @Test func `a destination is never asked again before it allows it, and not for ever`() {
        var backOff = BackOff(RetryLimits(first: .seconds(1), longest: .seconds(5), giveUp: .seconds(60)))
        let now = ContinuousClock.now
        #expect(backOff.pause(after: now, asked: .seconds(30), chance: 1) == .seconds(30))
        #expect(backOff.pause(after: now, asked: .seconds(1 << 40), chance: 1) == BackOff.askedLimit)
        #expect(!backOff.isOver(at: now + .seconds(59)) && backOff.isOver(at: now + .seconds(60)))
    }

    private func entry(_ first: Int64, _ priority: Priority, bytes: Int, arrival: Int64) -> BacklogEntry {
        var entry = BacklogEntry(
            firstOutput: first, endOutput: first + 1, arrival: EventTime(nanoseconds: arrival), storedBytes: 10)
        entry.add(first, priority.rawValue, bytes: bytes)
        return entry
    }

    @Test func `a ledger of many entries stays small and counts them all`() {
        var ledger = BacklogLedger(from: 1)
        for number in 1 ... 20_000 as ClosedRange<Int64> {
            ledger.add(entry(number, .debug, bytes: 3, arrival: number))
        }
        #expect(ledger.bytes == 60_000 && ledger.storedBytes == 200_000 && ledger.end == 20_001)
        let shedding = ledger.shed(
            BacklogLimits(bytes: 16_000, age: .seconds(10)), historyBytes: .max, now: EventTime(nanoseconds: 0))
        #expect(shedding.counts[Int(Priority.debug.rawValue)] == (60_000 - ledger.bytes) / 3)
        #expect(ledger.bytes <= 14_000 && ledger.bytes > 12_000)
    }

    @Test func `the file's length sheds the oldest, all of it`() {
        var ledger = BacklogLedger(from: 1)
        for number in 1 ... 100 as ClosedRange<Int64> {
            ledger.add(entry(number, number == 1 ? .emergency : .debug, bytes: 1, arrival: number))
        }
        let limits = BacklogLimits(bytes: 400, age: .seconds(10))
        #expect(ledger.isOver(limits, historyBytes: 500, now: EventTime(nanoseconds: 0)))
        let shedding = ledger.shed(limits, historyBytes: 500, now: EventTime(nanoseconds: 0))
        #expect(shedding.counts[0] == 1 && Set(shedding.ends).count == 1 && shedding.last == shedding.ends[0] - 1)
        #expect(ledger.storedBytes <= 850 && !ledger.isOver(limits, historyBytes: 500, now: EventTime(nanoseconds: 0)))
    }

    @Test func `a ledger whose first piece is partly sent knows that it does not know`() {
        var ledger = BacklogLedger(from: 1)
        for number in 1 ... 2_000 as ClosedRange<Int64> { ledger.add(entry(number, .debug, bytes: 1, arrival: number)) }
        ledger.drop(before: 2)
        #expect(!ledger.isExact)
        ledger.drop(before: 2_001)
        #expect(ledger.isExact && ledger.bytes == 0)
        var whole = BacklogLedger(from: 1)
        for number in 1 ... 10 as ClosedRange<Int64> { whole.add(entry(number, .debug, bytes: 1, arrival: number)) }
        whole.drop(before: 5)
        #expect(whole.isExact && whole.bytes == 6)
    }
}
