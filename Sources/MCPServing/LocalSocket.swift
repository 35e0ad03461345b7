// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Unix sockets by path: to listen on, for the same user and root only, and to connect to.
///
/// A door to unsafe code: socket, bind, connect.
public enum LocalSocket {
    /// A listening socket at `path`, mode 0600. What stands there already is taken away when it is a socket that nobody
    /// answers.
    static func listening(at path: String) throws(SocketFailure) -> Int32 {
        var target = try address(path)
        func failure(_ what: String) -> SocketFailure { SocketFailure("the socket \(path) cannot be opened: \(what)") }
        if let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            // Its last folder may be missing, as below XDG_RUNTIME_DIR; errors show in bind.
            unsafe mkdir(String(path[..<slash]), 0o700)
        }
        var about = stat()
        if unsafe lstat(path, &about) == 0 {
            guard about.st_mode & S_IFMT == S_IFSOCK else { throw failure("something else stands there") }
            let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            defer { if probe >= 0 { close(probe) } }
            if probe >= 0, connects(probe, &target) { throw failure("another daemon answers there") }
            unsafe unlink(path)
        }
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let listener = socket(AF_UNIX, kind, 0)
        guard listener >= 0 else { throw failure(SocketFailure.reason()) }
        // Nobody can connect before `listen`: there is no moment with a wider mode.
        guard binds(listener, &target), unsafe chmod(path, 0o600) == 0, listen(listener, 16) == 0 else {
            let why = SocketFailure.reason()
            close(listener)
            throw failure(why)
        }
        return listener
    }

    /// A connection to who listens at `path`. The caller closes it.
    public static func connected(to path: String) throws(SocketFailure) -> Int32 {
        var target = try address(path)
        let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw SocketFailure("no socket can be made: \(SocketFailure.reason())") }
        guard connects(number, &target) else {
            let why = SocketFailure.reason()
            close(number)
            throw SocketFailure("nobody answers at \(path): \(why)")
        }
        return number
    }

    private static func address(_ path: String) throws(SocketFailure) -> sockaddr_un {
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: target.sun_path)
        guard !path.isEmpty, path.utf8.count < room else {
            throw SocketFailure("a socket's path has 1 to \(room - 1) bytes, unlike \(path)")
        }
        unsafe withUnsafeMutableBytes(of: &target.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        return target
    }

    private static func binds(_ number: Int32, _ target: inout sockaddr_un) -> Bool {
        unsafe withUnsafePointer(to: &target) { target in
            unsafe target.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }

    private static func connects(_ number: Int32, _ target: inout sockaddr_un) -> Bool {
        unsafe withUnsafePointer(to: &target) { target in
            unsafe target.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }
}
