// SPDX-License-Identifier: Apache-2.0

/// How a journal is opened: where it lies, what a commit promises, how much history it keeps.
public struct JournalSettings: Sendable {
    /// What a committed group survives.
    public enum Durability: String, CaseIterable, Sendable {
        /// Kill −9. The journal is never synchronised; a power loss can cost the whole file.
        case memory
        /// Kill −9. A power loss takes the newest entries with it, never the file.
        case os
        /// Power loss: one fsync per commit.
        case disk
    }

    public var path: String
    public var durability: Durability
    /// History older than this (by arrival) is pruned; nil keeps it.
    public var retainAge: Duration?
    /// History is pruned while the file's used pages take more than this; nil keeps it.
    public var retainBytes: Int?
    /// The dead letters' bytes are held below this by dropping the oldest, counted.
    public var deadLetterLimitBytes = 64 << 20
    /// zstd's level for blocks. 1 costs what the negative ones do (docs/journal.md) and takes less room.
    public var compressionLevel = 1
    /// The file never grows past this: a commit that would need more fails with `.full`. nil: the file system decides.
    public var fileLimitBytes: Int?
    /// The write-ahead log is folded into the file when it holds this much. The last of it holds the writer up for two to
    /// five milliseconds: often enough to be seen in every hundredth answer if the log were half as long.
    public var logLimitBytes = 64 << 20

    public init(path: String, durability: Durability = .os, retainAge: Duration? = nil, retainBytes: Int? = nil) {
        self.path = path
        self.durability = durability
        self.retainAge = retainAge
        self.retainBytes = retainBytes
    }
}
