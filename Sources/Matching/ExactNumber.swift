// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import Glibc

/// A number as rules and alerts write it, compared exactly: an integer of 64 bits never passes through a double.
public enum ExactNumber: Sendable {
    case integer(Int64)
    /// Above `Int64.max`.
    case unsigned(UInt64)
    /// Not NaN.
    case double(Double)

    public init(_ number: UInt64) { self = number > UInt64(Int64.max) ? .unsigned(number) : .integer(Int64(number)) }

    /// The longest text that is read as a number, in bytes.
    public static let textLimitBytes = 64

    /// A value's number: its own, or what its text reads as. nil for other texts, Booleans and JSON.
    @inlinable
    public init?(_ value: borrowing ValueView) {
        switch value.kind {
        case .int64: self = .integer(Int64(bitPattern: value.bits))
        case .uint64: self = .init(value.bits)
        case .double:
            let number = Double(bitPattern: value.bits)
            guard !number.isNaN else { return nil }
            self = .double(number)
        case .string:
            // Most texts are no numbers: their first byte tells.
            guard let first = value.text.isEmpty ? nil : value.text[0], first < 58,
                let number = ExactNumber(text: value.text)
            else { return nil }
            self = number
        case .null, .notAvailable, .empty, .bool, .json: return nil
        }
    }

    /// Decimal digits with sign, fraction and exponent: `-12`, `0.5`, `1e9`. nil for anything else. An integer beyond 64
    /// bits is the nearest double. Allocates nothing.
    public init?(text: Span<UInt8>) {
        guard !text.isEmpty, text.count <= Self.textLimitBytes else { return nil }
        let isNegative = text[0] == UInt8(ascii: "-")
        var index = isNegative || text[0] == UInt8(ascii: "+") ? 1 : 0
        let firstDigit = index
        var magnitude: UInt64 = 0
        var fits = true
        while index < text.count, text[index] &- 48 < 10 {
            if fits {
                let (product, over) = magnitude.multipliedReportingOverflow(by: 10)
                let (sum, carried) = product.addingReportingOverflow(UInt64(text[index] &- 48))
                fits = !over && !carried
                magnitude = sum
            }
            index += 1
        }
        guard index > firstDigit else { return nil }
        if index == text.count, fits {
            if !isNegative {
                self = .init(magnitude)
                return
            }
            if magnitude <= UInt64(Int64.max) + 1 {
                self = .integer(Int64(truncatingIfNeeded: 0 &- magnitude))
                return
            }
        }
        guard Self.isFraction(text, from: index), let number = Self.double(text) else { return nil }
        self = .double(number)
    }

    /// Nothing, or a dot with digits and an exponent, each optional.
    private static func isFraction(_ text: Span<UInt8>, from start: Int) -> Bool {
        var index = start
        if index < text.count, text[index] == UInt8(ascii: ".") {
            index += 1
            let first = index
            while index < text.count, text[index] &- 48 < 10 { index += 1 }
            guard index > first else { return false }
        }
        if index < text.count, text[index] | 32 == UInt8(ascii: "e") {
            index += 1
            if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") { index += 1 }
            let first = index
            while index < text.count, text[index] &- 48 < 10 { index += 1 }
            guard index > first else { return false }
        }
        return index == text.count
    }

    /// The nearest double, by the C library; the text is known to be a number and short.
    private static func double(_ text: Span<UInt8>) -> Double? {
        var buffer = InlineArray<65, CChar>(repeating: 0)
        for index in text.indices { buffer[index] = CChar(bitPattern: text[index]) }
        let number = unsafe buffer.span.withUnsafeBufferPointer { unsafe strtod($0.baseAddress!, nil) }
        return number.isFinite ? number : nil
    }
}

extension ExactNumber: Comparable {
    public static func == (left: ExactNumber, right: ExactNumber) -> Bool { order(left, right) == 0 }
    public static func < (left: ExactNumber, right: ExactNumber) -> Bool { order(left, right) < 0 }

    /// Negative, zero or positive, as `left` is below, equal to or above `right`.
    static func order(_ left: ExactNumber, _ right: ExactNumber) -> Int {
        switch (left, right) {
        case (.integer(let one), .integer(let another)): one < another ? -1 : one > another ? 1 : 0
        case (.unsigned(let one), .unsigned(let another)): one < another ? -1 : one > another ? 1 : 0
        case (.double(let one), .double(let another)): one < another ? -1 : one > another ? 1 : 0
        case (.integer, .unsigned): -1
        case (.unsigned, .integer): 1
        case (.integer(let one), .double(let another)): order(one, another)
        case (.unsigned(let one), .double(let another)): order(one, another)
        case (.double(let one), .integer(let another)): -order(another, one)
        case (.double(let one), .unsigned(let another)): -order(another, one)
        }
    }

    /// By their mathematical values: the double is split into its whole part, which fits, and the rest.
    private static func order<Integer: FixedWidthInteger>(_ integer: Integer, _ double: Double) -> Int {
        let floor = double.rounded(.down)
        guard let whole = Integer(exactly: floor) else { return double > 0 ? -1 : 1 }
        return integer < whole ? -1 : integer > whole ? 1 : double > floor ? -1 : 0
    }
}
