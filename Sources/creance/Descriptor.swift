// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Glibc

/// A file descriptor, and the few system calls that commands make themselves. A door to unsafe code.
///
/// Closed by `close()` only: the standard ones outlive everybody.
struct Descriptor: Sendable {
    let number: Int32

    static let standardOutput = Descriptor(number: STDOUT_FILENO)
    static let standardError = Descriptor(number: STDERR_FILENO)

    var isTerminal: Bool { isatty(number) == 1 }

    /// The other end of a pipe or socket has gone; nothing is written to find out.
    var hasNoReader: Bool {
        var state = pollfd(fd: number, events: 0, revents: 0)
        return unsafe poll(&state, 1, 0) == 1 && Int32(state.revents) & (POLLERR | POLLHUP | POLLNVAL) != 0
    }

    /// Makes the file, or empties it; mode 0644 less the umask.
    static func creating(_ path: String) throws(CommandFailure) -> Descriptor {
        let number = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard number >= 0 else { throw .input("\(path) cannot be written: \(systemReason())") }
        return Descriptor(number: number)
    }

    /// Writes all of it, however long that takes.
    ///
    /// - Throws: `OutputClosed` when the other end of a pipe has gone, else `CommandFailure.running`.
    func write(_ bytes: borrowing [UInt8]) throws {
        var start = 0
        while start < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { left in
                unsafe Glibc.write(number, left.baseAddress.unsafelyUnwrapped + start, left.count - start)
            }
            if count > 0 {
                start += count
            } else if count < 0, errno == EAGAIN {
                // Somebody who shares the terminal or pipe made it non-blocking.
                var ready = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
                unsafe poll(&ready, 1, -1)
            } else if count == 0 || errno != EINTR {
                guard errno != EPIPE else { throw OutputClosed() }
                throw CommandFailure.running("the output cannot be written: \(systemReason())")
            }
        }
    }

    /// - Throws: what a file system reports only now.
    func close() throws(CommandFailure) {
        guard Glibc.close(number) == 0 || errno == EINTR else {
            throw .running("the output cannot be written: \(systemReason())")
        }
    }

    /// A closed pipe becomes an error of `write` instead of the end of the process.
    static func ignoreClosedPipes() { _ = signal(SIGPIPE, SIG_IGN) }
}

/// What the file system says about a path.
enum PathLook {
    enum Kind: Sendable { case file, folder, socket, other }

    /// nil: nothing is there, or it cannot be seen.
    static func kind(_ path: String) -> Kind? {
        guard let status = status(path) else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        case S_IFSOCK: return .socket
        default: return .other
        }
    }

    static func mayRead(_ path: String) -> Bool { unsafe access(path, R_OK) == 0 }
    static func mayWrite(_ path: String) -> Bool { unsafe access(path, W_OK) == 0 }
    static func mayEnterAndWrite(_ path: String) -> Bool { unsafe access(path, W_OK | X_OK) == 0 }
    static func mayExecute(_ path: String) -> Bool { unsafe access(path, X_OK) == 0 }

    /// The device's major and minor number, and the file's.
    static func identity(_ path: String) -> (major: UInt32, minor: UInt32, inode: UInt64)? {
        guard let status = status(path) else { return nil }
        let device = UInt64(status.st_dev)
        // As gnu_dev_major and gnu_dev_minor have it.
        let major = UInt32(truncatingIfNeeded: (device >> 8) & 0xfff | (device >> 32) & 0xffff_f000)
        let minor = UInt32(truncatingIfNeeded: device & 0xff | (device >> 12) & 0xffff_ff00)
        return (major, minor, UInt64(status.st_ino))
    }

    /// When its content last changed.
    static func changed(_ path: String) -> EventTime? {
        guard let time = status(path)?.st_mtim else { return nil }
        let (nanoseconds, overflow) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? nil : EventTime(nanoseconds: nanoseconds).advanced(by: .nanoseconds(Int64(time.tv_nsec)))
    }

    private static func status(_ path: String) -> stat? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status : nil
    }
}

extension EventTime {
    /// This machine's clock, now.
    static var present: EventTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return EventTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}

/// The text of the last system call's error.
func systemReason(_ code: Int32 = errno) -> String { unsafe String(cString: strerror(code)) }
