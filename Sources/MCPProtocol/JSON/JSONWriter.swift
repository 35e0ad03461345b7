// SPDX-License-Identifier: Apache-2.0

/// Writes JSON values into one growing buffer: compact, members in their order, the same bytes for the same value.
///
/// Escaped besides what JSON demands: DEL, U+0085, U+2028 and U+2029, since readers of server-sent events and of lines
/// may take them for line ends. Non-ASCII text stays UTF-8.
public struct JSONWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init(capacity: Int = 512) { bytes.reserveCapacity(capacity) }

    /// Forgets what was written and keeps the memory.
    public mutating func clear() { bytes.removeAll(keepingCapacity: true) }

    /// Ends a line, for transports that frame by lines.
    public mutating func endLine() { bytes.append(0x0A) }

    public mutating func write(_ value: JSONValue) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): write(integer: value)
        case .number(let number): bytes.append(contentsOf: number.literal.utf8)
        case .string(let text): write(string: text)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for index in elements.indices {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(elements[index])
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object): write(object)
        }
    }

    public mutating func write(_ object: JSONObject) {
        bytes.append(UInt8(ascii: "{"))
        for index in object.members.indices {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            write(string: object.members[index].name)
            bytes.append(UInt8(ascii: ":"))
            write(object.members[index].value)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func write(integer value: Int64) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        var rest = value.magnitude
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    private mutating func write(string text: String) {
        bytes.append(UInt8(ascii: "\""))
        // C2 and E2 begin the line ends beyond ASCII; most texts have neither.
        let isPlain = !text.utf8.contains { byte in
            byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F || byte == 0xC2 || byte == 0xE2
        }
        if isPlain { bytes.append(contentsOf: text.utf8) } else { write(escaping: text) }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func write(escaping text: String) {
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22, 0x5C:
                bytes.append(0x5C)
                bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            case 0x08: bytes.append(contentsOf: "\\b".utf8)
            case 0x09: bytes.append(contentsOf: "\\t".utf8)
            case 0x0A: bytes.append(contentsOf: "\\n".utf8)
            case 0x0C: bytes.append(contentsOf: "\\f".utf8)
            case 0x0D: bytes.append(contentsOf: "\\r".utf8)
            case 0 ..< 0x20, 0x7F, 0x85, 0x2028, 0x2029: write(escape: scalar.value)
            default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }

    private mutating func write(escape value: UInt32) {
        bytes.append(contentsOf: "\\u".utf8)
        for shift in [12, 8, 4, 0] as [UInt32] {
            let digit = UInt8(truncatingIfNeeded: value >> shift & 0xF)
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}

extension JSONValue {
    /// The value as compact JSON.
    public var encoded: [UInt8] {
        var writer = JSONWriter()
        writer.write(self)
        return writer.bytes
    }

    /// The same as text.
    public var encodedText: String { String(decoding: encoded, as: UTF8.self) }
}
