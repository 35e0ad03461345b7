// SPDX-License-Identifier: Apache-2.0

/// The position of a file sink's cursor: which file, and how long it was when everything before the cursor was in it.
///
///     version 1 │ inode (8, little-endian) │ length (8, little-endian)
///
/// The device is left out: its number changes over reboots, and a path names one file system.
struct FilePosition: Equatable {
    var inode: UInt64
    var length: Int64

    init(inode: UInt64, length: Int64) {
        self.inode = inode
        self.length = length
    }

    /// Nil for bytes that are no position of this version.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == 17, bytes[0] == 1 else { return nil }
        func number(_ start: Int) -> UInt64 {
            bytes[start ..< start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        inode = number(1)
        guard let length = Int64(exactly: number(9)) else { return nil }
        self.length = length
    }

    var bytes: [UInt8] {
        let numbers = [inode, UInt64(bitPattern: length)]
        return [1] + numbers.flatMap { number in (0 ..< 8).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) } }
    }
}
