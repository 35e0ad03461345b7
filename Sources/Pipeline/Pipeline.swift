// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import AlertSources
import Journal
import LockFree
import Logging
import Synchronization

/// The whole way of an alert, assembled: lanes between rings, started and stopped in order (DESIGN, 1).
///
/// `build` → `start` → (`reopenSinks` …) → `stop`. Each once, from one task; what reads numbers is safe anywhere.
public final class Pipeline: Sendable {
    /// For the HTTP server, which is not part of the pipeline.
    public let mounts: [HTTPMount]
    /// For the HTTP server, too; nil: there is none.
    public let live: LiveStream?
    let writer: JournalWriter
    let reader: JournalReader
    let engine: EngineLane
    let journal: JournalLane
    let sources: [SourceLane]
    let sinks: [WiredSink]
    let clock: WallClock
    /// Alerts that were accepted before the start and decided after it.
    let alertsRecovered: Int
    private let recovered: [JournalEntry]
    private let log: Logger
    private let lanes = Mutex<Lanes>(Lanes())
    private let isCut = Atomic<Bool>(false)
    private let sourceEnded = WaitWord()
    private let incidentBell = IncidentBell()

    private struct Lanes {
        var engine: Lane?
        var journal: Lane?
        var sinks: [Lane] = []
    }

    init(
        writer: JournalWriter, reader: JournalReader, journalBell: WaitWord, recovered: [JournalEntry],
        engine: EngineLane,
        sources: [SourceLane], ingests: [HTTPMount], sinks: [WiredSink], live: LiveStream? = nil, clock: WallClock,
        log: Logger
    ) {
        self.live = live
        self.writer = writer
        self.reader = reader
        self.recovered = recovered
        alertsRecovered = recovered.reduce(0) { $0 + $1.alertCount }
        self.engine = engine
        self.sources = sources
        self.sinks = sinks
        self.clock = clock
        self.log = log
        mounts = ingests
        journal = JournalLane(
            bell: journalBell, intakes: sources.map(\.intake) + ingests.map(\.ingest.intake), engine: engine,
            sinks: sinks.map(\.lane), clock: clock, log: log)
    }

    /// The run step.
    public func start() {
        lanes.withLock { lanes in
            for sink in sinks {
                lanes.sinks.append(
                    Lane(sink.lane.name) { [self] in
                        // Acquire pairs with the release in `stop`.
                        sink.lane.run(
                            sink.make(), from: sink.stored, isCut: { [self] in isCut.load(ordering: .acquiring) })
                    })
            }
            lanes.engine = Lane("engine") { [engine] in engine.run() }
            lanes.journal = Lane("journal") { [journal, writer, recovered] in journal.run(writer, recovered: recovered)
            }
        }
        for mount in mounts { mount.ingest.open() }
        for source in sources { source.start(onEnd: { [sourceEnded] in sourceEnded.signal() }) }
    }

    public var inspector: Inspector { Inspector(pipeline: self) }

    public var journalPath: String { reader.path }

    /// From now on `ring` is called whenever there are further outputs in the journal, and `noted` when there is a further
    /// note about an incident. They must not wait.
    public func follow(
        _ ring: @escaping @Sendable () -> Void, noted: @escaping @Sendable (SubjectID) -> Void = { _ in }
    ) {
        journal.follow(ring)
        incidentBell.follow(noted)
    }

    /// For the control socket: what changes silences while the pipeline runs.
    public var controlDesk: ControlDesk {
        ControlDesk(
            mailbox: journal.mailbox, board: engine.board,
            letters: LetterDesk(sinks: sinks.map(\.lane), reader: reader, writer: writer),
            incidents: IncidentDesk(writer: writer, bell: incidentBell), clock: clock,
            wake: { [engine] in engine.bell.signal() })
    }

    var isEngineRunning: Bool { lanes.withLock { $0.engine?.hasEnded == false } }
    var isJournalRunning: Bool { lanes.withLock { $0.journal?.hasEnded == false } }

    /// Every sink opens its files anew (SIGHUP, SIGUSR1).
    public func reopenSinks() {
        for sink in sinks { sink.lane.reopen() }
    }

    /// A source that ends the daemon has ended. Other finite sources leave it running, for its history and its numbers.
    public var hasEnded: Bool { sources.contains { $0.source.stopsAtEnd && $0.hasEnded } }
    /// There is a source whose end is the daemon's.
    public var canEnd: Bool { sources.contains(where: \.source.stopsAtEnd) }

    /// Stops in the order of the alerts' way, so that what was accepted is decided and delivered: sources (each leaves
    /// cleanly), journal, engine, sinks, the last cursors and checkpoint. After `limit` what is left stays in the journal.
    /// True when nothing was left.
    public func stop(within limit: Duration) -> Bool {
        let deadline = ContinuousClock.now + limit
        for mount in mounts { mount.ingest.stopAccepting() }
        for source in sources { source.intake.stop() }
        var isClean = sources.map { $0.join(until: deadline) }.allSatisfy { $0 }
        let running = lanes.withLock { $0 }
        journal.stop()
        isClean = running.journal?.join(timeout: Swift.max(.seconds(1), deadline - .now)) ?? true && isClean
        journal.abandon()
        running.journal?.join(timeout: .seconds(1))
        engine.stop()
        isClean = running.engine?.join(timeout: Swift.max(.seconds(1), deadline - .now)) ?? true && isClean
        for sink in sinks { sink.lane.stop() }
        for lane in running.sinks where !lane.join(timeout: deadline - .now) { isClean = false }
        // Release pairs with the acquire in the sinks' lanes: they end at their next failed attempt.
        isCut.store(true, ordering: .releasing)
        for sink in sinks { sink.lane.stop() }
        for lane in running.sinks { lane.join(timeout: .seconds(1)) }
        for mount in mounts { mount.ingest.close() }
        let isStored = storeEnd()
        writer.close()
        return isStored && isClean
    }

    /// The last transaction: where every sink stands, and the engine's state.
    private func storeEnd() -> Bool {
        var group = CommitGroup()
        for sink in sinks {
            if let progress = sink.lane.takeProgress() { group.add(progress, of: sink.lane.name, at: clock.now()) }
        }
        group.engineCheckpoint = engine.finalCheckpoint?.stored
        do {
            if !group.isEmpty { _ = try writer.commit(group) }
            return engine.finalCheckpoint != nil
        } catch {
            log.error(
                "the last checkpoint could not be stored: \(error); the next start runs the journal after the one before"
            )
            return false
        }
    }
}
