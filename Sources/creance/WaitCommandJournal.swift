// SPDX-License-Identifier: Apache-2.0
import AlertModel
import ArgumentParser
import FalcoRules
import Journal
import ModelContext

/// The journal as commands follow it: a reader of its own, which asks the file whether something was written.
enum LiveJournal {
    /// Between two questions to the file, of 0.25 ms each: alerts are shown within 100 ms.
    static let interval = Duration.milliseconds(90)
    /// Longer than any command runs.
    static let forEver = Duration.seconds(365 * 86_400)

    /// - Throws: `CommandFailure.input` when there is none.
    static func open(_ path: String) throws -> AlertLog {
        // Says what to do when there is no journal.
        _ = try JournalReading.open(path)
        return try AlertLog { () throws(JournalError) in
            do { return try JournalReading.open(path) } catch let error as JournalError { throw error } catch {
                throw .missing(path: path)
            }
        }
    }

    /// On standard error: what is gone.
    static func say(_ gap: LogGap) throws {
        let sentence =
            switch gap.reason {
            case .retention: "\(gap.missed ?? 0) outputs are gone from the journal (journal.retain)"
            case .damaged: "\(gap.missed ?? 0) outputs cannot be read: the journal is damaged there"
            case .historyLost: "this journal does not hold what the cursor points to; outputs may be missing"
            }
        try Descriptor.standardError.write([UInt8]("creance: \(sentence)\n".utf8))
    }
}

/// Which outputs a command shows.
struct WantedOutputs: ParsableArguments {
    @Option(
        name: [.customLong("min-priority"), .customLong("priority")],
        help: ArgumentHelp(
            "That severe or more: emergency, alert, critical, error, warning, notice, informational, debug.",
            valueName: "priority"),
        transform: Self.priority)
    var priority: Priority?
    @Option(
        help: ArgumentHelp(
            "A condition in Falco's filter syntax, over alerts with what enrichment added, and the engine's records.",
            valueName: "condition"))
    var when: String?

    func condition() throws -> Condition? {
        guard let when else { return nil }
        do throws(ConditionError) { return try Condition(when) } catch {
            throw CommandFailure.input("--when: \(error)")
        }
    }

    private static func priority(_ text: String) throws -> Priority {
        guard let priority = Priority(name: text) else {
            throw ValidationError(
                "'\(text)' is not one of \(Priority.allCases.map { $0.name.lowercased() }.joined(separator: ", "))")
        }
        return priority
    }
}
