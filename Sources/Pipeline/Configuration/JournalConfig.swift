// SPDX-License-Identifier: Apache-2.0
public import ConfigTree
public import Journal

/// The `journal` section.
public struct JournalConfig: Sendable, Equatable {
    /// Absent: chosen by `Surroundings.journalPath`.
    public var path: String?
    public var durability: JournalSettings.Durability
    public var retainAge: Duration
    public var retainBytes: Int
    public var deadLetterLimitBytes: Int

    public init(_ section: inout ConfigSection) {
        path = section.optional(
            "path", .path,
            whenAbsent: "journal.db in the state directory: $STATE_DIRECTORY; for root /var/lib/creance; else "
                + "$XDG_STATE_HOME/creance or ~/.local/state/creance",
            help: "A SQLite file, held by an exclusive lock while the daemon runs.")
        durability = section.choice(
            "durability", default: .os,
            help: "What an answer to a sender promises. memory and os: survives kill -9. disk: survives power loss.")
        let retain = section.section(
            "retain", help: "How much history is kept. Nothing that a sink still needs is dropped."
        ) { section in
            let age = section.duration(
                "age", default: .seconds(7 * 86_400), in: .seconds(60) ... .seconds(3_650 * 86_400), help: "By arrival."
            )
            let size = section.size("size", default: 4 << 30, in: 16 << 20 ... 1 << 50, help: "Of the whole file.")
            return (age: age, size: size)
        }
        retainAge = retain.age
        retainBytes = retain.size
        deadLetterLimitBytes = section.section("dead_letters", help: "What could not be read or delivered.") {
            section in
            section.size("size", default: 64 << 20, in: 1 << 20 ... 1 << 40, help: "The oldest go beyond it, counted.")
        }
    }

    /// - Parameter chosenPath: where the journal lies when the configuration does not say.
    public func settings(chosenPath: String) -> JournalSettings {
        var settings = JournalSettings(
            path: path ?? chosenPath, durability: durability, retainAge: retainAge, retainBytes: retainBytes)
        settings.deadLetterLimitBytes = deadLetterLimitBytes
        return settings
    }
}
