// SPDX-License-Identifier: Apache-2.0
public import MCPProtocol
import Synchronization

/// Streamable HTTP over one `AssistantService`, for both eras, without a network: `HTTPAdmission` has decided what a
/// request is, a server reads and writes. Any thread.
public final class AssistantEndpoint: Sendable {
    private struct State {
        var rates: RateBuckets<String>
        var sessions: SessionTable<Caller, LegacySession>
        /// Responses under way, by number, so that all can be ended.
        var exchanges: [UInt64: ConnectionRunner] = [:]
        var responses: [String: Int] = [:]
        var responseCount = 0
        var lastExchange: UInt64 = 0
        var isClosed = false
    }

    public let limits: EndpointLimits
    private let service: any AssistantService
    private let clock: ServingClock
    private let state: Mutex<State>

    public init(
        service: any AssistantService, limits: EndpointLimits = EndpointLimits(), clock: ServingClock = .steady
    ) {
        self.service = service
        self.limits = limits
        self.clock = clock
        state = Mutex(
            State(
                rates: RateBuckets(burst: limits.burst, perSecond: limits.perSecond),
                sessions: SessionTable(limits: limits.sessions)))
    }

    /// Sessions that live, those that are idle for too long not yet taken out among them.
    public var sessionCount: Int { state.withLock { $0.sessions.count } }
    /// Responses under way.
    public var responseCount: Int { state.withLock { $0.responseCount } }

    /// Whether this caller may ask now. Every request asks once.
    public func refusal(of caller: Caller) -> HTTPRefusal? {
        let now = clock.now()
        return state.withLock { $0.rates.take(caller.name, at: now) }.map {
            .busy(429, "Too many requests; wait a little.", retrySeconds: $0)
        }
    }

    /// Takes requests, again if need be: one endpoint may outlive the server in front of it.
    public func begin() { state.withLock { $0.isClosed = false } }

    /// Ends every stream in good order and every session, and takes nothing until `begin`.
    public func endAll() {
        let (exchanges, sessions) = state.withLock { state in
            state.isClosed = true
            return (Array(state.exchanges.values), state.sessions.removeAll())
        }
        for runner in exchanges {
            runner.endSubscriptions()
            runner.close()
        }
        for session in sessions { session.runner.close() }
    }

    /// Does what was decided about a body.
    public func take(_ step: HTTPAdmission.Step, from caller: Caller, acceptsEvents: Bool) -> HTTPReply {
        do throws(HTTPRefusal) {
            switch step {
            case .nothing: return .complete(.accepted)
            case .modern(let request, let document):
                return try modern(request, document, caller, acceptsEvents: acceptsEvents)
            case .initialize(let request, let document): return try initialize(request, document, caller)
            case .session(let name, let document, let request):
                return try legacy(try session(name, caller), document, request, caller, acceptsEvents: acceptsEvents)
            }
        } catch {
            return .complete(HTTPAnswer(error))
        }
    }

    // The modern era.

    private func modern(
        _ request: IncomingRequest, _ document: MessageDocument, _ caller: Caller, acceptsEvents: Bool
    ) throws(HTTPRefusal) -> HTTPReply {
        let queue = MessageQueue(messages: limits.waitingMessages, bytes: limits.waitingBytes)
        let runner = ConnectionRunner(
            service: service, caller: caller, outlet: ModernOutlet(queue: queue, takesEvents: acceptsEvents),
            limits: limits.connection, clock: clock)
        let end = try begin(caller, runner)
        let reading = ExchangeReading(
            queue, commentInterval: limits.commentInterval, mayStream: acceptsEvents
        ) {
            runner.close()
            end()
        }
        runner.receive(document)
        return .reading(reading)
    }

    /// Counts a response; what it returns counts it out again.
    private func begin(_ caller: Caller, _ runner: ConnectionRunner?) throws(HTTPRefusal) -> @Sendable () -> Void {
        let outcome = state.withLock { state -> Result<UInt64, HTTPRefusal> in
            guard !state.isClosed else {
                return .failure(.busy(503, "The server changes its configuration or stops.", retrySeconds: 1))
            }
            guard state.responses[caller.name, default: 0] < limits.responsesPerPrincipal,
                state.responseCount < limits.responses
            else {
                return .failure(.busy(503, "Too many requests are under way; wait for one to end.", retrySeconds: 1))
            }
            state.responses[caller.name, default: 0] += 1
            state.responseCount += 1
            state.lastExchange += 1
            state.exchanges[state.lastExchange] = runner
            return .success(state.lastExchange)
        }
        let number = try outcome.get()
        return { [weak self] in self?.end(number, caller) }
    }

