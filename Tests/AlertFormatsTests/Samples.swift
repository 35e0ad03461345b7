// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import CAlertBatch
import CFalcoOutputs
import CJSONScan
import Foundation

/// Recordings and made-up alerts, decoded as the sources decode them.
enum Sample {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Samples")
    static let installation: UInt64 = 0x4f1c_9a2e_07b3_d651
    static let epoch: UInt64 = 0x9be0_c4d2_a1f0_8e37
    static let arrival = EventTime(nanoseconds: 1_795_295_740_800_000_000)

    static func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: folder.appending(path: name))) }

    static func lines(_ name: String) throws -> [[UInt8]] {
        try bytes(name).split(separator: 10).map { [UInt8]($0) }
    }

    /// The messages of a `.pb` file.
    static func messages(_ name: String) throws -> [[UInt8]] {
        let bytes = try bytes(name)
        var place = 0
        var messages: [[UInt8]] = []
        while true {
            var frame = cfalco_frame()
            let state = unsafe cfalco_next_frame(bytes, bytes.count, place, 64 << 20, &frame)
            guard state == CFALCO_FRAME_MESSAGE else { return messages }
            messages.append([UInt8](bytes[Int(frame.message) ..< Int(frame.message + frame.length)]))
            place = Int(frame.next)
        }
    }

    static func entry(_ batch: consuming AlertBatchBuilder, fates: [UInt8] = [], first: Int64 = 1) -> DecidedEntry {
        let sealed = batch.seal()
        let outputs = fates.isEmpty ? sealed.count : fates.count { $0 == Fate.passed.rawValue }
        return DecidedEntry(
            installation: installation, epoch: epoch, place: 1024, source: "node", content: .alerts(sealed),
            fates: fates,
            firstOutput: first, outputCount: outputs)
    }

    static func gap(_ reason: Gap.Reason, source: String = "node") -> DecidedEntry {
        let gap = Gap(
            source: source, from: arrival, to: arrival.advanced(by: .milliseconds(2500)), reason: reason)
        return DecidedEntry(
            installation: installation, epoch: epoch, place: 7, source: source, content: .gap(gap), fates: [],
            firstOutput: 1,
            outputCount: 1)
    }

    static func json(_ documents: [[UInt8]]) -> DecidedEntry {
        let builder = AlertBatchBuilder()
        let parser = unsafe cjson_parser_create()
        defer { unsafe cjson_parser_destroy(parser) }
        for document in documents {
            _ = unsafe cjson_scan_alert(parser, builder.raw, document, document.count, arrival.nanoseconds)
        }
        return entry(builder)
    }

    static func json(_ document: String) -> DecidedEntry { json([[UInt8](document.utf8)]) }

    static func protobuf(_ messages: [[UInt8]], unwrap: Bool = true) -> DecidedEntry {
        let builder = AlertBatchBuilder()
        let parser = unsafe cjson_parser_create()
        defer { unsafe cjson_parser_destroy(parser) }
        for message in messages {
            let reason = unsafe cfalco_append_response(builder.raw, message, message.count, arrival.nanoseconds)
            if unwrap, reason == CALERT_ACCEPTED {
                _ = unsafe cjson_unwrap(parser, builder.raw, UInt32(builder.alertCount - 1))
            }
        }
        return entry(builder)
    }
}

extension AlertFormat {
    /// The lines of an entry, without their line feeds.
    func lines(_ entry: DecidedEntry) -> [[UInt8]] {
        var buffer = OutputBuffer()
        let end = append(outputsOf: entry, from: entry.firstOutput, limitBytes: .max, to: &buffer)
        precondition(end == entry.endOutput)
        let bytes = [UInt8](_span: buffer.bytes)
        precondition(bytes.last == 10)
        return bytes.dropLast().split(separator: 10, omittingEmptySubsequences: false).map { [UInt8]($0) }
    }

    func text(_ entry: DecidedEntry) -> String {
        lines(entry).map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
    }
}

/// One `falco.outputs.response`, written by hand.
struct Message {
    var bytes: [UInt8] = []

    init(
        seconds: UInt64 = 1_795_295_740, nanos: UInt64 = 762_636_430, priority: UInt8 = 5, rule: String = "Rule",
        output: [UInt8] = [UInt8]("text".utf8), fields: [(String, [UInt8])] = [], hostname: String = "node-1",
        tags: [String] = [], source: String = "syscall"
    ) {
        add(1, [0x08] + Self.varint(seconds) + [0x10] + Self.varint(nanos))
        bytes += [0x10, priority]
        add(4, [UInt8](rule.utf8))
        add(5, output)
        for (key, value) in fields {
            var entry = Message(empty: ())
            entry.add(1, [UInt8](key.utf8))
            entry.add(2, value)
            add(6, entry.bytes)
        }
        if !hostname.isEmpty { add(7, [UInt8](hostname.utf8)) }
        for tag in tags { add(8, [UInt8](tag.utf8)) }
        add(9, [UInt8](source.utf8))
    }

    private init(empty: Void) {}

    private mutating func add(_ field: UInt8, _ value: [UInt8]) {
        bytes += [field << 3 | 2] + Self.varint(UInt64(value.count)) + value
    }

    static func varint(_ value: UInt64) -> [UInt8] {
        var rest = value
        var bytes: [UInt8] = []
        while rest >= 128 {
            bytes.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
