// SPDX-License-Identifier: Apache-2.0
import MCPProtocol
import MCPServing
import Testing

@Suite struct ConnectionRunnerTests {
    private let service = StandInService()

    private func runner(
        _ outlet: StandInOutlet, clock: ServingClock = .steady, limits: ConnectionLimits = ConnectionLimits()
    ) -> ConnectionRunner {
        ConnectionRunner(
            service: service, caller: Caller(name: "local", scopes: .read), outlet: outlet, limits: limits, clock: clock
        )
    }

    private func call(_ id: Int, _ name: String, progress: Bool = false) -> [UInt8] {
        let token = progress ? #", "progressToken": "p""# : ""
        return Array(
            """
            {"jsonrpc": "2.0", "id": \(id), "method": "tools/call", "params": {"name": "\(name)", "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {}\(token)}}}
            """.utf8)
    }

    private func listen(_ id: Int) -> [UInt8] {
        Array(
            """
            {"jsonrpc": "2.0", "id": \(id), "method": "subscriptions/listen", "params": {
            "notifications": {"resourceSubscriptions": ["\(StandInService.latest)"]}, "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {}}}}
            """.utf8)
    }

    private func cancel(_ id: Int) -> [UInt8] {
        Array(#"{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": \#(id)}}"#.utf8)
    }

    @Test func `a call that waits does not hold up the next one`() async throws {
        let outlet = StandInOutlet()
        let runner = runner(outlet)
        var events = outlet.events.makeAsyncIterator()
        var steps = service.steps.makeAsyncIterator()
        runner.receive(call(1, "wait"))
        #expect(await steps.next() == "begun")
        runner.receive(call(2, "echo"))
        guard case .sent(_, .answer(let first)) = await events.next() else { throw Unexpected() }
        #expect(first == .integer(2))
        #expect(runner.callCount == 1)
        service.release()
        guard case .sent(_, .answer(let second)) = await events.next() else { throw Unexpected() }
        #expect(second == .integer(1))
        #expect(runner.callCount == 0)
    }

    @Test func `a cancelled call has its task cancelled and is not answered`() async throws {
        let outlet = StandInOutlet()
        let runner = runner(outlet)
        var events = outlet.events.makeAsyncIterator()
        var steps = service.steps.makeAsyncIterator()
        runner.receive(call(1, "wait"))
        #expect(await steps.next() == "begun")
        runner.receive(cancel(1))
        #expect(await events.next() == .ended(.integer(1)))
        #expect(await steps.next() == "cancelled")
        #expect(await steps.next() == "ended")
        runner.receive(call(2, "echo"))
        guard case .sent(_, let route) = await events.next() else { throw Unexpected() }
        #expect(route == .answer(.integer(2)))
    }

    @Test func `progress leaves on the exchange of its call`() async throws {
        let outlet = StandInOutlet()
        let runner = runner(outlet)
        var events = outlet.events.makeAsyncIterator()
        runner.receive(call(7, "wait", progress: true))
        guard case .sent(let text, let route) = await events.next() else { throw Unexpected() }
        #expect(route == .exchange(.integer(7)))
        #expect(text.contains(#""progressToken":"p","progress":1.0,"total":2.0,"message":"waiting""#), "\(text)")
        service.release()
        guard case .sent(_, .answer) = await events.next() else { throw Unexpected() }
    }

    @Test func `a closed response stream ends the modern call at once`() async {
        let outlet = StandInOutlet()
        let runner = runner(outlet)
        var steps = service.steps.makeAsyncIterator()
        runner.receive(call(1, "wait"))
        #expect(await steps.next() == "begun")
        runner.exchangeClosed(.integer(1))
        #expect(runner.callCount == 0)
        #expect(await steps.next() == "cancelled")
    }

    @Test func `closing frees calls, subscriptions and the outlet at once`() async {
        let outlet = StandInOutlet()
        let runner = runner(outlet)
        var events = outlet.events.makeAsyncIterator()
        var steps = service.steps.makeAsyncIterator()
        runner.receive(listen(1))
        _ = await events.next()
        #expect(service.watchers == 1)
        runner.receive(call(2, "wait"))
        #expect(await steps.next() == "begun")
        runner.close()
        #expect(service.watchers == 0)
        #expect(runner.isClosed)
        #expect(runner.callCount == 0)
        #expect(await events.next() == .closed)
        #expect(await events.next() == nil)
        #expect(await steps.next() == "cancelled")
        #expect(await steps.next() == "ended")
        runner.receive(call(3, "echo"))
        runner.close()
        #expect(runner.callCount == 0)
    }

    @Test func `a runner that is given up is not kept by its subscription`() async {
        let outlet = StandInOutlet()
        weak var watched: ConnectionRunner?
        do {
            let runner = runner(outlet)
            watched = runner
            runner.receive(listen(1))
            #expect(service.watchers == 1)
            runner.close()
        }
        #expect(watched == nil)
    }

    @Test func `an outlet that is full closes the connection`() async throws {
        let outlet = StandInOutlet(room: 1)
        let runner = runner(outlet)
        var events = outlet.events.makeAsyncIterator()
        var steps = service.steps.makeAsyncIterator()
        runner.receive(call(1, "wait"))
        #expect(await steps.next() == "begun")
        runner.receive(listen(2))
        runner.receive(listen(3))
        guard case .sent = await events.next() else { throw Unexpected() }
        #expect(await events.next() == .closed)
        #expect(runner.isClosed)
        #expect(service.watchers == 0)
        #expect(await steps.next() == "cancelled")
    }

    @Test func `the first change is told at once and later ones when the interval is over`() async throws {
        let outlet = StandInOutlet()
        let hand = HandClock()
        let runner = runner(outlet, clock: hand.clock)
        var events = outlet.events.makeAsyncIterator()
        var naps = hand.naps.makeAsyncIterator()
        runner.receive(listen(1))
        _ = await events.next()
        service.change(["n": 1])
        guard case .sent(let first, .exchange) = await events.next() else { throw Unexpected() }
        #expect(first.contains(#""n":1"#))
        service.change(["n": 2])
        #expect(await naps.next() == .seconds(1))
        service.change(["n": 3])
        // A call's answer comes before: nothing was told meanwhile.
        runner.receive(call(2, "echo"))
        guard case .sent(_, .answer) = await events.next() else { throw Unexpected() }
        hand.move(to: .seconds(1))
        guard case .sent(let second, .exchange) = await events.next() else { throw Unexpected() }
        #expect(second.contains(#""n":2"#) || second.contains(#""n":3"#))
        runner.close()
    }

    @Test func `a service that tells from within its own lock cannot be locked out`() async throws {
        let outlet = StandInOutlet()
        let runner = runner(outlet)
        var events = outlet.events.makeAsyncIterator()
        runner.receive(listen(1))
        _ = await events.next()
        let teller = try #require(service.observed.withLock { $0.tellers.values.first })
        // `watch` takes this lock, too.
        service.observed.withLock { _ in teller(StandInService.latest, ["n": 1]) }
        guard case .sent(let text, .exchange) = await events.next() else { throw Unexpected() }
        #expect(text.contains("notifications/resources/updated"))
        runner.close()
    }

    @Test func `calls that do not end when they are cancelled count until they have ended`() async throws {
        let outlet = StandInOutlet()
        let runner = runner(outlet, limits: ConnectionLimits(calls: 1))
        var events = outlet.events.makeAsyncIterator()
        var steps = service.steps.makeAsyncIterator()
        for id in 1 ... 2 {
            runner.receive(call(id, "stubborn"))
            #expect(await steps.next() == "begun")
            runner.receive(cancel(id))
            #expect(await events.next() == .ended(.integer(Int64(id))))
        }
        runner.receive(call(3, "echo"))
        guard case .sent(let text, let route) = await events.next() else { throw Unexpected() }
        #expect(route == .answer(.integer(3)))
        #expect(text.contains("-32010"))
        service.release()
    }

    @Test func `what is watched follows the subscriptions of both eras`() async {
        let outlet = StandInOutlet()
        let runner = runner(outlet)
        func legacy(_ text: String) { runner.receive(Array(text.utf8)) }
        legacy(
            """
            {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-11-25",
            "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}}
            """)
        legacy(#"{"jsonrpc": "2.0", "method": "notifications/initialized"}"#)
        #expect(service.watchers == 0)
        let uri = StandInService.latest
        legacy(#"{"jsonrpc": "2.0", "id": 2, "method": "resources/subscribe", "params": {"uri": "\#(uri)"}}"#)
        #expect(service.watchers == 1)
        runner.receive(listen(3))
        legacy(#"{"jsonrpc": "2.0", "id": 4, "method": "resources/unsubscribe", "params": {"uri": "\#(uri)"}}"#)
        #expect(service.watchers == 1)
        runner.receive(cancel(3))
        #expect(service.watchers == 0)
        runner.close()
    }
}

struct Unexpected: Error {}
