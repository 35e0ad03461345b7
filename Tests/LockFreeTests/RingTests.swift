// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import LockFree

@Suite struct RingTests {
    @Test func `elements leave in the order they came`() {
        let ring = Ring<Int>(capacity: 4)
        for value in 0 ..< 4 { #expect(ring.push(value) == nil) }
        #expect((0 ..< 4).map { _ in ring.pop() } == [0, 1, 2, 3])
        #expect(ring.pop() == nil)
    }

    @Test func `a full ring gives the element back`() {
        let ring = Ring<Int>(capacity: 2)
        #expect(ring.push(1) == nil)
        #expect(ring.push(2) == nil)
        #expect(ring.push(3) == 3)
        #expect(ring.pop() == 1)
        #expect(ring.push(3) == nil)
        #expect(ring.count == 2)
    }

    @Test func `capacity is rounded up to a power of two`() {
        #expect(Ring<Int>(capacity: 5).capacity == 8)
        #expect(Ring<Int>(capacity: 0).capacity == 2)
    }

    @Test func `what stays inside dies with the ring`() {
        final class Token {}
        weak var seen: Token?
        do {
            let ring = Ring<Token>(capacity: 2)
            let token = Token()
            seen = token
            #expect(ring.push(token) == nil)
        }
        #expect(seen == nil)
    }

    @Test func `two threads exchange a million numbers without losing or repeating one`() {
        let ring = Ring<Int>(capacity: 64)
        let word = WaitWord()
        let total = 1_000_000
        let producer = Thread {
            for value in 0 ..< total {
                while ring.push(value) != nil { Thread.sleep(forTimeInterval: 0) }
                if value & 63 == 63 || value == total - 1 { word.signal() }
            }
        }
        producer.start()
        var expected = 0
        while expected < total {
            let ticket = word.ticket
            while let value = ring.pop() {
                if value != expected {
                    Issue.record("got \(value), expected \(expected)")
                    return
                }
                expected += 1
            }
            if expected < total { word.wait(for: ticket, timeout: .seconds(5)) }
        }
        #expect(ring.isEmpty)
    }

    @Test func `four producers with a ring each feed one lane`() {
        let rings = (0 ..< 4).map { _ in Ring<Int>(capacity: 16) }
        let word = WaitWord()
        let each = 100_000
        for ring in rings {
            Thread {
                for value in 0 ..< each {
                    while ring.push(value) != nil { Thread.sleep(forTimeInterval: 0) }
                    word.signal()
                }
            }.start()
        }
        var next = [0, 0, 0, 0]
        while next.contains(where: { $0 < each }) {
            let ticket = word.ticket
            var moved = false
            for index in rings.indices {
                while let value = rings[index].pop() {
                    if value != next[index] {
                        Issue.record("ring \(index): got \(value), expected \(next[index])")
                        return
                    }
                    next[index] += 1
                    moved = true
                }
            }
            if !moved { word.wait(for: ticket, timeout: .seconds(5)) }
        }
    }
}

@Suite struct WaitWordTests {
    @Test func `a signal between the ticket and the wait is not lost`() {
        let word = WaitWord()
        let ticket = word.ticket
        word.signal()
        #expect(word.wait(for: ticket, timeout: .seconds(60)))
    }

    @Test func `a wait without a signal ends when its time is over`() {
        let word = WaitWord()
        #expect(word.wait(for: word.ticket, timeout: .milliseconds(1)) == false)
    }
}
