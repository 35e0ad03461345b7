// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// What the server shows of one pipeline, and where that takes alerts.
final class ServedPipeline: Sendable {
    let routes: RouteTable
    let mounts: [IngestMount]
    let surfaces: ServerSurfaces

    init(mounts: [IngestMount], surfaces: ServerSurfaces) throws(ServerProblem) {
        routes = try RouteTable(mounts: mounts.map(\.path))
        self.mounts = mounts
        self.surfaces = surfaces
    }

    /// What bodies need at least, so that two of the largest fit.
    var bodyMemoryBytes: Int { 2 * (mounts.map(\.ingest.settings.bodyLimitBytes).max() ?? 0) }
}

/// The way into the pipeline in force. While one pipeline gives way to another it is shut: who comes waits outside.
///
///     enter ─► inside ─► leave          shut: nobody enters; returns when all have left
///       └ shut: waits ─► open(next)     open: those who waited enter, into the next pipeline
///
/// So what is stored is given to one pipeline and settled by it. Any task.
final class PipelineGate: Sendable {
    private enum Goal { case open, empty }

    private struct Waiter {
        let goal: Goal
        let continuation: CheckedContinuation<Bool, Never>
        let timer: Task<Void, Never>
    }

    private struct State {
        var served: ServedPipeline
        var isShut = false
        /// Nobody opens it any more.
        var isClosed = false
        var inside = 0
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0

        func hasReached(_ goal: Goal) -> Bool {
            switch goal {
            case .open: !isShut
            case .empty: inside == 0
            }
        }

        mutating func takeWaiters(where isDue: (Waiter) -> Bool) -> [Waiter] {
            guard !waiters.isEmpty else { return [] }
            let due = waiters.filter { isDue($0.value) }
            for id in due.keys { waiters[id] = nil }
            return Array(due.values)
        }
    }

    /// How long a request waits outside.
    private let waitLimit: Duration
    private let state: Mutex<State>

    init(_ served: ServedPipeline, waitLimit: Duration) {
        self.waitLimit = waitLimit
        state = Mutex(State(served: served))
    }

    /// The pipeline in force, or the last one and that the gate is shut.
    var now: (served: ServedPipeline, isShut: Bool) { state.withLock { ($0.served, $0.isShut) } }

    /// Requests outside.
    var waiting: Int { state.withLock { state in state.waiters.values.count { $0.goal == .open } } }

    /// The pipeline in force, waiting for it while the gate is shut; nil when that takes too long. Not inside.
    func open() async -> ServedPipeline? { await pass { _ in } }

    /// As `open`, and then inside until `leave`.
    func enter() async -> ServedPipeline? { await pass { $0.inside += 1 } }

    func leave() {
        let due = state.withLock { state in
            state.inside -= 1
            return state.inside > 0 ? [] : state.takeWaiters { $0.goal == .empty }
        }
        resume(due, returning: true)
    }

    /// From here on nobody enters. Returns when those inside have left, false when they have not within `limit`.
    func shut(atMost limit: Duration) async -> Bool {
        state.withLock { $0.isShut = true }
        return await wait(for: .empty, atMost: limit)
    }

    /// Lets those who waited, and all who come, into `served`.
    func open(_ served: ServedPipeline) {
        let due = state.withLock { state in
            state.served = served
            state.isShut = false
            return state.takeWaiters { $0.goal == .open }
        }
        resume(due, returning: true)
    }

    /// No pipeline will follow: whoever waits outside, or comes to find it shut, is told at once.
    func close() {
        let due = state.withLock { state in
            state.isClosed = true
            return state.takeWaiters { _ in true }
        }
        resume(due, returning: false)
    }

    private func pass(_ enter: (inout State) -> Void) async -> ServedPipeline? {
        let deadline = ContinuousClock.now + waitLimit
        while true {
            let served = state.withLock { state -> ServedPipeline? in
                guard !state.isShut else { return nil }
                enter(&state)
                return state.served
            }
            if let served { return served }
            // It may be shut again by the time it is seen open: what is left of the limit counts.
            guard await wait(for: .open, atMost: deadline - .now) else { return nil }
        }
    }

    private func wait(for goal: Goal, atMost limit: Duration) async -> Bool {
        await withCheckedContinuation { continuation in
            let answer: Bool? = state.withLock { state in
                if state.hasReached(goal) { return true }
                if state.isClosed || limit <= .zero { return false }
                let id = state.nextWaiter
                state.nextWaiter += 1
                let timer = Task {
                    guard (try? await Task.sleep(for: limit)) != nil else { return }
                    expire(id)
                }
                state.waiters[id] = Waiter(goal: goal, continuation: continuation, timer: timer)
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    private func expire(_ id: Int) {
        state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume(returning: false)
    }

    private func resume(_ waiters: [Waiter], returning answer: Bool) {
        for waiter in waiters {
            waiter.timer.cancel()
            waiter.continuation.resume(returning: answer)
        }
    }
}
