// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Glibc

/// Which file it is, whatever its name.
struct FileIdentity: Hashable, Sendable {
    let device: UInt64
    let inode: UInt64
}

/// What `stat` says of a regular file.
struct FileStatus: Hashable, Sendable {
    let identity: FileIdentity
    let size: Int
    /// Last write.
    let modified: EventTime
}

/// A call that failed, with what it was about.
public struct FileError: Error, Hashable, CustomStringConvertible {
    public let path: String
    public let code: Int32
    public let doing: String

    public var description: String {
        "cannot \(doing) \(path): \(code == 0 ? "not a regular file" : unsafe String(cString: strerror(code)))"
    }
    var isAbsence: Bool { code == ENOENT || code == ENOTDIR }
}

/// A regular file open for reading. The door to the calls on files.
@safe
struct OpenFile: ~Copyable, Sendable {
    let path: String
    private let descriptor: Int32

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    static func open(_ path: String) throws(FileError) -> OpenFile {
        // Not blocking: opening a pipe that nobody writes would never return.
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw FileError(path: path, code: errno, doing: "open") }
        let file = OpenFile(path: path, descriptor: descriptor)
        _ = try file.status()
        return file
    }

    deinit { close(descriptor) }

    func status() throws(FileError) -> FileStatus {
        var raw = stat()
        guard unsafe fstat(descriptor, &raw) == 0 else { throw FileError(path: path, code: errno, doing: "look at") }
        guard let status = FileStatus(raw) else { throw FileError(path: path, code: 0, doing: "read") }
        return status
    }

    /// Reads at most what fits from `offset` on; 0 at the end.
    func read(into room: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        while true {
            let count = unsafe pread(descriptor, room.baseAddress, room.count, off_t(offset))
            if count >= 0 { return count }
            guard errno == EINTR else { throw FileError(path: path, code: errno, doing: "read") }
        }
    }

    /// The bytes from `offset` on, fewer than `count` at the end of the file.
    func bytes(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
        // Into no room the standard library would write the count of the one empty array that all threads share.
        guard count > 0 else { return [] }
        var failure: FileError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { room, filled in
            do throws(FileError) {
                filled = unsafe try read(into: UnsafeMutableRawBufferPointer(room), at: offset)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// What stands at `path`; nil when nothing does, or no regular file.
    static func status(of path: String) -> FileStatus? {
        var raw = stat()
        guard unsafe stat(path, &raw) == 0 else { return nil }
        return FileStatus(raw)
    }

    /// The names in a folder, in no order; none when it cannot be read.
    static func names(in folder: String) -> [String] {
        guard let stream = unsafe opendir(folder) else { return [] }
        defer { unsafe _ = closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            names.append(
                unsafe withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                    unsafe tuple.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
                })
        }
        return names
    }
}

extension FileStatus {
    init?(_ raw: stat) {
        guard raw.st_mode & S_IFMT == S_IFREG else { return nil }
        identity = FileIdentity(device: UInt64(raw.st_dev), inode: UInt64(raw.st_ino))
        size = Int(raw.st_size)
        let seconds = EventTime(nanoseconds: 0).advanced(by: .seconds(raw.st_mtim.tv_sec))
        modified = seconds.advanced(by: .nanoseconds(raw.st_mtim.tv_nsec))
    }
}
