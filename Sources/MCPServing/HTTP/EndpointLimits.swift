// SPDX-License-Identifier: Apache-2.0
public import MCPProtocol

/// What the HTTP endpoint lets one principal, and all of them together, cost. Documented in docs/mcp.md.
public struct EndpointLimits: Sendable {
    /// Of one message and one session; `document.bytes` bounds a body.
    public var connection: ConnectionLimits
    public var sessions = SessionLimits()
    public var replay = SessionStreams.Limits()
    /// Responses under way for one principal, streams of `subscriptions/listen` and of sessions among them.
    public var responsesPerPrincipal = 64
    /// Responses under way for all.
    public var responses = 512
    /// Requests of one principal that may come at once, and that may follow in every second.
    public var burst = 400
    public var perSecond = 100.0
    /// Messages and bytes that wait for a reader; beyond them the stream ends. One message always fits.
    public var waitingMessages = 256
    public var waitingBytes = 4 << 20
    /// How often a stream that says nothing shows that it lives.
    public var commentInterval = ServerSentEvents.commentInterval

    public typealias SessionLimits = SessionTable<Caller, LegacySession>.Limits

    public init(connection: ConnectionLimits = ConnectionLimits()) { self.connection = connection }
}
