// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import Journal
import Logging
import SigmaRules

/// The generations that a journal still needs, compiled when they are asked for: what was in force at which place.
final class GenerationShelf {
    private let reader: JournalReader
    private let machine: Surroundings
    private let hashKey: HashKey
    private let log: Logger
    private var settings: [String: EngineSettings] = [:]
    /// The one in force from this start on.
    let current: (digest: String, settings: EngineSettings)

    /// - Throws: `RulesRefused`, or what routing refuses.
    init(
        _ generation: Generation, _ configuration: Configuration, _ reader: JournalReader, _ machine: Surroundings,
        _ log: Logger
    ) throws {
        self.reader = reader
        self.machine = machine
        self.log = log
        hashKey = try reader.hashKey()
        let home = configuration.home(machine, installation: reader.installation, hashKey: hashKey)
        current = (generation.digest, try generation.engineSettings(configuration, home))
        settings[current.digest] = current.settings
    }

    /// What the generation of this digest sets; the current one where it is not kept, or this version cannot read it.
    func settings(of digest: String) -> EngineSettings {
        if let known = settings[digest] { return known }
        let found = read(digest)
        if found == nil, !digest.isEmpty {
            log.warning(
                "the configuration \(digest.prefix(12)) of the journal cannot be used any more; its alerts are run again under the present one"
            )
        }
        settings[digest] = found ?? current.settings
        return found ?? current.settings
    }

    /// Every generation asked for so far, and the current one.
    var compiled: [String: EngineSettings] { settings }

    private func read(_ digest: String) -> EngineSettings? {
        guard let body = try? reader.generation(digest),
            let generation = Generation(encoded: body, table: { try? self.reader.generation($0) }),
            let configuration = Configuration.check(
                generation.configuration.bytes, file: generation.configuration.name
            ).value
        else { return nil }
        let home = configuration.home(machine, installation: reader.installation, hashKey: hashKey)
        return try? generation.engineSettings(configuration, home)
    }
}
