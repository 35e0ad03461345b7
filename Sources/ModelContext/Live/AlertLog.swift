// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
public import Journal
import Synchronization

/// The outputs of a journal as one append-only log that can be read from any cursor and waited on: alerts that passed,
/// incidents, summaries, storms and gaps, in the order of their numbers.
///
/// Any thread. The journal is the log: nothing is kept here but what was read last, where the end stands, and who waits.
/// It learns of new outputs by `ring()` (the daemon, after each commit) or by asking the file (`poll`: a reader on its own).
/// Whoever waits says through which output it has looked, and is woken when the end is known to be behind that one: no
/// output between its look and its wait can be missed.
public final class AlertLog: Sendable {
    /// What the log may cost.
    public struct Limits: Sendable {
        /// Entries that were read last, for those who are woken together: raw bytes, and how many.
        public var recentBytes = 4 << 20
        public var recentEntries = 256
        /// Between two looks at the journal while it grows.
        public var pause = Duration.milliseconds(10)
        /// Distinct conditions of standing queries that are evaluated.
        public var standingQueries = 512

        public init() {}
    }

    struct State {
        var reader: JournalReader
        var file: JournalFile?
        /// One past the last output that is known, and readable from here on.
        var end: Int64 = 0
        /// What the last look counted from.
        var place: Int64?
        /// Grows when another journal stands in the place of the one before.
        var generation = 0
        var cursor = AlertCursor(epoch: 0, output: 0)
        var alerts: Int64 = 0
        var openIncidents: [SubjectID: IncidentLevel] = [:]
        var criticalOpen: Int64 = 0
        var recent = RecentEntries()
        var waiters: [UInt64: LogWaiter] = [:]
        var nextWaiter: UInt64 = 0
        var watching = LogWatchers()
        var isClosed = false
        var task: Task<Void, Never>?
        var poller: Task<Void, Never>?
    }

    let limits: Limits
    let state: Mutex<State>
    private let open: @Sendable () throws(JournalError) -> JournalReader
    private let rings: AsyncStream<Void>
    private let bell: AsyncStream<Void>.Continuation
    /// The journal is read on a thread that may wait.
    private let thread = DispatchQueue(label: "creance.alert-log")

