// SPDX-License-Identifier: Apache-2.0
import MCPProtocol
import Testing

@testable import MCPServing

/// An endpoint over a stand-in service, spoken to as a server would.
struct EndpointWorld {
    static let anna = Caller(name: "anna", scopes: .read)
    static let bert = Caller(name: "bert", scopes: .read)

    let service = StandInService()
    let clock = HandClock()
    let endpoint: AssistantEndpoint
    var steps: AsyncStream<String>.AsyncIterator

    init(_ change: (inout EndpointLimits) -> Void = { _ in }) {
        var limits = EndpointLimits()
        change(&limits)
        endpoint = AssistantEndpoint(service: service, limits: limits, clock: clock.clock)
        steps = service.steps.makeAsyncIterator()
    }

    private func take(
        _ body: String, _ fields: [(name: String, value: String)], _ caller: Caller, accept: String
    ) throws -> HTTPReply {
        let all: [(name: String, value: String)] = [
            ("host", "localhost"), ("content-type", "application/json"), ("accept", accept),
        ]
        let admission = HTTPAdmission(HTTPRequestHead(method: "POST", fields: all + fields), hosts: HostRule())
        let step = try admission.message(Array(body.utf8))
        return endpoint.take(step, from: caller, acceptsEvents: admission.acceptsEvents)
    }

    func modern(
        _ method: String, _ params: String = "", id: Int = 1, by caller: Caller = anna,
        accept: String = "application/json, text/event-stream"
    ) throws -> HTTPReply {
        let body =
            #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":{\#(params)\#(params.isEmpty ? "" : ",")"#
            + #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","progressToken":\#(id),"#
            + #""io.modelcontextprotocol/clientCapabilities":{}}}}"#
        var fields: [(name: String, value: String)] = [
            ("mcp-protocol-version", "2026-07-28"), ("mcp-method", method),
        ]
        if method == "tools/call" { fields.append(("mcp-name", params.contains("wait") ? "wait" : "echo")) }
        return try take(body, fields, caller, accept: accept)
    }

    func legacy(
        _ message: String, in session: String?, by caller: Caller = anna,
        accept: String = "application/json, text/event-stream"
    ) throws -> HTTPReply {
        try take(message, session.map { [("mcp-session-id", $0)] } ?? [], caller, accept: accept)
    }

    func call(_ tool: String, id: Int, in session: String) throws -> HTTPReply {
        try legacy(
            #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"\#(tool)","_meta":{"progressToken":1}}}"#,
            in: session)
    }

    /// A session of `caller` in a revision; its name.
    func session(by caller: Caller = anna, revision: String = "2025-11-25") throws -> String {
        let reply = try legacy(
            #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"\#(revision)","#
                + #""capabilities":{},"clientInfo":{"name":"c","version":"1"}}}"#, in: nil, by: caller)
        guard case .complete(let answer) = reply else { return "" }
        #expect(answer.status == 200)
        let name = try #require(answer.fields.first { $0.name == "Mcp-Session-Id" }?.value)
        _ = try legacy(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, in: name, by: caller)
        return name
    }
}

extension HTTPReply {
    var status: Int? { if case .complete(let answer) = self { answer.status } else { nil } }

    var reading: ExchangeReading {
        get throws {
            guard case .reading(let reading) = self else { throw NotReading(status: status) }
            return reading
        }
    }

    struct NotReading: Error { let status: Int? }
}

extension ExchangeReading {
    /// A response that must be plain: status and text.
    func plain() async -> String {
        guard case .complete(let answer) = await begin() else { return "a stream" }
        return "\(answer.status) \(String(decoding: answer.body, as: UTF8.self))"
    }

    /// The next piece of a response that must be a stream.
    func piece() async -> String? { await next().map { String(decoding: $0, as: UTF8.self) } }

    func isStream() async -> Bool { if case .stream = await begin() { true } else { false } }
}

struct EndpointTests {
    @Test func `an answer that comes first is plain JSON with its status`() async throws {
        let world = EndpointWorld()
        let listed = try world.modern("tools/list").reading
        #expect(listed.readyAnswer?.status == 200)
        #expect(try await world.modern("nothing/such").reading.plain().hasPrefix("404 "))
        #expect(try await world.modern("tools/call", #""name":"echo""#).reading.plain().hasPrefix("200 "))
    }

