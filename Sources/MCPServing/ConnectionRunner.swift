// SPDX-License-Identifier: Apache-2.0
public import MCPProtocol
import Synchronization

/// Runs one `ServerConnection`: its calls as tasks, its subscriptions, its timer. Any thread may call anything.
///
/// Over a line transport there is one for each connection, over HTTP one for each modern POST and one for each legacy
/// session. It holds nothing that turns while nothing happens: no thread, no task but those of calls, and a timer only
/// while an update has to wait. `close` frees all of it at once; a call whose task was cancelled may still be ending.
///
/// ```
///             receive ┌──────────────────┐ actions, in order
///   transport ───────►│ ServerConnection │──► send, end ──► MessageOutlet ──► transport
///                     └──▲────────────▲──┘──► perform ────► a task of AssistantService ─┐
///       resourceChanged  │            │ finish, progress                                │
///   AssistantService ────┘            └─────────────────────────────────────────────────┘
/// ```
public final class ConnectionRunner: Sendable {
    public let caller: Caller
    private let service: any AssistantService
    private let outlet: any MessageOutlet
    private let clock: ServingClock
    private let watcher: WatcherID
    private let state: Mutex<State>
    private let changes = Mutex(Changes())

    private struct State {
        var connection: ServerConnection
        var tasks: [CallNumber: Task<Void, Never>] = [:]
        /// Tasks that have not ended yet, those of cancelled calls among them.
        var running = 0
        var timer: (due: Duration, task: Task<Void, Never>)?
        /// The `watchRevision` that the service knows.
        var toldRevision: UInt64
        var isClosed = false
        /// Cancelled once the lock is given back: whoever waits in such a task may have a lock of its own.
        var cancelled: [Task<Void, Never>] = []
    }

    /// Changes of resources that the connection has not heard of: at most one for each URI.
    private struct Changes {
        var notes: [String: JSONObject] = [:]
        var isUnderWay = false
    }

    private static let lastWatcher = Atomic<UInt64>(0)

    /// - Parameter outlet: kept until the runner is gone, and told when it is closed.
    public init(
        service: any AssistantService, caller: Caller, outlet: any MessageOutlet,
        limits: ConnectionLimits = ConnectionLimits(), clock: ServingClock = .steady
    ) {
        self.service = service
        self.caller = caller
        self.outlet = outlet
        self.clock = clock
        watcher = WatcherID(value: Self.lastWatcher.wrappingAdd(1, ordering: .relaxed).newValue)
        let connection = ServerConnection(service.profile(for: caller), limits: limits)
        state = Mutex(State(connection: connection, toldRevision: connection.watchRevision))
    }

    // What the transport tells.

    /// One frame: a line, or the body of a POST. Answers that need nobody have left through the outlet on return.
    public func receive(_ bytes: [UInt8]) { act { $0.receive(bytes) } }

    /// The same for a frame that was read already.
    public func receive(_ document: MessageDocument) { act { $0.receive(document) } }

    /// A frame that cannot be read as a message at all, with what is said about it.
    public func refuse(_ answer: JSONValue) { act { _ in [.send(answer, .answer(nil))] } }

    /// The response stream of a request is gone: that cancels a modern request at once, and never a legacy one.
    public func exchangeClosed(_ request: RequestID) { act { $0.exchangeClosed(request) } }

    /// Ends the streams of `subscriptions/listen` in good order, as before a stop.
    public func endSubscriptions() { act { $0.endSubscriptions() } }

    /// The connection is gone, or shall go: every call is cancelled and every subscription ends. Idempotent.
    public func close() {
        act { _ in
            []
        } afterwards: {
            self.shut(&$0)
        }
    }

    // What the transport asks.

    public var isClosed: Bool { state.withLock { $0.isClosed } }
    /// Nil before the legacy `initialize`.
    public var session: ServerConnection.Session? { state.withLock { $0.connection.session } }
    /// Calls that will still be answered.
    public var callCount: Int { state.withLock { $0.connection.callCount } }
    /// Open streams of `subscriptions/listen`.
    public var listeningCount: Int { state.withLock { $0.connection.listeningCount } }

