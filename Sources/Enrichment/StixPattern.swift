// SPDX-License-Identifier: Apache-2.0
import AlertEngine

/// A STIX 2.1 pattern (part 9 of the specification) as alternatives of indicators that must all be there.
///
/// Understood: comparisons with `=`, `IN` and (for networks) `ISSUBSET` of addresses, domains, hashes and paths, joined by
/// `AND` and `OR`, inside and between brackets. Two observations joined by `AND` must be in one alert.
struct StixPattern {
    static let lengthLimit = 64 << 10
    static let depthLimit = 32
    static let alternativeLimit = 256
    static let conjunctionLimit = 8

    /// Why a pattern gives no indicators.
    enum Failure: Error {
        /// Not a pattern: what is wrong, and how many bytes into it.
        case malformed(String, Int)
        /// A pattern with something that alerts cannot be asked for.
        case unsupported
    }

    let alternatives: [[Indicator]]

    init(_ text: [UInt8]) throws(Failure) {
        guard text.count <= Self.lengthLimit else {
            throw .malformed("the pattern is longer than \(Self.lengthLimit) bytes", 0)
        }
        var parser = StixParser(text)
        alternatives = try parser.pattern()
    }
}

/// Recursive descent over one pattern. `[…]` and `(…)` may stand wherever an operand may: what the specification's grammar
/// allows beyond that differs only in what it refuses.
private struct StixParser {
    private let text: [UInt8]
    private var place = 0
    private var brackets = 0
    private var isUnsupported = false

    init(_ text: [UInt8]) { self.text = text }

    mutating func pattern() throws(StixPattern.Failure) -> [[Indicator]] {
        let alternatives = try either(depth: 0)
        skipSpace()
        guard place == text.count else {
            // Qualifiers and FOLLOWEDBY are about several observations.
            if let word = peekWord(), ["WITHIN", "REPEATS", "START", "FOLLOWEDBY"].contains(word) {
                throw .unsupported
            }
            throw malformed("something follows the pattern")
        }
        if isUnsupported { throw .unsupported }
        return alternatives
    }

    private mutating func either(depth: Int) throws(StixPattern.Failure) -> [[Indicator]] {
        var alternatives = try both(depth: depth)
        while takeWord("OR") {
            alternatives += try both(depth: depth)
            try check(alternatives)
        }
        return alternatives
    }

    private mutating func both(depth: Int) throws(StixPattern.Failure) -> [[Indicator]] {
        var alternatives = try operand(depth: depth)
        while takeWord("AND") {
            let right = try operand(depth: depth)
            var product: [[Indicator]] = []
            for first in alternatives {
                for second in right {
                    product.append(first + second.filter { !first.contains($0) })
                    guard product.count <= StixPattern.alternativeLimit else { throw tooMany }
                }
            }
            alternatives = product
            try check(alternatives)
        }
        return alternatives
    }

    private mutating func operand(depth: Int) throws(StixPattern.Failure) -> [[Indicator]] {
        guard depth < StixPattern.depthLimit else {
            throw malformed("more than \(StixPattern.depthLimit) levels of brackets")
        }
        skipSpace()
        if take(UInt8(ascii: "(")) {
            let inner = try either(depth: depth + 1)
            guard take(UInt8(ascii: ")")) else { throw malformed("a closing parenthesis was expected") }
            return inner
        }
        if take(UInt8(ascii: "[")) {
            guard brackets == 0 else { throw malformed("brackets inside brackets") }
            brackets += 1
            let inner = try either(depth: depth + 1)
            brackets -= 1
            guard take(UInt8(ascii: "]")) else { throw malformed("a closing bracket was expected") }
            return inner
        }
        guard brackets == 1 else { throw malformed("an opening bracket was expected") }
        return try comparison()
    }