    @Test func `progress makes a stream, and its end cancels a modern call and frees its place`() async throws {
        var world = EndpointWorld()
        let reading = try world.modern("tools/call", #""name":"wait""#).reading
        #expect(await world.steps.next() == "begun")
        #expect(await reading.isStream())
        #expect(await reading.piece()?.contains("notifications/progress") == true)
        #expect(world.endpoint.responseCount == 1)
        reading.end()
        #expect(await world.steps.next() == "cancelled")
        #expect(world.endpoint.responseCount == 0)
        #expect(await reading.piece() == nil)
    }

    @Test func `a client that takes no events gets the answer alone`() async throws {
        var world = EndpointWorld()
        let reading = try world.modern("tools/call", #""name":"wait""#, accept: "application/json").reading
        #expect(await world.steps.next() == "begun")
        world.service.release()
        #expect(await reading.plain().contains("released"))
    }

    @Test func `a stream that is quiet shows that it lives`() async throws {
        let world = EndpointWorld { $0.commentInterval = .milliseconds(1) }
        let reading = try world.modern(
            "subscriptions/listen", #""notifications":{"resourceSubscriptions":["stand-in://latest"]}"#
        ).reading
        #expect(await reading.isStream())
        #expect(await reading.piece()?.contains("notifications/subscriptions/acknowledged") == true)
        #expect(await reading.piece()?.hasPrefix(":") == true)
        #expect(world.service.watchers == 1)
        reading.end()
        #expect(world.service.watchers == 0)
    }

    @Test func `a reader that is too slow loses its stream`() async throws {
        let world = EndpointWorld {
            $0.waitingMessages = 2
            $0.connection.updateInterval = .zero
        }
        let reading = try world.modern(
            "subscriptions/listen", #""notifications":{"resourceSubscriptions":["stand-in://latest"]}"#
        ).reading
        // The acknowledgement waits already; the second of these finds no room. Each is told by a task of its own.
        while world.service.watchers == 1 {
            world.service.change([:])
            await Task.yield()
        }
        #expect(await reading.isStream())
        #expect(await reading.piece()?.contains("acknowledged") == true)
        #expect(await reading.piece()?.contains("updated") == true)
        #expect(await reading.piece() == nil)
        reading.end()
    }

    @Test func `responses are limited for each principal and for all`() async throws {
        let world = EndpointWorld {
            $0.responsesPerPrincipal = 2
            $0.responses = 3
        }
        let listen = #""notifications":{}"#
        var open = try (1 ... 2).map { try world.modern("subscriptions/listen", listen, id: $0).reading }
        #expect(try world.modern("tools/list").status == 503)
        open.append(try world.modern("subscriptions/listen", listen, by: EndpointWorld.bert).reading)
        #expect(try world.modern("tools/list", by: EndpointWorld.bert).status == 503)
        for reading in open { reading.end() }
        #expect(try world.modern("tools/list").reading.readyAnswer?.status == 200)
    }

    @Test func `whoever asks too often is told when to come back`() {
        let world = EndpointWorld { $0.burst = 2 }
        #expect(world.endpoint.refusal(of: EndpointWorld.anna) == nil)
        #expect(world.endpoint.refusal(of: EndpointWorld.anna) == nil)
        let refusal = world.endpoint.refusal(of: EndpointWorld.anna)
        #expect(refusal?.status == 429)
        #expect(refusal?.fields.contains { $0.name == "Retry-After" } == true)
        #expect(world.endpoint.refusal(of: EndpointWorld.bert) == nil)
    }

    @Test func `the end of the endpoint ends streams in good order and takes nothing more`() async throws {
        let world = EndpointWorld()
        let session = try world.session()
        let listening = try world.modern("subscriptions/listen", #""notifications":{}"#).reading
        let own = try world.endpoint.openStream(session: session, lastEventID: nil, from: EndpointWorld.anna).reading
        world.endpoint.endAll()
        #expect(await listening.isStream())
        #expect(await listening.piece()?.contains("acknowledged") == true)
        #expect(await listening.piece()?.contains(#""result""#) == true)
        #expect(await listening.piece() == nil)
        #expect(await own.isStream())
        #expect(await own.piece()?.hasPrefix(":") == true)
        #expect(await own.piece() == nil)
        #expect(try world.modern("tools/list").status == 503)
        #expect(try world.legacy(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, in: session).status == 404)
        for reading in [listening, own] { reading.end() }
        world.endpoint.begin()
        #expect(try world.modern("tools/list").reading.readyAnswer?.status == 200)
        #expect(world.endpoint.responseCount == 0)
    }
}

struct LegacySessionTests {
    @Test func `a session answers its own principal alone`() async throws {
        let world = EndpointWorld()
        let session = try world.session()
        let ping = #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#
        #expect(try await world.legacy(ping, in: session).reading.plain().hasPrefix("200 "))
        // An error of a method is no end of the session, which a status would say to clients of that era.
        let unknown = #"{"jsonrpc":"2.0","id":2,"method":"no/such"}"#
        #expect(try await world.legacy(unknown, in: session).reading.plain().hasPrefix("200 "))
        #expect(try world.legacy(ping, in: session, by: EndpointWorld.bert).status == 404)
        #expect(try world.legacy(ping, in: "0123456789abcdef0123456789abcdef").status == 404)
        #expect(world.endpoint.openStream(session: session, lastEventID: nil, from: EndpointWorld.bert).status == 404)
        #expect(world.endpoint.endSession(session, from: EndpointWorld.bert).status == 404)
        #expect(world.endpoint.endSession(session, from: EndpointWorld.anna).status == 204)
        #expect(try world.legacy(ping, in: session).status == 404)
    }

    @Test func `a handshake that fails begins no session`() throws {
        let world = EndpointWorld()
        let reply = try world.legacy(#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}"#, in: nil)
        #expect(reply.status == 400)
        #expect(world.endpoint.sessionCount == 0)
    }

    @Test func `a lost response is no cancellation, and its answer is there for who comes back`() async throws {
        var world = EndpointWorld()
        let session = try world.session()
        let reading = try world.call("wait", id: 5, in: session).reading
        #expect(await world.steps.next() == "begun")
        #expect(await reading.isStream())
        // The beginning gives a place to resume from; stream 1 was that of the handshake.
        #expect(await reading.piece() == "id: 2-0\ndata: \n\n")
        #expect(await reading.piece()?.hasPrefix("id: 2-1\n") == true)
        reading.end()
        world.service.release()
        #expect(await world.steps.next() == "ended")
        let again = try world.endpoint.openStream(session: session, lastEventID: "2-1", from: EndpointWorld.anna)
            .reading
        #expect(await again.isStream())
        #expect(await again.piece()?.hasPrefix(":") == true)
        let answer = await again.piece()
        #expect(answer?.hasPrefix("id: 2-2\n") == true && answer?.contains("released") == true)
        #expect(await again.piece() == nil)
        again.end()
    }

    @Test func `a notified cancellation ends the response without an answer`() async throws {
        var world = EndpointWorld()
        let session = try world.session()
        let reading = try world.call("wait", id: 5, in: session).reading
        #expect(await world.steps.next() == "begun")
        let cancel = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}}"#
        #expect(try world.legacy(cancel, in: session).status == 202)
        #expect(await world.steps.next() == "cancelled")
        #expect(await reading.isStream())
        _ = await reading.piece()
        #expect(await reading.piece()?.contains("progress") == true)
        #expect(await reading.piece() == nil)
        reading.end()
    }

    @Test func `updates wait for the session's stream and are resumed where it broke`() async throws {
        let world = EndpointWorld { $0.connection.updateInterval = .zero }
        let session = try world.session()
        let subscribe =
            #"{"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":"stand-in://latest"}}"#
        #expect(try await world.legacy(subscribe, in: session).reading.plain().hasPrefix("200 "))
        world.service.change(["example.com/count": 1])
        let own = try world.endpoint.openStream(session: session, lastEventID: nil, from: EndpointWorld.anna).reading
        #expect(await own.isStream())
        _ = await own.piece()
        let first = await own.piece()
        #expect(first?.hasPrefix("id: 0-1\n") == true && first?.contains("notifications/resources/updated") == true)
        own.end()
        world.service.change(["example.com/count": 2])
        let next = try world.endpoint.openStream(session: session, lastEventID: "0-1", from: EndpointWorld.anna).reading
        #expect(await next.isStream())
        _ = await next.piece()
        #expect(await next.piece()?.hasPrefix("id: 0-2\n") == true)
        // A second reader takes the stream over.
        let other = try world.endpoint.openStream(session: session, lastEventID: nil, from: EndpointWorld.anna).reading
        #expect(await next.piece() == nil)
        other.end()
        next.end()
    }

    @Test(arguments: ["9-0", "0-9", "", "x", "1-1-1"])
    func `a place that is none of the session's is not found`(place: String) throws {
        let world = EndpointWorld()
        let session = try world.session()
        #expect(world.endpoint.openStream(session: session, lastEventID: place, from: EndpointWorld.anna).status == 404)
        #expect(world.endpoint.responseCount == 0)
    }

    @Test func `an id that is under way is refused, and the first call goes on`() async throws {
        var world = EndpointWorld()
        let session = try world.session()
        let first = try world.call("wait", id: 5, in: session).reading
        #expect(await world.steps.next() == "begun")
        #expect(try world.call("echo", id: 5, in: session).status == 400)
        world.service.release()
        #expect(await first.isStream())
        _ = await first.piece()
        _ = await first.piece()
        #expect(await first.piece()?.contains("released") == true)
        first.end()
    }

    @Test func `batches are for the one revision that had them`() async throws {
        let world = EndpointWorld()
        let batch = #"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}]"#
        let old = try world.session(revision: "2025-03-26")
        let answer = try await world.legacy(batch, in: old).reading.plain()
        #expect(answer == #"200 [{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","id":2,"result":{}}]"#)
        #expect(try world.legacy(batch, in: world.session()).status == 400)
        #expect(try world.legacy("[]", in: old).status == 400)
        #expect(try world.legacy("[1]", in: old).status == 202)
    }

    @Test func `an idle session ends, and its calls with it`() async throws {
        var world = EndpointWorld { $0.sessions.idle = .seconds(60) }
        let session = try world.session()
        let reading = try world.call("wait", id: 5, in: session).reading
        #expect(await world.steps.next() == "begun")
        world.clock.move(to: .seconds(61))
        #expect(try world.legacy(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, in: session).status == 404)
        #expect(await world.steps.next() == "cancelled")
        reading.end()
        #expect(world.endpoint.sessionCount == 0)
    }
}
