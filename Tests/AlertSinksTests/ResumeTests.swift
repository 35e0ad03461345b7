// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import AlertSinks
import Foundation
import Testing

/// A file sink after kill −9: the stored cursor is older than the file, and the file ends anywhere.
@Suite struct ResumeTests {
    private let folder: Folder
    private let path: String
    private let entries = Stream.entries(6, of: 3)
    private let expected: [UInt8]
    init() throws {
        folder = try Folder()
        path = folder.path("alerts.json")
        expected = Stream.bytes(entries)
    }

    /// Writes the first `count` entries with a sink that then dies, and returns the cursor stored last.
    private func run(_ count: Int) throws -> SinkCursor {
        let sink = FileSink(.sample(path))
        try sink.open(at: nil)
        try sink.feed(Array(entries[..<count]))
        return sink.cursor(after: Array(entries[..<count]))
    }

    private func resume(at cursor: SinkCursor?, with entries: [DecidedEntry]) throws -> FileSink {
        let sink = FileSink(.sample(path, batchCount: 2))
        try sink.open(at: cursor)
        try sink.feed(entries, from: cursor?.nextOutput ?? 1)
        return sink
    }

    @Test(arguments: [0, 1, 4]) func `cut at any byte behind the cursor, the file becomes the undisturbed one`(
        stored: Int
    ) throws {
        let cursor = try run(stored)
        let known = try folder.bytes("alerts.json").count
        #expect(known == Stream.bytes(Array(entries[..<stored])).count)
        for length in known ... expected.count {
            try rewrite(expected[..<length])
            let sink = try resume(at: cursor, with: entries)
            let file = try folder.bytes("alerts.json")
            if file != expected { Issue.record("cut at \(length): \(String(decoding: file, as: UTF8.self))") }
            if sink.counters.records + sink.counters.recognised
                != Int(entries[entries.count - 1].endOutput - cursor.nextOutput)
            {
                Issue.record(
                    "cut at \(length): \(sink.counters.records) written, \(sink.counters.recognised) recognised")
            }
        }
    }

    @Test func `killed before any cursor was stored, nothing is written twice`() throws {
        _ = try run(0)
        for length in stride(from: 0, through: expected.count, by: 13) {
            try rewrite([UInt8]("older line\n".utf8) + expected[..<length])
            _ = try resume(at: nil, with: entries)
            #expect(try folder.bytes("alerts.json") == [UInt8]("older line\n".utf8) + expected)
        }
    }

    @Test func `killed while still comparing, the next run goes on from there`() throws {
        let cursor = try run(1)
        try rewrite(expected[...])
        let second = FileSink(.sample(path))
        try second.open(at: cursor)
        try second.feed(Array(entries[..<3]), from: cursor.nextOutput)
        let reached = second.cursor(after: Array(entries[..<3]))
        second.close()
        let third = try resume(at: reached, with: entries)
        #expect(try folder.bytes("alerts.json") == expected)
        #expect(third.counters.recognised == Int(entries[entries.count - 1].endOutput - reached.nextOutput))
    }

    @Test func `lines that somebody else wrote among ours stay, and ours are not repeated`() throws {
        let cursor = try run(1)
        let lines = String(decoding: expected, as: UTF8.self).split(separator: "\n").map { $0 + "\n" }
        let mixed = lines[..<5].joined() + "foreign 1\n" + lines[5 ..< 7].joined() + "foreign 2\n"
        try rewrite([UInt8]((mixed + lines[7].prefix(20)).utf8))
        let sink = try resume(at: cursor, with: entries)
        #expect(try folder.text("alerts.json") == mixed + lines[7...].joined())
        #expect(sink.counters.foreignLines == 2 && sink.counters.completedLines == 1)
    }

