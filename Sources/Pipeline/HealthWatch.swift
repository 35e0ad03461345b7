// SPDX-License-Identifier: Apache-2.0
import Inspection
import MCPProtocol
import MCPServing
import ModelContext
import Synchronization

/// The log's changes, and those of the daemon's health. Health makes no sound of its own, so it is looked at every
/// `interval` while somebody watches it, and never otherwise. Any thread.
final class HealthWatch: ResourceChanges {
    /// Longer than a look takes by far; shorter than anybody's patience.
    static let interval = Duration.seconds(2)

    private struct State {
        var watchers: Set<WatcherID> = []
        var task: Task<Void, Never>?
        var isClosed = false
    }

    private let log: AlertLog
    private let interval: Duration
    private let health: @Sendable () -> HealthReport
    private let state = Mutex(State())

    init(_ log: AlertLog, every interval: Duration = interval, health: @escaping @Sendable () -> HealthReport) {
        self.log = log
        self.interval = interval
        self.health = health
    }

    var standing: StreamStanding { log.standing }

    func watch(
        _ uris: Set<String>, as watcher: WatcherID,
        tell: @escaping @Sendable (_ uri: String, _ note: JSONObject) -> Void
    ) {
        log.watch(uris, as: watcher, tell: tell)
        let idle = state.withLock { state -> Task<Void, Never>? in
            if uris.contains(LiveResource.health.uri), !state.isClosed {
                state.watchers.insert(watcher)
            } else {
                state.watchers.remove(watcher)
            }
            guard state.watchers.isEmpty else {
                if state.task == nil { state.task = Self.looking(log, interval, health) }
                return nil
            }
            defer { state.task = nil }
            return state.task
        }
        idle?.cancel()
    }

    /// Nobody is told any more.
    func close() {
        let task = state.withLock { state in
            state.isClosed = true
            state.watchers = []
            defer { state.task = nil }
            return state.task
        }
        task?.cancel()
    }

    /// Whether the health is looked at.
    var isLooking: Bool { state.withLock { $0.task != nil } }

    private static func looking(
        _ log: AlertLog, _ interval: Duration, _ health: @escaping @Sendable () -> HealthReport
    ) -> Task<Void, Never> {
        Task {
            var known = Standing(health())
            while (try? await Task.sleep(for: interval)) != nil {
                let now = Standing(health())
                if now != known { log.changed([.health]) }
                known = now
            }
        }
    }

    /// What counts as a change: details hold numbers that never rest.
    private struct Standing: Equatable {
        let parts: [[String]]
        init(_ report: HealthReport) {
            parts = report.components.map { [$0.name, $0.isHealthy ? "well" : "ill", $0.state] }
        }
    }
}
