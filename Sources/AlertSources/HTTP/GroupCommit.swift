// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Synchronization

/// Joins concurrent requests into batches, so that under load one commit answers many of them.
///
///     request ─► open batch ─► under way (≤ limit) ─► settled ─► its requests go on
///
/// The open batch leaves at once when nothing is under way, otherwise when the journal settles what is, and when it is
/// full. So a lone request waits for nothing, and batches grow with the load. All methods: any thread.
final class GroupCommit: Sendable {
    /// What a waiting request is told.
    enum Answer: Sendable {
        /// The batch took a part; give the rest.
        case more
        /// There was no room; try again.
        case retry
        /// Everything given so far was settled.
        case settled(stored: Bool)
        /// Not open: starting or stopping.
        case closed
    }

    typealias Continuation = CheckedContinuation<Answer, Never>

    /// Says that a part of a request's body, in an earlier batch than its last, was refused.
    final class Refusal: Sendable {
        private let refused = Atomic<Bool>(false)
        // Relaxed: the journal settles in order and answers through the mutex after it.
        var isSet: Bool { refused.load(ordering: .relaxed) }
        func set() { refused.store(true, ordering: .relaxed) }
    }

    enum Phase: Sendable { case starting, open, stopping, closed }

    private enum Waiter: Sendable {
        case whole(Continuation)
        case part(Refusal)
    }

    private struct Submission: Sendable {
        let number: Int
        let waiters: [Waiter]
    }

    private struct State: ~Copyable {
        var phase = Phase.starting
        /// Nil before `open` and after `close`.
        var intake: SourceIntake?
        let scanner: AlertBodyScanner
        var open: AlertBatchBuilder?
        var openIsFull = false
        var waiters: [Waiter] = []
        var underWay: [Submission] = []
        var roomSeekers: [Continuation] = []
    }

    private let settings: HTTPIngestSettings
    private let state: Mutex<State>

    init(settings: HTTPIngestSettings) {
        self.settings = settings
        let scanner = AlertBodyScanner(
            unitLimit: settings.batchAlertLimit, byteLimit: settings.batchLimitBytes,
            alertLimitBytes: settings.alertLimitBytes)
        state = Mutex(State(scanner: scanner))
    }

    /// From here on requests are taken. The ring of `intake` must hold more than `settings.underWayLimit`: `submit` must
    /// never park, because it runs under the lock and on the journal's lane.
    func open(_ intake: SourceIntake) {
        state.withLock { state in
            guard state.phase == .starting else { return }
            state.intake = intake
            state.phase = .open
        }
    }

    /// Lets `fill` append to the open batch, and answers `continuation` now or at the settlement. `fill` returns false
    /// when the batch is full and it has more; then `refusal` learns of that part.
    func append(
        _ continuation: Continuation, refusal: Refusal,
        fill: (borrowing AlertBodyScanner, inout AlertBatchBuilder) -> Bool
    ) {
        let now: Answer? = state.withLock { state in
            guard let intake = state.intake, state.phase == .open else { return .closed }
            if state.openIsFull {
                guard state.underWay.count < settings.underWayLimit else {
                    state.roomSeekers.append(continuation)
                    return nil
                }
                submit(&state, to: intake)
            }
            var batch = state.open.take() ?? intake.emptyBatch()
            let isWhole = fill(state.scanner, &batch)
            state.openIsFull =
                !isWhole || batch.alertCount + batch.rejectCount >= settings.batchAlertLimit
                || batch.byteCount >= settings.batchLimitBytes
            state.open = consume batch
            state.waiters.append(isWhole ? .whole(continuation) : .part(refusal))
            if state.underWay.isEmpty || (state.openIsFull && state.underWay.count < settings.underWayLimit) {
                submit(&state, to: intake)
            }
            return isWhole ? nil : .more
        }
        if let now { continuation.resume(returning: now) }
    }

    /// The journal's lane: a submission was stored or refused. Submits what gathered meanwhile.
    func settled(_ settlement: IntakeSettlement) {
        let (done, seekers) = state.withLock { state -> ([Submission], [Continuation]) in
            let count = state.underWay.prefix { $0.number <= settlement.number }.count
            let done = Array(state.underWay.prefix(count))
            state.underWay.removeFirst(count)
            if let intake = state.intake, state.open != nil, state.underWay.isEmpty || state.openIsFull {
                submit(&state, to: intake)
            }
            let seekers = state.openIsFull ? [] : state.roomSeekers
            if !state.openIsFull { state.roomSeekers = [] }
            return (done, seekers)
        }
        let stored = settlement.outcome == .committed
        for submission in done {
            for waiter in submission.waiters {
                switch waiter {
                case .whole(let continuation): continuation.resume(returning: .settled(stored: stored))
                case .part(let refusal): if !stored { refusal.set() }
                }
            }
        }
        for seeker in seekers { seeker.resume(returning: .retry) }
    }

    /// No new request is taken; those inside are still settled.
    func stopAccepting() {
        let seekers = state.withLock { state in
            if state.phase != .closed { state.phase = .stopping }
            defer { state.roomSeekers = [] }
            return state.roomSeekers
        }
        for seeker in seekers { seeker.resume(returning: .retry) }
    }

    /// Nobody settles any more: everyone who waits is told `.closed`. What was not submitted is dropped unanswered.
    func close() {
        let waiters = state.withLock { state -> [Waiter] in
            state.phase = .closed
            state.intake = nil
            state.open = nil
            state.openIsFull = false
            defer {
                state.waiters = []
                state.underWay = []
                state.roomSeekers = []
            }
            return state.underWay.flatMap(\.waiters) + state.waiters + state.roomSeekers.map(Waiter.whole)
        }
        for case .whole(let continuation) in waiters { continuation.resume(returning: .closed) }
    }

    var phase: Phase { state.withLock { $0.phase } }
    /// Requests that wait for a settlement or for room.
    var waiting: Int {
        state.withLock { $0.waiters.count + $0.roomSeekers.count + $0.underWay.reduce(0) { $0 + $1.waiters.count } }
    }

    private func submit(_ state: inout State, to intake: SourceIntake) {
        guard let batch = state.open.take() else { return }
        let number = intake.submit(batch)
        state.underWay.append(Submission(number: number, waiters: state.waiters))
        state.waiters = []
        state.openIsFull = false
    }
}
