// SPDX-License-Identifier: Apache-2.0

/// How people name a dead letter: `i12` is input that was no alert, `d7` a delivery that was refused.
public enum LetterID: Hashable, Sendable, LosslessStringConvertible {
    case input(Int64)
    case delivery(Int64)

    public init?(_ description: String) {
        guard let number = Int64(description.dropFirst()), number > 0, description.utf8.count <= 20 else { return nil }
        switch description.first {
        case "i": self = .input(number)
        case "d": self = .delivery(number)
        default: return nil
        }
    }

    public var description: String {
        switch self {
        case .input(let number): "i\(number)"
        case .delivery(let number): "d\(number)"
        }
    }
}

/// What became of dead letters that somebody wanted sent again, or dropped.
public struct LetterOutcome: Codable, Hashable, Sendable {
    /// Arrived, and no longer dead letters.
    public var replayed = 0
    /// Refused again.
    public var refused = 0
    /// Whose records are no longer in the journal.
    public var gone = 0
    /// On their way: the sink has not come to them yet.
    public var waiting = 0
    public var dropped = 0

    public init() {}
}
