// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import Foundation
import Testing

@testable import AlertSinks

/// Sinks that get a part of the outputs, records of the engine's own among them.
@Suite struct RoutedSinkTests {
    private let folder: Folder
    private let path: String
    private let entries: [DecidedEntry]

    init() throws {
        folder = try Folder()
        path = folder.path("alerts.json")
        entries = Self.routed()
    }

    /// Alerts, gaps and storms; the output numbered n goes to `archive` unless n is divisible by 3, to `pager` when n is
    /// divisible by 5. One entry of four goes everywhere.
    private static func routed() -> [DecidedEntry] {
        var made: [DecidedEntry] = []
        var output: Int64 = 1
        for (number, entry) in Stream.entries(12, of: 4).enumerated() {
            var notes = EntryNotes()
            let storm = StormRecord(
                storm: SubjectID(high: 1, low: UInt64(number)), state: .open, revision: number, scope: .overall,
                key: "",
                held: number, top: [], first: EventTime(nanoseconds: output), last: EventTime(nanoseconds: output),
                samples: [])
            notes.records = [PlacedRecord(position: 0, record: .storm(storm))]
            let count = entry.outputCount + 1
            if number % 4 != 3 {
                notes.routes.sets = [["archive"], [], ["pager"], ["pager", "archive"]]
                notes.routes.perOutput = (output ..< output + Int64(count)).map(Self.set)
            }
            made.append(
                DecidedEntry(
                    installation: 1, epoch: 2, place: entry.place, source: entry.source, content: entry.content,
                    fates: [], notes: notes, firstOutput: output, outputCount: count))
            output += Int64(count)
        }
        return made
    }

    /// The index of the set of an output's sinks.
    private static func set(of output: Int64) -> UInt16 {
        switch (output % 3 != 0, output % 5 == 0) {
        case (true, false): 0
        case (false, false): 1
        case (false, true): 2
        case (true, true): 3
        }
    }

    private func expected(_ sink: String) -> [UInt8] {
        var buffer = OutputBuffer()
        for entry in entries {
            for (offset, output) in OutputWalk(entry).enumerated() where entry.notes.routes.contains(sink, at: offset) {
                var one = OutputBuffer()
                _ = CreanceFormat().append(
                    outputsOf: entry, from: entry.firstOutput + Int64(offset), limitBytes: 0, to: &one)
                if case .gap = output {
                    #expect(String(decoding: [UInt8](_span: one.bytes), as: UTF8.self).contains("gap"))
                }
                buffer.append(one.bytes)
            }
        }
        return [UInt8](_span: buffer.bytes)
    }

    @Test(arguments: ["archive", "pager", "nobody"], [1, 3, 1000])
    func `a file gets what is routed to it, in order`(name: String, batch: Int) throws {
        let sink = FileSink(.sample(path, batchCount: batch), name: name)
        try sink.open(at: nil)
        try sink.feed(entries)
        #expect(try folder.bytes("alerts.json") == expected(name))
        #expect(sink.counters.records == entries.reduce(0) { $0 + $1.routedCount(to: name) })
    }

    @Test func `without a name it gets everything`() throws {
        let sink = FileSink(.sample(path))
        try sink.open(at: nil)
        try sink.feed(entries)
        #expect(try folder.bytes("alerts.json") == Stream.bytes(entries))
    }

    @Test(arguments: [0, 2, 7])
    func `cut at any byte behind the cursor, a routed file becomes the undisturbed one`(stored: Int) throws {
        let whole = expected("archive")
        let first = FileSink(.sample(path), name: "archive")
        try first.open(at: nil)
        try first.feed(Array(entries[..<stored]))
        let cursor = first.cursor(after: Array(entries[..<stored]))
        first.close()
        let known = try folder.bytes("alerts.json").count
        for length in stride(from: known, through: whole.count, by: 7) {
            try folder.write(whole[..<length], to: "cut.json")
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.moveItem(atPath: folder.path("cut.json"), toPath: path)
            let sink = FileSink(.sample(path, batchCount: 2), name: "archive")
            // Another file by its inode: the whole of it is looked through.
            try sink.open(at: SinkCursor(nextOutput: 1))
            try sink.feed(entries)
            let file = try folder.bytes("alerts.json")
            if file != whole { Issue.record("cut at \(length): \(String(decoding: file, as: UTF8.self))") }
            let counted = sink.counters.records + sink.counters.recognised
            if counted != entries.reduce(0, { $0 + $1.routedCount(to: "archive") }) {
                Issue.record("cut at \(length): \(counted) counted")
            }
            sink.close()
        }
        #expect(cursor.nextOutput == (entries[..<stored].last?.endOutput ?? 1))
    }

    @Test func `standard output gets what is routed to it`() throws {
        try folder.write([], to: "out")
        let handle = try FileHandle(forWritingTo: folder.url.appending(path: "out"))
        let sink = StdoutSink(
            StdoutSinkSettings(format: .creance), name: "pager", descriptor: handle.fileDescriptor, environment: [:])
        try sink.open(at: nil)
        try sink.feed(entries)
        #expect(try folder.bytes("out") == expected("pager"))
        #expect(sink.counters.records == entries.reduce(0) { $0 + $1.routedCount(to: "pager") })
    }
}