    private func end(_ number: UInt64, _ caller: Caller) {
        state.withLock { state in
            state.exchanges[number] = nil
            state.responseCount -= 1
            let rest = state.responses[caller.name, default: 1] - 1
            state.responses[caller.name] = rest > 0 ? rest : nil
        }
    }

    // The legacy eras.

    private func initialize(
        _ request: IncomingRequest, _ document: MessageDocument, _ caller: Caller
    ) throws(HTTPRefusal) -> HTTPReply {
        let session = LegacySession(service: service, caller: caller, limits: limits, clock: clock)
        let answers = session.outlet.open(for: request.id)?.queue
        session.runner.receive(document)
        guard let answer = answers?.pollAnswer() else {
            throw HTTPRefusal(ProtocolError(.internalError, "There was no answer."), id: request.id)
        }
        guard session.runner.session != nil else {
            session.runner.close()
            return .complete(.json(400, answer.message))
        }
        let now = clock.now()
        var random = SystemRandomNumberGenerator()
        let id = SessionID(&random)
        let gone = state.withLock { state in
            state.isClosed ? nil : state.sessions.add(id, session, of: caller, at: now)
        }
        for other in gone ?? [] { other.runner.close() }
        guard gone != nil else {
            session.runner.close()
            throw .busy(503, "Too many sessions are open; end one.", retrySeconds: 10)
        }
        return .complete(.json(200, answer.message, also: [.init("Mcp-Session-Id", id.description)]))
    }

    private func session(_ name: String, _ caller: Caller) throws(HTTPRefusal) -> LegacySession {
        let now = clock.now()
        let (session, idle) = state.withLock { state in
            (state.sessions.use(name, by: caller, at: now), state.sessions.removeIdle(at: now))
        }
        for other in idle { other.runner.close() }
        guard let session, !session.runner.isClosed else { throw .noSession }
        return session
    }

    private func legacy(
        _ session: LegacySession, _ document: MessageDocument, _ request: RequestID?, _ caller: Caller,
        acceptsEvents: Bool
    ) throws(HTTPRefusal) -> HTTPReply {
        if case .batch(let elements) = document {
            let takesBatches = session.runner.session?.revision.hasBatches ?? false
            guard takesBatches, !elements.isEmpty, elements.count <= limits.connection.batch else {
                throw HTTPRefusal(
                    ProtocolError(.invalidRequest, "Batches are not taken here; send one message at a time."))
            }
        }
        guard let request else {
            session.runner.receive(document)
            return .complete(.accepted)
        }
        guard let (number, queue) = session.outlet.open(for: request) else {
            throw HTTPRefusal(ProtocolError(.invalidRequest, "A request with this id is under way."), id: request)
        }
        let end = try begin(caller, nil, orElse: { session.outlet.end(request) })
        let revision = session.runner.session?.revision ?? .newestLegacy
        let opening =
            revision >= .november2025 ? ServerSentEvents.beginning(.init(stream: number, sequence: 0)) : nil
        let reading = ExchangeReading(
            queue, commentInterval: limits.commentInterval, mayStream: acceptsEvents, opening: opening
        ) {
            // Not a cancellation: the answer is kept for a client that comes back for it.
            session.outlet.detach(number, queue)
            end()
        }
        session.runner.receive(document)
        return .reading(reading)
    }

    private func begin(
        _ caller: Caller, _ runner: ConnectionRunner?, orElse undo: () -> Void
    ) throws(HTTPRefusal) -> @Sendable () -> Void {
        do throws(HTTPRefusal) { return try begin(caller, runner) } catch {
            undo()
            throw error
        }
    }

    /// A session's own stream, or one that its client lost.
    public func openStream(session name: String, lastEventID: String?, from caller: Caller) -> HTTPReply {
        do throws(HTTPRefusal) {
            let session = try session(name, caller)
            let end = try begin(caller, nil)
            guard let (number, queue) = session.outlet.resume(lastEventID) else {
                end()
                throw HTTPRefusal(404, ProtocolError(.invalidRequest, "There is no such stream any more."))
            }
            let alive: @Sendable () -> Void = { [weak self] in _ = try? self?.session(name, caller) }
            return .reading(
                ExchangeReading(
                    queue, commentInterval: limits.commentInterval, mayStream: true, isStream: true,
                    opening: ServerSentEvents.comment, isAlive: alive
                ) {
                    session.outlet.detach(number, queue)
                    end()
                })
        } catch {
            return .complete(HTTPAnswer(error))
        }
    }

    /// The client ends its session: its calls are cancelled, its streams end.
    public func endSession(_ name: String, from caller: Caller) -> HTTPReply {
        guard let session = state.withLock({ $0.sessions.remove(name, of: caller) }) else {
            return .complete(HTTPAnswer(.noSession))
        }
        session.runner.close()
        return .complete(HTTPAnswer(204))
    }
}
