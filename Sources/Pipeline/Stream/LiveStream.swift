// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Journal
import Synchronization

/// What leaves, for those who look on: the subscribers of the server's live stream.
///
/// Any thread. `publish` never waits for a subscriber: what does not fit into a backlog is lost to that one, and counted.
/// Without subscribers it costs one lock an entry.
public final class LiveStream: Sendable {
    /// What subscribers may cost.
    public struct Limits: Sendable {
        public var subscribers = 32
        /// Of each: raw bytes of entries that wait for it. One entry is always taken.
        public var backlogBytes = 4 << 20
        public var backlogEntries = 1_024
        /// Something is said at least that often.
        public var heartbeat = Duration.seconds(15)

        public init() {}
    }

    /// Why a subscription is refused.
    public enum Refusal: Error, Hashable, Sendable {
        /// What is asked for cannot be understood; the sentence says what.
        case wrong(String)
        case full
        case closed
    }

    private struct State {
        var subscriptions: [Int: LiveSubscription] = [:]
        var nextID = 0
        /// One past the last output that was published.
        var endOutput: Int64
        var isOpen = true
        var lost = 0
    }

    let limits: Limits
    let readJournal: @Sendable (Int64) throws(JournalError) -> DecidedPage
    private let state: Mutex<State>

    /// - Parameter endOutput: the number the next output gets.
    init(
        endOutput: Int64, limits: Limits = Limits(),
        readJournal: @escaping @Sendable (Int64) throws(JournalError) -> DecidedPage
    ) {
        self.limits = limits
        self.readJournal = readJournal
        state = Mutex(State(endOutput: endOutput))
    }

    public var subscriberCount: Int { state.withLock { $0.subscriptions.count } }
    /// Outputs that did not fit into somebody's backlog, counted for each.
    public var lostCount: Int { state.withLock { $0.lost } }

    /// Begins with what comes next, or behind the event that `lastEventID` names.
    ///
    /// - Parameter query: of the request, as it stands behind the question mark.
    public func open(query: String, lastEventID: String?) throws(Refusal) -> LiveReader {
        let request = try StreamRequest(query: query, lastEventID: lastEventID)
        let made: Result<LiveSubscription, Refusal> = state.withLock { state in
            guard state.isOpen else { return .failure(.closed) }
            guard state.subscriptions.count < limits.subscribers else { return .failure(.full) }
            let id = state.nextID
            state.nextID += 1
            let subscription = LiveSubscription(id: id, limits: limits, isLive: request.after == nil)
            state.subscriptions[id] = subscription
            return .success(subscription)
        }
        return LiveReader(try made.get(), request, of: self)
    }

    /// The sink's lane: the outputs of `entry` from number `output` on.
    func publish(_ entry: DecidedEntry, from output: Int64) {
        state.withLock { state in
            state.endOutput = max(state.endOutput, entry.endOutput)
            for subscription in state.subscriptions.values { state.lost += subscription.offer(entry, from: output) }
        }
    }

    /// Whoever has read everything before `output` from the journal goes on with what is published; false when more was.
    func goLive(_ subscription: LiveSubscription, at output: Int64) -> Bool {
        state.withLock { state in
            guard output >= state.endOutput else { return false }
            subscription.goLive()
            return true
        }
    }

    var endOutput: Int64 { state.withLock { $0.endOutput } }

    func leave(_ id: Int) {
        state.withLock { state in
            state.subscriptions[id] = nil
        }
    }

    /// Every stream ends after what it has, and no further one begins.
    public func end() {
        let all = state.withLock { state in
            state.isOpen = false
            defer { state.subscriptions = [:] }
            return state.subscriptions
        }
        for subscription in all.values { subscription.end() }
    }
}

/// What waits for one subscriber. Any thread.
final class LiveSubscription: Sendable {
    enum Next {
        case entry(DecidedEntry, from: Int64)
        /// So many outputs did not fit.
        case lost(Int)
        case heartbeat
        case end
    }

    private struct State {
        var entries: [(entry: DecidedEntry, output: Int64)] = []
        var first = 0
        var bytes = 0
        var lost = 0
        var isLive: Bool
        var isEnded = false
        var isHeartbeatDue = false
        var waiter: CheckedContinuation<Void, Never>?

        mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
            defer { waiter = nil }
            return waiter
        }
    }

    let id: Int
    private let limits: LiveStream.Limits
    private let state: Mutex<State>

    init(id: Int, limits: LiveStream.Limits, isLive: Bool) {
        self.id = id
        self.limits = limits
        state = Mutex(State(isLive: isLive))
    }

    /// Returns how many outputs were lost. Once something is lost, what follows is lost, too, until the subscriber has
    /// taken all that waits and learnt of it: so the order is kept, and a place in it has one number.
    func offer(_ entry: DecidedEntry, from output: Int64) -> Int {
        let (lost, waiter) = state.withLock { state -> (Int, CheckedContinuation<Void, Never>?) in
            guard state.isLive, !state.isEnded else { return (0, nil) }
            let size = entry.weight
            let waiting = state.entries.count - state.first
            let fits = waiting < limits.backlogEntries && state.bytes + size <= limits.backlogBytes
            guard state.lost == 0, fits || waiting == 0 else {
                let count = Int(entry.endOutput - max(output, entry.firstOutput))
                state.lost += count
                return (count, nil)
            }
            state.entries.append((entry, output))
            state.bytes += size
            return (0, state.takeWaiter())
        }
        waiter?.resume()
        return lost
    }

    func goLive() { state.withLock { $0.isLive = true } }

    /// The client has gone, or the server goes: nothing is kept for it any more.
    func end() {
        wake { state in
            state.isEnded = true
            state.entries = []
            state.first = 0
        }
    }

    func beat() { wake { $0.isHeartbeatDue = true } }

    private func wake(_ change: (inout State) -> Void) {
        state.withLock { state in
            change(&state)
            return state.takeWaiter()
        }?.resume()
    }

    var hasEnded: Bool { state.withLock { $0.isEnded } }

    /// What comes next, waiting for it. One task.
    func next() async -> Next {
        while true {
            if let next = state.withLock({ Self.take(&$0) }) { return next }
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    let isDue =
                        state.first < state.entries.count || state.lost > 0 || state.isEnded || state.isHeartbeatDue
                    if !isDue { state.waiter = continuation }
                    return isDue
                }
                if isDue { continuation.resume() }
            }
        }
    }

    private static func take(_ state: inout State) -> Next? {
        if state.isEnded { return .end }
        if state.first < state.entries.count {
            let (entry, output) = state.entries[state.first]
            state.first += 1
            state.bytes -= entry.weight
            // What is behind goes as soon as it is half of the array.
            if state.first * 2 >= state.entries.count {
                state.entries.removeFirst(state.first)
                state.first = 0
            }
            return .entry(entry, from: output)
        }
        if state.lost > 0 {
            defer { state.lost = 0 }
            return .lost(state.lost)
        }
        guard state.isHeartbeatDue else { return nil }
        state.isHeartbeatDue = false
        return .heartbeat
    }
}

extension DecidedEntry {
    /// Memory it keeps, about.
    fileprivate var weight: Int {
        if case .alerts(let batch) = content { return 512 + batch.byteCount }
        return 512 + 1_024 * notes.records.count
    }
}