    private mutating func comparison() throws(StixPattern.Failure) -> [[Indicator]] {
        let path = try objectPath()
        let isNegated = takeWord("NOT")
        let kind = Self.kind(of: path)
        var values: [[UInt8]] = []
        if take(UInt8(ascii: "=")) {
            _ = take(UInt8(ascii: "="))
            values = [try literal()]
        } else if takeWord("IN") {
            guard take(UInt8(ascii: "(")) else { throw malformed("a list in parentheses was expected") }
            repeat { values.append(try literal()) } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: ")")) else { throw malformed("a closing parenthesis was expected") }
            guard values.count <= StixPattern.alternativeLimit else { throw tooMany }
        } else if takeWord("ISSUBSET") {
            values = [try literal()]
            if kind != .address { isUnsupported = true }
        } else {
            guard takeOtherOperator() else { throw malformed("an operator was expected") }
            _ = try literal()
            isUnsupported = true
        }
        guard let kind, !isNegated else {
            isUnsupported = true
            return [[]]
        }
        var alternatives: [[Indicator]] = []
        for value in values {
            guard let indicator = Indicator(kind, value) else {
                throw malformed("\(shown(value)) is not of its type")
            }
            alternatives.append([indicator])
        }
        return alternatives
    }

    /// `ipv4-addr:value`, `file:hashes.'SHA-256'`.
    private mutating func objectPath() throws(StixPattern.Failure) -> String {
        skipSpace()
        let start = place
        while let byte = next {
            switch byte {
            case UInt8(ascii: "a") ... UInt8(ascii: "z"), UInt8(ascii: "A") ... UInt8(ascii: "Z"),
                UInt8(ascii: "0") ... UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "*"):
                place += 1
            case UInt8(ascii: "'"): _ = try literal()
            default: return try checked(start)
            }
        }
        return try checked(start)
    }

    private func checked(_ start: Int) throws(StixPattern.Failure) -> String {
        let path = String(decoding: text[start ..< place], as: UTF8.self)
        guard path.contains(":"), path.utf8.count <= 256 else { throw malformed("an object path was expected") }
        return path
    }

    private static func kind(of path: String) -> IndicatorKind? {
        switch path {
        case "ipv4-addr:value", "ipv6-addr:value", "network-traffic:dst_ref.value", "network-traffic:src_ref.value":
            .address
        case "domain-name:value": .domain
        case "process:binary_ref.path", "file:path", "file:name": .path
        default: path.hasPrefix("file:hashes.") ? .hash : nil
        }
    }

    /// A text in single quotes, a number, a truth value or another constant; its text.
    private mutating func literal() throws(StixPattern.Failure) -> [UInt8] {
        skipSpace()
        // t'…', h'…' and b'…' are constants of other types.
        if place + 1 < text.count, text[place + 1] == UInt8(ascii: "'"), "thb".utf8.contains(text[place]) {
            place += 1
            isUnsupported = true
        }
        guard next == UInt8(ascii: "'") else {
            let start = place
            while let byte = next, !" \t\n\r,)]".utf8.contains(byte) { place += 1 }
            guard place > start else { throw malformed("a value was expected") }
            isUnsupported = true
            return Array(text[start ..< place])
        }
        place += 1
        var value: [UInt8] = []
        while let byte = next {
            place += 1
            if byte == UInt8(ascii: "'") { return value }
            if byte == UInt8(ascii: "\\") {
                guard let escaped = next else { break }
                place += 1
                value.append(escaped)
            } else {
                value.append(byte)
            }
        }
        throw malformed("a quote does not end")
    }

    // MARK: Words

    private var next: UInt8? { place < text.count ? text[place] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 32 || byte >= 9 && byte <= 13 { place += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard next == byte else { return false }
        place += 1
        return true
    }

    private func peekWord() -> String? {
        let word = text[place...].prefix(16).prefix { $0 >= 65 && $0 <= 90 }
        return word.isEmpty ? nil : String(decoding: word, as: UTF8.self)
    }

    private mutating func takeWord(_ word: String) -> Bool {
        skipSpace()
        guard peekWord() == word else { return false }
        place += word.utf8.count
        return true
    }

    private mutating func takeOtherOperator() -> Bool {
        for name in ["LIKE", "MATCHES", "ISSUPERSET"] where takeWord(name) { return true }
        skipSpace()
        let start = place
        while let byte = next, "<>!=".utf8.contains(byte), place - start < 2 { place += 1 }
        return place > start
    }

    private func malformed(_ what: String) -> StixPattern.Failure { .malformed(what, place) }
    private var tooMany: StixPattern.Failure {
        malformed("more than \(StixPattern.alternativeLimit) alternatives")
    }

    private func check(_ alternatives: [[Indicator]]) throws(StixPattern.Failure) {
        guard alternatives.count <= StixPattern.alternativeLimit else { throw tooMany }
        guard alternatives.allSatisfy({ $0.count <= StixPattern.conjunctionLimit }) else {
            throw malformed("more than \(StixPattern.conjunctionLimit) comparisons joined by AND")
        }
    }
}
