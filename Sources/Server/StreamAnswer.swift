// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdCore
import MCPProtocol
import MCPServing
import NIOCore

/// What `/alerts/stream` shows. Any task.
public protocol AlertStreaming: Sendable {
    /// - Parameter query: behind the question mark, as it came; empty without one.
    func open(query: String, lastEventID: String?) throws(StreamRefusal) -> any AlertStreamReading
    /// Every stream ends, and no further one begins.
    func endAll()
}

/// One subscriber's stream.
public protocol AlertStreamReading: Sendable {
    /// What is to be written next, waiting for it; nil at the end.
    func read() async -> [UInt8]?
    /// The client has gone: nothing is kept for it any more. Any thread.
    func end()
}

/// Why there is no stream for this one.
public enum StreamRefusal: Error, Sendable {
    case wrong(String)
    case full
    case closed
}

extension Responder {
    /// Server-sent events, until the client goes or the stream ends.
    func show(
        _ served: ServedPipeline, to request: Request, with writer: consuming ResponseWriter, _ visitor: Visitor
    ) async throws {
        let access = served.surfaces.access
        guard let stream = served.surfaces.stream, visitor.reach != .anybody || access.asksForTokens else {
            return try await send(.notFound, to: request, with: writer, endpoint: "stream")
        }
        let origins = HTTPRequestHead(request).values(of: "origin")
        guard access.hostRule(visitor.reach).admits(authority: request.head.authority, origins: origins) else {
            return try await send(
                .text(.forbidden, "not for pages of other hosts\n"), to: request, with: writer, endpoint: "stream")
        }
        let caller: Caller
        do throws(AccessRules.Denied) { caller = try await visitor.caller(of: request, access) } catch {
            return try await send(
                .text(error.status, "a token is needed\n", also: [.wwwAuthenticate: error.challenge]), to: request,
                with: writer, endpoint: "stream")
        }
        let reading: any AlertStreamReading
        do throws(StreamRefusal) {
            let query = (request.head.path ?? "").split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
            reading = try stream.open(query: String(query), lastEventID: request.headers[.lastEventID])
        } catch {
            let answer: Answer =
                switch error {
                case .wrong(let sentence): .text(.badRequest, sentence + "\n")
                case .full: .text(.serviceUnavailable, "too many streams\n", also: [.retryAfter: "10"])
                case .closed: .text(.serviceUnavailable, "not ready\n", also: [.retryAfter: "1"])
                }
            return try await send(answer, to: request, with: writer, endpoint: "stream")
        }
        defer { reading.end() }
        counters.countRequest("stream", code: 200)
        var head = HTTPResponse(status: .ok)
        head.headerFields[.contentType] = "text/event-stream"
        head.headerFields[.cacheControl] = "no-store"
        var body = try await writer.writeHead(head)
        try await request.body.consumeWithInboundCloseHandler { _ in
            var standing = StandingAccess(caller)
            while let bytes = await reading.read(), await standing.holds(for: request, visitor, gate) {
                try await body.write(ByteBuffer(bytes: bytes))
            }
        } onInboundClosed: {
            reading.end()
        }
        try await body.finish(nil)
    }
}

/// Who can send a request to an address.
enum ListenerReach: Sendable {
    case anybody
    /// Programs of this machine, and pages that its browsers show.
    case loopback
    /// Programs of this machine that may open the socket, or who shows a certificate.
    case known

    init(_ listener: ListenerSettings) {
        if listener.tls?.clientCA != nil {
            self = .known
        } else {
            switch listener.address {
            case .unix: self = .known
            case .tcp(let host, _): self = ListenAddress.isLocal(host: host) ? .loopback : .anybody
            }
        }
    }
}

extension ListenAddress {
    /// A name or address of this machine alone. No name is looked up.
    static func isLocal(host: String) -> Bool {
        if host.lowercased() == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

extension HTTPField.Name {
    static let lastEventID = HTTPField.Name("Last-Event-ID") ?? .eTag
}
