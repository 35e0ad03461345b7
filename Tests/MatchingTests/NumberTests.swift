// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Matching
import Testing

struct NumberTests {
    /// In strictly ascending order; neighbours that a double cannot tell apart.
    static let ascending = [
        "-1e300", "-9223372036854775809", "-9223372036854775808", "-9223372036854775807", "-1.5", "-1", "-0.5", "0",
        "4e-320", "0.25", "1", "9007199254740992", "9007199254740993", "9223372036854775807", "9223372036854775808",
        "18446744073709551614", "18446744073709551615", "18446744073709551616", "1e300",
    ]

    @Test func `numbers are ordered exactly, whatever their form`() throws {
        let numbers = try Self.ascending.map { try #require(ExactNumber($0), "\($0)") }
        for (left, one) in numbers.enumerated() {
            for (right, another) in numbers.enumerated() {
                // The double nearest to -2^63 - 1 is -2^63.
                let isSame = left == right || Set([left, right]) == [1, 2]
                #expect((one == another) == isSame, "\(Self.ascending[left]) \(Self.ascending[right])")
                if !isSame {
                    #expect((one < another) == (left < right), "\(Self.ascending[left]) \(Self.ascending[right])")
                }
            }
        }
    }

    @Test func `forms of one number are equal`() throws {
        for forms in [
            ["1", "1.0", "+1", "1e0", "01", "10e-1"], ["-0", "0", "0.0"],
            ["9223372036854775808", "9223372036854775808.0"],
        ] {
            let numbers = try forms.map { try #require(ExactNumber($0)) }
            for number in numbers { #expect(number == numbers[0]) }
        }
    }

    @Test(arguments: [
        "", "-", "+", "1x", "0x10", "1.", ".5", "1e", "1e+", "--1", "nan", "inf", "1 ", " 1", "1e999", "1_0", "1,5",
    ])
    func `what is no number is none`(_ text: String) { #expect(ExactNumber(text) == nil) }

    @Test func `a text too long for a number is none`() {
        #expect(ExactNumber(String(repeating: "1", count: 65)) == nil)
        #expect(ExactNumber(String(repeating: "1", count: 64)) != nil)
    }

    @Test func `a value's own number counts, not its text`() {
        func number(_ kind: FieldKind, _ bits: UInt64, _ text: String = "") -> ExactNumber? {
            let bytes = Array(text.utf8)
            return ExactNumber(ValueView(kind: kind, text: bytes.span, bits: bits))
        }
        #expect(number(.int64, UInt64(bitPattern: -5)) == .integer(-5))
        #expect(number(.uint64, .max) == .unsigned(.max))
        #expect(number(.double, (0.5).bitPattern) == .double(0.5))
        #expect(number(.double, Double.nan.bitPattern) == nil)
        #expect(number(.string, 0, "42") == .integer(42))
        #expect(number(.string, 0, "bash") == nil)
        #expect(number(.bool, 1, "true") == nil)
        #expect(number(.json, 0, "1e999") == nil)
        #expect(number(.null, 0) == nil)
    }
}
