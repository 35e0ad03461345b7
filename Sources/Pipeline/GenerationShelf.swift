// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import Journal
import Logging
import SigmaRules

/// The generations that a journal keeps, compiled when they are asked for: what was in force at which place.
final class CompiledGenerations {
    private let reader: JournalReader
    private let machine: Surroundings
    private let hashKey: HashKey
    private(set) var settings: [String: EngineSettings] = [:]

    init(_ reader: JournalReader, _ machine: Surroundings) throws(JournalError) {
        self.reader = reader
        self.machine = machine
        hashKey = try reader.hashKey()
    }

    /// What a generation sets that is at hand already.
    ///
    /// - Throws: `RulesRefused`, `TablesRefused`, or what routing refuses.
    func compile(_ generation: Generation, _ configuration: Configuration) throws -> EngineSettings {
        let home = configuration.home(machine, installation: reader.installation, hashKey: hashKey)
        return try generation.engineSettings(configuration, home)
    }

    /// What the generation of this digest sets.
    func settings(of digest: String) throws(GenerationUnusable) -> EngineSettings {
        if let known = settings[digest] { return known }
        let generation: Generation
        do {
            guard let body = try reader.generation(digest) else {
                throw GenerationUnusable("the journal does not have it")
            }
            var missing: String?
            let read = Generation(encoded: body) { table in
                let bytes = try? reader.generation(table)
                if bytes == nil { missing = table }
                return bytes
            }
            guard let read else {
                throw GenerationUnusable(
                    missing.map { "its table \($0.prefix(12)) cannot be read" } ?? "this version does not know its form"
                )
            }
            generation = read
        } catch let error as GenerationUnusable {
            throw error
        } catch { throw GenerationUnusable("\(error)") }
        let file = generation.configuration
        let outcome = Configuration.check(file.bytes, file: file.name)
        guard let configuration = outcome.value else {
            let problem = outcome.problems.first { $0.severity == .error }
            throw GenerationUnusable("this version refuses it\(problem.map { ": \($0)" } ?? "")")
        }
        do {
            let compiled = try compile(generation, configuration)
            settings[digest] = compiled
            return compiled
        } catch let refused as RulesRefused {
            throw GenerationUnusable(
                "this version refuses its rules\(refused.problems.first.map { ": \($0)" } ?? "")")
        } catch let refused as TablesRefused {
            throw GenerationUnusable(
                "this version refuses its tables\(refused.problems.first.map { ": \($0)" } ?? "")")
        } catch { throw GenerationUnusable("\(error)") }
    }

    func keep(_ compiled: EngineSettings, of digest: String) { settings[digest] = compiled }
}

/// Why a generation that the journal names cannot be run again.
struct GenerationUnusable: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

/// The generations for recovery: the daemon has to start, so the present one stands in for one that cannot be used.
final class GenerationShelf {
    private let generations: CompiledGenerations
    private let log: Logger
    /// The one in force from this start on.
    let current: (digest: String, settings: EngineSettings)

    /// - Throws: `RulesRefused`, `TablesRefused`, or what routing refuses.
    init(
        _ generation: Generation, _ configuration: Configuration, _ reader: JournalReader, _ machine: Surroundings,
        _ log: Logger
    ) throws {
        self.log = log
        generations = try CompiledGenerations(reader, machine)
        current = (generation.digest, try generations.compile(generation, configuration))
        generations.keep(current.settings, of: current.digest)
    }

    /// What the generation of this digest sets; the current one where it is not kept, or this version cannot read it.
    func settings(of digest: String) -> EngineSettings {
        do throws(GenerationUnusable) { return try generations.settings(of: digest) } catch {
            if !digest.isEmpty {
                log.warning(
                    "the configuration \(digest.prefix(12)) of the journal cannot be used any more (\(error.reason)); its alerts are run again under the present one"
                )
            }
            generations.keep(current.settings, of: digest)
            return current.settings
        }
    }

    /// Every generation asked for so far, and the current one.
    var compiled: [String: EngineSettings] { generations.settings }
}
