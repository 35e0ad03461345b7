// SPDX-License-Identifier: Apache-2.0
import NIOCore
import Testing

@testable import Server

@Suite struct ExchangeClockTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
    private var clock: ExchangeClock { ExchangeClock(bodyTimeout: .seconds(10), answerTimeout: .seconds(3)) }

    @Test func `nothing under way, nothing to look for`() {
        #expect(clock.deadline == nil)
        #expect(clock.overdue(at: .distantFuture) == nil)
    }

    @Test func `a body has its time from its header on, however many bytes trickle`() {
        var clock = clock
        clock.beganReading(at: start)
        #expect(clock.deadline == start + .seconds(10))
        #expect(clock.overdue(at: start + .seconds(9)) == nil)
        #expect(clock.overdue(at: start + .seconds(10)) == .slowBody)
        clock.endedReading()
        #expect(clock.overdue(at: .distantFuture) == nil)
    }

    @Test func `an answer that nobody takes has its time, and waiting for the journal has none`() {
        var clock = clock
        clock.beganReading(at: start)
        clock.changedWritability(isWritable: false, at: start)
        #expect(clock.deadline == start + .seconds(3))
        #expect(clock.overdue(at: start + .seconds(3)) == .slowAnswer)
        clock.changedWritability(isWritable: true, at: start)
        clock.endedReading()
        #expect(clock.deadline == nil)
    }
}

@Suite struct BodyBudgetTests {
    @Test func `who asks for more than is left waits, and those behind wait too`() async {
        let budget = BodyBudget(totalBytes: 100)
        await budget.reserve(60)
        async let large: Void = budget.reserve(50)
        while budget.waiting < 1 { await Task.yield() }
        async let small: Void = budget.reserve(10)
        while budget.waiting < 2 { await Task.yield() }
        #expect(budget.freeBytes == 40)
        budget.release(60)
        await large
        await small
        #expect(budget.freeBytes == 40)
    }

    @Test func `when it grows, who waits goes on, and it never shrinks`() async {
        let budget = BodyBudget(totalBytes: 100)
        await budget.reserve(60)
        async let large: Void = budget.reserve(90)
        while budget.waiting < 1 { await Task.yield() }
        budget.grow(to: 150)
        await large
        #expect(budget.freeBytes == 0)
        budget.grow(to: 20)
        budget.release(150)
        #expect(budget.totalBytes == 150)
        #expect(budget.freeBytes == 150)
    }
}

@Suite struct ContentCodingTests {
    @Test func `one coding is read, several on top of each other are not`() {
        #expect(ContentCoding(nil) == .identity)
        #expect(ContentCoding("Identity") == .identity)
        #expect(ContentCoding("X-GZIP") == .gzip)
        #expect(ContentCoding("deflate") == .deflate)
        #expect(ContentCoding("gzip, deflate") == .unknown)
        #expect(ContentCoding("zstd") == .unknown)
    }
}

@Suite struct RouteTableTests {
    @Test func `query, fragment and one slash at the end do not matter`() throws {
        let routes = try RouteTable(mounts: ["/", "/team"])
        #expect(routes.endpoint(for: "/") == .ingest(0))
        #expect(routes.endpoint(for: "/?a=b") == .ingest(0))
        #expect(routes.endpoint(for: "/team/") == .ingest(1))
        #expect(routes.endpoint(for: "/team/test") == .test(1))
        #expect(routes.endpoint(for: "/test#x") == .test(0))
        #expect(routes.endpoint(for: "/healthz") == .healthz)
        #expect(routes.endpoint(for: "//") == .ingest(0))
        #expect(routes.endpoint(for: "/Team") == nil)
        #expect(routes.endpoint(for: "") == nil)
        #expect(routes.endpoint(for: "/team/test/x") == nil)
    }
}
