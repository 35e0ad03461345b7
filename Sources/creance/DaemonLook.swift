// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Whether a daemon writes a journal, seen without touching its lock: a lock taken even for a moment could turn away a
/// daemon that starts just then.
enum DaemonLook: Equatable {
    case running(process: Int32)
    case stopped
    /// The kernel does not say.
    case unknown

    /// - Parameter journal: the journal's path; its lock is `<path>.lock`.
    static func at(journal: String) -> DaemonLook {
        let lock = journal + ".lock"
        guard let identity = PathLook.identity(lock) else { return .stopped }
        guard let table = try? String(contentsOfFile: "/proc/locks", encoding: .utf8) else { return .unknown }
        let owner = (try? String(contentsOfFile: lock, encoding: .utf8)).flatMap { Int32($0.prefix { $0.isNumber }) }
        return read(table, identity, owner: owner)
    }

    /// Reads `/proc/locks` (proc(5)): `1: FLOCK  ADVISORY  WRITE 4711 08:01:262152 0 EOF`.
    ///
    /// Some file systems show another device there than stat does: then the process that the lock file names must agree.
    static func read(
        _ table: String, _ file: (major: UInt32, minor: UInt32, inode: UInt64), owner: Int32?
    ) -> DaemonLook {
        for line in table.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count >= 6, words[1] == "FLOCK", words[3] == "WRITE", let process = Int32(words[4]) else {
                continue
            }
            let place = words[5].split(separator: ":")
            guard place.count == 3, UInt64(place[2]) == file.inode else { continue }
            let isSameDevice = UInt32(place[0], radix: 16) == file.major && UInt32(place[1], radix: 16) == file.minor
            if isSameDevice || process == owner {
                // 0 or −1: a process of another namespace, which its own note names.
                return .running(process: process > 0 ? process : owner ?? 0)
            }
        }
        return .stopped
    }
}
