// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import AlertSinks
import AlertSources
import Foundation
import Journal
import LockFree
import Logging
import Synchronization

@testable import Pipeline

/// A generator that gives the same numbers for the same seed.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &+ 0x9E37_79B9_7F4A_7C15 }

    /// SplitMix64: Steele, Lea and Flood, OOPSLA 2014.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// What a scripted destination got, over all lives of its sink. Any thread.
final class Destination: Sendable {
    struct Record: Hashable, Sendable {
        let output: Int64
        let id: String
        let isGap: Bool
    }

    private let state = Mutex<[Record]>([])

    var records: [Record] { state.withLock { $0 } }
    func got(_ record: Record) { state.withLock { $0.append(record) } }
}

/// Sends as a script says.
final class ScriptedCarrier: BatchCarrier {
    static var typeName: String { "scripted" }
    static var deliveryClass: DeliveryClass { .atLeastOnce }

    /// What is done with one item, or with all that is left.
    enum Verdict {
        case accept
        case refuse(String)
        case fail(after: Duration)
        /// No answer for now: asked again.
        case wait
    }

    private var look: () -> Bool = { true }
    private let destination: Destination
    private let verdict: (Int64) -> Verdict

    init(_ destination: Destination, _ verdict: @escaping (Int64) -> Verdict) {
        self.destination = destination
        self.verdict = verdict
    }

    private static func text(_ batch: borrowing DeliveryBatch, _ bytes: Range<Int>) -> String {
        String(decoding: [UInt8](_span: batch.bytes.extracting(bytes)), as: UTF8.self)
    }

    func whileWaiting(do look: @escaping () -> Bool) { self.look = look }

