// SPDX-License-Identifier: Apache-2.0
import AlertEngine
public import AlertFormats
import AlertModel
import Journal
public import Logging

/// A journal run again from its beginning: the very entries, each under the configuration that was in force at its place,
/// so that what comes out is what left, byte for byte (semantics.md, 1). Or under another configuration, to see what that
/// would have made of the same alerts.
public struct JournalReplay: ~Copyable {
    private let reader: JournalReader
    private var decisions: ReplayDecisions
    /// nil: one generation for all entries.
    private let shelf: GenerationShelf?
    private var nextPlace: Int64 = 1

    /// - Parameter instead: the configuration to run everything under, and what it names; nil: those of the journal.
    public init(
        path: String, _ machine: Surroundings, instead: (configuration: Configuration, generation: Generation)?,
        format: any AlertFormat, log: Logger
    ) throws {
        let reader = try JournalReader.open(path)
        let hashKey = try reader.hashKey()
        let settings: EngineSettings
        var shelf: GenerationShelf?
        if let (configuration, generation) = instead {
            let home = configuration.home(machine, installation: reader.installation, hashKey: hashKey)
            settings = try generation.engineSettings(configuration, home)
        } else {
            let standard = Configuration.standard
            let generation = try Generation.read(standard, name: "", text: [])
            let all = try GenerationShelf(generation, standard, reader, machine, log)
            settings = all.current.settings
            shelf = all
        }
        self.reader = reader
        self.shelf = shelf
        decisions = ReplayDecisions(AlertEngine(settings), format, installation: reader.installation)
    }

    public var summary: ReplaySummary { decisions.summary }

    /// Places there are, for progress.
    public var totalPlaces: Int { (try? reader.status()).map { Int($0.nextPlace - 1) } ?? 0 }

    /// Runs to the end of the journal. What is still open stays open, as it is in the daemon.
    public mutating func run(write: (Span<UInt8>) throws -> Void, progress: (Int) -> Void) throws {
        while true {
            let page = try reader.entries(from: nextPlace)
            if page.isEmpty { break }
            for entry in page.entries {
                if case .configuration(let digest) = entry.content, let shelf {
                    decisions.adopt(shelf.settings(of: digest), generation: digest)
                }
                try decisions.decide(entry, write)
            }
            decisions.summary.rejects += page.unreadable.count
            nextPlace = page.nextPlace
            progress(Int(nextPlace))
        }
        try decisions.flush(write)
        decisions.summary.late = decisions.engine.clock.lateCount
        decisions.summary.arrivalTimed = decisions.engine.clock.arrivalTimedCount
    }
}
