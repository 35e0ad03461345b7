// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import Glibc

/// An open file descriptor that lines are written to: its one owner, closed at its end.
final class OutputFile {
    private let descriptor: Int32
    private let isOwned: Bool

    /// A descriptor that is not ours to close: standard output.
    init(borrowing descriptor: Int32) {
        self.descriptor = descriptor
        isOwned = false
    }

    /// Opens for reading and appending; creates the file with `mode` unless that is nil. Nil with errno set when it cannot.
    init?(path: String, creating mode: UInt32?) {
        // Not blocking, so that a pipe without a reader is an error and not a lane that hangs.
        let flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (mode == nil ? 0 : O_CREAT)
        descriptor = unsafe Glibc.open(path, flags, mode ?? 0)
        isOwned = descriptor >= 0
        if descriptor < 0 { return nil }
    }

    deinit {
        guard isOwned else { return }
        // Closing alone would leave the lock with a child process that is between its fork and its exec.
        _ = flock(descriptor, LOCK_UN)
        _ = Glibc.close(descriptor)
    }

    /// Nil with errno set when the kernel does not say.
    var status: FileStatus? {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 ? FileStatus(status) : nil
    }

    /// Makes us the only writer until the file is closed. False when another sink, here or in another process, is.
    func lock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK }

    /// One write(2) of at most `limit` bytes of what `buffer` holds behind `offset`: the number of bytes taken, or minus
    /// errno.
    func write(_ buffer: borrowing OutputBuffer, from offset: Int, limit: Int = .max) -> Int {
        unsafe buffer.bytes.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return 0 }
            return repeating { unsafe Glibc.write(descriptor, base + offset, min(bytes.count - offset, limit)) }
        }
    }

    /// Writes all of `bytes`: 0, or errno.
    func write(all bytes: [UInt8]) -> Int32 {
        var offset = 0
        while offset < bytes.count {
            let result = unsafe bytes.withUnsafeBufferPointer { bytes in
                guard let base = bytes.baseAddress else { return 0 }
                return repeating { unsafe Glibc.write(descriptor, base + offset, bytes.count - offset) }
            }
            guard result > 0 else { return result == 0 ? ENOSPC : Int32(-result) }
            offset += result
        }
        return 0
    }

    /// Writes one line feed: 1, or minus errno.
    func writeLineFeed() -> Int {
        var byte: UInt8 = 0x0A
        return repeating { unsafe Glibc.write(descriptor, &byte, 1) }
    }

    /// Reads into `bytes` from `offset` of the file on: the number read, 0 at the end, or minus errno.
    func read(into bytes: inout [UInt8], at offset: Int64) -> Int {
        unsafe bytes.withUnsafeMutableBytes { bytes in
            repeating { unsafe pread(descriptor, bytes.baseAddress, bytes.count, off_t(offset)) }
        }
    }

    /// Where the last write ended; with O_APPEND that was the file's end. Nil for what cannot seek.
    var endOfLastWrite: Int64? {
        let place = lseek(descriptor, 0, SEEK_CUR)
        return place >= 0 ? Int64(place) : nil
    }

    /// Puts the data on the disk: 0, or minus errno.
    func synchronise() -> Int { repeating { Int(fdatasync(descriptor)) } }

    /// Waits until something can be written without blocking. False when the time is over.
    func waitUntilWritable(milliseconds: Int32) -> Bool {
        var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return unsafe Glibc.poll(&poll, 1, milliseconds) > 0
    }

    /// Calls again while a signal interrupts; minus errno on failure.
    private func repeating(_ call: () -> Int) -> Int {
        while true {
            let result = call()
            if result >= 0 { return result }
            if errno != EINTR { return -Int(errno) }
        }
    }
}

/// What the kernel says of a file.
struct FileStatus: Equatable {
    enum Kind { case regular, characterDevice, other }

    let device: UInt64
    let inode: UInt64
    let length: Int64
    let kind: Kind
    /// Permissions.
    let mode: UInt32
    /// When it was written to last.
    let modified: EventTime

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        length = Int64(status.st_size)
        mode = UInt32(status.st_mode) & 0o7777
        let (nanoseconds, overflow) = Int64(status.st_mtim.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        modified = EventTime(nanoseconds: overflow ? .max : nanoseconds).advanced(
            byNanoseconds: Int64(status.st_mtim.tv_nsec))
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFCHR: .characterDevice
            default: .other
            }
    }

    func isSameFile(as other: FileStatus) -> Bool { inode == other.inode && device == other.device }
}

/// Names in the file system, and its time.
enum FilePath {
    /// The system's real-time clock.
    static var now: EventTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return EventTime(nanoseconds: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec))
    }

    /// Creates the folders above `path` that are not there, for the owner and its group.
    static func createFolders(above path: String) {
        for (place, byte) in path.utf8.enumerated() where byte == 0x2F && place > 0 {
            // What fails here fails again, with a reason, when the file is opened.
            _ = unsafe mkdir(String(decoding: path.utf8.prefix(place), as: UTF8.self), 0o750)
        }
    }

    /// Nil when there is no such file.
    static func status(of path: String) -> FileStatus? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? FileStatus(status) : nil
    }

    /// Folder and name of the file that `path` leads to, over symbolic links; nil when it leads nowhere.
    static func resolved(_ path: String) -> (folder: String, name: String)? {
        guard let real = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(real) }
        let resolved = unsafe String(cString: real)
        guard let slash = resolved.lastIndex(of: "/") else { return nil }
        let folder = resolved[..<slash]
        return (folder.isEmpty ? "/" : String(folder), String(resolved[resolved.index(after: slash)...]))
    }

    /// The names in a folder with their inodes, in no order. Bounded: a folder of more names than that is no folder of logs.
    static func names(in folder: String) -> [(name: String, inode: UInt64)] {
        guard let listing = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(listing) }
        var names: [(name: String, inode: UInt64)] = []
        for _ in 0 ..< 100_000 {
            guard let entry = unsafe readdir(listing) else { break }
            let inode = unsafe UInt64(entry.pointee.d_ino)
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            names.append((name, inode))
        }
        return names
    }

    /// 0, or errno.
    static func rename(_ path: String, to other: String) -> Int32 {
        unsafe Glibc.rename(path, other) == 0 ? 0 : errno
    }

    /// 0, or errno; a file that is not there is removed.
    static func remove(_ path: String) -> Int32 {
        unsafe unlink(path) == 0 || errno == ENOENT ? 0 : errno
    }

    /// Puts the names in a folder on the disk: 0, or errno.
    static func synchronise(folder: String) -> Int32 {
        let descriptor = unsafe Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return errno }
        defer { _ = Glibc.close(descriptor) }
        return fsync(descriptor) == 0 ? 0 : errno
    }
}

/// errno in words.
func errorText(_ code: Int32) -> String {
    guard let text = unsafe strerror(code) else { return "error \(code)" }
    return unsafe String(cString: text)
}
