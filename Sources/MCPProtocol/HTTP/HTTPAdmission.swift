// SPDX-License-Identifier: Apache-2.0

/// What happens to one HTTP request, decided in one order. Pure.
///
/// ```
///   atDoor         413 · 415 · 403      size, Content-Type, Host and Origin
///   (the server)   401 · 403 · 429      who it is, and how often
///   afterDoor      405                  POST; legacy: GET and DELETE with a session
///   message        400                  JSON, batch, message; without an id 202
///                  400 −32020           a routing header twice
///                  400 −32602           modern: params._meta
///                  400 −32020           modern: headers equal to the body
///                  400 −32022           modern: a revision that is spoken here
///                  404 −32601           modern: a method that only the legacy era had
///                  406                  Accept
/// ```
public struct HTTPAdmission: Sendable {
    /// What the head alone decides.
    public enum Way: Sendable, Equatable {
        /// Read the body and ask `message`.
        case readBody
        /// The legacy era's stream of a session (`GET`).
        case openStream(session: String, lastEventID: String?)
        /// The legacy era's end of a session (`DELETE`).
        case endSession(String)
    }

    /// What is to be done with a body.
    public enum Step: Sendable, Equatable {
        /// One request of the modern era; a connection of its own answers it.
        case modern(IncomingRequest, MessageDocument)
        /// A handshake of the legacy era: it begins a session.
        case initialize(IncomingRequest, MessageDocument)
        /// For a session of the legacy era. `request`: whose answer the response carries; nil: 202.
        case session(String, MessageDocument, request: RequestID?)
        /// Nobody needs it: 202.
        case nothing
    }

    public static let sessionField = "mcp-session-id"

    private let head: HTTPRequestHead
    private let hosts: HostRule
    private let limits: JSONLimits
    private let accepted: MediaTypes

    /// - Parameter limits: `limits.bytes` bounds the body.
    public init(_ head: HTTPRequestHead, hosts: HostRule, limits: JSONLimits = JSONLimits()) {
        self.head = head
        self.hosts = hosts
        self.limits = limits
        accepted = MediaTypes(head.values(of: "accept"))
    }

    /// Whether the response may be a stream of events.
    public var acceptsEvents: Bool { accepted.accept("text/event-stream") }

