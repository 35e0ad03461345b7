// SPDX-License-Identifier: Apache-2.0
import Glibc
import LockFree
public import Logging
import Synchronization

/// The unix socket of a running daemon (`server.control`), where commands change it: a line of JSON each way.
///
/// Only the daemon's user and root may connect (mode 0600). One thread serves all: requests are few, and their order is
/// that of the journal. A client that says nothing for `silenceLimit`, or reads nothing, is let go.
///
/// A door to unsafe code: socket, bind, poll.
public final class ControlSocket: Sendable {
    /// Clients at once.
    static let clientLimit = 16
    static let silenceLimit = Duration.seconds(10)

    public struct Failure: Error, CustomStringConvertible, Sendable {
        public let description: String
    }

    private let path: String
    private let desk: ControlDesk
    private let log: Logger
    private let listener: Int32
    private let stopping = Atomic<Bool>(false)
    private let lane = Mutex<Lane?>(nil)

    /// Opens the socket and begins to answer.
    ///
    /// - Throws: `Failure`: the path cannot be used, or another daemon answers there.
    public init(path: String, desk: ControlDesk, log: Logger) throws(Failure) {
        self.path = path
        self.desk = desk
        self.log = log
        listener = try Self.open(path)
    }

    public func start() {
        lane.withLock { lane in
            if lane == nil { lane = Lane("control") { [self] in serve() } }
        }
    }

    /// Answers no more, and takes the socket away. Idempotent; waits for the answer under way.
    public func stop() {
        let running = lane.withLock { lane in
            defer { lane = nil }
            return lane
        }
        guard let running else { return }
        // Release pairs with the acquire in `serve`, which the shutdown wakes.
        stopping.store(true, ordering: .releasing)
        shutdown(listener, Int32(SHUT_RDWR))
        running.join()
        unsafe unlink(path)
        close(listener)
    }

    /// A listening socket at `path`. What stands there already is taken away when it is a socket that nobody answers.
    private static func open(_ path: String) throws(Failure) -> Int32 {
        func failure(_ what: String) -> Failure {
            Failure(description: "the control socket \(path) cannot be opened: \(what)")
        }
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: target.sun_path)
        guard path.utf8.count < room else { throw failure("its path is longer than \(room - 1) bytes") }
        unsafe withUnsafeMutableBytes(of: &target.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        if let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            // Its last folder may be missing, as below XDG_RUNTIME_DIR; errors show in bind.
            unsafe mkdir(String(path[..<slash]), 0o700)
        }
        var about = stat()
        if unsafe lstat(path, &about) == 0 {
            guard about.st_mode & S_IFMT == S_IFSOCK else { throw failure("something else stands there") }
            let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            defer { close(probe) }
            if probe >= 0, connects(probe, &target) { throw failure("another daemon answers there") }
            unsafe unlink(path)
        }
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let listener = socket(AF_UNIX, kind, 0)
        guard listener >= 0 else { throw failure(reason()) }
        // Nobody can connect before `listen`: there is no moment with a wider mode.
        guard binds(listener, &target), unsafe chmod(path, 0o600) == 0, listen(listener, 16) == 0 else {
            let why = reason()
            close(listener)
            throw failure(why)
        }
        return listener
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

    private static func reason(_ code: Int32 = errno) -> String { unsafe String(cString: strerror(code)) }

    private struct Client {
        let number: Int32
        var connection = ControlConnection()
        var lastHeard = ContinuousClock.now
    }

    private func serve() {
        var clients: [Client] = []
        var piece = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            var waiting = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
            waiting += clients.map { pollfd(fd: $0.number, events: Int16(POLLIN), revents: 0) }
            _ = unsafe poll(&waiting, nfds_t(waiting.count), clients.isEmpty ? -1 : 1_000)
            if stopping.load(ordering: .acquiring) { break }
            var kept: [Client] = []
            for (index, client) in clients.enumerated() {
                var client = client
                let isKept = waiting[index + 1].revents == 0 ? isPatient(client) : hear(&client, &piece)
                if isKept { kept.append(client) } else { close(client.number) }
            }
            clients = kept
            if waiting[0].revents != 0 { greet(&clients) }
        }
        for client in clients { close(client.number) }
    }

    private func isPatient(_ client: Client) -> Bool { .now - client.lastHeard < Self.silenceLimit }

    private func greet(_ clients: inout [Client]) {
        let number = accept(listener, nil, nil)
        guard number >= 0 else { return }
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        _ = fcntl(number, F_SETFL, O_NONBLOCK)
        guard clients.count < Self.clientLimit else {
            say(ControlLine.write(ControlAnswer(.full, "too many clients at once")), to: number)
            close(number)
            return
        }
        clients.append(Client(number: number))
    }

    /// Reads what there is and answers it; false: the client is done with.
    private func hear(_ client: inout Client, _ piece: inout [UInt8]) -> Bool {
        let count = unsafe recv(client.number, &piece, piece.count, 0)
        guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
        client.lastHeard = .now
        for line in client.connection.receive(piece[..<count]) {
            guard say(desk.answer(line), to: client.number) else { return false }
        }
        guard client.connection.isOverlong else { return true }
        let limit = ControlRequest.lineLimit
        say(ControlLine.write(ControlAnswer(.invalid, "the request is longer than \(limit) bytes")), to: client.number)
        return false
    }

    /// Writes a line; false: the client does not read.
    @discardableResult
    private func say(_ line: [UInt8], to number: Int32) -> Bool {
        let bytes = line + [10]
        var start = 0
        while start < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { left in
                unsafe send(
                    number, left.baseAddress.unsafelyUnwrapped + start, left.count - start, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                start += count
            } else if count < 0, errno == EAGAIN {
                var ready = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
                guard unsafe poll(&ready, 1, 2_000) > 0 else { return false }
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }
}
