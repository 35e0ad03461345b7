// SPDX-License-Identifier: Apache-2.0
import Foundation
import Inspection
import Logging
import MCPProtocol
import MCPServing
import Server

/// A small MCP server for tests of `MCPProtocol`, `MCPServing` and `Server` with real clients.
///
/// Without arguments it speaks over stdio and ends at the end of its input: one thread, nothing but `MCPProtocol`. With
/// `http` it serves `/mcp` on a free port of loopback, prints the port, and ends at the end of its input, too. With
/// `http TOKEN` it asks for that token.
@main
struct MCPFixtureServer {
    private var connection = ServerConnection(Fixture.profile)
    private let clock = ContinuousClock()
    private let start = ContinuousClock().now

    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        if arguments.first == "http" { try await serve(token: arguments.dropFirst().first) } else { speak() }
    }

    private static func serve(token: String?) async throws {
        var logger = Logger(label: "fixture")
        logger.logLevel = .critical
        let surfaces = ServerSurfaces(
            metrics: { [] }, health: { HealthReport([]) }, readiness: { HealthReport([]) }, hostname: "fixture",
            assistant: AssistantEndpoint(service: FixtureService()),
            access: AccessRules(tokens: token.map { [AccessToken(name: "tester", token: $0, scopes: .read)] } ?? []))
        let server = try HTTPServer(
            settings: ServerSettings(listeners: [ListenerSettings(.tcp(host: "127.0.0.1", port: 0))]), mounts: [],
            surfaces: surfaces, logger: logger)
        guard case .tcp(_, let port) = try await server.start()[0] else { return }
        FileHandle.standardOutput.write(Data("\(port)\n".utf8))
        await withCheckedContinuation { continuation in
            Thread {
                while !FileHandle.standardInput.availableData.isEmpty {}
                continuation.resume()
            }.start()
        }
        await server.stop(within: .seconds(2))
    }

    private static func speak() {
        var server = MCPFixtureServer()
        var splitter = LineSplitter()
        while true {
            let read = FileHandle.standardInput.availableData
            if read.isEmpty { return }
            for frame in splitter.take(Array(read)[...]) {
                switch frame {
                case .line(let line): server.act(server.connection.receive(line))
                case .tooLong: server.act([.send(LineSplitter.tooLong, .answer(nil))])
                }
            }
        }
    }

    private mutating func act(_ actions: [ServerAction]) {
        for action in actions {
            switch action {
            case .send(let message, _):
                var writer = JSONWriter()
                writer.write(message)
                writer.endLine()
                FileHandle.standardOutput.write(Data(writer.bytes))
            case .perform(let call): perform(call)
            case .cancel, .end: break
            }
        }
    }

    private mutating func perform(_ call: Call) {
        switch call.work {
        case .tool("wait", _): return act(connection.progress(call.number, 1, of: 2, "waiting"))
        case .tool("touch", _):
            act(connection.resourceChanged(Fixture.latest, note: ["example.com/count": 1], at: clock.now - start))
        default: break
        }
        act(connection.finish(call.number, Fixture.outcome(call.work)))
    }
}
