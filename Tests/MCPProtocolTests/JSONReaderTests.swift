// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MCPProtocol

private func read(_ text: String, limits: JSONLimits = JSONLimits()) throws -> JSONValue {
    try JSONValue(reading: Array(text.utf8), limits: limits)
}

private func refusal(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) -> JSONReadError.Reason? {
    do throws(JSONReadError) {
        _ = try JSONValue(reading: bytes, limits: limits)
        return nil
    } catch { return error.reason }
}

private func refusal(_ text: String, limits: JSONLimits = JSONLimits()) -> JSONReadError.Reason? {
    refusal(Array(text.utf8), limits: limits)
}

@Suite struct JSONReaderTests {
    @Test func `integers beyond 2^53 stay exact, also beyond 64 bits`() throws {
        for text in [
            "9007199254740993", "-9223372036854775808", "9223372036854775807", "9223372036854775808",
            "123456789012345678901234567890", "-0", "0", "1e400", "0.1000", "1E+2",
        ] {
            #expect(try read(text).encodedText == text)
        }
        #expect(try read("9007199254740993") == .integer(9_007_199_254_740_993))
    }

    @Test func `whole numbers are recognised however they are written`() throws {
        #expect(try read("5.0").wholeNumber == 5)
        #expect(try read("5e1").wholeNumber == 50)
        #expect(try read("5.5").wholeNumber == nil)
        #expect(try read("1e400").wholeNumber == nil)
        #expect(try read("1e400").double == nil)
    }

    @Test func `malformed numbers are refused`() {
        for text in ["01", "-", "-a", "1.", ".5", "1e", "1e+", "+1", "0x10", "NaN", "Infinity", "1.e3", "--1"] {
            #expect(refusal(text) != nil, "\(text)")
        }
        #expect(refusal(String(repeating: "1", count: 129)) == .numberTooLong)
    }

    @Test func `escapes are read, pairs joined`() throws {
        #expect(try read(#""\"\\\/\b\f\n\r\t\u0041\uD83D\uDE00é""#) == .string("\"\\/\u{8}\u{C}\n\r\tA😀é"))
        #expect(try read(#""\u0000""#) == .string("\0"))
    }

    @Test func `lone surrogates and unknown escapes are refused`() {
        #expect(refusal(#""\uD83D""#) == .loneSurrogate)
        #expect(refusal(#""\uDE00""#) == .loneSurrogate)
        #expect(refusal(#""\uD83D\uD83D""#) == .loneSurrogate)
        #expect(refusal(#""\uD83Dx""#) == .loneSurrogate)
        #expect(refusal(#""\uD83D\n""#) == .loneSurrogate)
        #expect(refusal(#""\x41""#) == .malformedEscape)
        #expect(refusal(#""\u00G0""#) == .malformedEscape)
        #expect(refusal(#""\u00"#) == .unexpectedEnd)
    }

    @Test func `strings must be UTF-8 without raw control characters`() {
        let quote = UInt8(ascii: "\"")
        let broken: [[UInt8]] = [
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x80], [0x80],
            [0xC3, 0x5C, 0x6E],
        ]
        for bytes in broken { #expect(refusal([quote] + bytes + [quote]) == .invalidUTF8, "\(bytes)") }
        for byte in UInt8(0) ..< 0x20 { #expect(refusal([quote, byte, quote]) == .controlCharacter) }
        #expect(refusal([quote, 0x5C, 0x6E, 0x0A, quote]) == .controlCharacter)
    }

    @Test func `a name twice is refused, few members or many, escaped or not`() {
        #expect(refusal(#"{"id":1,"id":2}"#) == .duplicateName)
        #expect(refusal(#"{"id":1,"\u0069d":2}"#) == .duplicateName)
        let many = (0 ..< 40).map { "\"n\($0)\":\($0)" }.joined(separator: ",")
        #expect(refusal("{\(many)}") == nil)
        #expect(refusal("{\(many),\"n3\":0}") == .duplicateName)
        #expect(refusal("{\(many),\"n39\":0}") == .duplicateName)
    }

    @Test func `names are compared by bytes, not by Unicode equivalence`() throws {
        let value = try read("{\"K\":1,\"\u{212A}\":2,\"\u{E9}\":3,\"e\u{301}\":4}")
        #expect(value["K"] == 1)
        #expect(value["\u{212A}"] == 2)
        #expect(value["\u{E9}"] == 3)
        #expect(value["e\u{301}"] == 4)
        #expect(JSONValue.string("K") != .string("\u{212A}"))
    }

    @Test func `depth, values and bytes have limits`() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(refusal(nested(64)) == nil)
        #expect(refusal(nested(65)) == .tooDeep)
        #expect(refusal(String(repeating: "{\"a\":", count: 100_000)) == .tooDeep)
        #expect(refusal(nested(600), limits: JSONLimits(depth: .max)) == .tooDeep)
        #expect(refusal("[1,2,3]", limits: JSONLimits(values: 4)) == nil)
        #expect(refusal("[1,2,3,4]", limits: JSONLimits(values: 4)) == .tooManyValues)
        #expect(refusal("[1,2]", limits: JSONLimits(bytes: 4)) == .tooLarge)
    }

    @Test func `only one value, and nothing that looks like one`() {
        for text in [
            "", " ", "{", "[", "[1,]", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "[1 2]", "1 2", "tru", "nulL", "'a'",
            "// x\n1",
            "\u{FEFF}1", "{\"a\":1}x", "\"a", "[}", "{]", "{1:2}", ",",
        ] {
            #expect(refusal(text) != nil, "\(text)")
        }
    }
}
