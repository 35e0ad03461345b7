// SPDX-License-Identifier: Apache-2.0

/// The tokens of a rule's condition, read from bytes with Falco's count of lines and columns.
struct RuleConditionWords {
    private let bytes: [UInt8]
    private(set) var place = ExpressionPlace()
    /// The token before this place.
    private(set) var last = ""

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { place.offset >= bytes.count }
    private var next: UInt8? { place.offset < bytes.count ? bytes[place.offset] : nil }

    private mutating func advance() {
        place.column += 1
        if let byte = next, byte == 10 || byte == 13 {
            place.column = 1
            place.line += 1
        }
        place.offset += 1
    }

    private mutating func advance(to end: Int) -> String {
        let text = String(decoding: bytes[place.offset ..< end], as: UTF8.self)
        while place.offset < end { advance() }
        last = text
        return text
    }

    @discardableResult
    mutating func skipBlanks() -> Bool {
        let start = place.offset
        while let byte = next, byte == 32 || (8 ... 10).contains(byte) || byte == 13 { advance() }
        return place.offset > start
    }

    mutating func take(_ token: String) -> Bool {
        guard bytes[place.offset...].starts(with: token.utf8) else { return false }
        _ = advance(to: place.offset + token.utf8.count)
        return true
    }

    /// `not` with the blanks behind it.
    mutating func takeNot() -> Bool {
        guard bytes[place.offset...].starts(with: "not".utf8), place.offset + 3 < bytes.count,
            bytes[place.offset + 3].isBlank
        else { return false }
        _ = advance(to: place.offset + 3)
        skipBlanks()
        return true
    }

    private func isLetter(_ index: Int) -> Bool { index < bytes.count && (bytes[index] | 32) &- 97 < 26 }

    /// The end of a letter followed by letters, digits and `_`; nil when none stands at `index`.
    private func identifierEnd(from index: Int) -> Int? {
        guard isLetter(index) else { return nil }
        var end = index + 1
        while end < bytes.count, bytes[end].isWordByte, bytes[end] != 46 { end += 1 }
        return end
    }

    mutating func takeIdentifier() -> String? {
        guard let end = identifierEnd(from: place.offset) else { return nil }
        return advance(to: end)
    }

    /// Identifiers with dots between them, at least two.
    mutating func takeFieldName() -> String? {
        guard var end = identifierEnd(from: place.offset) else { return nil }
        let first = end
        while end < bytes.count, bytes[end] == 46, let further = identifierEnd(from: end + 1) { end = further }
        return end > first ? advance(to: end) : nil
    }

    private mutating func takeWhile(_ belongs: (UInt8) -> Bool) -> String? {
        var end = place.offset
        while end < bytes.count, belongs(bytes[end]) { end += 1 }
        return end > place.offset ? advance(to: end) : nil
    }

    mutating func takeBare() -> String? { takeWhile(\.isBareByte) }
    mutating func takeBareArgument() -> String? { takeWhile(\.isArgumentByte) }

    /// Decimal with sign, point and exponent, or `0x…`.
    mutating func takeNumber() -> String? {
        let start = place.offset
        if start + 2 < bytes.count, bytes[start] == 48, bytes[start + 1] | 32 == 120 {
            var end = start + 2
            while end < bytes.count, bytes[end] &- 48 < 10 || isLetter(end) { end += 1 }
            if end > start + 2 { return advance(to: end) }
        }
        var end = start
        if end < bytes.count, bytes[end] == 43 || bytes[end] == 45 { end += 1 }
        let digits = end
        while end < bytes.count, bytes[end] &- 48 < 10 { end += 1 }
        guard end > digits else { return nil }
        if end < bytes.count, bytes[end] == 46 { end += 1 }
        while end < bytes.count, bytes[end] &- 48 < 10 { end += 1 }
        if end + 2 < bytes.count, bytes[end] | 32 == 101, bytes[end + 1] == 43 || bytes[end + 1] == 45,
            bytes[end + 2] &- 48 < 10
        {
            end += 2
            while end < bytes.count, bytes[end] &- 48 < 10 { end += 1 }
        }
        return advance(to: end)
    }

    /// A text in quotes, without them and its escapes; nil when it does not end.
    mutating func takeQuoted() -> String? {
        guard let quote = next, quote == 34 || quote == 39 else { return nil }
        var text: [UInt8] = []
        var index = place.offset + 1
        while index < bytes.count {
            let byte = bytes[index]
            if byte == quote {
                _ = advance(to: index + 1)
                last = String(decoding: text, as: UTF8.self)
                return last
            }
            guard byte == 92, index + 1 < bytes.count else {
                text.append(byte)
                index += 1
                continue
            }
            let escaped = bytes[index + 1]
            switch escaped {
            case UInt8(ascii: "b"): text.append(8)
            case UInt8(ascii: "f"): text.append(12)
            case UInt8(ascii: "n"): text.append(10)
            case UInt8(ascii: "r"): text.append(13)
            case UInt8(ascii: "t"): text.append(9)
            case UInt8(ascii: " "): text.append(92)
            case 92, 34, 39, 47: text.append(escaped)
            default: text += [92, escaped]
            }
            index += 2
        }
        return nil
    }
}
