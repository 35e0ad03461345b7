// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import AlertSinks
import AlertSources
import Journal
import LockFree
public import Logging

/// What a pipeline is built from, beside the configuration.
public struct PipelineSurroundings: Sendable {
    public var machine: Surroundings
    /// The configuration's text and rules, which the journal keeps; absent: they are read when the pipeline is built, and
    /// there is no file.
    public var generation: Generation?
    public var clock: WallClock
    public var log: Logger

    public init(machine: Surroundings, generation: Generation? = nil, clock: WallClock = .system, log: Logger) {
        self.machine = machine
        self.generation = generation
        self.clock = clock
        self.log = log
    }
}

extension Pipeline {
    /// The build step: opens the journal, recovers the engine, prepares sources and sinks. Starts nothing.
    public static func build(_ configuration: Configuration, _ surroundings: PipelineSurroundings) throws -> Pipeline {
        let log = surroundings.log
        let journal = configuration.journal.settings(chosenPath: surroundings.machine.journalPath)
        let writer = try JournalWriter(journal)
        let reader = try JournalReader.open(journal.path)
        let generation = try surroundings.generation ?? Generation.read(configuration, name: "", text: [])
        let shelf = try GenerationShelf(generation, configuration, reader, surroundings.machine, log)
        let recovery = try Recovery(reader, shelf)
        report(recovery, log)
        let opening = try beginEpoch(writer, surroundings, generation, recovery)
        let journalBell = WaitWord()
        let engine = EngineLane(recovery.engine, generations: shelf.compiled, journalBell: journalBell, log: log)
        let pool = BatchPool()
        let checkpoints = try reader.sourceCheckpoints()
        let wiringIn = SourceWiring(
            pool: pool, journalBell: journalBell, checkpoints: checkpoints, clock: surroundings.clock, log: log)
        let (sources, ingests) = try wiringIn.make(
            configuration.sources ?? surroundings.machine.sources, drain: configuration.server.drain)
        let status = try reader.status()
        let configuredSinks = configuration.sinks ?? surroundings.machine.sinks
        for name in status.cursors.keys where !configuredSinks.contains(where: { $0.name == name }) {
            // Its cursor would hold history back for ever.
            log.notice("sink \(name) is no longer configured; its place is forgotten")
            try writer.forgetSink(name)
        }
        let wiringOut = SinkWiring(
            journalBell: journalBell, cursors: status.cursors, nextOutput: status.nextOutput, reader: reader,
            historyBytes: configuration.journal.retainBytes, clock: surroundings.clock,
            environment: surroundings.machine.environment, log: log
        )
        var sinks = try wiringOut.make(configuredSinks)
        if let address = configuration.server.serveFalcoGrpc { sinks.append(wiringOut.makeServing("\(address)")) }
        var live: LiveStream?
        if !configuration.server.listen.isEmpty {
            let made = wiringOut.makeLive()
            live = made.stream
            sinks.append(made.sink)
        }
        return Pipeline(
            writer: writer, reader: reader, journalBell: journalBell, recovered: recovery.undecided + opening,
            engine: engine,
            sources: sources, ingests: ingests, sinks: sinks, live: live, clock: surroundings.clock, log: log)
    }

    /// The first entries of this process: its start, the configuration in force from here on, and gaps for what is damaged.
    private static func beginEpoch(
        _ writer: JournalWriter, _ surroundings: PipelineSurroundings, _ generation: Generation, _ recovery: Recovery
    ) throws -> [JournalEntry] {
        let epoch = UInt64.random(in: 1 ... .max)
        let now = surroundings.clock.now()
        let digest = generation.digest
        let gaps = Set(recovery.unreadable.map(\.source)).sorted().map { source in
            Gap(source: source, from: recovery.lastArrival ?? now, to: now, reason: .journalDamaged)
        }
        var group = CommitGroup()
        group.append(.start(epoch: epoch, at: now))
        group.append(.configuration(digest, at: now))
        group.generations = generation.bodies
        for gap in gaps { group.append(.gap(gap)) }
        let receipt = try writer.commit(group)
        let contents: [JournalEntry.Content] = [.start(now), .configuration(digest)] + gaps.map { .gap($0) }
        return zip(receipt.places, contents).map { place, content in
            var source = ""
            if case .gap(let gap) = content { source = gap.source }
            return JournalEntry(place: place, epoch: epoch, source: source, content: content)
        }
    }

    private static func report(_ recovery: Recovery, _ log: Logger) {
        for lost in recovery.unreadable { log.error("\(lost); it is passed over") }
        if recovery.lostCheckpoints > 0 {
            log.warning("\(recovery.lostCheckpoints) engine checkpoints could not be used; rebuilt from the journal")
        }
        let undecided = recovery.undecided.reduce(0) { $0 + $1.alertCount }
        if undecided > 0 { log.notice("recovered \(undecided) alerts that were accepted and not yet decided") }
    }
}
