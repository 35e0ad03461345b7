// SPDX-License-Identifier: Apache-2.0
public import MCPProtocol
public import MCPServing

/// Where live alerts come from, as the assistant sees it: where the log stands, and who is told when a resource changes.
/// Any thread.
public protocol ResourceChanges: Sendable {
    /// Where the log of outputs stands. Asked after every tool call: a few atomics or a short lock, never a read of the
    /// journal.
    var standing: StreamStanding { get }

    /// As `AssistantService.watch`: replaces what this watcher watched; an empty set ends it. Returns at once, and does
    /// not call `tell` before it has returned. URIs that nobody knows are never told. `tell` is cheap and never blocks; it
    /// may be called with a lock held, but not with one that `watch` takes.
    func watch(
        _ uris: Set<String>, as watcher: WatcherID,
        tell: @escaping @Sendable (_ uri: String, _ note: JSONObject) -> Void)
}

/// What `stream` in every tool result is made from.
public struct StreamStanding: Sendable, Equatable {
    /// Behind the newest output: what `wait_for_alerts` goes on from.
    public var cursor: String
    /// Alerts and incidents passed on so far, since any fixed moment: only differences of it mean something.
    public var alerts: Int64
    /// Incidents of priority Critical or above that are open.
    public var criticalOpen: Int64

    public init(cursor: String, alerts: Int64, criticalOpen: Int64) {
        self.cursor = cursor
        self.alerts = alerts
        self.criticalOpen = criticalOpen
    }
}
