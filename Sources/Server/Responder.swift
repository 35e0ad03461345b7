// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSources
import HTTPTypes
import HummingbirdCore
public import Inspection
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

    public init(
        metrics: @escaping @Sendable () -> [MetricFamily], health: @escaping @Sendable () -> HealthReport,
        readiness: @escaping @Sendable () -> HealthReport, hostname: String
    ) {
        self.metrics = metrics
        self.health = health
        self.readiness = readiness
        self.hostname = hostname
    }
}

/// Answers requests. One for all listeners; any task.
struct Responder: Sendable {
    let routes: RouteTable
    let mounts: [IngestMount]
    let surfaces: ServerSurfaces
    let counters: ServerCounters
    let budget: BodyBudget

    func respond(to request: Request, with writer: consuming ResponseWriter) async throws {
        guard let endpoint = routes.endpoint(for: request.head.path ?? "") else {
            return try await send(.text(.notFound, "not found\n"), to: request, with: writer, endpoint: "none")
        }
        guard isAllowed(request.method, for: endpoint) else {
            return try await send(
                .wrongMethod(allow: methods(for: endpoint)), to: request, with: writer, endpoint: endpoint.name)
        }
        let answer: Answer
        switch endpoint {
        case .ping: answer = .text(.ok, "pong\n")
        case .healthz: answer = .report(surfaces.health())
        case .readyz: answer = .report(surfaces.readiness())
        case .metrics:
            answer = .text(
                .ok, PrometheusText.render(surfaces.metrics() + counters.families), type: PrometheusText.contentType)
        case .test(let index):
            answer = .outcome(await mounts[index].ingest.storeTestAlert(hostname: surfaces.hostname))
        case .ingest(let index):
            return try await take(request, into: mounts[index].ingest, with: writer)
        }
        try await send(answer, to: request, with: writer, endpoint: endpoint.name)
    }

    private func take(_ request: Request, into ingest: HTTPIngest, with writer: consuming ResponseWriter) async throws {
        guard ingest.isOpen else {
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
        let outcome: HTTPIngest.Outcome
        switch body {
        case .buffer(let buffer): outcome = await ingest.store(buffer.readableBytesView)
        case .bytes(let bytes): outcome = await ingest.store(bytes)
        case .unreadable(let reason, let prefix, let receivedBytes):
            outcome = await ingest.reject(reason, prefix: prefix, receivedBytes: receivedBytes)
        }
        try await send(.outcome(outcome), to: request, with: writer, endpoint: "ingest")
        counters.answerSeconds.observe(ContinuousClock.now - start)
    }

    private func send(
        _ answer: Answer, to request: Request, with writer: consuming ResponseWriter, endpoint: String
    ) async throws {
        counters.countRequest(endpoint, code: answer.head.status.code)
        try await writer.write(response: answer.head, body: request.method == .head ? .init() : answer.body)
    }

    private func methods(for endpoint: RouteTable.Endpoint) -> String {
        switch endpoint {
        case .ingest: "POST"
        case .test: "POST, GET"
        case .ping, .healthz, .readyz, .metrics: "GET, HEAD"
        }
    }

    private func isAllowed(_ method: HTTPRequest.Method, for endpoint: RouteTable.Endpoint) -> Bool {
        switch endpoint {
        case .ingest: method == .post
        case .test: method == .post || method == .get
        case .ping, .healthz, .readyz, .metrics: method == .get || method == .head
        }
    }
}
