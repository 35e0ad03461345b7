// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSources
import Journal
import LockFree
import Logging
import Synchronization

/// The one thread that writes the journal: what it has committed is accepted.
///
/// One round gathers all that waits (submissions of every source, decisions of the engine, cursors of the sinks) into one
/// transaction; then it tells the sources, hands the entries to the engine and the decided ones to the sinks. It waits for
/// nobody: a full engine ring only stops it from taking submissions, a full sink ring makes the sink read from disk.
///
///     intakes ─► round ─► commit ─► settle ─► engine ─► decided ─► round ─► commit ─► sinks
final class JournalLane: Sendable {
    /// Raw bytes in one transaction, about; it ends with the submission that reaches it.
    static let roundBytes = 1 << 20
    /// Decisions and cursors alone wait so long after a transaction for entries to share the next one with: nobody waits
    /// for their answer, and a transaction that holds little costs as much as seventy alerts in a large one.
    static let decisionPause = Duration.microseconds(500)
    /// Without entries for so long, a tick is one.
    static let tickInterval = Duration.seconds(1)
    /// Between two tries while the journal cannot write.
    static let retryInterval = Duration.milliseconds(200)

    private let bell: WaitWord
    private let intakes: [SourceIntake]
    private let engine: EngineLane
    private let sinks: [SinkLane]
    /// Silences that the control socket hands in.
    let mailbox: ControlMailbox
    private let clock: WallClock
    private let log: Logger
    private let followers = Mutex<[@Sendable () -> Void]>([])
    private let stopping = Atomic<Bool>(false)
    private let abandoned = Atomic<Bool>(false)
    /// Why nothing can be written now; nil when all is well.
    private let failure = Mutex<String?>(nil)
    let counters = JournalCounters()

    init(bell: WaitWord, intakes: [SourceIntake], engine: EngineLane, sinks: [SinkLane], clock: WallClock, log: Logger)
    {
        self.bell = bell
        self.intakes = intakes
        self.engine = engine
        self.sinks = sinks
        mailbox = ControlMailbox(lane: bell)
        self.clock = clock
        self.log = log
    }

    /// Any thread: why the journal cannot be written; nil when it can.
    var writeFailure: String? { failure.withLock { $0 } }

    /// Any thread. The lane ends when every submission is settled, decided and handed on. Stop the sources first.
    func stop() {
        // Release pairs with the acquire in `run`: the sources' last submissions were made before.
        stopping.store(true, ordering: .releasing)
        bell.signal()
    }

    /// Any thread: from now on `ring` is called, on the lane, after each transaction with decisions. It must not wait.
    func follow(_ ring: @escaping @Sendable () -> Void) { followers.withLock { $0.append(ring) } }

    /// Any thread: end at the next attempt that fails, whatever is left. What was accepted is in the journal; the rest was
    /// never acknowledged.
    func abandon() {
        // Release pairs with the acquire after a failed commit.
        abandoned.store(true, ordering: .releasing)
        stop()
    }

    /// The lane's whole life. `recovered` entries are committed and not yet decided, from before the start.
    func run(_ writer: JournalWriter, recovered: [JournalEntry]) {
        var round = JournalRound(recovered: recovered)
        defer { mailbox.close() }
        counters.undecidedAlerts.add(recovered.reduce(0) { $0 + $1.alertCount })
        var lastEntry = ContinuousClock.now
        var lastCommit = lastEntry
        while true {
            let ticket = bell.ticket
            round.handOn(to: engine)
            gather(into: &round)
            if round.hasEntries {
                lastEntry = .now
            } else if ContinuousClock.now - lastEntry >= Self.tickInterval, round.isQuiet {
                round.tick = clock.now()
                lastEntry = .now
            }
            if !round.isEmpty {
                let pause = Self.decisionPause - (.now - lastCommit)
                if !round.hasEntries, pause > .zero, !stopping.load(ordering: .acquiring) {
                    bell.wait(for: ticket, timeout: pause, spins: 0)
                    continue
                }
                commit(&round, writer)
                if !round.isEmpty, abandoned.load(ordering: .acquiring) { return }
                lastCommit = .now
            } else if stopping.load(ordering: .acquiring), isFinished(round) {
                return
            } else {
                prune(writer)
                bell.wait(for: ticket, timeout: Swift.max(.milliseconds(1), Self.tickInterval - (.now - lastEntry)))
            }
        }
    }

