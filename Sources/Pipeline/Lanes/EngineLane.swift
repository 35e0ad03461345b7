// SPDX-License-Identifier: Apache-2.0
public import AlertEngine
public import AlertModel
import LockFree
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

    /// Entries between two checkpoints: what recovery has to run again at most.
    static let entriesPerCheckpoint = 256
    /// The version of the checkpoint's form, stored beside it.
    static var checkpointVersion: UInt32 { AlertEngine.checkpointVersion }

    let input = Ring<JournalEntry>(capacity: 64)
    let output = Ring<Decided>(capacity: 64)
    let bell = WaitWord()
    private let journalBell: WaitWord
    private let stopping = Atomic<Bool>(false)
    private let published: Mutex<EngineStatus>
    private let last = Mutex<EngineCheckpoint?>(nil)
    /// Owned by the lane's thread after `run` began.
    private let initial: AlertEngine

    init(_ engine: AlertEngine, journalBell: WaitWord) {
        initial = engine
        self.journalBell = journalBell
        published = Mutex(EngineStatus(engine))
    }

    /// The lane's whole life: ends when `stop` was called and the input is empty.
    func run() {
        var engine = initial
        var sinceCheckpoint = 0
        var lagging: [StreamName] = []
        while true {
            let ticket = bell.ticket
            var worked = false
            while let entry = input.pop() {
                let decision = engine.process(entry)
                sinceCheckpoint += 1
                var checkpoint: EngineCheckpoint?
                if sinceCheckpoint >= Self.entriesPerCheckpoint {
                    checkpoint = Self.checkpoint(engine)
                    sinceCheckpoint = 0
                    lagging = engine.clock.laggingStreams()
                } else if case .tick = entry.content {
                    lagging = engine.clock.laggingStreams()
                }
                give(Decided(entry: entry, decision: decision, checkpoint: checkpoint))
                journalBell.signal()
                worked = true
            }
            if worked {
                published.withLock { $0 = EngineStatus(engine, lagging: lagging) }
            } else if stopping.load(ordering: .acquiring) {
                last.withLock { $0 = Self.checkpoint(engine) }
                return
            } else {
                bell.wait(for: ticket)
            }
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

/// What can be seen of the engine from outside.
public struct EngineStatus: Sendable {
    public let counts: FateCounts
    public let watermark: EventTime
    public let latestArrival: EventTime
    public let late: Int
    public let skewed: Int
    public let arrivalTimed: Int
    public let nextPlace: Int64
    public let nextOutput: Int64

    /// Streams too far behind arrival to hold the watermark, as of the last tick or checkpoint.
    public let lagging: [StreamName]

    init(_ engine: AlertEngine, lagging: [StreamName] = []) {
        self.lagging = lagging
        counts = engine.counts
        watermark = engine.clock.watermark
        latestArrival = engine.clock.latestArrival
        late = engine.clock.lateCount
        skewed = engine.clock.skewedCount
        arrivalTimed = engine.clock.arrivalTimedCount
        nextPlace = engine.nextPlace
        nextOutput = engine.nextOutput
    }
}
