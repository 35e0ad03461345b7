// SPDX-License-Identifier: Apache-2.0

/// The form a field's value arrived in. `null`, `notAvailable` and `empty` are one value to conditions and grouping.
public enum FieldKind: UInt8, Sendable {
    case null, notAvailable, empty, string, int64, uint64, double, bool, json

    @inlinable public var isNull: Bool { rawValue <= FieldKind.empty.rawValue }
}

/// The canonical value of an output field, for people and tests; the hot path reads `FieldView` instead.
///
/// 64-bit integers stay integers: `unsigned` holds only what `Int64` cannot.
public enum FieldValue: Hashable, Sendable {
    case null
    case text(String)
    case integer(Int64)
    case unsigned(UInt64)
    case double(Double)
    case bool(Bool)
}

extension Array where Element == UInt8 {
    /// Adds the span's bytes at the end.
    public mutating func append(_span span: Span<UInt8>) {
        unsafe span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// A copy of the span's bytes.
    public init(_span span: Span<UInt8>) {
        self = unsafe span.withUnsafeBufferPointer { unsafe Array($0) }
    }
}
