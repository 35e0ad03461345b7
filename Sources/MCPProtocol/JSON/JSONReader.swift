// SPDX-License-Identifier: Apache-2.0

/// Reads one JSON document (RFC 8259), strictly.
///
/// Refused: bytes that are not UTF-8, surrogates without a partner, control characters in strings, anything behind the
/// value, a byte order mark, and names that come twice in one object. The last is the rule of I-JSON (RFC 7493): two
/// readers that pick different ones would disagree about the method or the id of a message, and one of them may be a gate.
struct JSONReader {
    private let bytes: [UInt8]
    private let limits: JSONLimits
    private var at = 0
    private var depth = 0
    private var values = 0

    /// Above so many members of one object, names are looked up in a set.
    private static let membersToWalk = 16

    init(_ bytes: [UInt8], limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func document() throws(JSONReadError) -> JSONValue {
        guard bytes.count <= limits.bytes else { throw JSONReadError(reason: .tooLarge, offset: limits.bytes) }
        skipSpace()
        let value = try value()
        skipSpace()
        guard at == bytes.count else { throw error(.trailingBytes) }
        return value
    }

    private func error(_ reason: JSONReadError.Reason) -> JSONReadError { JSONReadError(reason: reason, offset: at) }

    private mutating func skipSpace() {
        while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x0A || bytes[at] == 0x0D || bytes[at] == 0x09 {
            at += 1
        }
    }

    /// The next byte; throws at the end.
    private func peek() throws(JSONReadError) -> UInt8 {
        guard at < bytes.count else { throw error(.unexpectedEnd) }
        return bytes[at]
    }

    private mutating func expect(_ byte: UInt8) throws(JSONReadError) {
        guard try peek() == byte else { throw error(.unexpectedByte) }
        at += 1
    }

    private mutating func expect(word: String, _ value: JSONValue) throws(JSONReadError) -> JSONValue {
        for byte in word.utf8 { try expect(byte) }
        return value
    }

    private mutating func value() throws(JSONReadError) -> JSONValue {
        values += 1
        guard values <= limits.values else { throw error(.tooManyValues) }
        switch try peek() {
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try expect(word: "true", .bool(true))
        case UInt8(ascii: "f"): return try expect(word: "false", .bool(false))
        case UInt8(ascii: "n"): return try expect(word: "null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0") ... UInt8(ascii: "9"): return try number()
        default: throw error(.unexpectedByte)
        }
    }

    private mutating func descend() throws(JSONReadError) {
        guard depth < limits.depth else { throw error(.tooDeep) }
        depth += 1
        at += 1
        skipSpace()
    }

    private mutating func array() throws(JSONReadError) -> [JSONValue] {
        try descend()
        var elements: [JSONValue] = []
        if try peek() != UInt8(ascii: "]") {
            while true {
                elements.append(try value())
                skipSpace()
                guard try peek() == UInt8(ascii: ",") else { break }
                at += 1
                skipSpace()
            }
        }
        try expect(UInt8(ascii: "]"))
        depth -= 1
        return elements
    }

    private mutating func object() throws(JSONReadError) -> JSONObject {
        try descend()
        var members: [JSONObject.Member] = []
        var names: Set<[UInt8]> = []
        if try peek() != UInt8(ascii: "}") {
            while true {
                let name = try string()
                if isKnown(name, among: members, &names) { throw error(.duplicateName) }
                skipSpace()
                try expect(UInt8(ascii: ":"))
                skipSpace()
                members.append(JSONObject.Member(name: name, value: try value()))
                skipSpace()
                guard try peek() == UInt8(ascii: ",") else { break }
                at += 1
                skipSpace()
            }
        }
        try expect(UInt8(ascii: "}"))
        depth -= 1
        return JSONObject(checked: members)
    }

    /// Whether the object has the name already. Few members are walked; with many, a set keeps this from being quadratic.
    private func isKnown(
        _ name: String, among members: [JSONObject.Member], _ names: inout Set<[UInt8]>
    ) -> Bool {
        if members.count < Self.membersToWalk { return members.contains { $0.name.hasSameBytes(as: name) } }
        if names.isEmpty { for member in members { names.insert(Array(member.name.utf8)) } }
        return !names.insert(Array(name.utf8)).inserted
    }

    private mutating func digits() throws(JSONReadError) {
        let start = at
        while at < bytes.count, bytes[at] >= UInt8(ascii: "0"), bytes[at] <= UInt8(ascii: "9") { at += 1 }
        if at == start { throw error(at == bytes.count ? .unexpectedEnd : .malformedNumber) }
    }

    private mutating func number() throws(JSONReadError) -> JSONValue {
        let start = at
        var isInteger = true
        if bytes[at] == UInt8(ascii: "-") { at += 1 }
        let first = at
        try digits()
        if bytes[first] == UInt8(ascii: "0"), at - first > 1 { throw error(.malformedNumber) }
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
            isInteger = false
            at += 1
            try digits()
        }
        if at < bytes.count, bytes[at] == UInt8(ascii: "e") || bytes[at] == UInt8(ascii: "E") {
            isInteger = false
            at += 1
            if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
            try digits()
        }
        guard at - start <= limits.numberLength else { throw error(.numberTooLong) }
        let literal = String(decoding: bytes[start ..< at], as: UTF8.self)
        // -0 is no integer: as one it would come back without its sign.
        if isInteger, literal != "-0", let value = Int64(literal) { return .integer(value) }
        return .number(JSONNumber(checked: literal))
    }

    private mutating func string() throws(JSONReadError) -> String {
        try expect(UInt8(ascii: "\""))
        let start = at
        while true {
            let byte = try peek()
            if byte == UInt8(ascii: "\"") {
                let text = String(validating: bytes[start ..< at], as: UTF8.self)
                guard let text else { throw error(.invalidUTF8) }
                at += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            if byte < 0x20 { throw error(.controlCharacter) }
            at += 1
        }
    }

    /// The same with escapes in it; `at` stands on the first one.
    private mutating func escapedString(from start: Int) throws(JSONReadError) -> String {
        var text = Array(bytes[start ..< at])
        while true {
            let byte = try peek()
            if byte < 0x20 { throw error(.controlCharacter) }
            at += 1
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                text.append(contentsOf: String(Character(try escape())).utf8)
            } else {
                text.append(byte)
            }
        }
        guard let string = String(validating: text, as: UTF8.self) else { throw error(.invalidUTF8) }
        return string
    }

    /// What follows a backslash.
    private mutating func escape() throws(JSONReadError) -> Unicode.Scalar {
        let byte = try peek()
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw error(.malformedEscape)
        }
        let unit = try hexadecimal()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard unit < 0xDC00, at < bytes.count, bytes[at] == UInt8(ascii: "\\") else { throw error(.loneSurrogate) }
        at += 1
        guard try peek() == UInt8(ascii: "u") else { throw error(.loneSurrogate) }
        at += 1
        let low = try hexadecimal()
        guard low >= 0xDC00, low <= 0xDFFF,
            let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
        else { throw error(.loneSurrogate) }
        return scalar
    }

    /// Four hexadecimal digits.
    private mutating func hexadecimal() throws(JSONReadError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0 ..< 4 {
            let byte = try peek()
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0") ... UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a") ... UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A") ... UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw error(.malformedEscape)
            }
            value = value << 4 | UInt32(digit)
            at += 1
        }
        return value
    }
}

extension JSONValue {
    /// Reads a whole document; the rules are `JSONReader`'s.
    public init(reading bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONReadError) {
        var reader = JSONReader(bytes, limits: limits)
        self = try reader.document()
    }
}
