// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSources
import HTTPTypes
import HummingbirdCore
public import Inspection
public import MCPServing
import NIOCore

/// What the pipeline shows through the server. Called by any task, for every request of the endpoint.
public struct ServerSurfaces: Sendable {
    /// `/metrics`; the server adds its own.
    public var metrics: @Sendable () -> [MetricFamily]
    /// `/healthz`: the process and its lanes are alive.
    public var health: @Sendable () -> HealthReport
    /// `/readyz`: the journal is writable and recovered, the sources are started.
    public var readiness: @Sendable () -> HealthReport
    /// For the test alert.
    public var hostname: String
    /// `/alerts/stream`; nil: there is none.
    public var stream: (any AlertStreaming)?
    /// `/mcp`; nil: there is none.
    public var assistant: AssistantEndpoint?
    /// Who is let in to `stream` and `assistant`.
    public var access: AccessRules

    public init(
        metrics: @escaping @Sendable () -> [MetricFamily], health: @escaping @Sendable () -> HealthReport,
        readiness: @escaping @Sendable () -> HealthReport, hostname: String,
        stream: (any AlertStreaming)? = nil, assistant: AssistantEndpoint? = nil, access: AccessRules = AccessRules()
    ) {
        self.stream = stream
        self.assistant = assistant
        self.access = access
        self.metrics = metrics
        self.health = health
        self.readiness = readiness
        self.hostname = hostname
    }
}

/// Answers requests. One for all listeners; any task.
struct Responder: Sendable {
    let gate: PipelineGate
    let counters: ServerCounters
    let budget: BodyBudget

    func respond(
        to request: Request, with writer: consuming ResponseWriter, from visitor: Visitor
    ) async throws {
        let path = request.head.path ?? ""
        var (served, isShut) = gate.now
        var endpoint = served.routes.endpoint(for: path)
        if isShut, endpoint.map(Self.needsPipeline) ?? true {
            guard let next = await gate.open() else {
                return try await send(
                    .outcome(.unavailable), to: request, with: writer, endpoint: endpoint?.name ?? "none")
            }
            (served, isShut) = (next, false)
            endpoint = served.routes.endpoint(for: path)
        }
        guard let endpoint else {
            return try await send(.notFound, to: request, with: writer, endpoint: "none")
        }
        guard isAllowed(request.method, for: endpoint) else {
            return try await send(
                .wrongMethod(allow: methods(for: endpoint)), to: request, with: writer, endpoint: endpoint.name)
        }
        let answer: Answer
        switch endpoint {
        case .ping: answer = .text(.ok, "pong\n")
        case .healthz: answer = .report(isShut ? Self.changing : served.surfaces.health())
        case .readyz: answer = .report(served.surfaces.readiness())
        case .metrics:
            answer = .text(
                .ok, PrometheusText.render(served.surfaces.metrics() + counters.families),
                type: PrometheusText.contentType)
        case .test:
            answer = await give(path) { served, ingest in
                await ingest.storeTestAlert(hostname: served.surfaces.hostname)
            }
        case .ingest(let index):
            return try await take(request, path, served.mounts[index].ingest, with: writer)
        case .stream:
            return try await show(served, to: request, with: writer, visitor)
        case .assistant: return try await assist(request, with: writer, served, visitor)
        case .tokenIssuer:
            guard let signed = served.surfaces.access.signed, served.surfaces.assistant != nil else {
                return try await send(.notFound, to: request, with: writer, endpoint: endpoint.name)
            }
            answer = .text(.ok, String(decoding: signed.metadata, as: UTF8.self), type: "application/json")
        }
        try await send(answer, to: request, with: writer, endpoint: endpoint.name)
    }

    /// `ingest` is the one in force when the header came; while the body comes, another may take its place.
    private func take(
        _ request: Request, _ path: String, _ ingest: HTTPIngest, with writer: consuming ResponseWriter
    ) async throws {
        guard ingest.state != .starting else {
            return try await send(.outcome(.unavailable), to: request, with: writer, endpoint: "ingest")
        }
        if request.headers[.expect]?.lowercased() == "100-continue" {
            try await writer.writeInformationalHead(HTTPResponse(status: .continue))
        }
        var reader = BodyReader(limit: ingest.settings.bodyLimitBytes, budget: budget)
        let body: BodyReader.Body
        do {
            body = try await reader.read(request)
        } catch {
            counters.countCut("ingest")
            throw error
        }
        let start = ContinuousClock.now
        let answer = await give(path) { _, ingest in
            switch body {
            case .buffer(let buffer): await ingest.store(buffer.readableBytesView)
            case .bytes(let bytes): await ingest.store(bytes)
            case .unreadable(let reason, let prefix, let receivedBytes):
                await ingest.reject(reason, prefix: prefix, receivedBytes: receivedBytes)
            }
        }
        try await send(answer, to: request, with: writer, endpoint: "ingest")
        counters.answerSeconds.observe(ContinuousClock.now - start)
    }

    /// Has `store` give something to the source that takes `path` now, inside the gate: the pipeline that takes it settles
    /// it before it is stopped.
    private func give(
        _ path: String, _ store: (ServedPipeline, HTTPIngest) async -> HTTPIngest.Outcome
    ) async -> Answer {
        guard let served = await gate.enter() else { return .outcome(.unavailable) }
        defer { gate.leave() }
        switch served.routes.endpoint(for: path) {
        case .ingest(let index), .test(let index):
            return .outcome(await store(served, served.mounts[index].ingest))
        case .ping, .healthz, .readyz, .metrics, .stream, .assistant, .tokenIssuer, nil:
            return .notFound
        }
    }

    /// While one pipeline gives way to another the process is alive; what the old one's lanes say is no matter.
    private static let changing = HealthReport([
        HealthReport.Component("configuration", isHealthy: true, state: "changing")
    ])

    private static func needsPipeline(_ endpoint: RouteTable.Endpoint) -> Bool {
        switch endpoint {
        case .ping, .healthz: false
        case .ingest, .test, .readyz, .metrics, .stream, .assistant, .tokenIssuer: true
        }
    }

    func send(
        _ answer: Answer, to request: Request, with writer: consuming ResponseWriter, endpoint: String
    ) async throws {
        counters.countRequest(endpoint, code: answer.head.status.code)
        try await writer.write(response: answer.head, body: request.method == .head ? .init() : answer.body)
    }

    private func methods(for endpoint: RouteTable.Endpoint) -> String {
        switch endpoint {
        case .ingest: "POST"
        case .test: "POST, GET"
        case .ping, .healthz, .readyz, .metrics, .tokenIssuer: "GET, HEAD"
        case .stream: "GET"
        case .assistant: "POST, GET, DELETE"
        }
    }

    private func isAllowed(_ method: HTTPRequest.Method, for endpoint: RouteTable.Endpoint) -> Bool {
        switch endpoint {
        case .ingest: method == .post
        case .test: method == .post || method == .get
        case .ping, .healthz, .readyz, .metrics, .tokenIssuer: method == .get || method == .head
        case .stream: method == .get
        // It says 405 itself, after other things.
        case .assistant: true
        }
    }
}
