// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Up to where a file is read: what the journal keeps with each of its batches.
///
///     | version 1 | device 8 | inode 8 | offset 8 | modified 8 | arrival 8 | finished 1 | anchor: length 1, bytes |
///
/// Numbers are little-endian.
struct FileCheckpoint: Hashable, Sendable {
    var identity: FileIdentity
    /// Unpacked bytes whose alerts are journaled. The start of a line or message.
    var offset: Int
    /// The file's last write when it was looked at.
    var modified: EventTime
    /// When the last alert before `offset` arrived.
    var arrival: EventTime
    /// The (at most `anchorLimit`) bytes of the file before `offset`: tells this file from another under its name or
    /// inode, and its copy from others. Empty for packed files.
    var anchor: [UInt8]
    /// The file was read to its end and is done with.
    var isFinished = false

    /// A line of Falco's holds its time in nanoseconds near its end: enough to be unique.
    static let anchorLimit = 128
    private static let version: UInt8 = 1

    init(identity: FileIdentity, offset: Int, modified: EventTime, arrival: EventTime, anchor: [UInt8] = []) {
        self.identity = identity
        self.offset = offset
        self.modified = modified
        self.arrival = arrival
        self.anchor = anchor
    }

    /// Nil for bytes that are no checkpoint of this version.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 43, bytes[0] == Self.version, bytes[41] <= 1, bytes[42] <= Self.anchorLimit,
            bytes.count == 43 + Int(bytes[42])
        else { return nil }
        func number(_ place: Int) -> UInt64 {
            (0 ..< 8).reduce(0) { $0 | UInt64(bytes[place + $1]) << (8 * UInt64($1)) }
        }
        guard let offset = Int(exactly: number(17)), offset >= Int(bytes[42]) else { return nil }
        identity = FileIdentity(device: number(1), inode: number(9))
        self.offset = offset
        modified = EventTime(nanoseconds: Int64(bitPattern: number(25)))
        arrival = EventTime(nanoseconds: Int64(bitPattern: number(33)))
        isFinished = bytes[41] == 1
        anchor = Array(bytes[43...])
    }

    var bytes: [UInt8] {
        var bytes = [Self.version]
        let numbers = [
            identity.device, identity.inode, UInt64(offset), UInt64(bitPattern: modified.nanoseconds),
            UInt64(bitPattern: arrival.nanoseconds),
        ]
        for number in numbers {
            for index in 0 ..< UInt64(8) { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * index))) }
        }
        bytes.append(isFinished ? 1 : 0)
        bytes.append(UInt8(anchor.count))
        return bytes + anchor
    }
}
