// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The exclusive right to write a journal: an flock on `<path>.lock`, which ends with the process however it ends.
///
/// The file holds the owner's process id, for the error a second writer gets. It stays when the lock is given back.
struct JournalLock: ~Copyable {
    private let descriptor: Int32

    init(journal path: String) throws(JournalError) {
        let descriptor = unsafe open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .cannotOpen(path: path + ".lock", reason: systemError()) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let owner = Self.owner(descriptor)
            close(descriptor)
            throw .inUse(path: path, process: owner)
        }
        self.descriptor = descriptor
        Self.write("\(getpid())\n", to: descriptor)
    }

    deinit {
        // Closing alone would leave the lock with a child process that is between its fork and its exec.
        _ = flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    private static func owner(_ descriptor: Int32) -> Int32 {
        var digits: Int32 = 0
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        for byte in bytes.prefix(max(0, count)) {
            guard byte >= 48, byte <= 57, digits < 100_000_000 else { break }
            digits = digits * 10 + Int32(byte - 48)
        }
        return digits
    }

    // A lock without a readable owner still locks: a failed write is no reason to refuse the journal.
    private static func write(_ text: String, to descriptor: Int32) {
        let bytes = [UInt8](text.utf8)
        _ = ftruncate(descriptor, 0)
        _ = unsafe pwrite(descriptor, bytes, bytes.count, 0)
    }
}

/// The text of the last system call's error.
func systemError(_ code: Int32 = errno) -> String { unsafe String(cString: strerror(code)) }
