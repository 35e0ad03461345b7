// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import LockFree
import Logging
import Synchronization

/// The thread of the pure engine: takes committed entries in order, gives decisions back to the journal's lane.
///
/// It never waits for anything but its two rings, and the journal's lane always empties the second one first, so the two
/// cannot lock each other up.
final class EngineLane: Sendable {
    /// What goes back: the entry, what was decided, and now and then the engine's state after it.
    struct Decided: Sendable {
        let entry: JournalEntry
        let decision: EntryDecision
        let checkpoint: EngineCheckpoint?
    }

    struct EngineCheckpoint: Sendable {
        let bytes: [UInt8]
        /// The place behind the last entry that is part of the state.
        let nextPlace: Int64
        let nextOutput: Int64
    }

    /// Entries between two checkpoints while the state is small.
    static let entriesPerCheckpoint = 256
    /// A large state is written seldom: at most one byte of it for so many bytes of alerts, and after so many entries.
    static let bytesPerStateByte = 4
    static let entriesPerLargeCheckpoint = 16_384
    /// The version of the checkpoint's form, stored beside it.
    static var checkpointVersion: UInt32 { AlertEngine.checkpointVersion }

    let input = Ring<JournalEntry>(capacity: 64)
    let output = Ring<Decided>(capacity: 64)
    let bell = WaitWord()
    /// Where the silences are shown to whoever asks.
    let board = SilenceBoard()
    private let journalBell: WaitWord
    private let stopping = Atomic<Bool>(false)
    private let published: Mutex<EngineStatus>
    private let last = Mutex<EngineCheckpoint?>(nil)
    /// Owned by the lane's thread after `run` began.
    private let initial: AlertEngine
    /// What `.configuration` entries still to come put in force, by digest.
    private let generations: [String: EngineSettings]
    private let log: Logger

    init(_ engine: AlertEngine, generations: [String: EngineSettings], journalBell: WaitWord, log: Logger) {
        initial = engine
        self.generations = generations
        self.journalBell = journalBell
        self.log = log
        published = Mutex(EngineStatus(engine, SlowEngineStatus(engine)))
    }

    /// The lane's whole life: ends when `stop` was called and the input is empty.
    func run() {
        var engine = initial
        var since = SinceCheckpoint()
        var slow = SlowEngineStatus(engine)
        while true {
            let ticket = bell.ticket
            var worked = false
            while let entry = input.pop() {
                if case .configuration(let digest) = entry.content { adopt(digest, &engine) }
                let decision = engine.process(entry)
                since.count(entry)
                var checkpoint: EngineCheckpoint?
                if since.isDue {
                    let state = Self.checkpoint(engine)
                    since = SinceCheckpoint(stateBytes: state.bytes.count)
                    checkpoint = state
                    slow = SlowEngineStatus(engine, after: slow)
                } else if slow.isDue(at: engine.clock.latestArrival) || !entry.isOfAlerts {
                    slow = SlowEngineStatus(engine, after: slow)
                }
                give(Decided(entry: entry, decision: decision, checkpoint: checkpoint))
                journalBell.signal()
                worked = true
            }
            if board.isAsked {
                let now = engine.clock.latestArrival
                board.answer(SilenceBoard.Sheet(silences: engine.stages.silencer.status(at: now), now: now))
            }
            if worked {
                published.withLock { $0 = EngineStatus(engine, slow) }
            } else if stopping.load(ordering: .acquiring) {
                published.withLock { $0 = EngineStatus(engine, SlowEngineStatus(engine, after: slow)) }
                last.withLock { $0 = Self.checkpoint(engine) }
                return
            } else {
                bell.wait(for: ticket)
            }
        }
    }

    /// What the entry `digest` names is in force from here on.
    private func adopt(_ digest: String, _ engine: inout AlertEngine) {
        guard let settings = generations[digest] else { return }
        for rule in engine.adopt(settings, generation: digest) {
            log.notice("correlation rule \(rule) changed: what it had gathered is dropped")
        }
    }

    /// How much happened since the last checkpoint.
    private struct SinceCheckpoint {
        var entries = 0
        var bytes = 0
        var stateBytes = 0

        mutating func count(_ entry: JournalEntry) {
            entries += 1
            if case .alerts(let batch) = entry.content { bytes += batch.byteCount }
        }

        var isDue: Bool {
            entries >= EngineLane.entriesPerCheckpoint
                && (bytes >= stateBytes * EngineLane.bytesPerStateByte || stateBytes < 1 << 20
                    || entries >= EngineLane.entriesPerLargeCheckpoint)
        }
    }

    private func give(_ decided: Decided) {
        var waiting = decided
        while true {
            let ticket = bell.ticket
            guard let refused = output.push(waiting) else { return }
            waiting = refused
            journalBell.signal()
            bell.wait(for: ticket, timeout: .seconds(1))
        }
    }

    static func checkpoint(_ engine: AlertEngine) -> EngineCheckpoint {
        EngineCheckpoint(bytes: engine.checkpoint(), nextPlace: engine.nextPlace, nextOutput: engine.nextOutput)
    }

    /// Any thread: no further entries will come.
    func stop() {
        // Release pairs with the acquire in `run`: the last entries were pushed before.
        stopping.store(true, ordering: .releasing)
        bell.signal()
    }

    /// Any thread: the engine's numbers as they stood after the last entries.
    var status: EngineStatus { published.withLock { $0 } }

    /// The engine's state at its end; nil while the lane runs.
    var finalCheckpoint: EngineCheckpoint? { last.withLock { $0 } }
}

extension JournalEntry {
    fileprivate var isOfAlerts: Bool { if case .alerts = content { true } else { false } }
}
