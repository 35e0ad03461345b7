// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import AlertSinks
import AlertSources
import Crypto
import Foundation
import Journal
import LockFree
public import Logging

/// What a pipeline is built from, beside the configuration.
public struct PipelineSurroundings: Sendable {
    public var machine: Surroundings
    /// The configuration's text, whose digest the journal keeps; empty without a file.
    public var configurationText: [UInt8]
    public var clock: WallClock
    public var log: Logger

    public init(machine: Surroundings, configurationText: [UInt8] = [], clock: WallClock = .system, log: Logger) {
        self.machine = machine
        self.configurationText = configurationText
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
        let settings = EngineSettings(time: configuration.time, installation: reader.installation)
        let recovery = try Recovery(reader, settings: settings)
        report(recovery, log)
        let opening = try beginEpoch(writer, surroundings, recovery)
        let journalBell = WaitWord()
        let engine = EngineLane(recovery.engine, journalBell: journalBell)
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
            environment: surroundings.machine.environment, log: log
        )
        var sinks = try wiringOut.make(configuredSinks)
        if let address = configuration.server.serveFalcoGrpc { sinks.append(wiringOut.makeServing("\(address)")) }
        return Pipeline(
            writer: writer, reader: reader, journalBell: journalBell, recovered: recovery.undecided + opening,
            engine: engine,
            sources: sources, ingests: ingests, sinks: sinks, clock: surroundings.clock, log: log)
    }

    /// The first entries of this process: its start, the configuration in force from here on, and gaps for what is damaged.
    private static func beginEpoch(
        _ writer: JournalWriter, _ surroundings: PipelineSurroundings, _ recovery: Recovery
    ) throws -> [JournalEntry] {
        let epoch = UInt64.random(in: 1 ... .max)
        let now = surroundings.clock.now()
        let digest = SHA256.hash(data: surroundings.configurationText).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        let gaps = Set(recovery.unreadable.map(\.source)).sorted().map { source in
            Gap(source: source, from: recovery.lastArrival ?? now, to: now, reason: .journalDamaged)
        }
        var group = CommitGroup()
        group.append(.start(epoch: epoch, at: now))
        group.append(.configuration(digest, at: now))
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