    private func gather(into round: inout JournalRound) {
        while let decided = engine.output.pop() {
            round.add(decided)
            if case .alerts(let batch) = decided.entry.content {
                counters.arrivalToDecision.observe(clock.now().since(batch.alert(at: batch.count - 1).arrivalTime))
            }
        }
        if !round.decided.isEmpty { engine.bell.signal() }
        for sink in sinks {
            if let progress = sink.takeProgress() { round.add(progress, of: sink.name, at: clock.now()) }
        }
        guard round.canTakeEntries else { return }
        round.add(mailbox.take(), at: clock.now())
        // Each round begins with another source: one that never pauses must not shut the others out.
        round.turn += 1
        let isFailing = writeFailure != nil
        for step in intakes.indices {
            let index = (round.turn + step) % intakes.count
            // While the journal fails, what is to be refused is taken without limit: its senders wait for their 503.
            let isRefusing = isFailing && intakes[index].whenJournalFails == .refuse
            while round.bytes < Self.roundBytes || isRefusing, let item = intakes[index].next() {
                round.add(item, from: index)
            }
        }
    }

    /// One transaction. When it fails, submissions of sources that want to know are refused, and the rest is tried again.
    private func commit(_ round: inout JournalRound, _ writer: JournalWriter) {
        do {
            let started = ContinuousClock.now
            let receipt = try writer.commit(round.group(sourceNames: intakes.map(\.name)))
            counters.commitSeconds.observe(.now - started)
            counters.deadLetters.add(receipt.deadLetterCount)
            noteRecovery()
            let undecided = round.finish(receipt, sourceNames: intakes.map(\.name), counters)
            for (index, item) in undecided { intakes[index].settle(item, .committed) }
            mailbox.settle(round.takeLetters(), .committed)
            let stored = round.takeProgress()
            if !stored.isEmpty { for sink in sinks { if let one = stored[sink.name] { sink.noteStored(one) } } }
            let decided = round.takeDecided()
            for decided in decided {
                handToSinks(decided, writer)
                counters.count(decided)
            }
            if !decided.isEmpty { for ring in followers.withLock({ $0 }) { ring() } }
        } catch {
            fail(error)
            let refused = round.shed { intakes[$0].whenJournalFails == .refuse }
            for (index, item) in refused { intakes[index].settle(item, .refused) }
            mailbox.settle(round.takeLetters(), .failed)
            bell.wait(for: bell.ticket, timeout: Self.retryInterval)
        }
    }

    private func handToSinks(_ decided: EngineLane.Decided, _ writer: JournalWriter) {
        guard decided.decision.outputCount > 0 else { return }
        let entry = DecidedEntry(decided.entry, decided.decision, installation: writer.installation)
        for sink in sinks { sink.offer(entry) }
    }

    private func isFinished(_ round: JournalRound) -> Bool {
        round.isQuiet && intakes.allSatisfy { $0.settledNumber == $0.submittedNumber }
    }

    private func prune(_ writer: JournalWriter) {
        do {
            try writer.prune()
        } catch {
            log.warning("the journal's history could not be pruned: \(error)")
        }
    }

    private func fail(_ error: JournalError) {
        counters.failures.add(1)
        let isNew = failure.withLock { failure in
            defer { failure = error.description }
            return failure != error.description
        }
        if isNew { log.error("\(error); sources are slowed and HTTP is answered 503 until it can be written again") }
    }

    private func noteRecovery() {
        let was = failure.withLock { failure in
            defer { failure = nil }
            return failure
        }
        if was != nil { log.notice("the journal can be written again") }
    }
}
