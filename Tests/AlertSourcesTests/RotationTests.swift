// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import AlertSources

struct RotationTests {
    private let start = EventTime(nanoseconds: 1_000_000_000_000)

    private func file(_ inode: UInt64, _ size: Int, modified: Int64 = 0) -> FileStatus {
        FileStatus(
            identity: FileIdentity(device: 1, inode: inode), size: size, modified: EventTime(nanoseconds: modified))
    }

    @Test func `a file that grew is read, and one that did not is waited for`() {
        var rotation = Rotation(readBytes: 10, now: start)
        let same = file(1, 10)
        #expect(rotation.decide(.init(path: same, open: same, anchorHolds: true), now: start) == .wait)
        let grown = file(1, 11)
        #expect(rotation.decide(.init(path: grown, open: grown, anchorHolds: true), now: start) == .read)
        // A removed file may still be written to.
        #expect(rotation.decide(.init(path: nil, open: grown, anchorHolds: true), now: start) == .read)
        rotation.readBytes = 11
        #expect(rotation.decide(.init(path: nil, open: grown, anchorHolds: true), now: start) == .wait)
    }

    @Test func `a replaced file is left only when it is read to its end and its writer has gone on`() {
        var rotation = Rotation(readBytes: 10, now: start)
        #expect(rotation.decide(.init(path: file(2, 5), open: file(1, 11), anchorHolds: true), now: start) == .read)
        rotation.readBytes = 11
        #expect(rotation.decide(.init(path: file(2, 0), open: file(1, 11), anchorHolds: true), now: start) == .wait)
        #expect(rotation.decide(.init(path: file(2, 5), open: file(1, 11), anchorHolds: true), now: start) == .moveOn)
        let late = start.advanced(by: Rotation.patience)
        #expect(rotation.decide(.init(path: file(2, 0), open: file(1, 11), anchorHolds: true), now: late) == .moveOn)
        #expect(rotation.decide(.init(path: nil, open: file(1, 11), anchorHolds: true), now: late) == .wait)
    }

    @Test func `a file that shrank or holds other bytes is started over, with loss when more of it was seen`() {
        var rotation = Rotation(readBytes: 10, now: start)
        #expect(
            rotation.decide(.init(path: file(1, 9), open: file(1, 9), anchorHolds: true), now: start)
                == .startOver(unread: false))
        #expect(
            rotation.decide(.init(path: file(1, 20), open: file(1, 20), anchorHolds: false), now: start)
                == .startOver(unread: false))
        _ = rotation.decide(.init(path: file(1, 20), open: file(1, 20), anchorHolds: true), now: start)
        #expect(
            rotation.decide(.init(path: file(1, 0), open: file(1, 0), anchorHolds: true), now: start)
                == .startOver(unread: true))
    }

    @Test(arguments: ["a.json.1", "a.json.12", "a.json-20260528", "a.json-2026-05-28T20:26:40Z", "a.json.2026_05_28"])
    func `names that rotation makes are known`(name: String) {
        #expect(Sibling.isRotated(name, from: "a.json"))
    }

    @Test(arguments: ["a.json", "a.json.", "a.json.1.gz", "a.json.bak", "a.json1", "b.json.1", "a.json.swp", ""])
    func `other names are not`(name: String) {
        #expect(!Sibling.isRotated(name, from: "a.json"))
    }

    @Test func `reading goes on with the oldest file written after the last one, then with the path's own`() {
        let siblings = [
            Sibling(name: "a", status: file(9, 5, modified: 90)),
            Sibling(name: "a.1", status: file(8, 5, modified: 80)),
            Sibling(name: "a.2", status: file(7, 5, modified: 70)),
            Sibling(name: "a.3", status: file(6, 5, modified: 60)),
            Sibling(name: "a.4", status: file(5, 0, modified: 75)),
        ]
        func next(_ inode: UInt64?, _ modified: Int64) -> String? {
            Sibling.next(
                after: inode.map { FileIdentity(device: 1, inode: $0) }, modified: EventTime(nanoseconds: modified),
                name: "a",
                among: siblings)?.name
        }
        #expect(next(6, 60) == "a.2")
        #expect(next(7, 70) == "a.1")
        #expect(next(8, 80) == "a")
        #expect(next(9, 90) == nil)
        #expect(next(nil, 90) == "a")
        #expect(next(nil, 0) == "a.3")
    }

    @Test func `a checkpoint reads back as it was written, and nothing else reads as one`() {
        var place = FileCheckpoint(
            identity: FileIdentity(device: .max, inode: 2), offset: 300, modified: EventTime(nanoseconds: .min),
            arrival: EventTime(nanoseconds: .max), anchor: Array(0 ..< 100))
        #expect(FileCheckpoint(place.bytes) == place)
        place.isFinished = true
        #expect(FileCheckpoint(place.bytes) == place)
        let bytes = place.bytes
        for count in 0 ..< bytes.count { #expect(FileCheckpoint(Array(bytes[..<count])) == nil) }
        #expect(FileCheckpoint(bytes + [0]) == nil)
        #expect(FileCheckpoint([2] + bytes[1...]) == nil)
        var far = bytes
        for index in 17 ..< 25 { far[index] = 0xFF }
        #expect(FileCheckpoint(far) == nil)
        var generator = SystemRandomNumberGenerator()
        for _ in 0 ..< 1000 {
            _ = FileCheckpoint((0 ..< 60).map { _ in UInt8.random(in: 0 ... 255, using: &generator) })
        }
    }
}
