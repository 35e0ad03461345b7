// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A descriptor that bytes arrive on, not owned. The door to the calls on it.
struct OpenPipe: Sendable {
    let descriptor: Int32

    enum Reading {
        case bytes(Int)
        /// Nothing now.
        case none
        case end
    }

    /// Is there something to read, or the end? Waits at most `milliseconds` for it.
    func isReadable(milliseconds: Int32) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&request, 1, milliseconds) > 0
    }

    func read(into room: UnsafeMutableRawBufferPointer) throws(FileError) -> Reading {
        let count = unsafe Glibc.read(descriptor, room.baseAddress, room.count)
        if count > 0 { return .bytes(count) }
        if count == 0 { return .end }
        guard errno == EINTR || errno == EAGAIN else {
            throw FileError(path: "standard input", code: errno, doing: "read")
        }
        return .none
    }
}
