// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel

/// What a simulation found wrong.
public struct SimulationFailure: Error, CustomStringConvertible, Sendable {
    public let seed: UInt64
    /// Entries that the world made; 0 where that does not matter.
    public let steps: Int
    public let what: String
    public var description: String { "seed \(seed)\(steps > 0 ? ", \(steps) steps" : ""): \(what)" }
}

/// A whole life of the engine from one seed: a world, restarts, and what must hold of it.
///
/// A process runs over a journal that grows; now and then it is killed, and the next one recovers. In the end an engine
/// that was never disturbed runs over the same journal: every decision must be the same.
public struct Simulation {
    let seed: UInt64
    private let steps: Int
    let generations: [WorldSettings]
    private var chance: Chance
    private var world: World
    public private(set) var journal = ModelJournal()
    private var key: UInt64
    /// Counted for the closing line of a soak.
    public private(set) var crashes = 0

    public init(_ seed: UInt64, steps: Int) {
        self.seed = seed
        self.steps = steps
        var chance = Chance(seed)
        let count = chance.oneIn(3) ? 2 : 1
        let base = chance.next()
        generations = (0 ..< count).map { WorldSettings(base &+ UInt64($0), number: $0) }
        world = World(chance.next(), generations: count)
        key = chance.next()
        self.chance = chance
    }

    /// Runs it and checks everything.
    public static func run(_ seed: UInt64, steps: Int = 60) throws(SimulationFailure) -> Simulation {
        var simulation = Simulation(seed, steps: steps)
        try simulation.live()
        try simulation.compare()
        return simulation
    }

    func settings(_ digest: String, key: UInt64) -> EngineSettings {
        (generations.first { $0.digest == digest } ?? generations[0]).keyed(key)
    }

    func fail(_ what: String) -> SimulationFailure { SimulationFailure(seed: seed, steps: steps, what: what) }

    // MARK: - The disturbed life

    private mutating func live() throws(SimulationFailure) {
        var engine = AlertEngine(settings("", key: key))
        journal.append("", .start(EventTime(nanoseconds: world.now)))
        journal.append("", .configuration(generations[0].digest))
        /// Decided by this process and not yet committed.
        var pending: [EntryDecision] = []
        var decided = 0
        for _ in 0 ..< steps {
            let (source, content) = world.next()
            journal.append(source, content)
            // The engine may lag behind what is accepted.
            while decided < journal.entries.count, !chance.oneIn(4) {
                pending.append(decide(journal.entries[decided], &engine))
                decided += 1
                try checkBudgets(engine)
            }
            while !pending.isEmpty, chance.oneIn(2) { journal.commit(pending.removeFirst()) }
            if pending.isEmpty, chance.oneIn(5) { journal.keep(engine.checkpoint()) }
            if chance.oneIn(12) {
                pending = []
                engine = restart()
                decided = journal.decisions.count
            }
        }
        while decided < journal.entries.count {
            pending.append(decide(journal.entries[decided], &engine))
            decided += 1
        }
        for decision in pending { journal.commit(decision) }
        let last = engine.end(at: journal.nextPlace)
        journal.commit(last)
        guard engine.counts.total == journal.entries.reduce(0, { $0 + $1.alertCount }) else {
            throw fail("conservation: \(engine.counts) of \(journal.entries.reduce(0) { $0 + $1.alertCount }) alerts")
        }
    }

    private func decide(_ entry: JournalEntry, _ engine: inout AlertEngine) -> EntryDecision {
        if case .configuration(let digest) = entry.content, digest != engine.generation {
            _ = engine.adopt(settings(digest, key: key), generation: digest)
        }
        return engine.process(entry)
    }

    /// The process dies, and another one takes over.
    private mutating func restart() -> AlertEngine {
        crashes += 1
        if chance.oneIn(3) { journal.loseEntries(chance.below(4)) }
        switch chance.below(6) {
        case 0: journal.damage(&chance)
        case 1 where chance.oneIn(3): journal.loseCheckpoints()
        default: break
        }
        if chance.oneIn(2) { key = chance.next() }
        let key = key
        let (engine, _) = journal.recover { settings($0, key: key) }
        journal.epoch += 1
        journal.append("", .start(EventTime(nanoseconds: world.now)))
        return engine
    }

    // MARK: - The undisturbed one

    private func compare() throws(SimulationFailure) {
        let (traces, checkpoint) = undisturbed(key: 1)
        for (decision, trace) in zip(journal.decisions, traces) {
            if let difference = EntryTrace(decision).difference(from: trace) {
                throw fail("after \(crashes) restarts, at place \(trace.place): \(difference)")
            }
        }
        let (again, same) = undisturbed(key: 1)
        guard again == traces, same == checkpoint else { throw fail("the same journal twice is not the same") }
        let (other, _) = undisturbed(key: 77)
        for (one, two) in zip(other, traces) {
            if let difference = one.difference(from: two) {
                throw fail("under another key, at place \(two.place): \(difference)")
            }
        }
        try LawsOfOutputs(self).check()
    }

    /// Every decision, the end's included, and the checkpoint before the end.
    private func undisturbed(key: UInt64) -> (traces: [EntryTrace], checkpoint: [UInt8]) {
        var engine = AlertEngine(settings("", key: key))
        var traces: [EntryTrace] = []
        for entry in journal.entries {
            if case .configuration(let digest) = entry.content, digest != engine.generation {
                _ = engine.adopt(settings(digest, key: key), generation: digest)
            }
            traces.append(EntryTrace(engine.process(entry)))
        }
        let checkpoint = engine.checkpoint()
        traces.append(EntryTrace(engine.end(at: journal.nextPlace)))
        return (traces, checkpoint)
    }

    private func checkBudgets(_ engine: AlertEngine) throws(SimulationFailure) {
        let budget = engine.settings.correlate.memoryBytes
        guard engine.stages.correlator.byteCount <= budget else {
            let groups = engine.stages.rules.correlations.map {
                "\($0.kind.name) \(engine.stages.correlator.groupCount(ofRule: $0.index))"
            }
            throw fail(
                "correlation holds \(engine.stages.correlator.byteCount) of \(budget) bytes, "
                    + "\(engine.stages.correlator.openIncidents) incidents, groups: \(groups)")
        }
        guard engine.stages.correlator.openIncidents <= engine.settings.correlate.incidentLimit else {
            throw fail("\(engine.stages.correlator.openIncidents) incidents are open")
        }
    }
}
