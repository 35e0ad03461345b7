// SPDX-License-Identifier: Apache-2.0

/// The id of a request, echoed exactly as it came: a string, or an integer of any length.
///
/// Also used for progress tokens, which have the same two forms. Strings are compared by bytes.
public enum RequestID: Sendable, Hashable {
    case string(String)
    case integer(Int64)
    /// An integer beyond 64 bits, or `-0`, as it was written.
    case longInteger(String)

    /// Bytes of the longest id that is taken: it is kept while the request is under way and comes back in every frame.
    public static let lengthLimit = 256

    /// Nil for what is no id: null, fractions, truth values, structures, and what is too long.
    public init?(_ value: JSONValue) {
        switch value {
        case .string(let text) where text.utf8.count <= Self.lengthLimit: self = .string(text)
        case .integer(let number): self = .integer(number)
        case .number(let number) where number.isIntegerLiteral: self = .longInteger(number.literal)
        default: return nil
        }
    }

    public var json: JSONValue {
        switch self {
        case .string(let text): .string(text)
        case .integer(let number): .integer(number)
        case .longInteger(let literal): .number(JSONNumber(checked: literal))
        }
    }

    public static func == (left: RequestID, right: RequestID) -> Bool {
        switch (left, right) {
        case (.string(let left), .string(let right)): left.hasSameBytes(as: right)
        case (.integer(let left), .integer(let right)): left == right
        case (.longInteger(let left), .longInteger(let right)): left == right
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .string(let text):
            hasher.combine(0)
            for byte in text.utf8 { hasher.combine(byte) }
        case .integer(let number):
            hasher.combine(1)
            hasher.combine(number)
        case .longInteger(let literal):
            hasher.combine(2)
            hasher.combine(literal)
        }
    }
}
