// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CFalcoOutputs
import CJSONScan
import Foundation
import Journal

/// Falco's two encodings, as the daemon decodes them.
@safe
final class SampleDecoder: BlockDecoder {
    private let parser: OpaquePointer

    init() { unsafe parser = unsafe cjson_parser_create() }
    deinit { unsafe cjson_parser_destroy(parser) }

    func decode(_ encoding: AlertEncoding, _ raw: Span<UInt8>, arrival: EventTime, into batch: inout AlertBatchBuilder)
    {
        let target = unsafe batch.raw
        unsafe raw.withUnsafeBufferPointer { raw in
            switch encoding {
            case .protobuf:
                let outcome = unsafe cfalco_append_response(target, raw.baseAddress, raw.count, arrival.nanoseconds)
                guard outcome == CALERT_ACCEPTED else { return }
                unsafe cjson_unwrap(parser, target, target.pointee.record_count - 1)
            case .json:
                unsafe cjson_scan_alert(parser, target, raw.baseAddress, raw.count, arrival.nanoseconds)
            }
        }
    }
}

/// The recordings of a real Falco, one raw message each.
enum SampleAlerts {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(
        path: "Samples")

    static func file(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: folder.appending(path: name))) }

    static func lines(_ name: String) throws -> [[UInt8]] { try file(name).split(separator: 10).map(Array.init) }

    static func messages(_ name: String) throws -> [[UInt8]] {
        let bytes = try file(name)
        var messages: [[UInt8]] = []
        var place = 0
        var frame = cfalco_frame()
        while unsafe cfalco_next_frame(bytes, bytes.count, place, 1 << 26, &frame) == CFALCO_FRAME_MESSAGE {
            messages.append(Array(bytes[Int(frame.message) ..< Int(frame.message + frame.length)]))
            place = Int(frame.next)
        }
        return messages
    }

    /// Raw messages of one encoding as batches of `size`, arriving a microsecond apart.
    static func batches(
        _ raw: [[UInt8]], _ encoding: AlertEncoding, size: Int, arrival: Int64 = 1_780_000_000_000_000_000
    ) -> [AlertBatch] {
        let decoder = SampleDecoder()
        var batches: [AlertBatch] = []
        var index = 0
        while index < raw.count {
            var builder = AlertBatchBuilder()
            for message in raw[index ..< min(index + size, raw.count)] {
                decoder.decode(
                    encoding, message.span, arrival: EventTime(nanoseconds: arrival + Int64(index) * 1000),
                    into: &builder)
                index += 1
            }
            batches.append(builder.seal())
        }
        return batches
    }

    /// A JSON alert made up of what a test cares for.
    static func json(
        rule: String = "Rule", priority: String = "Notice", source: String = "syscall", hostname: String = "node-1",
        time: EventTime = EventTime(nanoseconds: 1_780_000_000_000_000_000), output: String = "something happened",
        container: String? = nil, namespace: String? = nil
    ) -> [UInt8] {
        func quoted(_ text: String?) -> String { text.map { "\"\($0)\"" } ?? "null" }
        return [UInt8](
            """
            {"hostname":"\(hostname)","output":"\(output)","output_fields":{"container.id":\(quoted(container)),\
            "k8s.ns.name":\(quoted(namespace)),"proc.name":"sh"},"priority":"\(priority)","rule":"\(rule)",\
            "source":"\(source)","tags":["test"],"time":"\(time)"}
            """.utf8)
    }

    static func batch(_ raw: [UInt8]..., arrival: Int64 = 1_780_000_000_000_000_000) -> AlertBatch {
        batches(raw, .json, size: max(1, raw.count), arrival: arrival)[0]
    }
}

/// Everything a batch says about an alert, for comparing.
func summary(_ batch: AlertBatch, _ index: Int) -> [String] {
    let alert = batch.alert(at: index)
    func text(_ span: Span<UInt8>) -> String { span.indices.map { String(span[$0], radix: 16) }.joined() }
    var lines = [
        "\(alert.eventTime) \(alert.arrivalTime) \(alert.priority) \(alert.encoding) \(alert.isWrappedJSON)",
        text(alert.raw), text(alert.rule), text(alert.source), text(alert.hostname), text(alert.output),
        text(alert.wrapped),
    ]
    for tag in 0 ..< alert.tagCount { lines.append(text(alert.tag(at: tag))) }
    for field in 0 ..< alert.fieldCount {
        lines.append(
            text(alert.field(at: field).key) + "=" + text(alert.field(at: field).text)
                + "\(alert.field(at: field).value)")
    }
    return lines
}
