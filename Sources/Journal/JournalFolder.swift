// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Makes a journal's folder and file, so that only their owner can read them from the first moment on.
enum JournalFolder {
    /// Makes the folders on the way (0700) and an empty file (0600); what exists keeps its mode.
    static func prepare(_ path: String) throws(JournalError) {
        var folder = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/").dropLast() {
            folder += folder.isEmpty || folder == "/" ? String(part) : "/" + part
            if unsafe mkdir(folder, 0o700) == 0 {
                // Whatever the umask says, which another thread may have tightened while it binds a socket.
                _ = unsafe chmod(folder, 0o700)
            } else if errno != EEXIST, errno != EROFS, errno != EACCES {
                throw .cannotOpen(path: path, reason: "\(folder): \(systemError())")
            }
        }
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .cannotOpen(path: path, reason: systemError()) }
        close(descriptor)
    }

    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// The length of a file in bytes, 0 when there is none.
    static func length(_ path: String) -> Int {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}
