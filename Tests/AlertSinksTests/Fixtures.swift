// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import AlertSinks
import CAlertBatch
import Foundation

/// A folder that is gone after the test.
final class Folder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "creance-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path }
    func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: url.appending(path: name))) }
    func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }
    func write(_ bytes: some Sequence<UInt8>, to name: String) throws {
        try Data(bytes).write(to: url.appending(path: name))
    }

    /// Appends, as another program would.
    func append(_ text: String, to name: String) throws {
        let handle = try FileHandle(forWritingTo: url.appending(path: name))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    func rename(_ name: String, to other: String) throws {
        try FileManager.default.moveItem(at: url.appending(path: name), to: url.appending(path: other))
    }

    /// Cuts a file in place, as a crash (or copytruncate) leaves it.
    func truncate(_ name: String, to length: Int) throws {
        let handle = try FileHandle(forWritingTo: url.appending(path: name))
        try handle.truncate(atOffset: UInt64(length))
        try handle.close()
    }
}

/// Entries of made-up alerts, outputs numbered from 1 over all of them.
enum Stream {
    static func alerts(_ rules: [String], place: Int64, firstOutput: Int64) -> DecidedEntry {
        let builder = AlertBatchBuilder()
        for rule in rules {
            let json = [UInt8](#"{"priority":"Notice","rule":"\#(rule)","time":"2026-05-28T20:26:40Z"}"#.utf8)
            append(json, rule, to: builder)
        }
        let batch = builder.seal()
        return DecidedEntry(
            installation: 1, epoch: 2, place: place, source: "node", content: .alerts(batch), fates: [],
            firstOutput: firstOutput, outputCount: batch.count)
    }

    private static func append(_ json: [UInt8], _ rule: String, to builder: borrowing AlertBatchBuilder) {
        guard let room = unsafe calert_batch_reserve_bytes(builder.raw, UInt32(json.count)) else { return }
        for (place, byte) in json.enumerated() { unsafe room[place] = byte }
        let start = unsafe builder.raw.pointee.byte_count
        guard let record = unsafe calert_batch_append_record(builder.raw) else { return }
        unsafe record.pointee.raw = calert_slice(offset: start, length: UInt32(json.count))
        unsafe record.pointee.rule = calert_slice(offset: start + 29, length: UInt32(rule.utf8.count))
        unsafe record.pointee.priority = 5
        unsafe record.pointee.encoding = 1
        unsafe record.pointee.event_time = 1_780_000_000_000_000_000
        unsafe record.pointee.arrival_time = 1_780_000_000_000_000_001
        unsafe builder.raw.pointee.byte_count += UInt32(json.count)
    }

    /// `entries` entries of `each` alerts, a gap after every third.
    static func entries(_ entries: Int, of each: Int, rule: String = "Rule") -> [DecidedEntry] {
        var made: [DecidedEntry] = []
        var output: Int64 = 1
        for number in 0 ..< entries {
            // Lines of different lengths, so that no two places look alike.
            let rules = (0 ..< each).map {
                "\(rule) \(number).\($0) " + String(repeating: "x", count: ($0 * 7 + number) % 23)
            }
            made.append(alerts(rules, place: output, firstOutput: output))
            output += Int64(each)
            if number % 3 == 2 {
                let gap = Gap(
                    source: "node", from: EventTime(nanoseconds: output), to: EventTime(nanoseconds: output + 1),
                    reason: .reconnected)
                made.append(
                    DecidedEntry(
                        installation: 1, epoch: 2, place: output, source: "node", content: .gap(gap), fates: [],
                        firstOutput: output, outputCount: 1))
                output += 1
            }
        }
        return made
    }

    static func bytes(_ entries: [DecidedEntry], _ format: any AlertFormat = CreanceFormat()) -> [UInt8] {
        var buffer = OutputBuffer()
        for entry in entries {
            _ = format.append(outputsOf: entry, from: entry.firstOutput, limitBytes: .max, to: &buffer)
        }
        return [UInt8](_span: buffer.bytes)
    }
}

extension AlertSink {
    /// What a lane does: feeds from the cursor on, and flushes at the end.
    func feed(_ entries: [DecidedEntry], from output: Int64 = 1) throws {
        for entry in entries where entry.endOutput > output { try write(entry, from: output) }
        try flush()
    }

    /// The cursor that a lane would store after `entries`.
    func cursor(after entries: [DecidedEntry]) -> SinkCursor {
        SinkCursor(nextOutput: entries.last?.endOutput ?? 1, position: position)
    }
}

extension FileSinkSettings {
    static func sample(_ path: String, batchCount: Int = 1_024, sync: Sync = .never) -> FileSinkSettings {
        FileSinkSettings(path: path, format: .creance, sync: sync, batch: BatchLimits(count: batchCount))
    }
}
