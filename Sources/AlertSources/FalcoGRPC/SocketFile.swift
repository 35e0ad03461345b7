// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Which file stands at a path just now, to notice a new one: a server that comes back makes its socket anew.
struct SocketFile: Hashable, Sendable {
    private let device: UInt
    private let inode: UInt
    private let changedSeconds: Int
    private let changedNanoseconds: Int

    /// nil when nothing is there, or it cannot be looked at.
    init?(path: String) {
        var about = stat()
        guard unsafe lstat(path, &about) == 0 else { return nil }
        device = about.st_dev
        inode = about.st_ino
        changedSeconds = about.st_ctim.tv_sec
        changedNanoseconds = about.st_ctim.tv_nsec
    }
}