    /// Opens the journal and looks where it stands; `open` is asked again when another file stands at its path.
    ///
    /// The reader should be nobody else's: a long search would hold waiters up.
    public init(
        limits: Limits = Limits(), opening open: @escaping @Sendable () throws(JournalError) -> JournalReader
    ) throws(JournalError) {
        self.limits = limits
        self.open = open
        (rings, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        let reader = try open()
        state = Mutex(State(reader: reader, file: JournalFile(at: reader.path)))
        try look()
    }

    /// From now on the log follows the journal.
    ///
    /// - Parameter interval: how often the file is asked whether somebody has written; nil: `ring()` says so.
    public func start(polling interval: Duration? = nil) {
        let task = Task { [weak self, rings, pause = limits.pause] in
            for await _ in rings {
                guard let self else { return }
                await self.follow()
                try? await Task.sleep(for: pause)
            }
        }
        let poller = interval.map { interval in
            Task { [weak self] in
                var seen: Int64 = -1
                var round = 0
                while (try? await Task.sleep(for: interval)) != nil, let self {
                    seen = await self.ringIfChanged(since: seen)
                    // Another file in its place is rare, and dearer to find out.
                    round = (round + 1) % 25
                    if round == 0, self.isReplaced { self.ring() }
                }
            }
        }
        let wasClosed = state.withLock { state in
            state.task = task
            state.poller = poller
            return state.isClosed
        }
        if wasClosed { close() }
        ring()
    }

    /// There may be more in the journal. Never waits; any number of rings before the next look are one.
    public func ring() { bell.yield() }

    /// Everybody who waits goes on at once, and nobody waits any more.
    public func close() {
        let (task, poller, waiters) = state.withLock { state in
            state.isClosed = true
            state.watching = LogWatchers()
            defer { state.waiters = [:] }
            return (state.task, state.poller, Array(state.waiters.values))
        }
        bell.finish()
        task?.cancel()
        poller?.cancel()
        for waiter in waiters { waiter.resume() }
    }

    deinit {
        bell.finish()
        state.withLock { state in
            state.task?.cancel()
            state.poller?.cancel()
        }
    }

    /// One past the last output that is known.
    var end: Int64 { state.withLock { $0.end } }
    /// Behind the newest output.
    public var cursor: AlertCursor { state.withLock { $0.cursor } }

    // MARK: The journal

    /// Does what may wait for the disk.
    func reading<Outcome: Sendable>(
        _ work: @escaping @Sendable (JournalReader) throws(JournalError) -> Outcome
    ) async throws(JournalError) -> Outcome {
        let result: Result<Outcome, JournalError> = await withCheckedContinuation { continuation in
            thread.async { [self] in
                let reader = state.withLock { $0.reader }
                continuation.resume(returning: Result { () throws(JournalError) in try work(reader) })
            }
        }
        return try result.get()
    }

    /// Learns where the journal stands now, and wakes and tells whom it concerns.
    func refresh() async throws(JournalError) {
        let result: Result<Void, JournalError> = await withCheckedContinuation { continuation in
            thread.async { [self] in
                continuation.resume(returning: Result { () throws(JournalError) in try look() })
            }
        }
        try result.get()
    }

    /// A look that fails is made again with the next ring, and by everyone who asks.
    private func follow() async { try? await refresh() }

    private func ringIfChanged(since seen: Int64) async -> Int64 {
        let now = try? await reading { (reader) throws(JournalError) in try reader.changeNumber() }
        if now != seen { ring() }
        return now ?? seen
    }

    private var isReplaced: Bool {
        let (path, known) = state.withLock { ($0.reader.path, $0.file) }
        guard let known, let found = JournalFile(at: path) else { return false }
        return found != known
    }

    /// On `thread`, or before anybody else knows the log.
    private func look() throws(JournalError) {
        try reopenIfReplaced()
        let (reader, place, end) = state.withLock { ($0.reader, $0.place, $0.end) }
        let standing = try reader.outputStanding(since: place)
        if place != nil, standing.nextOutput > end { try readNew(reader, from: end, to: standing.nextOutput) }
        let (waiters, calls) = state.withLock { state in
            let told = place == nil ? standing.nextOutput : state.cursor.output + 1
            state.take(standing)
            let calls = state.watching.changes(
                standing, from: told, state.standing, openIncidents: state.openIncidents.count)
            return (state.takeWaiters(), calls)
        }
        for waiter in waiters { waiter.resume() }
        for call in calls { call() }
    }

    /// Reads what is new once for all who look at it, as far as anybody does.
    private func readNew(_ reader: JournalReader, from first: Int64, to end: Int64) throws(JournalError) {
        var next = first
        while next < end, state.withLock({ !$0.waiters.isEmpty || $0.watching.readsEntries }) {
            let page = try reader.decided(fromOutput: next, limit: 64, byteLimit: limits.recentBytes)
            guard page.nextOutput > next else { return }
            let (waiters, watching) = state.withLock { state in
                state.recent.append(page, from: next, limits)
                state.end = Swift.max(state.end, page.nextOutput)
                return (state.takeWaiters(), state.watching)
            }
            for waiter in waiters { waiter.resume() }
            let matched = watching.matched(page.entries, from: next)
            if !matched.isEmpty { state.withLock { $0.watching.add(matched) } }
            next = page.nextOutput
        }
    }

    /// Another file at the journal's path: what was read from the one before means nothing any more.
    private func reopenIfReplaced() throws(JournalError) {
        let (path, known) = state.withLock { ($0.reader.path, $0.file) }
        guard let known, let found = JournalFile(at: path), found != known else { return }
        let reader = try open()
        let waiters = state.withLock { state in
            state.reader = reader
            state.file = found
            state.place = nil
            state.end = 0
            state.generation += 1
            state.openIncidents = [:]
            state.recent = RecentEntries()
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Outputs from `output` on, as many as one page holds; nothing when the end is reached.
    func page(from output: Int64) async throws(JournalError) -> LogPage {
        let (end, recent) = state.withLock { ($0.end, $0.recent.page(from: output, to: $0.end)) }
        guard output < end else { return LogPage(from: output, next: output) }
        if let recent { return recent }
        let page = try await reading { (reader) throws(JournalError) in
            try reader.decided(fromOutput: output, limit: 64, byteLimit: 4 << 20)
        }
        // Nothing of it is kept any more.
        guard page.nextOutput > output else { return LogPage(from: output, next: Swift.max(output, end)) }
        return LogPage(
            from: output, next: page.nextOutput, entries: page.entries, isDamaged: !page.unreadable.isEmpty)
    }
}

extension AlertLog.State {
    mutating func take(_ standing: OutputStanding) {
        if place != nil {
            let new = Swift.max(0, standing.nextOutput - cursor.output - 1)
            alerts += Swift.max(0, new - Int64(standing.others))
        }
        place = standing.decidedPlace
        end = standing.nextOutput
        cursor = AlertCursor(epoch: standing.epoch, output: standing.nextOutput - 1)
        for change in standing.incidents {
            openIncidents[change.incident] = change.state == .close ? nil : change.level
        }
        if !standing.incidents.isEmpty {
            criticalOpen = openIncidents.values.reduce(0) { $0 + ($1 == .critical ? 1 : 0) }
        }
    }

    /// Those whose look ended before what is known now.
    mutating func takeWaiters() -> [LogWaiter] {
        let due = waiters.filter { $0.value.next < end }
        for id in due.keys { waiters[id] = nil }
        return Array(due.values)
    }
}
