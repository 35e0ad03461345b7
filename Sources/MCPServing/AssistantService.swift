// SPDX-License-Identifier: Apache-2.0
public import MCPProtocol

/// What answers the calls of every transport. Any task.
public protocol AssistantService: Sendable {
    /// What this caller may see. The same bytes for the same scopes, whatever the alerts say.
    func profile(for caller: Caller) -> ServerProfile

    /// Does one call. A call that is cancelled has its task cancelled and should end soon; its outcome is ignored.
    ///
    /// - Parameter progress: how far it is, in constant text. May be called from any task, also when nobody asked.
    func perform(
        _ call: Call, for caller: Caller, progress: @escaping @Sendable (Double, Double?, String?) -> Void
    ) async -> CallOutcome

    /// From now on `tell` is called, on any thread, after each change of one of `uris`, until it is replaced by another
    /// call with the same `watcher`; an empty set ends it. `note` holds a cursor and counts, never text from an alert.
    func watch(
        _ uris: Set<String>, as watcher: WatcherID,
        tell: @escaping @Sendable (_ uri: String, _ note: JSONObject) -> Void)
}

/// Names one connection, or one stream of a connection, among all that watch resources.
public struct WatcherID: Sendable, Hashable {
    public let value: UInt64
    public init(value: UInt64) { self.value = value }
}

/// Who calls: proven by the transport, never by what a message says.
public struct Caller: Sendable, Hashable {
    /// In the audit log: the name of a token, the subject of a JWT or certificate, `local` for a socket or standard input.
    public let name: String
    public let scopes: Scopes

    public init(name: String, scopes: Scopes) {
        self.name = name
        self.scopes = scopes
    }

    /// What a caller may do.
    public struct Scopes: OptionSet, Sendable, Hashable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// `alerts:read`: everything but raw text and changes.
        public static let read = Scopes(rawValue: 1)
        /// `alerts:raw`: alert text whole, without redaction.
        public static let raw = Scopes(rawValue: 2)
        /// `alerts:write`: acknowledge, annotate, silence; only where the configuration allows writes at all.
        public static let write = Scopes(rawValue: 4)
    }
}
