// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// One file of JSON lines that is read while it may grow.
final class FollowedFile {
    let file: OpenFile
    /// The place last handed over.
    private(set) var committed: FileCheckpoint
    /// The last batch was full: what is read holds more.
    private(set) var holdsMore = false
    private var decoder: UnitDecoder
    private var rotation: Rotation
    private let start: Int

    /// Reads on behind `place`, which is in `file`.
    init(_ file: consuming OpenFile, from place: FileCheckpoint, limitBytes: Int, now: EventTime) {
        self.file = file
        committed = place
        start = place.offset
        decoder = UnitDecoder(.lines, limitBytes: limitBytes)
        rotation = Rotation(readBytes: place.offset, now: now)
    }

    /// Nothing was read of it, in this run or an earlier one.
    var isUntouched: Bool { rotation.readBytes == 0 }

    /// `path`: what was seen there before this call.
    func decide(path: FileStatus?, now: EventTime) throws(FileError) -> (Rotation.Step, FileStatus) {
        let open = try file.status()
        let anchorHolds = open.size > rotation.readBytes ? try file.continues(committed) : true
        let look = Rotation.Look(path: path, open: open, anchorHolds: anchorHolds)
        return (rotation.decide(look, now: now), open)
    }

    /// Adds lines until the batch is full or the file's present `size` is read.
    func fill(_ batch: inout AlertBatchBuilder, size: Int, now: EventTime) throws {
        holdsMore = decoder.decode(into: &batch, arrival: now)
        while !holdsMore, rotation.readBytes < size {
            let offset = rotation.readBytes
            let count = unsafe try decoder.append { unsafe try file.read(into: $0, at: offset) }
            guard count > 0 else { break }
            rotation.readBytes += count
            holdsMore = decoder.decode(into: &batch, arrival: now)
        }
    }

    /// The file is left: what is held of its last line becomes a unit. `broke`: its rest can no longer be read.
    /// True when something was held.
    @discardableResult
    func finish(_ batch: inout AlertBatchBuilder, broke: Bool, now: EventTime) -> Bool {
        let isPart = decoder.pendingBytes > 0
        decoder.finish(into: &batch, arrival: now, broke: broke && isPart)
        return isPart
    }

    /// The place behind what was decoded, to be handed over with it.
    func advance(_ status: FileStatus, now: EventTime) throws(FileError) -> FileCheckpoint {
        let offset = start + decoder.doneBytes
        committed = FileCheckpoint(
            identity: status.identity, offset: offset, modified: status.modified, arrival: now,
            anchor: try file.anchor(before: offset))
        return committed
    }
}

extension OpenFile {
    /// The bytes before `offset`, by which a checkpoint knows the file; none when the file is shorter by now.
    func anchor(before offset: Int) throws(FileError) -> [UInt8] {
        let count = min(offset, FileCheckpoint.anchorLimit)
        let bytes = try bytes(at: offset - count, count: count)
        return bytes.count == count ? bytes : []
    }

    /// Does this file hold what was read up to `place`? By the bytes before it; without any, every file does that is long
    /// enough.
    func continues(_ place: FileCheckpoint) throws(FileError) -> Bool {
        guard try status().size >= place.offset else { return false }
        let count = place.anchor.count
        return try bytes(at: place.offset - count, count: count) == place.anchor
    }

    /// Where the last line begins that is not complete, or the end: no further back than `limit` bytes.
    func lastLineStart(size: Int, limit: Int) throws(FileError) -> Int {
        let piece = 64 << 10
        var end = size
        while end > 0, size - end < limit {
            let from = max(0, end - piece)
            let bytes = try bytes(at: from, count: end - from)
            if let feed = bytes.lastIndex(of: 0x0A) { return from + feed + 1 }
            end = from
        }
        return end == 0 ? 0 : size
    }
}
