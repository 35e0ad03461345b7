// SPDX-License-Identifier: Apache-2.0

/// Who is told about which changes, in both eras, and when.
///
/// A change is told at once, or, if the last telling of this URI on this stream is less than `interval` ago, when that
/// time is over: then once, with the newest note. Memory grows with subscriptions, never with changes. Times are counted
/// from any fixed instant.
struct Subscriptions: Sendable {
    /// What a `subscriptions/listen` asked for and was granted.
    struct Filter: Sendable, Equatable {
        var lists: ServerProfile.ChangingLists = []
        var uris: [String] = []
    }

    private struct Watch: Sendable {
        let uri: String
        var lastTold: Duration?
        /// The note of the newest change that was not told yet.
        var waiting: JSONObject?
    }

    private struct Stream: Sendable {
        /// Nil: the session of the legacy era.
        let id: RequestID?
        let lists: ServerProfile.ChangingLists
        var watches: [Watch]
    }

    private var streams: [Stream] = []
    /// Grows whenever `uris` may have changed.
    private(set) var revision: UInt64 = 0
    let interval: Duration

    init(interval: Duration) { self.interval = interval }

    /// Streams of `subscriptions/listen`.
    var listening: Int { streams.count { $0.id != nil } }
    var listeningIDs: [RequestID] { streams.compactMap(\.id) }
    /// Of all streams together.
    var uris: Set<String> { Set(streams.flatMap { $0.watches.map(\.uri) }) }

    func isListening(_ id: RequestID) -> Bool { streams.contains { $0.id == id } }

    mutating func open(_ id: RequestID, _ filter: Filter) {
        streams.append(Stream(id: id, lists: filter.lists, watches: filter.uris.map { Watch(uri: $0) }))
        revision += 1
    }

    /// True if there was such a stream.
    mutating func close(_ id: RequestID) -> Bool {
        let before = streams.count
        streams.removeAll { $0.id == id }
        revision += 1
        return streams.count < before
    }

    /// Adds a URI to the session's; false at the limit.
    mutating func watch(_ uri: String, limit: Int, lists: ServerProfile.ChangingLists) -> Bool {
        openSession(lists)
        guard let place = streams.firstIndex(where: { $0.id == nil }) else { return false }
        if streams[place].watches.contains(where: { $0.uri == uri }) { return true }
        guard streams[place].watches.count < limit else { return false }
        streams[place].watches.append(Watch(uri: uri))
        revision += 1
        return true
    }

    mutating func unwatch(_ uri: String) {
        guard let place = streams.firstIndex(where: { $0.id == nil }) else { return }
        streams[place].watches.removeAll { $0.uri == uri }
        revision += 1
    }

    /// Sessions of the legacy era hear of changed lists without asking.
    mutating func openSession(_ lists: ServerProfile.ChangingLists) {
        if !streams.contains(where: { $0.id == nil }) { streams.append(Stream(id: nil, lists: lists, watches: [])) }
    }

    mutating func closeSession() {
        streams.removeAll { $0.id == nil }
        revision += 1
    }

    mutating func closeAll() {
        streams = []
        revision += 1
    }

    mutating func changed(_ uri: String, note: JSONObject, at now: Duration, _ actions: inout [ServerAction]) {
        for stream in streams.indices {
            for watch in streams[stream].watches.indices where streams[stream].watches[watch].uri == uri {
                streams[stream].watches[watch].waiting = note
                tell(stream, watch, at: now, &actions)
            }
        }
    }

    mutating func tellDue(at now: Duration, _ actions: inout [ServerAction]) {
        for stream in streams.indices {
            for watch in streams[stream].watches.indices { tell(stream, watch, at: now, &actions) }
        }
    }

    /// When `tellDue` has something to tell; nil: nothing waits.
    var nextDue: Duration? {
        streams.flatMap { $0.watches.compactMap { $0.waiting == nil ? nil : ($0.lastTold ?? .zero) + interval } }.min()
    }

    private mutating func tell(_ stream: Int, _ watch: Int, at now: Duration, _ actions: inout [ServerAction]) {
        let entry = streams[stream].watches[watch]
        guard let note = entry.waiting else { return }
        if let last = entry.lastTold, now - last < interval { return }
        streams[stream].watches[watch].lastTold = now
        streams[stream].watches[watch].waiting = nil
        let params: JSONObject = ["uri": .string(entry.uri)]
        actions.append(Self.frame("notifications/resources/updated", params, note: note, on: streams[stream].id))
    }

    func listChanged(_ list: ServerProfile.ChangingLists, _ actions: inout [ServerAction]) {
        let names: [(ServerProfile.ChangingLists, String)] = [
            (.tools, "tools"), (.prompts, "prompts"), (.resources, "resources"),
        ]
        for stream in streams {
            for (one, name) in names where list.contains(one) && stream.lists.contains(one) {
                actions.append(Self.frame("notifications/\(name)/list_changed", [:], note: [:], on: stream.id))
            }
        }
    }

    /// A notification on a stream: with the stream's id in `_meta`, or without for the session.
    static func frame(_ method: String, _ params: JSONObject, note: JSONObject, on id: RequestID?) -> ServerAction {
        var meta = note
        if let id { meta[MetaName.subscriptionID] = id.json }
        var params = params
        if !meta.isEmpty { params["_meta"] = .object(meta) }
        return .send(OutgoingMessage.notification(method, params), id.map { .exchange($0) } ?? .session)
    }
}