    /// Size and kind of the body as the head tells them, then Host and Origin.
    ///
    /// - Parameter authority: where the transport keeps the `Host` field apart.
    public func atDoor(authority: String? = nil) -> HTTPRefusal? {
        for length in head.values(of: "content-length") {
            // What is no number is a matter of the transport; a number beyond 64 bits is too large.
            if length.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), Int(length).map({ $0 > limits.bytes }) ?? true {
                return .tooLarge
            }
        }
        if head.method == "POST" {
            guard MediaTypes(head.values(of: "content-type")).isOnly("application/json") else {
                return HTTPRefusal(415, "Content-Type must be application/json.")
            }
            guard head.values(of: "content-encoding").allSatisfy({ $0.smallASCII == "identity" }) else {
                return HTTPRefusal(415, "The body must come as it is, without Content-Encoding.")
            }
        }
        let authority = authority ?? head.onlyValue(of: "host")
        return hosts.admits(authority: authority, origins: head.values(of: "origin")) ? nil : .forbiddenSurroundings
    }

    /// The method. Of a legacy session's `GET` and `DELETE` the session is looked up by the caller.
    public func afterDoor() throws(HTTPRefusal) -> Way {
        if head.method == "POST" { return .readBody }
        let version = head.onlyValue(of: RoutingHeaders.protocolVersion)
        let isModern = version.map { !Self.isLegacy($0) } ?? false
        guard !isModern, let session = head.onlyValue(of: Self.sessionField) else {
            throw HTTPRefusal(405, "This method is not taken here.", fields: [.init("Allow", "POST")])
        }
        switch head.method {
        case "DELETE": return .endSession(session)
        case "GET":
            guard acceptsEvents else { throw HTTPRefusal(406, "Accept must name text/event-stream.") }
            return .openStream(session: session, lastEventID: head.onlyValue(of: "last-event-id"))
        default:
            throw HTTPRefusal(405, "This method is not taken here.", fields: [.init("Allow", "POST, GET, DELETE")])
        }
    }

    /// A revision whose requests need no metadata.
    private static func isLegacy(_ version: String) -> Bool {
        ProtocolRevision(rawValue: version).map { !$0.isModern } ?? false
    }

    /// The body, whole.
    public func message(_ bytes: [UInt8]) throws(HTTPRefusal) -> Step {
        guard bytes.count <= limits.bytes else { throw .tooLarge }
        let document: MessageDocument
        do throws(ProtocolError) { document = try MessageDocument(reading: bytes, limits: limits) } catch {
            throw HTTPRefusal(error)
        }
        switch document {
        case .batch(let elements): return try batch(elements, document)
        case .single(let value):
            let message: IncomingMessage
            do throws(IncomingMessage.Rejection) { message = try IncomingMessage(value) } catch {
                throw HTTPRefusal(error.error, id: error.id)
            }
            guard case .request(let request) = message else { return try sessionOrNothing(document) }
            return try step(request, document)
        }
    }

    /// Only a session of the one revision that had batches can take one; it says so itself.
    private func batch(_ elements: [JSONValue], _ document: MessageDocument) throws(HTTPRefusal) -> Step {
        guard let session = head.onlyValue(of: Self.sessionField) else {
            throw HTTPRefusal(
                ProtocolError(.invalidRequest, "Batches are not taken here; send one message at a time."))
        }
        // The same choice as the connection's: the answer goes by the first request's id.
        let first = elements.lazy.compactMap { element -> RequestID? in
            guard case .request(let request)? = try? IncomingMessage(element) else { return nil }
            return request.id
        }.first
        return .session(session, document, request: first)
    }

    /// Notifications, and answers to requests that a server of this kind never sends.
    private func sessionOrNothing(_ document: MessageDocument) throws(HTTPRefusal) -> Step {
        let version = head.onlyValue(of: RoutingHeaders.protocolVersion)
        guard version.map(Self.isLegacy) ?? true, let session = head.onlyValue(of: Self.sessionField) else {
            return .nothing
        }
        return .session(session, document, request: nil)
    }

    private func step(_ request: IncomingRequest, _ document: MessageDocument) throws(HTTPRefusal) -> Step {
        let isModern: Bool
        do throws(ProtocolError) { isModern = try era(of: request) } catch {
            throw HTTPRefusal(error, id: request.id)
        }
        let streams = request.method == "subscriptions/listen"
        guard accepted.accept("application/json"), acceptsEvents || !streams else {
            let needed = streams ? "application/json and text/event-stream" : "application/json"
            throw HTTPRefusal(406, "Accept must name \(needed).", id: request.id)
        }
        if isModern { return .modern(request, document) }
        if request.method == "initialize" { return .initialize(request, document) }
        guard let session = head.onlyValue(of: Self.sessionField) else {
            let message = "Send initialize and its Mcp-Session-Id, or name the version in params._meta."
            throw HTTPRefusal(ProtocolError(.invalidRequest, message), id: request.id)
        }
        return .session(session, document, request: request.id)
    }

    /// True: modern, and what its headers and metadata say is right.
    private func era(of request: IncomingRequest) throws(ProtocolError) -> Bool {
        let headers = try RoutingHeaders(head.fields)
        guard isModern(request, headers) else { return false }
        try RequestMetadata.checkPresence(request.params)
        try headers.check(request)
        _ = try RequestMetadata(request.params)
        // What a connection would take for its legacy era.
        if request.method == "initialize" { throw .methodNotFound }
        return true
    }

    /// The era of a request: what its body says, or what a header claims that no handshake ever settled.
    private func isModern(_ request: IncomingRequest, _ headers: RoutingHeaders) -> Bool {
        if request.params["_meta"]?[MetaName.protocolVersion] != nil { return true }
        // Assistants in use send it after a discovery that was answered, with the header that they settled on.
        if request.method == "initialize" { return false }
        return RequestMetadata.isModern(request) || headers.version.map { !Self.isLegacy($0) } ?? false
    }
}
