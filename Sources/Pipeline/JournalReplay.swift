// SPDX-License-Identifier: Apache-2.0
import AlertEngine
public import AlertFormats
public import AlertModel
import Journal

/// A journal run again from its beginning: the very entries, each under the configuration that was in force at its place,
/// so that what comes out is what left, byte for byte (semantics.md, 1). Or under another configuration, to see what that
/// would have made of the same alerts.
///
/// Where history was pruned it begins with the oldest entry: what the engine knew from before is not there.
public struct JournalReplay: ~Copyable {
    private let reader: JournalReader
    private var decisions: ReplayDecisions
    /// nil: one generation for all entries.
    private let generations: CompiledGenerations?
    private var nextPlace: Int64 = 1

    /// - Parameter instead: the configuration to run everything under, and what it names; nil: those of the journal.
    /// - Parameter watch: told every entry and what was decided on it, in order.
    /// - Throws: `PipelineError` when the configuration of the oldest entry cannot be used any more.
    public init(
        path: String, _ machine: Surroundings, instead: (configuration: Configuration, generation: Generation)?,
        format: any AlertFormat, watch: ((JournalEntry, EntryDecision) -> Void)? = nil
    ) throws {
        let reader = try JournalReader.open(path)
        let settings: EngineSettings
        var generations: CompiledGenerations?
        let all = try CompiledGenerations(reader, machine)
        if let (configuration, generation) = instead {
            settings = try all.compile(generation, configuration)
        } else if let start = try reader.startingConfiguration() {
            settings = try all.settings(of: start.digest, at: start.place)
            generations = all
        } else {
            let standard = Configuration.standard
            settings = try all.compile(try Generation.read(standard, name: "", text: []), standard)
        }
        self.reader = reader
        self.generations = generations
        decisions = ReplayDecisions(AlertEngine(settings), format, installation: reader.installation)
        decisions.watch = watch
    }

    public var summary: ReplaySummary { decisions.summary }

    /// Places there are, for progress.
    public var totalPlaces: Int { (try? reader.status()).map { Int($0.nextPlace - 1) } ?? 0 }

    /// Runs to the end of the journal. What is still open stays open, as it is in the daemon.
    ///
    /// - Parameter closing: time is over at the end: every group, incident and storm closes, as in a replay of files.
    /// - Throws: `PipelineError` at the first configuration that cannot be used any more: under another one the rest would
    ///   not be what left.
    public mutating func run(
        closing: Bool = false, write: (Span<UInt8>) throws -> Void, progress: (Int) -> Void
    ) throws {
        var isDamaged = false
        while true {
            let page = try reader.entries(from: nextPlace)
            if page.isEmpty { break }
            isDamaged = isDamaged || !page.unreadable.isEmpty
            for entry in page.entries {
                do { try adopt(entry, isDamaged: isDamaged) } catch {
                    // What was decided before stands.
                    try decisions.flush(write)
                    throw error
                }
                try decisions.decide(entry, write)
            }
            decisions.summary.rejects += page.unreadable.count
            nextPlace = page.nextPlace
            progress(Int(nextPlace))
        }
        if closing { try decisions.end(at: nextPlace, write) }
        try decisions.flush(write)
        decisions.summary.late = decisions.engine.clock.lateCount
        decisions.summary.arrivalTimed = decisions.engine.clock.arrivalTimedCount
    }

    /// Puts in force what the entry names. Behind damage, what the journal says was in force there: the entry that named it
    /// may be lost.
    private mutating func adopt(_ entry: JournalEntry, isDamaged: Bool) throws {
        guard let generations else { return }
        if case .configuration(let digest) = entry.content {
            decisions.adopt(try generations.settings(of: digest, at: entry.place), generation: digest)
        } else if isDamaged, let digest = try reader.configuration(at: entry.place),
            digest != decisions.engine.generation
        {
            decisions.adopt(try generations.settings(of: digest, at: entry.place), generation: digest)
        }
    }
}

extension CompiledGenerations {
    /// What was in force from a place on, or why that cannot be said.
    fileprivate func settings(of digest: String?, at place: Int64) throws(PipelineError) -> EngineSettings {
        guard let digest else {
            throw PipelineError(
                "the journal does not have the configuration in force at place \(place); with -c it runs under another one"
            )
        }
        do throws(GenerationUnusable) { return try settings(of: digest) } catch {
            throw PipelineError(
                "the configuration \(digest.prefix(12)), in force from place \(place), cannot be used: \(error.reason); "
                    + "with -c the journal runs under another one")
        }
    }
}
