// SPDX-License-Identifier: Apache-2.0
import MCPProtocol
import MCPServing
import Synchronization

/// A service whose calls end when the test says so.
///
/// `echo` answers at once. `wait` tells progress, then waits to be released or cancelled.
final class StandInService: AssistantService {
    struct Observed {
        var watching: [WatcherID: Set<String>] = [:]
        var tellers: [WatcherID: @Sendable (String, JSONObject) -> Void] = [:]
        var begun = 0
        var cancelled = 0
        var ended = 0
    }

    let observed = Mutex(Observed())
    private let gates = Mutex<[AsyncStream<Void>.Continuation]>([])
    /// One element for each step of a call: `begun`, `cancelled`, `ended`.
    let steps: AsyncStream<String>
    private let step: AsyncStream<String>.Continuation

    init() { (steps, step) = AsyncStream.makeStream() }

    static let latest = "stand-in://latest"

    func profile(for caller: Caller) -> ServerProfile {
        ServerProfile(
            name: "stand-in", title: "Stand-in", version: "1", instructions: "",
            tools: ["echo", "wait", "stubborn"].map {
                Tool($0, title: $0, description: $0, arguments: [], result: nil, effects: Tool.Effects(readOnly: true))
            },
            resources: [Resource(Self.latest, name: "l", title: "l", description: "l", mediaType: "text/plain")],
            subscribable: [.exactly(Self.latest)])
    }

    func perform(
        _ call: Call, for caller: Caller, progress: @escaping @Sendable (Double, Double?, String?) -> Void
    ) async -> CallOutcome {
        guard case .tool(let name, _) = call.work, name != "echo" else { return .tool(ToolAnswer(text: "here")) }
        let (gate, open) = AsyncStream<Void>.makeStream()
        gates.withLock { $0.append(open) }
        observed.withLock { $0.begun += 1 }
        progress(1, 2, "waiting")
        step.yield("begun")
        if name == "stubborn" {
            await Task { for await _ in gate {} }.value
        } else {
            for await _ in gate {}
        }
        if Task.isCancelled {
            observed.withLock { $0.cancelled += 1 }
            step.yield("cancelled")
        }
        observed.withLock { $0.ended += 1 }
        step.yield("ended")
        return .tool(ToolAnswer(text: "released"))
    }

    /// Lets every call go on that waits.
    func release() {
        for gate in gates.withLock({ gates in
            defer { gates = [] }
            return gates
        }) { gate.finish() }
    }

    func watch(
        _ uris: Set<String>, as watcher: WatcherID,
        tell: @escaping @Sendable (_ uri: String, _ note: JSONObject) -> Void
    ) {
        observed.withLock { observed in
            observed.watching[watcher] = uris.isEmpty ? nil : uris
            observed.tellers[watcher] = uris.isEmpty ? nil : tell
        }
    }

    func change(_ note: JSONObject) {
        for tell in observed.withLock({ Array($0.tellers.values) }) { tell(Self.latest, note) }
    }

    var watchers: Int { observed.withLock { $0.watching.count } }
}

/// Keeps what leaves, and lets a test wait for it.
final class StandInOutlet: MessageOutlet {
    enum Event: Equatable, Sendable { case sent(String, MessageRoute), ended(RequestID), closed }

    let events: AsyncStream<Event>
    private let event: AsyncStream<Event>.Continuation
    private let room: Mutex<Int>

    /// - Parameter room: messages that are taken before the outlet is full.
    init(room: Int = .max) {
        self.room = Mutex(room)
        (events, event) = AsyncStream.makeStream()
    }

    func send(_ message: JSONValue, _ route: MessageRoute) -> Bool {
        let isTaken = room.withLock { room in
            defer { room -= 1 }
            return room > 0
        }
        if isTaken { event.yield(.sent(message.encodedText, route)) }
        return isTaken
    }

    func end(_ request: RequestID) { event.yield(.ended(request)) }

    func close() {
        event.yield(.closed)
        event.finish()
    }
}

/// A clock that stands still until it is moved.
final class HandClock: Sendable {
    private struct State {
        var now = Duration.zero
        var sleepers: [(until: Duration, wake: AsyncStream<Void>.Continuation)] = []
    }
    private let state = Mutex(State())
    /// One element for each sleeper that lay down.
    let naps: AsyncStream<Duration>
    private let nap: AsyncStream<Duration>.Continuation

    init() { (naps, nap) = AsyncStream.makeStream() }

    var clock: ServingClock {
        ServingClock(
            now: { self.state.withLock { $0.now } },
            sleep: { until in
                let (stream, wake) = AsyncStream<Void>.makeStream()
                self.state.withLock { state in
                    if state.now >= until { wake.finish() } else { state.sleepers.append((until, wake)) }
                }
                self.nap.yield(until)
                for await _ in stream {}
                try Task.checkCancellation()
            })
    }

    func move(to now: Duration) {
        let woken = state.withLock { state in
            state.now = now
            defer { state.sleepers.removeAll { $0.until <= now } }
            return state.sleepers.filter { $0.until <= now }
        }
        for one in woken { one.wake.finish() }
    }
}
