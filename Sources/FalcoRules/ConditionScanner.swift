// SPDX-License-Identifier: Apache-2.0

/// The tokens of Falco's filter syntax (falcosecurity/libs, userspace/libsinsp/filter/parser.h), read from bytes.
struct ConditionScanner {
    let bytes: [UInt8]
    private(set) var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { place == bytes.count }
    var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    mutating func skipBlanks() { while let byte = next, byte.isBlank { place += 1 } }

    /// Takes one byte, if it is this one.
    mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        place += 1
        return true
    }

    /// The word that starts here, without taking it: letters, digits, `_` and `.`.
    func peekWord() -> String { String(decoding: bytes[place ..< wordEnd()], as: UTF8.self) }

    private func wordEnd() -> Int {
        var end = place
        while end < bytes.count, bytes[end].isWordByte { end += 1 }
        return end
    }

    mutating func takeWord() -> String {
        let word = peekWord()
        place = wordEnd()
        return word
    }

    /// Takes `word` when it stands here whole.
    mutating func take(word: StaticString) -> Bool {
        guard peekWord() == word.description else { return false }
        place += word.utf8CodeUnitCount
        return true
    }

    /// Takes a function's name together with its parenthesis: `tolower(`.
    mutating func takeCall() -> (name: String, offset: Int)? {
        let end = wordEnd()
        guard end > place, end < bytes.count, bytes[end] == UInt8(ascii: "(") else { return nil }
        let call = (peekWord(), place)
        place = end + 1
        return call
    }

    /// A run of operator signs, or a word: what stands where an operator belongs.
    mutating func takeOperatorText() -> String {
        let start = place
        while let byte = next, "=!<>~&|^".utf8.contains(byte) { place += 1 }
        if place == start { return takeWord() }
        return String(decoding: bytes[start ..< place], as: UTF8.self)
    }

    /// `[2]`, `[app]`, `["a b"]`; nil without a bracket.
    mutating func takeArgument() throws(ConditionError) -> [UInt8]? {
        guard take(UInt8(ascii: "[")) else { return nil }
        let start = place
        var argument: [UInt8] = []
        if let quoted = try takeQuoted() {
            argument = quoted
        } else {
            while let byte = next, byte.isArgumentByte {
                argument.append(byte)
                place += 1
            }
        }
        guard !argument.isEmpty else {
            throw ConditionError(at: start, "the field's argument is missing", expected: "a word or a quoted text")
        }
        guard take(UInt8(ascii: "]")) else {
            throw ConditionError(at: place, "the field's argument does not end", expected: "\"]\"")
        }
        return argument
    }

    /// A value: quoted, or a bare word.
    mutating func takeValue() throws(ConditionError) -> WrittenValue? {
        let start = place
        if let quoted = try takeQuoted() { return WrittenValue(bytes: quoted, offset: start) }
        while let byte = next, byte.isBareByte { place += 1 }
        return place > start ? WrittenValue(bytes: Array(bytes[start ..< place]), offset: start) : nil
    }

    private mutating func takeQuoted() throws(ConditionError) -> [UInt8]? {
        guard let quote = next, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return nil }
        let start = place
        place += 1
        var text: [UInt8] = []
        while let byte = next {
            place += 1
            if byte == quote { return text }
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                continue
            }
            guard let escaped = next else { break }
            guard let meant = Self.escapes[escaped] else {
                let shown = String(decoding: [escaped], as: UTF8.self)
                throw ConditionError(
                    at: place - 1, "\(quoted([byte, escaped])) is no escape",
                    expected: "one of \\\\ \\' \\\" \\/ \\b \\f \\n \\r \\t",
                    suggestion: escaped < 128 ? "\\\\\(shown)" : nil)
            }
            text.append(meant)
            place += 1
        }
        throw ConditionError(at: start, "the quoted text does not end", expected: quoted([quote]))
    }

    /// A backslash before a space is a backslash, and the space is gone: so does Falco, for rules that rely on it.
    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13,
        UInt8(ascii: "t"): 9, UInt8(ascii: " "): UInt8(ascii: "\\"), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
        UInt8(ascii: "/"): UInt8(ascii: "/"), UInt8(ascii: "\""): UInt8(ascii: "\""),
        UInt8(ascii: "'"): UInt8(ascii: "'"),
    ]
}

extension UInt8 {
    /// Space, and tab to carriage return, and backspace as Falco has it.
    var isBlank: Bool { self == 32 || (8 ... 13).contains(self) }
    var isWordByte: Bool { (self | 32) &- 97 < 26 || self &- 48 < 10 || self == 95 || self == 46 }
    var isArgumentByte: Bool { !isBlank && !"[]'\"".utf8.contains(self) }
    var isBareByte: Bool { !isBlank && !"()'\"=,".utf8.contains(self) }
}
