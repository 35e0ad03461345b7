// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
import Synchronization
import Testing

@testable import AlertSinks

/// A clock that tests set.
final class SetClock: Sendable {
    private let nanoseconds: Mutex<Int64>
    init(_ seconds: Int64 = 1_780_000_000) { nanoseconds = Mutex(seconds * 1_000_000_000) }
    var now: EventTime { nanoseconds.withLock { EventTime(nanoseconds: $0) } }
    func advance(_ seconds: Int64) { nanoseconds.withLock { $0 += seconds * 1_000_000_000 } }
}

@Suite struct RotationTests {
    private let folder: Folder
    private let path: String
    private let clock = SetClock()
    private let stored = StoredCursor()
    init() throws {
        folder = try Folder()
        path = folder.path("alerts.json")
    }

    private func sink(_ rotation: RotationSettings, sync: FileSinkSettings.Sync = .never) -> FileSink {
        let clock = clock
        let sink = FileSink(
            FileSinkSettings(
                path: path, format: .creance, sync: sync, batch: BatchLimits(count: 3), rotation: rotation),
            stored: stored, clock: { clock.now })
        sink.startsUpkeep = false
        return sink
    }

    private func rotated() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.url.path).filter { $0 != "alerts.json" }.sorted()
    }

    private func everything() throws -> [UInt8] {
        try (rotated() + ["alerts.json"]).flatMap { try folder.bytes($0) }
    }

    @Test(arguments: FileSinkSettings.Sync.allCases)
    func `files are as long as the size at most, and in order of their names hold every line`(
        sync: FileSinkSettings.Sync
    ) throws {
        let entries = Stream.entries(12, of: 5)
        let sink = sink(RotationSettings(sizeBytes: 2_000, compression: .none), sync: sync)
        try sink.open(at: nil)
        try sink.feed(entries)
        #expect(try everything() == Stream.bytes(entries))
        let names = try rotated()
        #expect(sink.counters.rotations == names.count && names.count >= 6)
        for name in names {
            let bytes = try folder.bytes(name)
            #expect(bytes.count <= 2_000 && bytes.last == 0x0A)
        }
        #expect(names.first == "alerts-20260528T202640.000Z.json")
        sink.close()
    }

    @Test func `a clock that stands still or is set back does not change the order of names`() throws {
        let sink = sink(RotationSettings(sizeBytes: 500, compression: .none))
        try sink.open(at: nil)
        let entries = Stream.entries(20, of: 2)
        for (number, entry) in entries.enumerated() {
            if number == 10 { clock.advance(-86_400) }
            try sink.feed([entry], from: entry.firstOutput)
        }
        #expect(try everything() == Stream.bytes(entries))
    }

    @Test func `a file holds one period of UTC`() throws {
        let entries = Stream.entries(4, of: 2)
        let sink = sink(RotationSettings(age: .seconds(3_600), compression: .none))
        try sink.open(at: nil)
        // 20:26:40
        try sink.feed([entries[0]])
        clock.advance(33 * 60 + 19)
        try sink.feed([entries[1]], from: entries[1].firstOutput)
        #expect(try rotated().isEmpty)
        clock.advance(1)
        try sink.feed([entries[2]], from: entries[2].firstOutput)
        #expect(try rotated() == ["alerts-20260528T210000.000Z.json"])
        #expect(try folder.bytes("alerts.json") == Stream.bytes([entries[2]]))
        sink.close()
        // The next process goes by when the file was written to.
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1_780_002_000)], ofItemAtPath: path)
        clock.advance(3_600)
        let next = self.sink(RotationSettings(age: .seconds(3_600), compression: .none))
        try next.open(at: sink.cursor(after: Array(entries[..<3])))
        try next.feed([entries[3]], from: entries[3].firstOutput)
        #expect(try rotated() == ["alerts-20260528T210000.000Z.json", "alerts-20260528T220000.000Z.json"])
    }

    @Test(arguments: [RotationSettings.Compression.zstd, .gzip])
    func `a file is packed when the stored cursor has passed it, and not before`(
        compression: RotationSettings.Compression
    ) throws {
        let entries = Stream.entries(6, of: 5)
        let sink = sink(RotationSettings(sizeBytes: 1_900, compression: compression))
        try sink.open(at: nil)
        try sink.feed([entries[0]])
        stored.note(sink.position)
        for entry in entries[1...] { try sink.feed([entry], from: entry.firstOutput) }
        let upkeep = try #require(sink.upkeep)
        #expect(try rotated().count >= 3)
        #expect(upkeep.step() == .waiting)
        stored.note(sink.position)
        while upkeep.step() == .did {}
        #expect(upkeep.step() == .done)
        let names = try rotated()
        #expect(sink.counters.packed == names.count)
        let ending = compression == .zstd ? ".json.zst" : ".json.gz"
        #expect(names.allSatisfy { $0.hasSuffix(ending) })
        let whole = try names.flatMap { name in
            let packed = try folder.bytes(name)
            return try #require(compression == .zstd ? Unpacking.zstd(packed) : Unpacking.gzip(packed))
        }
        #expect(try whole + folder.bytes("alerts.json") == Stream.bytes(entries))
    }

    @Test func `the oldest beyond keep go, and those older than keep_age, and nothing that is not ours`() throws {
        let entries = Stream.entries(9, of: 3)
        for name in ["alerts-old.json", "alerts-20260101T000000.000Z.txt", "other-20260101T000000.000Z.json"] {
            try folder.write([0x0A], to: name)
        }
        try folder.write([0x0A], to: "alerts-20260101T000000.000Z.json.gz")
        let sink = sink(
            RotationSettings(sizeBytes: 900, keep: 5, keepAge: .seconds(86_400), compression: .none))
        try sink.open(at: nil)
        for entry in entries {
            clock.advance(7_200)
            try sink.feed([entry], from: entry.firstOutput)
        }
        let upkeep = try #require(sink.upkeep)
        let before = try rotated().count
        #expect(upkeep.step() == .did)
        #expect(try !rotated().contains("alerts-20260101T000000.000Z.json.gz"), "it is packed: nothing waits for it")
        #expect(upkeep.step() == .waiting)
        stored.note(sink.position)
        while upkeep.step() == .did {}
        #expect(sink.counters.removed == before - 3 - 5)
        #expect(try rotated().count == 5 + 3)
        clock.advance(86_400 - 7_200 - 3_600)
        while upkeep.step() == .did {}
        #expect(try rotated().filter { $0.hasPrefix("alerts-2026") && $0.hasSuffix(".json") }.count < 5)
    }

    @Test func `renamed by somebody who did not say so, the next rotation begins a new file`() throws {
        let entries = Stream.entries(6, of: 3)
        let sink = sink(RotationSettings(sizeBytes: 2_000, compression: .none))
        try sink.open(at: nil)
        try sink.feed([entries[0]])
        try folder.rename("alerts.json", to: "elsewhere")
        try folder.write([UInt8]("another's\n".utf8), to: "alerts.json")
        for entry in entries[1...] { try sink.feed([entry], from: entry.firstOutput) }
        let elsewhere = try folder.bytes("elsewhere")
        let here =
            try rotated().filter { $0 != "elsewhere" }.flatMap { try folder.bytes($0) }
            + folder.bytes("alerts.json")
        let others = [UInt8]("another's\n".utf8)
        #expect(here.starts(with: others))
        #expect(elsewhere + here.dropFirst(others.count) == Stream.bytes(entries))
    }

    @Test func `renamed twice by somebody else before a cursor was stored, both files are known`() throws {
        let entries = Stream.entries(9, of: 3)
        let first = FileSink(.sample(path))
        try first.open(at: nil)
        try first.feed(Array(entries[..<2]))
        let cursor = first.cursor(after: Array(entries[..<2]))
        try first.feed(Array(entries[2 ..< 4]), from: entries[2].firstOutput)
        try folder.rename("alerts.json", to: "alerts.json.2")
        try first.reopen()
        try first.feed(Array(entries[4 ..< 7]), from: entries[4].firstOutput)
        try folder.rename("alerts.json", to: "alerts.json.1")
        first.close()
        let second = FileSink(.sample(path))
        try second.open(at: cursor)
        try second.feed(entries, from: cursor.nextOutput)
        let files = try ["alerts.json.2", "alerts.json.1", "alerts.json"].flatMap { try folder.bytes($0) }
        #expect(files == Stream.bytes(entries))
    }

    @Test func `the thread packs by itself and ends with the sink`() async throws {
        let entries = Stream.entries(6, of: 5)
        let sink = sink(RotationSettings(sizeBytes: 1_200, compression: .zstd))
        sink.startsUpkeep = true
        try sink.open(at: nil)
        try sink.feed(entries)
        stored.note(sink.position)
        while sink.counters.packed < sink.counters.rotations { await Task.yield() }
        #expect(sink.counters.packed >= 3)
        sink.close()
        #expect(sink.upkeep == nil)
    }
}
