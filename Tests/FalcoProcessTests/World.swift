// SPDX-License-Identifier: Apache-2.0
import FalcoProcess
import Foundation
import MCPServing
import Synchronization
import Testing

@testable import MCPProtocol
@testable import ModelContext

/// The falco_* tools over a folder of rules, with the stand-in executable or without any.
struct World {
    let falco: StandIn?
    let place: TestFolder
    let tools: FalcoTools
    /// What a started Falco brought in.
    let alerts = Alerts()

    final class Alerts: Sendable {
        let bodies = Mutex<[String]>([])
        var count: Int { bodies.withLock { $0.joined(separator: "\n").split(separator: "\n").count } }
    }

    init(runs: Bool, as name: String = "falco", sources: [MonitoredSource] = [], hasIntake: Bool = true) throws {
        falco = runs ? try StandIn(name == "falco-gone" ? "falco" : name) : nil
        place = try TestFolder()
        try place.write("password: secret", "secret.yaml")
        for sample in ["good.yaml", "bad/two.yaml"] {
            let text = try String(contentsOfFile: Self.sample(sample), encoding: .utf8)
            try place.write(text, "rules/\(sample == "good.yaml" ? sample : "bad.yaml")")
        }
        try place.write(
            "- rule: More\n  desc: d\n  condition: evt.type = open\n  output: x\n  priority: INFO\n"
                + "- rule: Other\n  desc: e\n  condition: evt.type = open\n  output: x\n  priority: INFO\n",
            "rules/more.yaml")
        var settings = falco?.settings
        if name == "falco-gone" { settings?.executable += "-gone" }
        if name == "falco-slow" { settings?.timeLimit = .milliseconds(300) }
        settings?.outputLimitBytes = name == "falco-endless" ? 100_000 : 8 << 20
        settings?.grace = .milliseconds(200)
        let alerts = alerts
        let intake = FalcoIntake(source: "nodes") { body in
            alerts.bodies.withLock { $0.append(String(decoding: body, as: UTF8.self)) }
            return true
        }
        tools = FalcoTools(
            executable: settings, folders: FalcoFolders(["\(place.path)/rules"]),
            monitor: FalcoMonitor(
                limit: .seconds(600), intake: hasIntake ? intake : nil, cursor: { "cursor-1" }, sources: { sources }))
    }

    static func sample(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Samples/falco-cli/\(name)").path
    }

    func call(
        _ name: String, _ arguments: JSONObject, scopes: Caller.Scopes = .read
    ) async throws -> JSONObject {
        let tool = try #require(tools.tools.first { $0.declaration.name == name })
        let call = ToolCall(
            arguments: arguments, caller: Caller(name: "test", scopes: scopes),
            context: CallContext(
                revision: .july2026, client: nil, clientCapabilities: [:], progressToken: nil, logLevel: nil))
        return try await tool.run(call)
    }

    /// The sentence of a call that is refused; nil when it is not.
    func problem(_ name: String, _ arguments: JSONObject, scopes: Caller.Scopes = .read) async -> String? {
        do {
            _ = try await call(name, arguments, scopes: scopes)
            return nil
        } catch {
            return (error as? ToolProblem)?.sentence
        }
    }
}
