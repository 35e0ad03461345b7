// SPDX-License-Identifier: Apache-2.0

/// The id of an output: an alert's or gap's place, or a record's of the engine's own.
public enum OutputID: Hashable, Sendable, CustomStringConvertible {
    case place(RecordID)
    case record(SubjectID)

    /// As the `creance` format's `id` has it.
    public var description: String {
        switch self {
        case .place(let id): "\(id)"
        case .record(let id): "\(id)"
        }
    }
}

/// A record that a destination refused for good; it goes to the dead letters.
public struct RefusedOutput: Hashable, Sendable {
    /// Its output number.
    public let output: Int64
    public let id: OutputID
    /// What the destination said, at most 1,024 bytes.
    public let reason: String

    public init(output: Int64, id: OutputID, reason: String) {
        self.output = output
        self.id = id
        self.reason = reason.utf8.count <= 1024 ? reason : String(reason.unicodeScalars.prefix(256))
    }
}
