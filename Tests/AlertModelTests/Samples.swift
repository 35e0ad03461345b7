// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSources
import Foundation

/// The recordings of a real Falco under Tests/Samples.
enum Samples {
    static func bytes(_ name: String) throws -> [UInt8] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return [UInt8](try Data(contentsOf: folder.appendingPathComponent("Samples/\(name)")))
    }

    static func lines(_ name: String) throws -> [[UInt8]] { try bytes(name).split(separator: 10).map(Array.init) }

    /// The messages of a varint-length-delimited file.
    static func messages(_ name: String) throws -> [[UInt8]] {
        let bytes = try bytes(name)
        var messages: [[UInt8]] = []
        var place = 0
        while place < bytes.count {
            let length = varint(bytes, &place)
            messages.append(Array(bytes[place ..< place + length]))
            place += length
        }
        return messages
    }

    static func varint(_ bytes: [UInt8], _ place: inout Int) -> Int {
        var value = 0
        var shift = 0
        repeat {
            value |= Int(bytes[place] & 127) << shift
            shift += 7
            place += 1
        } while bytes[place - 1] >= 128
        return value
    }

    static func batch(_ encoding: AlertEncoding, _ units: [[UInt8]]) -> AlertBatch {
        let decoder = AlertDecoder()
        var builder = AlertBatchBuilder()
        for unit in units { decoder.decode(encoding, unit.span, arrival: EventTime(nanoseconds: 1), into: &builder) }
        return builder.seal()
    }

    /// The same message with another `output` (field 5); everything else keeps its bytes.
    static func message(_ message: [UInt8], withOutput output: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var place = 0
        while place < message.count {
            let start = place
            let key = varint(message, &place)
            if key & 7 == 0 {
                _ = varint(message, &place)
            } else {
                let length = varint(message, &place)
                place += length
            }
            if key >> 3 == 5 {
                result.append(0x2a)
                var rest = output.count
                while rest >= 128 {
                    result.append(UInt8(rest & 127) | 128)
                    rest >>= 7
                }
                result.append(UInt8(rest))
                result += output
            } else {
                result += message[start ..< place]
            }
        }
        return result
    }
}

/// An alert in canonical form, by value: what must be equal whichever way it came in.
struct CanonicalAlert: Equatable {
    let time: EventTime
    let priority: Priority
    let rule, source, hostname, output: String
    let tags: [String]
    /// Without nulls: absent, null, "" and `<NA>` are one.
    let fields: [String: FieldValue]

    init(_ alert: AlertView) {
        func text(_ span: Span<UInt8>) -> String { String(decoding: [UInt8](_span: span), as: UTF8.self) }
        time = alert.eventTime
        priority = alert.priority
        rule = text(alert.rule)
        source = text(alert.source)
        hostname = text(alert.hostname)
        output = text(alert.output)
        tags = (0 ..< alert.tagCount).map { text(alert.tag(at: $0)) }
        var fields: [String: FieldValue] = [:]
        for index in 0 ..< alert.fieldCount {
            let field = alert.field(at: index)
            if field.value != .null { fields[text(field.key)] = field.value }
        }
        self.fields = fields
    }
}