    @Test func `somebody's unfinished line is ended, not completed`() throws {
        let cursor = try run(1)
        let known = try folder.text("alerts.json")
        try folder.append("{\"schema\":1,\"kind\":\"al something else", to: "alerts.json")
        _ = try resume(at: cursor, with: entries)
        #expect(
            try folder.text("alerts.json") == known + "{\"schema\":1,\"kind\":\"al something else\n"
                + String(decoding: expected.dropFirst(known.utf8.count), as: UTF8.self))
    }

    @Test func `torn line, foreign line behind it: the line comes again, whole`() throws {
        let cursor = try run(1)
        let known = try folder.bytes("alerts.json").count
        let lines = String(decoding: expected[known...], as: UTF8.self).split(separator: "\n").map { $0 + "\n" }
        let before = String(decoding: expected[..<known], as: UTF8.self) + lines[0] + lines[1].prefix(9) + "foreign\n"
        try rewrite([UInt8](before.utf8))
        _ = try resume(at: cursor, with: entries)
        #expect(try folder.text("alerts.json") == before + lines[1...].joined())
    }

    @Test(arguments: [false, true])
    func `rotated in between, nothing is repeated in either file`(newFileExists: Bool) throws {
        let cursor = try run(1)
        let known = try folder.bytes("alerts.json").count
        for length in known ... expected.count {
            try rewrite(expected[..<length])
            try? FileManager.default.removeItem(atPath: folder.path("alerts.json.1"))
            try folder.rename("alerts.json", to: "alerts.json.1")
            if newFileExists { try folder.write([], to: "alerts.json") }
            let sink = try resume(at: cursor, with: entries)
            let both = try folder.bytes("alerts.json.1") + folder.bytes("alerts.json")
            if both != expected { Issue.record("cut at \(length): \(String(decoding: both, as: UTF8.self))") }
            #expect(try folder.bytes("alerts.json.1").last == 10)
            sink.close()
            try FileManager.default.removeItem(atPath: folder.path("alerts.json"))
            try folder.rename("alerts.json.1", to: "alerts.json")
        }
    }

    @Test func `reopened before the kill, the lines in both files are known`() throws {
        let first = FileSink(.sample(path))
        try first.open(at: nil)
        try first.feed(Array(entries[..<2]))
        let cursor = first.cursor(after: Array(entries[..<2]))
        try first.feed(Array(entries[..<3]), from: cursor.nextOutput)
        try folder.rename("alerts.json", to: "alerts.json-20261121")
        try first.reopen()
        try first.feed(Array(entries[..<5]), from: entries[3].firstOutput)
        first.close()
        let sink = try resume(at: cursor, with: entries)
        #expect(try folder.bytes("alerts.json-20261121") + folder.bytes("alerts.json") == expected)
        #expect(sink.counters.foreignLines == 0)
    }

    @Test func `reopened while comparing, the rest goes to the new file`() throws {
        let cursor = try run(1)
        try rewrite(expected[..<(expected.count - 40)])
        let sink = FileSink(.sample(path))
        try sink.open(at: cursor)
        try sink.feed(Array(entries[..<3]), from: cursor.nextOutput)
        try folder.rename("alerts.json", to: "alerts.json.1")
        try sink.reopen()
        try sink.feed(entries, from: entries[3].firstOutput)
        #expect(try folder.bytes("alerts.json.1") + folder.bytes("alerts.json") == expected)
    }

    @Test func `the file was copied: its lines are found again without their place`() throws {
        let cursor = try run(2)
        try rewrite(expected[..<(expected.count - 100)])
        try folder.write(try folder.bytes("alerts.json"), to: "copy")
        try FileManager.default.removeItem(atPath: path)
        try folder.rename("copy", to: "alerts.json")
        _ = try resume(at: cursor, with: entries)
        #expect(try folder.bytes("alerts.json") == expected)
    }

    @Test func `a position of another version or of nonsense is as none`() throws {
        let cursor = try run(2)
        let known = cursor.position
        let nonsense: [[UInt8]] = [
            [], [9], Array(known.dropLast()), [2] + known.dropFirst(), Array(repeating: 255, count: 17),
        ]
        for position in nonsense {
            try rewrite(expected[..<(expected.count - 7)])
            _ = try resume(at: SinkCursor(nextOutput: cursor.nextOutput, position: position), with: entries)
            #expect(try folder.bytes("alerts.json") == expected)
        }
    }

    @Test func `a line longer than what is read at once is recognised and completed`() throws {
        let long = Stream.alerts([String(repeating: "y", count: 3 << 20), "short"], place: 1, firstOutput: 1)
        let bytes = Stream.bytes([long])
        for length in [10, 1 << 20, (1 << 20) + 1, 3 << 20, bytes.count - 1, bytes.count] {
            try? FileManager.default.removeItem(atPath: path)
            try folder.write(bytes[..<length], to: "alerts.json")
            let sink = try resume(at: nil, with: [long])
            #expect(try folder.bytes("alerts.json") == bytes)
            sink.close()
        }
    }

    /// The same file, with other content: what the kernel kept of it.
    private func rewrite(_ bytes: some Sequence<UInt8>) throws {
        try folder.truncate("alerts.json", to: 0)
        try folder.append(String(decoding: Array(bytes), as: UTF8.self), to: "alerts.json")
    }
}
