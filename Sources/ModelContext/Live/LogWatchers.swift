// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Journal
public import MCPProtocol
public import MCPServing

/// Who watches which resources. Each distinct one is evaluated once for a batch of outputs, however many watch it; memory
/// grows with what is watched, never with alerts.
struct LogWatchers: Sendable {
    typealias Tell = @Sendable (_ uri: String, _ note: JSONObject) -> Void

    private struct Watcher: Sendable {
        let uris: Set<String>
        let tell: Tell
    }

    private struct Topic: Sendable {
        let resource: LiveResource
        /// nil: what it shows does not depend on single outputs.
        let selection: LogSelection?
        /// Outputs that matched since somebody began to watch, and of those the ones nobody was told of yet.
        var matched: Int64 = 0
        var untold: Int64 = 0
    }

    private var watchers: [WatcherID: Watcher] = [:]
    private var topics: [String: Topic] = [:]

    /// Outputs have to be looked at one by one.
    private(set) var readsEntries = false

    mutating func set(_ uris: Set<String>, _ watcher: WatcherID, queryLimit: Int, _ tell: @escaping Tell) {
        watchers[watcher] = uris.isEmpty ? nil : Watcher(uris: uris, tell: tell)
        let wanted = watchers.values.reduce(into: Set<String>()) { $0.formUnion($1.uris) }
        topics = topics.filter { wanted.contains($0.key) }
        var queries = topics.values.count { if case .query = $0.resource { true } else { false } }
        for uri in uris where topics[uri] == nil {
            guard let resource = LiveResource(uri: uri) else { continue }
            if case .query = resource {
                guard queries < queryLimit else { continue }
                queries += 1
            }
            topics[uri] = Topic(resource: resource, selection: Self.selection(resource))
        }
        readsEntries = topics.values.contains { $0.selection != nil }
    }

    private static func selection(_ resource: LiveResource) -> LogSelection? {
        switch resource {
        case .priority(let priority): LogSelection(exactly: priority)
        case .query(let condition): LogSelection(when: condition)
        default: nil
        }
    }

    /// How many outputs from `first` on match which topic.
    func matched(_ entries: [DecidedEntry], from first: Int64) -> [String: Int64] {
        var counts: [String: Int64] = [:]
        for (uri, topic) in topics {
            guard let selection = topic.selection else { continue }
            var count: Int64 = 0
            for entry in entries {
                var number = entry.firstOutput
                for output in OutputWalk(entry) {
                    if number >= first, selection.contains(output, of: entry) { count += 1 }
                    number += 1
                }
            }
            if count > 0 { counts[uri] = count }
        }
        return counts
    }

    mutating func add(_ counts: [String: Int64]) {
        for (uri, count) in counts {
            topics[uri]?.matched += count
            topics[uri]?.untold += count
        }
    }

    /// What to tell whom after a look. `first`: the outputs from there on are new.
    mutating func changes(
        _ standing: OutputStanding, from first: Int64, _ state: StreamStanding, openIncidents: Int
    ) -> [@Sendable () -> Void] {
        guard !topics.isEmpty else { return [] }
        var notes: [String: JSONObject] = [:]
        let hasNew = standing.nextOutput > first
        for (uri, topic) in topics {
            var note: JSONObject = ["cursor": .string(state.cursor)]
            switch topic.resource {
            case .latest, .statistics:
                guard hasNew else { continue }
                note["alerts"] = .integer(state.alerts)
            case .priority, .query:
                guard topic.untold > 0 else { continue }
                topics[uri]?.untold = 0
                note["matched"] = .integer(topic.matched)
            case .openIncidents:
                guard !standing.incidents.isEmpty else { continue }
                note["open"] = .integer(Int64(openIncidents))
            case .incident(let id):
                guard standing.incidents.contains(where: { $0.incident == id }) else { continue }
            case .health: continue
            }
            notes[uri] = note
        }
        return calls(notes)
    }

    /// These have changed for another reason than new outputs.
    func changes(_ resources: Set<LiveResource>, cursor: String) -> [@Sendable () -> Void] {
        let uris = topics.filter { resources.contains($0.value.resource) }.map(\.key)
        return calls(Dictionary(uniqueKeysWithValues: uris.map { ($0, ["cursor": .string(cursor)]) }))
    }

    private func calls(_ notes: [String: JSONObject]) -> [@Sendable () -> Void] {
        guard !notes.isEmpty else { return [] }
        return watchers.values.map { watcher in
            let due = notes.filter { watcher.uris.contains($0.key) }
            return { for (uri, note) in due { watcher.tell(uri, note) } }
        }
    }
}

extension AlertLog: ResourceChanges {
    public var standing: StreamStanding { state.withLock { $0.standing } }

    public func watch(
        _ uris: Set<String>, as watcher: WatcherID,
        tell: @escaping @Sendable (_ uri: String, _ note: JSONObject) -> Void
    ) {
        state.withLock { state in
            guard !state.isClosed else { return }
            state.watching.set(uris, watcher, queryLimit: limits.standingQueries, tell)
        }
    }

    /// These have changed for another reason than new outputs: health, a note about an incident. Any thread.
    public func changed(_ resources: Set<LiveResource>) {
        let calls = state.withLock { $0.watching.changes(resources, cursor: "\($0.cursor)") }
        for call in calls { call() }
    }
}

extension AlertLog.State {
    var standing: StreamStanding {
        StreamStanding(cursor: "\(cursor)", alerts: alerts, criticalOpen: criticalOpen)
    }
}