    // The work.

    private func act(
        _ step: (inout ServerConnection) -> [ServerAction], afterwards: (inout State) -> Void = { _ in }
    ) {
        let cancelled = state.withLock { state -> [Task<Void, Never>] in
            guard !state.isClosed else { return [] }
            let actions = step(&state.connection)
            // Before the acknowledgement leaves: a change after it is never missed.
            keepWatch(&state)
            for action in actions where !state.isClosed { take(action, &state) }
            afterwards(&state)
            setTimer(&state)
            defer { state.cancelled = [] }
            return state.cancelled
        }
        for task in cancelled { task.cancel() }
    }

    private func take(_ action: ServerAction, _ state: inout State) {
        switch action {
        case .send(let message, let route): if !outlet.send(message, route) { shut(&state) }
        case .perform(let call): start(call, &state)
        case .cancel(let number): if let task = state.tasks.removeValue(forKey: number) { state.cancelled.append(task) }
        case .end(let request): outlet.end(request)
        }
    }

    private func start(_ call: Call, _ state: inout State) {
        // Whoever cancels faster than tasks can end waits, too.
        guard state.running < state.connection.limits.calls * 2 else {
            let error = ProtocolError(.busy, "Cancelled requests are still ending; try again.")
            for action in state.connection.finish(call.number, .failed(error)) { take(action, &state) }
            return
        }
        state.running += 1
        state.tasks[call.number] = Task(executorPreference: CallThreads.shared) { await self.perform(call) }
    }

    private func perform(_ call: Call) async {
        let outcome = await service.perform(call, for: caller) { [weak self] value, total, message in
            self?.act { $0.progress(call.number, value, of: total, message) }
        }
        state.withLock { state in
            state.running -= 1
            state.tasks[call.number] = nil
        }
        act { $0.finish(call.number, outcome) }
    }

    private func shut(_ state: inout State) {
        guard !state.isClosed else { return }
        state.isClosed = true
        _ = state.connection.close()
        keepWatch(&state)
        state.cancelled += state.tasks.values
        state.tasks = [:]
        if let timer = state.timer { state.cancelled.append(timer.task) }
        state.timer = nil
        outlet.close()
    }

    // Subscriptions.

    private func keepWatch(_ state: inout State) {
        guard state.toldRevision != state.connection.watchRevision else { return }
        state.toldRevision = state.connection.watchRevision
        service.watch(state.connection.watchedURIs, as: watcher) { [weak self] uri, note in self?.note(uri, note) }
    }

    /// A resource is different. Costs the teller an entry in a table: the messages are made in a task, one at a time.
    private func note(_ uri: String, _ note: JSONObject) {
        let begins = changes.withLock { changes in
            changes.notes[uri] = note
            defer { changes.isUnderWay = true }
            return !changes.isUnderWay
        }
        if begins { Task { [weak self] in self?.tellChanges() } }
    }

    private func tellChanges() {
        while true {
            let notes = changes.withLock { changes in
                defer { changes.notes = [:] }
                changes.isUnderWay = !changes.notes.isEmpty
                return changes.notes
            }
            guard !notes.isEmpty else { return }
            let now = clock.now()
            act { connection in
                notes.sorted { $0.key < $1.key }.flatMap { connection.resourceChanged($0.key, note: $0.value, at: now) }
            }
        }
    }

    /// One task sleeps until the earliest update that waits; none when none waits.
    private func setTimer(_ state: inout State) {
        guard !state.isClosed, let due = state.connection.nextUpdate else { return }
        if let timer = state.timer {
            guard due < timer.due else { return }
            state.cancelled.append(timer.task)
        }
        let task = Task { [weak self, clock] in
            do { try await clock.sleep(due) } catch { return }
            self?.sendUpdates(due)
        }
        state.timer = (due, task)
    }

    private func sendUpdates(_ due: Duration) {
        let now = clock.now()
        state.withLock { if $0.timer?.due == due { $0.timer = nil } }
        act { $0.sendUpdates(at: now) }
    }
}
