// SPDX-License-Identifier: Apache-2.0
import Foundation
import Logging
import Testing

@testable import Pipeline

@Suite struct SocketTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "creance-control-\(UUID().uuidString.prefix(8))")
    private var path: String { folder.appendingPathComponent("control.sock").path }
    private let log = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private func withSocket(_ body: (Desk, String) throws -> Void) throws {
        let desk = Desk()
        let socket = try ControlSocket(path: path, desk: desk.desk, log: log)
        socket.start()
        defer {
            socket.stop()
            desk.end()
            try? FileManager.default.removeItem(at: folder)
        }
        try body(desk, path)
    }

    @Test func `a request on the socket gets its answer, several on one connection theirs in order`() throws {
        try withSocket { _, path in
            let client = try Client(path)
            let add = ControlRequest(.add, when: "hostname = a", until: "1h", reason: "r")
            try client.send(ControlLine.write(add) + [10] + ControlLine.write(ControlRequest(.list)) + [10])
            let first = try client.line()
            let second = try client.line()
            let added = try #require(ControlLine.read(ControlAnswer.self, first)?.silences)
            #expect(added.count == 1)
            #expect(ControlLine.read(ControlAnswer.self, second)?.silences == added)
        }
    }

    @Test func `only its user may connect, and its folder is made`() throws {
        try withSocket { _, path in
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func `nonsense is answered, an endless line is answered and cut off, others go on`() throws {
        try withSocket { _, path in
            let (patient, other) = (try Client(path), try Client(path))
            try other.send(Array("nonsense\n".utf8))
            #expect(ControlLine.read(ControlAnswer.self, try other.line())?.trouble == .invalid)
            try other.send([UInt8](repeating: 65, count: ControlRequest.lineLimit + 1))
            #expect(ControlLine.read(ControlAnswer.self, try other.line())?.trouble == .invalid)
            #expect(try other.line().isEmpty)
            try patient.send(ControlLine.write(ControlRequest(.list)) + [10])
            #expect(ControlLine.read(ControlAnswer.self, try patient.line())?.ok == true)
        }
    }

    @Test func `more clients than the limit are told so`() throws {
        try withSocket { _, path in
            let clients = try (0 ..< ControlSocket.clientLimit).map { _ in try Client(path) }
            for client in clients {
                try client.send(ControlLine.write(ControlRequest(.list)) + [10])
                #expect(ControlLine.read(ControlAnswer.self, try client.line())?.ok == true)
            }
            let more = try Client(path)
            #expect(ControlLine.read(ControlAnswer.self, try more.line())?.trouble == .full)
        }
    }

    @Test func `what a daemon that died left behind is taken over, what another one holds is not`() throws {
        try withSocket { desk, path in
            #expect(throws: ControlSocket.Failure.self) {
                try ControlSocket(path: path, desk: desk.desk, log: log)
            }
        }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Client.leaveDeadSocket(at: path)
        try withSocket { _, path in
            let client = try Client(path)
            try client.send(ControlLine.write(ControlRequest(.list)) + [10])
            #expect(ControlLine.read(ControlAnswer.self, try client.line())?.ok == true)
        }
    }

    @Test func `a file that is no socket is left alone, a path that is too long refused`() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
        let desk = Desk()
        defer { desk.end() }
        #expect(throws: ControlSocket.Failure.self) { try ControlSocket(path: path, desk: desk.desk, log: log) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data("mine".utf8))
        let long = folder.path + "/" + String(repeating: "x", count: 120)
        #expect(throws: ControlSocket.Failure.self) { try ControlSocket(path: long, desk: desk.desk, log: log) }
    }

    @Test func `after the end the socket is gone`() throws {
        try withSocket { _, _ in }
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}

/// A client with blocking calls, and a limit that only a broken server reaches.
private final class Client {
    private let number: Int32
    private var left: [UInt8] = []

    init(_ path: String) throws {
        number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        unsafe setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard unsafe Self.with(path, { unsafe connect(number, $0, $1) }) == 0 else { throw POSIXError(.ECONNREFUSED) }
    }

    deinit { close(number) }

    func send(_ bytes: [UInt8]) throws {
        guard unsafe Glibc.send(number, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw POSIXError(.EPIPE)
        }
    }

    /// Without its line feed; empty at the end of the stream.
    func line() throws -> [UInt8] {
        var piece = [UInt8](repeating: 0, count: 4_096)
        while !left.contains(10) {
            let count = unsafe recv(number, &piece, piece.count, 0)
            guard count >= 0 else { throw POSIXError(.ETIMEDOUT) }
            if count == 0 { return [] }
            left += piece[..<count]
        }
        let end = left.firstIndex(of: 10) ?? left.endIndex
        defer { left.removeFirst(end + 1) }
        return Array(left[..<end])
    }

    /// A socket file that nobody listens on any more.
    static func leaveDeadSocket(at path: String) throws {
        let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(number) }
        guard unsafe with(path, { unsafe bind(number, $0, $1) }) == 0 else { throw POSIXError(.EADDRINUSE) }
    }

    private static func with(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &target.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        return unsafe withUnsafePointer(to: &target) { target in
            unsafe target.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
