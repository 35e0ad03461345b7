// SPDX-License-Identifier: Apache-2.0
import AlertModel

extension GeneratedAlert {
    /// Appends the alert as Falco's JSON output writes it: sorted keys, no spaces, `evt.time` as an integer; no line feed.
    public func appendJSON(to bytes: inout [UInt8]) {
        bytes += #"{"hostname":"#.utf8
        Self.append(hostname, to: &bytes)
        bytes += #","output":"#.utf8
        Self.append(line, to: &bytes)
        bytes += #","output_fields":{"#.utf8
        var wroteTime = false
        var first = true
        func separate() {
            if !first { bytes.append(UInt8(ascii: ",")) }
            first = false
        }
        for field in fields {
            if !wroteTime, field.name > "evt.time" {
                separate()
                bytes += "\"evt.time\":\(time)".utf8
                wroteTime = true
            }
            separate()
            Self.append(field.name, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            switch field.value {
            case .text(let text): Self.append(text, to: &bytes)
            case .missing: bytes += "null".utf8
            case .integer, .bool: bytes += field.value.printed.utf8
            }
        }
        if !wroteTime {
            separate()
            bytes += "\"evt.time\":\(time)".utf8
        }
        bytes += #"},"priority":"#.utf8
        Self.append(priorityName, to: &bytes)
        bytes += #","rule":"#.utf8
        Self.append(rule, to: &bytes)
        bytes += #","source":"#.utf8
        Self.append(source, to: &bytes)
        bytes += #","tags":["#.utf8
        for (index, tag) in tags.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            Self.append(tag, to: &bytes)
        }
        bytes += #"],"time":"#.utf8
        Self.append(EventTime(nanoseconds: time).description, to: &bytes)
        bytes.append(UInt8(ascii: "}"))
    }

    /// The output line with time of day and priority in front, as Falco prints it.
    public var line: String {
        var line = ""
        line.reserveCapacity(text.utf8.count + 40)
        line += String(decoding: EventTime(nanoseconds: time).rfc3339[11 ..< 29], as: UTF8.self)
        line += ": "
        line += priorityName
        line += " "
        line += text
        return line
    }

    private var priorityName: String { Priority(rawValue: priority)?.name ?? "Debug" }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        defer { bytes.append(UInt8(ascii: "\"")) }
        let start = bytes.count
        bytes += text.utf8
        let isPlain = bytes.span.extracting(start ..< bytes.count).allBytes {
            $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        guard !isPlain else { return }
        bytes.removeSubrange(start...)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0 ..< 0x20:
                let digits = String(byte, radix: 16)
                bytes += ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8
            default:
                bytes.append(byte)
            }
        }
    }
}

extension Span<UInt8> {
    fileprivate func allBytes(_ holds: (UInt8) -> Bool) -> Bool {
        for index in indices where !holds(self[index]) { return false }
        return true
    }
}
