// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import MCPProtocol
import MCPServing
import Testing

@Suite struct LineServerTests {
    private let service = StandInService()
    private let caller = Caller(name: "local", scopes: .read)

    /// A socket's path of its own, in a folder that is gone afterwards.
    private func withSocket(
        connections: Int = 8, _ body: (AssistantSocket, String) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "lines-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("mcp.sock").path
        let socket = try AssistantSocket(path: path, service: service, caller: caller, connections: connections)
        socket.start()
        defer { socket.stop() }
        try await body(socket, path)
    }

    /// Standard streams over one end of a pair, on a thread of their own; `ended` yields when they are done.
    private func streams(_ number: Int32) -> AsyncStream<Void> {
        let (ended, end) = AsyncStream<Void>.makeStream()
        let streams = StandardStreams(service: service, caller: caller)
        Thread {
            try? streams.serve(input: number, output: number)
            close(number)
            end.yield()
            end.finish()
        }.start()
        return ended
    }

    @Test func `several clients are answered, and only their owner may come`() async throws {
        try await withSocket { _, path in
            var about = stat()
            #expect(unsafe lstat(path, &about) == 0)
            #expect(about.st_mode & 0o777 == 0o600)
            let clients = try (0 ..< 3).map { _ in try LineClient(path) }
            for (id, client) in clients.enumerated() { client.say(Request.discover(id)) }
            for (id, client) in clients.enumerated() {
                let answer = try #require(await client.line())
                #expect(answer.hasPrefix(#"{"jsonrpc":"2.0","id":\#(id),"result""#), "\(answer)")
            }
            for client in clients { client.close() }
        }
    }

    @Test func `a call that waits does not hold up others of its connection`() async throws {
        try await withSocket { _, path in
            var steps = service.steps.makeAsyncIterator()
            let client = try LineClient(path)
            client.say(Request.call(1, "wait"))
            #expect(await steps.next() == "begun")
            client.say(Request.call(2, "echo"))
            #expect(try #require(await client.line()).contains(#""id":2"#))
            service.release()
            #expect(try #require(await client.line()).contains(#""id":1"#))
            client.close()
        }
    }

    @Test func `a client that goes has its calls cancelled and its subscriptions ended`() async throws {
        try await withSocket { _, path in
            var steps = service.steps.makeAsyncIterator()
            let client = try LineClient(path)
            client.say(Request.listen(1))
            _ = await client.line()
            #expect(service.watchers == 1)
            client.say(Request.call(2, "wait"))
            #expect(await steps.next() == "begun")
            client.close()
            #expect(await steps.next() == "cancelled")
            #expect(service.watchers == 0)
        }
    }

    @Test func `more clients than allowed are let go at once`() async throws {
        try await withSocket(connections: 1) { _, path in
            let first = try LineClient(path)
            first.say(Request.discover(1))
            #expect(await first.line() != nil)
            let second = try LineClient(path)
            #expect(await second.line() == nil)
            first.say(Request.discover(2))
            #expect(await first.line() != nil)
            first.close()
            second.close()
        }
    }

    @Test func `what is no message is answered and the connection goes on`() async throws {
        try await withSocket { _, path in
            let client = try LineClient(path)
            client.say("{")
            #expect(try #require(await client.line()).contains("-32700"))
            client.say(String(repeating: "x", count: 2 << 20))
            #expect(try #require(await client.line()).contains("too long"))
            client.say(Request.discover(1))
            #expect(try #require(await client.line()).contains(#""id":1"#))
            client.close()
        }
    }

    @Test func `a client that never reads is not read from for ever, and reads all when it does`() async throws {
        try await withSocket { _, path in
            let client = try LineClient(path)
            let count = 2_000
            // Its answers are more than what a socket and the polite limit hold together.
            let writer = Thread { for id in 0 ..< count { client.say(Request.discover(id)) } }
            writer.start()
            let lines = await client.lines(count)
            #expect(lines.count == count)
            for (id, line) in lines.enumerated() where !line.contains(#""id":\#(id),"#) {
                Issue.record("\(id): \(line)")
            }
            client.close()
        }
    }

    @Test func `stopping lets clients go in good order and takes the socket away`() async throws {
        try await withSocket { socket, path in
            let client = try LineClient(path)
            client.say(Request.listen(1))
            #expect(try #require(await client.line()).contains("acknowledged"))
            socket.stop()
            #expect(try #require(await client.line()).contains(#""result""#))
            #expect(await client.line() == nil)
            #expect(!FileManager.default.fileExists(atPath: path))
            client.close()
        }
    }

    @Test func `a socket that nobody answers is replaced, and one that somebody answers is not`() async throws {
        try await withSocket { socket, path in
            #expect(throws: SocketFailure.self) { try AssistantSocket(path: path, service: service, caller: caller) }
            let client = try LineClient(path)
            client.say(Request.discover(1))
            #expect(await client.line() != nil)
            client.close()
            let left = path + ".left"
            let listener = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var target = sockaddr_un()
            target.sun_family = sa_family_t(AF_UNIX)
            unsafe withUnsafeMutableBytes(of: &target.sun_path) { unsafe $0.copyBytes(from: left.utf8) }
            let isBound = unsafe withUnsafePointer(to: &target) { target in
                unsafe target.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
                }
            }
            #expect(isBound)
            Glibc.close(listener)
            let second = try AssistantSocket(path: left, service: service, caller: caller)
            second.start()
            let other = try LineClient(left)
            other.say(Request.discover(1))
            #expect(await other.line() != nil)
            other.close()
            second.stop()
            let file = path + ".file"
            #expect(FileManager.default.createFile(atPath: file, contents: Data()))
            #expect(throws: SocketFailure.self) { try AssistantSocket(path: file, service: service, caller: caller) }
            #expect(FileManager.default.fileExists(atPath: file))
        }
    }

    @Test func `answers under way leave after the end of the input, and then the streams end`() async throws {
        let (client, number) = LineClient.pair()
        let ended = streams(number)
        client.say(Request.call(1, "echo"))
        client.endOfInput()
        #expect(try #require(await client.line()).contains(#""id":1"#))
        #expect(await client.line() == nil)
        for await _ in ended {}
        client.close()
    }

    @Test func `a call that waits is cancelled soon after the end of the input`() async throws {
        let (client, number) = LineClient.pair()
        let ended = streams(number)
        var steps = service.steps.makeAsyncIterator()
        client.say(Request.call(1, "wait"))
        #expect(await steps.next() == "begun")
        client.endOfInput()
        #expect(await steps.next() == "cancelled")
        #expect(await client.line() == nil)
        for await _ in ended {}
        client.close()
    }
}