    func send(_ batch: inout DeliveryBatch) throws(DeliveryError) {
        for index in batch.waiting {
            let item = batch.items[index]
            var said = verdict(item.output)
            while case .wait = said {
                guard look() else { throw .retry(after: .zero, reason: "nobody waits") }
                said = verdict(item.output)
            }
            switch said {
            case .wait: break
            case .accept:
                let text = Self.text(batch, item.bytes)
                destination.got(
                    Destination.Record(
                        output: item.output, id: "\(item.id)", isGap: text.contains(#""reason":"backlog""#)))
                batch.accept(index)
            case .refuse(let reason): batch.refuse(index, reason)
            case .fail(let pause): throw .retry(after: pause, reason: "away")
            }
        }
    }
}

/// A journal with decided entries, and the sink "siem" over it, life after life.
final class DeliveryWorld {
    struct Output: Hashable {
        let number: Int64
        let priority: Priority
        let bytes: Int
    }

    let folder = TemporaryFolder()
    let writer: JournalWriter
    let reader: JournalReader
    let destination = Destination()
    /// What is routed to the sink, in order.
    private(set) var own: [Output] = []
    private(set) var end: Int64 = 1
    private let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() throws {
        writer = try JournalWriter(JournalSettings(path: folder.path + "/journal.db"), newInstallation: 1)
        reader = try JournalReader.open(folder.path + "/journal.db")
    }

    deinit { writer.close() }

    /// Entries of up to eight alerts of every priority; about two of three outputs are the sink's. The arrivals are a
    /// second apart.
    func fill(_ entries: Int, _ random: inout Seeded) throws {
        let decoder = AlertDecoder()
        for _ in 0 ..< entries {
            var builder = AlertBatchBuilder()
            let priorities = (0 ..< Int.random(in: 1 ... 8, using: &random)).map { _ in
                Priority.allCases.randomElement(using: &random) ?? .debug
            }
            for priority in priorities {
                let text = #"{"rule":"r","priority":"\#(priority.name)","time":"2026-05-28T20:26:40Z","output":"x"}"#
                decoder.decode(
                    .json, [UInt8](text.utf8).span, arrival: EventTime(nanoseconds: end * 1_000_000_000), into: &builder
                )
            }
            var group = CommitGroup()
            group.append(.alerts(builder.seal(), source: "node"))
            let place = try writer.commit(group).places[0]
            var notes = EntryNotes()
            notes.routes.sets = [["other"], ["siem"], ["other", "siem"]]
            notes.routes.perOutput = priorities.map { _ in UInt16.random(in: 0 ... 2, using: &random) }
            var decided = CommitGroup()
            decided.append(
                Decision(
                    place: place, placeCount: priorities.count, fates: [], notes: notes, firstOutput: end,
                    outputCount: priorities.count))
            _ = try writer.commit(decided)
            for (index, priority) in priorities.enumerated() where notes.routes.perOutput[index] > 0 {
                let length = #"{"rule":"r","priority":"\#(priority.name)","time":"2026-05-28T20:26:40Z","output":"x"}"#
                own.append(Output(number: end + Int64(index), priority: priority, bytes: length.utf8.count))
            }
            end += Int64(priorities.count)
        }
    }

    /// One life of the sink from where its cursor stands.
    ///
    /// - Parameters:
    ///   - crashAfter: how often the journal stores what it is told before nothing further reaches the disk and the life
    ///     is cut short; nil: it ends when everything is delivered.
    ///   - isCutAtStop: the drain limit is zero.
    ///   - during: runs beside the life before the sink is told to stop.
    ///   - verdict: asked for every item that is sent, on the sink's thread.
    @discardableResult
    func live(
        delivery: DeliveryKeys, historyBytes: Int = 1 << 40, now: EventTime = EventTime(nanoseconds: 0),
        crashAfter: Int? = nil, isCutAtStop: Bool = false,
        during: (SinkLane, _ hasCrashed: () -> Bool) throws -> Void = { _, _ in },
        _ verdict: @escaping @Sendable (SinkLane, Int64) -> ScriptedCarrier.Verdict
    ) throws -> SinkLane {
        let stored = try reader.cursors()["siem"]
        let first = stored?.nextOutput ?? 1
        let bell = WaitWord()
        let wiring = SinkWiring(
            journalBell: bell, cursors: [:], nextOutput: end, reader: reader, historyBytes: historyBytes,
            clock: .system,
            environment: [:], log: log)
        let lane = SinkLane(
            name: "siem", typeName: "scripted", route: "siem", delivery: delivery, historyBytes: historyBytes,
            journal: SinkJournal(reader, sink: "siem"), journalBell: bell, clock: WallClock { now },
            pacing: SinkLane.Pacing(check: .zero, patience: .zero), chance: { 0 }, log: log, firstOutput: first,
            committedEnd: end,
            routedBacklog: try wiring.waiting(for: "siem", in: first ..< end, stored?.shed ?? ShedOutputs()))
        let keeper = JournalKeeper(lane, writer, bell, crashAfter: crashAfter)
        let sinkThread = Lane("siem") { [destination] in
            let sink = BatchedSink(
                ScriptedCarrier(destination) { verdict(lane, $0) }, name: "siem", format: CreanceFormat(),
                limits: delivery.batch)
            lane.run(sink, from: stored, isCut: { keeper.isCrashed })
        }
        let keeperThread = Lane("keeper") { keeper.run() }
        defer {
            if isCutAtStop { keeper.crash() }
            lane.stop()
            sinkThread.join()
            keeper.stop()
            keeperThread.join()
        }
        try during(lane, { keeper.isCrashed })
        return lane
    }
}

/// Plays the journal's lane for one sink: stores what it publishes, until a crash.
private final class JournalKeeper: Sendable {
    private let lane: SinkLane
    private let writer: JournalWriter
    private let bell: WaitWord
    private let left: Mutex<Int?>
    private let stopping = Atomic<Bool>(false)
    private let crashed = Atomic<Bool>(false)

    init(_ lane: SinkLane, _ writer: JournalWriter, _ bell: WaitWord, crashAfter: Int?) {
        self.lane = lane
        self.writer = writer
        self.bell = bell
        left = Mutex(crashAfter)
    }

    var isCrashed: Bool { crashed.load(ordering: .acquiring) }

    func crash() { crashed.store(true, ordering: .releasing) }

    func stop() {
        stopping.store(true, ordering: .releasing)
        bell.signal()
    }

    func run() {
        while true {
            let ticket = bell.ticket
            let isLast = stopping.load(ordering: .acquiring)
            if !isCrashed, let progress = lane.takeProgress() { store(progress) }
            if isLast { return }
            bell.wait(for: ticket, timeout: .seconds(1))
        }
    }

    private func store(_ progress: SinkProgress) {
        let mayStore = left.withLock { left in
            guard let count = left else { return true }
            left = count - 1
            return count > 0
        }
        guard mayStore else {
            crash()
            return lane.bell.signal()
        }
        var group = CommitGroup()
        group.add(progress, of: "siem", at: EventTime(nanoseconds: 1))
        guard (try? writer.commit(group)) != nil else { return }
        lane.noteStored(progress)
    }
}
