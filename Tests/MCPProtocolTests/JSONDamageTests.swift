// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MCPProtocol

/// SplitMix64: the same numbers for the same seed on every machine.
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A value of any shape, at most `depth` deep.
func anyValue(_ numbers: inout SeededNumbers, depth: Int) -> JSONValue {
    let texts = ["", "a", "K", "\u{212A}", "\"\\/", "\u{0}\u{1F}\u{7F}", "\u{85}\u{2028}\u{2029}", "é😀", "e\u{301}"]
    switch Int.random(in: 0 ..< (depth > 0 ? 8 : 6), using: &numbers) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &numbers))
    case 2: return .integer(Int64.random(in: .min ... .max, using: &numbers))
    case 3: return JSONNumber(Double.random(in: -1e9 ... 1e9, using: &numbers)).map { .number($0) } ?? .null
    case 4, 5: return .string(texts.randomElement(using: &numbers) ?? "")
    case 6:
        return .array(
            (0 ..< Int.random(in: 0 ... 4, using: &numbers)).map { _ in anyValue(&numbers, depth: depth - 1) })
    default:
        var object = JSONObject()
        for index in 0 ..< Int.random(in: 0 ... 20, using: &numbers) {
            object["\(texts.randomElement(using: &numbers) ?? "")\(index % 18)"] = anyValue(&numbers, depth: depth - 2)
        }
        return .object(object)
    }
}

@Suite struct JSONDamageTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `what is written is read back the same, and written again is the same bytes`(seed: UInt64) throws {
        var numbers = SeededNumbers(state: seed)
        for _ in 0 ..< 300 {
            let value = anyValue(&numbers, depth: 5)
            let bytes = value.encoded
            let back = try JSONValue(reading: bytes)
            #expect(back == value)
            #expect(back.encoded == bytes)
        }
    }

    @Test(arguments: [11, 12, 13, 14] as [UInt64])
    func `a damaged document is refused, or is a document`(seed: UInt64) {
        var numbers = SeededNumbers(state: seed)
        var read = 0
        var refused = 0
        for _ in 0 ..< 500 {
            var bytes = anyValue(&numbers, depth: 4).encoded
            for _ in 0 ..< Int.random(in: 1 ... 4, using: &numbers) {
                let place = Int.random(in: 0 ... bytes.count, using: &numbers)
                switch Int.random(in: 0 ..< 4, using: &numbers) {
                case 0: bytes.insert(UInt8.random(in: 0 ... 255, using: &numbers), at: place)
                case 1: bytes.insert(contentsOf: "[{\"\\u,:0eE-.".utf8.shuffled(using: &numbers), at: place)
                case 2: bytes.removeSubrange(place ..< min(bytes.count, place + 3))
                default: bytes.removeSubrange(place...)
                }
            }
            guard let value = try? JSONValue(reading: bytes) else {
                refused += 1
                continue
            }
            read += 1
            // What passed is JSON: its own writing reads back as the same value.
            #expect((try? JSONValue(reading: value.encoded)) == value)
        }
        #expect(read > 0)
        #expect(refused > 250)
    }

    @Test func `no cut of a document is a document`() {
        let whole = Array(#"{"jsonrpc":"2.0","id":12,"params":{"a":[1.5e3,true,null,"\u00e9\ud83d\ude00"]}}"#.utf8)
        for length in 0 ..< whole.count {
            #expect((try? JSONValue(reading: Array(whole[..<length]))) == nil)
        }
    }
}

@Suite struct JSONWriterTests {
    @Test func `what ends a line somewhere is escaped`() {
        let text = JSONValue.string("a\u{85}b\u{2028}c\u{2029}d\n\r\t\u{7F}\u{0}é€")
        #expect(text.encodedText == #""a\u0085b\u2028c\u2029d\n\r\t\u007f\u0000é€""#)
    }

    @Test func `members keep the order in which they were set`() {
        var object: JSONObject = ["z": 1, "a": 2]
        object["m"] = 3
        object["z"] = 4
        object["a"] = nil
        #expect(JSONValue.object(object).encodedText == #"{"z":4,"m":3}"#)
    }

    @Test func `the smallest and the largest integer are written whole`() {
        let both: JSONValue = [.integer(.min), .integer(.max), 0, -7]
        #expect(both.encodedText == "[-9223372036854775808,9223372036854775807,0,-7]")
    }

    @Test func `infinities are no JSON numbers`() {
        #expect(JSONNumber(.infinity) == nil)
        #expect(JSONNumber(.nan) == nil)
        #expect(JSONNumber(0.5)?.literal == "0.5")
    }
}
