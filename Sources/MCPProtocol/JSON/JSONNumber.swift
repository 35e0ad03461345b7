// SPDX-License-Identifier: Apache-2.0

/// A number that is no 64-bit integer, kept as it was written so that nothing is lost on the way through.
public struct JSONNumber: Sendable, Equatable {
    /// The number in JSON's grammar (RFC 8259, section 6), for example `18446744073709551615` or `0.5`.
    public let literal: String

    /// Nil for what JSON cannot say: infinities and not-a-number.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        literal = "\(value)"
    }

    /// The caller has checked the grammar.
    init(checked literal: String) { self.literal = literal }

    /// The nearest finite double; nil where the number lies beyond the range of doubles.
    public var double: Double? {
        guard let value = Double(literal), value.isFinite else { return nil }
        return value
    }

    /// True for digits with at most a sign before them: an integer too large for 64 bits, or `-0`.
    public var isIntegerLiteral: Bool {
        !literal.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E") }
    }
}
