// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Enrichment
public import Explanation
public import Journal
import SigmaRules
import Synchronization

/// What was in force at a place of the journal, compiled from what the journal keeps. Remembers the last one: most
/// questions are about the same. Any thread.
public final class GenerationMemory: Sendable {
    private struct Known {
        var digest = ""
        var inForce: InForce?
    }

    private let known = Mutex(Known())

    public init() {}

    /// nil: the journal does not have it.
    public func inForce(at place: Int64, _ reader: JournalReader) throws(JournalError) -> InForce? {
        guard let digest = try reader.configuration(at: place) else { return nil }
        let found = known.withLock { $0.digest == digest ? $0.inForce : nil }
        if let found { return found }
        guard let body = try? reader.generation(digest),
            // Nothing is looked up here: tables can be large, and stay where they are.
            let generation = Generation(encoded: body, table: { _ in [] })
        else { return nil }
        let file = generation.configuration
        // nil when this version refuses it.
        let configuration = Configuration.check(file.bytes, file: file.name).value
        let made = InForce(
            rules: try? generation.compileRules(expansions: configuration?.correlate.expansions ?? [:]).rules,
            silences: configuration?.silence.settings.silences.map(\.silence) ?? [])
        known.withLock { $0 = Known(digest: digest, inForce: made) }
        return made
    }
}
