// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import Testing

@testable import ModelContext

@Suite struct QuestionTurnsTests {
    @Test func `two questions are answered at once, the others after them, and too many are refused`() async {
        let turns = QuestionTurns(label: "turns", limit: 2)
        let gate = DispatchSemaphore(value: 0)
        let (begun, begins) = AsyncStream<Int>.makeStream()
        let (ended, ends) = AsyncStream<Int>.makeStream()
        let refused = Mutex(0)
        let count = 2 + QuestionTurns.waitingLimit
        for number in 0 ..< count + 3 {
            turns.submit {
                begins.yield(number)
                gate.wait()
                ends.yield(number)
            } refused: {
                refused.withLock { $0 += 1 }
            }
        }
        #expect(refused.withLock { $0 } == 3)
        // Both of the first are under way while neither has ended.
        var beginning = begun.makeAsyncIterator()
        var first: Set<Int> = []
        for _ in 0 ..< 2 { if let number = await beginning.next() { first.insert(number) } }
        #expect(first == [0, 1])
        for _ in 0 ..< count { gate.signal() }
        var all: Set<Int> = []
        for await number in ended {
            all.insert(number)
            if all.count == count { break }
        }
        #expect(all == Set(0 ..< count))
    }
}
