// SPDX-License-Identifier: Apache-2.0
import AlertSources
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Server
import Testing

@Suite struct TLSTests {
    /// The first bytes a TLS client gets for a request; nil when the server closed, an error when one side refused.
    private func request(
        _ port: Int, trusting authority: String, showing client: String? = nil, _ files: Certificates
    ) async throws -> String? {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file(files.path("\(authority).crt"))
        if let client {
            let chain = try NIOSSLCertificate.fromPEMFile(files.path("\(client).crt"))
            configuration.certificateChain = chain.map { .certificate($0) }
            configuration.privateKey = .privateKey(
                try NIOSSLPrivateKey(file: files.path("\(client).key"), format: .pem))
        }
        let context = try NIOSSLContext(configuration: configuration)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: "localhost"))
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: "GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n"))
            for try await buffer in inbound { return String(buffer: buffer) }
            return nil
        }
    }

    private func withServer(_ tls: ServerTLSFiles, _ body: (HTTPServer, Int) async throws -> Void) async throws {
        let server = try HTTPServer(
            settings: ServerSettings(listeners: [ListenerSettings(.tcp(host: "127.0.0.1", port: 0), tls: tls)]),
            mounts: [], surfaces: Fixture.surfaces(), logger: quietLogger)
        guard case .tcp(_, let port) = try await server.start()[0] else { return }
        do {
            try await body(server, port)
        } catch {
            await server.stop(within: .seconds(5))
            throw error
        }
        await server.stop(within: .seconds(5))
    }

    @Test func `a client that trusts the server's authority is answered, another one leaves`() async throws {
        let files = try Certificates()
        let tls = ServerTLSFiles(certificate: files.path("server.crt"), key: files.path("server.key"))
        try await withServer(tls) { _, port in
            let answer = try await request(port, trusting: "ca", files)
            #expect(answer?.hasPrefix("HTTP/1.1 200") == true)
            await #expect(throws: (any Error).self) { try await request(port, trusting: "stranger", files) }
        }
    }

    @Test func `with a client authority only its clients are answered`() async throws {
        let files = try Certificates()
        let tls = ServerTLSFiles(
            certificate: files.path("server.crt"), key: files.path("server.key"), clientCA: files.path("ca.crt"))
        try await withServer(tls) { _, port in
            let answer = try await request(port, trusting: "ca", showing: "client", files)
            #expect(answer?.hasPrefix("HTTP/1.1 200") == true)
            for client in [nil, "intruder"] {
                let refused = try? await request(port, trusting: "ca", showing: client, files)
                #expect(refused == nil, "\(client ?? "without a certificate")")
            }
        }
    }

    @Test func `plain HTTP on a TLS listener is not answered`() async throws {
        let files = try Certificates()
        let tls = ServerTLSFiles(certificate: files.path("server.crt"), key: files.path("server.key"))
        try await withServer(tls) { _, port in
            let rest = try await onThread {
                let connection = try RawConnection(port: port)
                try connection.send("GET /ping HTTP/1.1\r\nHost: t\r\n\r\n")
                return String(decoding: try connection.rest(), as: UTF8.self)
            }
            #expect(!rest.contains("pong"))
        }
    }

    @Test func `a renewed certificate is used after a reload, a broken one is not`() async throws {
        let files = try Certificates()
        let tls = ServerTLSFiles(certificate: files.path("server.crt"), key: files.path("server.key"))
        try await withServer(tls) { server, port in
            try files.issue("server", by: "stranger")
            let before = try await request(port, trusting: "ca", files)
            #expect(before != nil)
            try server.reloadCertificates()
            let after = try await request(port, trusting: "stranger", files)
            #expect(after?.hasPrefix("HTTP/1.1 200") == true)
            try "nothing".write(toFile: files.path("server.crt"), atomically: true, encoding: .utf8)
            #expect(throws: ServerProblem.self) { try server.reloadCertificates() }
            let still = try await request(port, trusting: "stranger", files)
            #expect(still != nil)
        }
    }

    @Test func `files that cannot be used are named`() throws {
        let files = try Certificates()
        for (certificate, key, ca, blamed) in [
            ("missing.crt", "server.key", nil, "missing.crt"), ("server.crt", "missing.key", nil, "missing.key"),
            ("server.crt", "client.key", nil, "client.key"), ("server.crt", "server.key", "extensions", "extensions"),
        ] {
            let tls = ServerTLSFiles(
                certificate: files.path(certificate), key: files.path(key), clientCA: ca.map(files.path))
            do {
                _ = try HTTPServer(
                    settings: ServerSettings(listeners: [ListenerSettings(.tcp(host: "127.0.0.1", port: 0), tls: tls)]),
                    mounts: [], surfaces: Fixture.surfaces(), logger: quietLogger)
                Issue.record("\(blamed) was accepted")
            } catch {
                #expect(error.description.hasPrefix(files.path(blamed)), "\(error)")
            }
        }
    }
}
