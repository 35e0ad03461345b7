// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import AlertSources

/// The pure parts of `falco_grpc`: waits, gaps, what is stored, what is committed.
struct FalcoGrpcPartsTests {
    /// Always the largest number, so that a full-jitter wait is its limit.
    private struct Largest: RandomNumberGenerator {
        mutating func next() -> UInt64 { .max }
    }

    private func time(_ seconds: Int64) -> EventTime { EventTime(nanoseconds: seconds * 1_000_000_000) }

    @Test func `waits double up to the longest`() {
        var backoff = ReconnectBackoff(first: .milliseconds(200), longest: .seconds(1))
        var generator = Largest()
        let waits = (0 ..< 5).map { _ in backoff.waitAfterFailure(using: &generator) }
        #expect(waits == [.milliseconds(200), .milliseconds(400), .milliseconds(800), .seconds(1), .seconds(1)])
    }

    @Test func `a wait lies between none and its limit, and they differ`() {
        var generator = SystemRandomNumberGenerator()
        let waits = (0 ..< 200).map { _ in
            var backoff = ReconnectBackoff(first: .milliseconds(200))
            return backoff.waitAfterFailure(using: &generator)
        }
        #expect(waits.allSatisfy { $0 >= .zero && $0 <= .milliseconds(200) })
        #expect(Set(waits).count > 100)
    }

    @Test func `failures without end do not overflow`() {
        var backoff = ReconnectBackoff()
        var generator = Largest()
        for _ in 0 ..< 200 { #expect(backoff.waitAfterFailure(using: &generator) <= .seconds(15)) }
    }

    @Test func `after a healthy session the next attempt follows at once, and waits begin anew`() {
        var backoff = ReconnectBackoff(first: .milliseconds(200))
        var generator = Largest()
        for _ in 0 ..< 5 { _ = backoff.waitAfterFailure(using: &generator) }
        #expect(backoff.waitAfterSession(of: .seconds(9), hadAlerts: false, using: &generator) == .zero)
        #expect(backoff.waitAfterFailure(using: &generator) == .milliseconds(200))
        #expect(backoff.waitAfterSession(of: .zero, hadAlerts: true, using: &generator) == .zero)
    }

    @Test func `sessions that end at once are waited for like failures`() {
        var backoff = ReconnectBackoff(first: .milliseconds(200))
        var generator = Largest()
        #expect(backoff.waitAfterSession(of: .zero, hadAlerts: false, using: &generator) == .milliseconds(200))
        #expect(backoff.waitAfterSession(of: .zero, hadAlerts: false, using: &generator) == .milliseconds(400))
    }

    @Test func `the first start ever has no gap`() {
        var gaps = GapWatch(source: "node", stored: nil, now: time(1))
        #expect(gaps.arrived(first: time(5), last: time(6)) == nil)
    }

    @Test func `a start after a clean leave has no gap`() {
        let stored = SubscriptionCheckpoint(arrival: time(3), isClean: true)
        var gaps = GapWatch(source: "node", stored: stored, now: time(9))
        #expect(gaps.arrived(first: time(10), last: time(11)) == nil)
    }

    @Test func `a start after a crash has a gap from the last stored arrival to the first new one`() {
        let stored = SubscriptionCheckpoint(arrival: time(3), isClean: false)
        var gaps = GapWatch(source: "node", stored: stored, now: time(9))
        #expect(
            gaps.arrived(first: time(10), last: time(11))
                == Gap(source: "node", from: time(3), to: time(10), reason: .restarted))
        #expect(gaps.arrived(first: time(12), last: time(13)) == nil)
    }

    @Test func `breaks without an alert in between are one gap`() {
        var gaps = GapWatch(source: "node", stored: nil, now: time(1))
        _ = gaps.arrived(first: time(2), last: time(4))
        gaps.broke(.receiveLimit)
        gaps.broke(.reconnected)
        #expect(
            gaps.arrived(first: time(8), last: time(8))
                == Gap(source: "node", from: time(4), to: time(8), reason: .receiveLimit))
        gaps.broke(.reconnected)
        #expect(gaps.arrived(first: time(9), last: time(9))?.from == time(8))
    }

    @Test func `a gap does not end before it begins when the clock is set back`() {
        var gaps = GapWatch(source: "node", stored: nil, now: time(100))
        gaps.broke(.reconnected)
        #expect(
            gaps.arrived(first: time(50), last: time(51))
                == Gap(source: "node", from: time(50), to: time(50), reason: .reconnected))
    }

    @Test func `an open gap outlives a clean leave`() {
        var gaps = GapWatch(source: "node", stored: nil, now: time(1))
        #expect(SubscriptionCheckpoint(gaps.checkpoint(isClean: true))?.isClean == true)
        gaps.broke(.reconnected)
        let stored = SubscriptionCheckpoint(gaps.checkpoint(isClean: true))
        #expect(stored == SubscriptionCheckpoint(arrival: time(1), isClean: false))
    }

    @Test(arguments: [0, 1, -1, 1_780_000_000_123_456_789, Int64.min, .max], [true, false])
    func `a checkpoint survives its bytes`(nanoseconds: Int64, isClean: Bool) {
        let checkpoint = SubscriptionCheckpoint(arrival: EventTime(nanoseconds: nanoseconds), isClean: isClean)
        #expect(SubscriptionCheckpoint(checkpoint.bytes) == checkpoint)
    }

    @Test func `a damaged checkpoint is none`() {
        let good = SubscriptionCheckpoint(arrival: time(3), isClean: true).bytes
        #expect(SubscriptionCheckpoint([]) == nil)
        #expect(SubscriptionCheckpoint(Array(good.dropLast())) == nil)
        #expect(SubscriptionCheckpoint([2] + good.dropFirst()) == nil)
        #expect(SubscriptionCheckpoint(Array(good.dropLast()) + [7]) == nil)
    }

    @Test func `bytes are committed with the submissions that hold them`() {
        var ledger = CommitLedger()
        ledger.submitted(2, upTo: 100)
        ledger.submitted(4, upTo: 250)
        let steps = [1, 3, 3, 9].map { number in
            let isMore = ledger.settled(upTo: number)
            return (isMore, ledger.committedBytes)
        }
        #expect(steps.map(\.0) == [false, true, false, true])
        #expect(steps.map(\.1) == [0, 100, 100, 250])
        #expect(ledger.isEmpty)
    }
}
