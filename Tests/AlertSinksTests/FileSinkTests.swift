// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import Foundation
import Testing

@testable import AlertSinks

@Suite struct FileSinkTests {
    private let folder: Folder
    private let path: String
    init() throws {
        folder = try Folder()
        path = folder.path("alerts.json")
    }

    private func sink(batchCount: Int = 1_024, sync: FileSinkSettings.Sync = .never) -> FileSink {
        FileSink(.sample(path, batchCount: batchCount, sync: sync))
    }

    @Test(arguments: FileSinkSettings.Sync.allCases)
    func `every output is one line, in order`(sync: FileSinkSettings.Sync) throws {
        let entries = Stream.entries(20, of: 7)
        let sink = sink(batchCount: 3, sync: sync)
        try sink.open(at: nil)
        try sink.feed(entries)
        #expect(try folder.bytes("alerts.json") == Stream.bytes(entries))
        #expect(sink.counters.records == 146)
        #expect(sink.counters.bytes == Stream.bytes(entries).count)
        sink.close()
    }

    @Test func `the file is for its owner and group, its folders are made`() throws {
        let deep = folder.path("a/b/alerts.json")
        let sink = FileSink(.sample(deep))
        try sink.open(at: nil)
        let mode = try FileManager.default.attributesOfItem(atPath: deep)[.posixPermissions] as? Int
        #expect(mode.map { $0 & 0o137 } == 0)
    }

    @Test func `only outputs from the cursor on are written`() throws {
        let entries = Stream.entries(2, of: 4)
        let sink = sink()
        try sink.open(at: nil)
        try sink.feed(entries, from: 4)
        let lines = try folder.text("alerts.json").split(separator: "\n")
        #expect(lines.count == 5 && lines[0].contains(#""id":"0000000000000001-0000000000000002-4""#))
    }

    @Test func `what was there and lacks its line feed gets a line of its own`() throws {
        try folder.write(Array("somebody's line".utf8), to: "alerts.json")
        let entries = Stream.entries(1, of: 2)
        let sink = sink()
        try sink.open(at: nil)
        try sink.feed(entries)
        #expect(try folder.bytes("alerts.json") == Array("somebody's line\n".utf8) + Stream.bytes(entries))
    }

    @Test func `a second sink on the same file is refused, and may have it afterwards`() throws {
        let first = sink()
        try first.open(at: nil)
        let second = sink()
        #expect(throws: DeliveryError.self) { try second.open(at: nil) }
        first.close()
        try second.open(at: nil)
        try second.feed(Stream.entries(1, of: 1))
    }

    @Test func `a folder or a pipe is no file`() throws {
        #expect(throws: DeliveryError.self) { try FileSink(.sample(self.folder.url.path)).open(at: nil) }
        let pipe = folder.path("pipe")
        let made = unsafe mkfifo(pipe, 0o600)
        #expect(made == 0)
        #expect(throws: DeliveryError.reject(reason: "\(pipe) is neither a file nor a device that can be written to")) {
            try FileSink(.sample(pipe)).open(at: nil)
        }
    }

    @Test func `a full device is said and tried again, and nothing is taken twice`() throws {
        let full = FileSink(.sample("/dev/full"))
        try full.open(at: nil)
        let entries = Stream.entries(1, of: 3)
        try full.write(entries[0], from: 1)
        for _ in 0 ..< 3 {
            #expect(
                throws: DeliveryError.retry(
                    after: .seconds(1), reason: "cannot write /dev/full: No space left on device")
            ) { try full.flush() }
        }
        #expect(full.counters.records == 0 && full.counters.retries == 3)
    }

    @Test func `a line torn by a full disk is completed when there is room`() throws {
        let entries = Stream.entries(12, of: 5)
        let expected = Stream.bytes(entries)
        var room = expected.count / 2 + 17
        let sink = sink(batchCount: 4)
        sink.writing = { file, buffer, offset in
            guard room > 0 else { return -Int(ENOSPC) }
            let written = file.write(buffer, from: offset, limit: room)
            room -= written
            return written
        }
        try sink.open(at: nil)
        var attempts = 0
        for entry in entries {
            while true {
                do {
                    try sink.write(entry, from: 1)
                    break
                } catch {
                    attempts += 1
                    if attempts == 5 { room = .max }
                }
            }
        }
        try sink.flush()
        #expect(attempts == 5)
        #expect(try folder.bytes("alerts.json") == expected)
    }

    @Test func `after a rename, lines go to the old file until reopen, then to the new one`() throws {
        let entries = Stream.entries(9, of: 3)
        let sink = sink()
        try sink.open(at: nil)
        try sink.feed(Array(entries[0 ..< 4]))
        try sink.reopen()
        #expect(sink.counters.opened == 1)
        try folder.rename("alerts.json", to: "alerts.json.1")
        try sink.feed(Array(entries[4 ..< 6]))
        try sink.reopen()
        try sink.feed(Array(entries[6...]))
        #expect(try folder.bytes("alerts.json.1") == Stream.bytes(Array(entries[0 ..< 6])))
        #expect(try folder.bytes("alerts.json") == Stream.bytes(Array(entries[6...])))
        #expect(sink.counters.opened == 2)
    }

    @Test func `a new file that logrotate created is used as it is`() throws {
        let entries = Stream.entries(2, of: 3)
        let sink = sink()
        try sink.open(at: nil)
        try sink.feed([entries[0]])
        try folder.rename("alerts.json", to: "alerts.json.1")
        try folder.write([UInt8]("not finished".utf8), to: "alerts.json")
        try sink.reopen()
        try sink.feed([entries[1]])
        #expect(try folder.bytes("alerts.json") == [UInt8]("not finished\n".utf8) + Stream.bytes([entries[1]]))
    }

    @Test func `after copytruncate lines start at the beginning`() throws {
        let entries = Stream.entries(4, of: 3)
        let sink = sink()
        try sink.open(at: nil)
        try sink.feed(Array(entries[0 ..< 2]))
        try folder.truncate("alerts.json", to: 0)
        try sink.feed(Array(entries[2...]))
        #expect(try folder.bytes("alerts.json") == Stream.bytes(Array(entries[2...])))
        let cursor = sink.cursor(after: entries)
        sink.close()
        let next = self.sink()
        try next.open(at: cursor)
        let more = Stream.alerts(["last"], place: 99, firstOutput: cursor.nextOutput)
        try next.feed([more], from: cursor.nextOutput)
        #expect(try folder.bytes("alerts.json") == Stream.bytes(Array(entries[2...]) + [more]))
    }

    @Test func `reopening where nothing can be opened is an error, and later works`() throws {
        let deep = folder.path("sub/alerts.json")
        let sink = FileSink(.sample(deep))
        try sink.open(at: nil)
        try folder.rename("sub", to: "gone")
        try folder.write([UInt8]("a file where the folder was".utf8), to: "sub")
        #expect(throws: DeliveryError.self) { try sink.reopen() }
        let entries = Stream.entries(2, of: 2)
        try sink.feed([entries[0]])
        #expect(try folder.bytes("gone/alerts.json") == Stream.bytes([entries[0]]))
        try FileManager.default.removeItem(atPath: folder.path("sub"))
        try sink.reopen()
        try sink.feed([entries[1]])
        #expect(try folder.bytes("sub/alerts.json") == Stream.bytes([entries[1]]))
    }
}
