// SPDX-License-Identifier: Apache-2.0
import FalcoProcess
import Foundation
import MCPProtocol
import MCPServing
import Testing

@testable import ModelContext

/// `falco_start_monitoring`.
struct MonitoringTests {
    private static let nodes = MonitoredSource(
        name: "nodes", type: "falco_http", state: "reading", reconnects: 0, failure: nil, received: 0, deadLetters: 0,
        refused: 0)

    @Test func `without rules it attaches to what is configured and starts nothing`() async throws {
        let world = try World(runs: true, sources: [Self.nodes])
        for arguments: JSONObject in [[:], ["source": "nodes"]] {
            let result = try await world.call("falco_start_monitoring", arguments)
            #expect(result["status"] == "attached" && result["cursor"] == "cursor-1")
            #expect(result["sources"]?.array == [["name": "nodes", "type": "falco_http", "state": "reading"]])
        }
        #expect(
            await world.problem("falco_start_monitoring", ["source": "nope"])
                == "There is no such source. There are: nodes.")
        #expect(throws: (any Error).self) { try world.falco?.noted("arguments") }
    }

    @Test func `a started falco brings its alerts in, and statistics are none`() async throws {
        let world = try World(runs: true, sources: [Self.nodes])
        let result = try await world.call(
            "falco_start_monitoring", ["rules_path": "good.yaml", "duration": 5_000], scopes: [.read, .write])
        #expect(result["status"] == "started" && result["seconds"] == 600)
        #expect(result["engine"] == "falco 0.43.1")
        let limit = ContinuousClock.now.advanced(by: .seconds(600))
        while world.alerts.count < 3, ContinuousClock.now < limit { try await Task.sleep(for: .milliseconds(5)) }
        let stopped = try await world.call("falco_start_monitoring", ["stop": true], scopes: [.read, .write])
        #expect(stopped["status"] == "stopped" && stopped["alerts"] == 3 && stopped["refused"] == 0)
        #expect(world.alerts.count == 3)
        #expect(try world.falco?.isGone() == true)
    }

    @Test func `starting again ends the one before`() async throws {
        let world = try World(runs: true)
        let write: Caller.Scopes = [.read, .write]
        _ = try await world.call("falco_start_monitoring", ["rules_path": "good.yaml"], scopes: write)
        let first = try #require(try world.falco?.noted("pid").first)
        let folder = try #require(try world.falco?.noted("folder").first)
        _ = try await world.call("falco_start_monitoring", ["rules_path": "more.yaml"], scopes: write)
        #expect(kill(try #require(Int32(first)), 0) != 0)
        #expect(!FileManager.default.fileExists(atPath: folder))
        await world.tools.monitor.close()
        #expect(try world.falco?.isGone() == true)
    }

    @Test func `of several started at the same time one is left, and it ends with the monitor`() async throws {
        let world = try World(runs: true)
        let monitor = world.tools.monitor
        let intake = try #require(monitor.intake)
        let process = FalcoProcess(try #require(world.falco?.settings))
        let folders = try (0 ..< 5).map { _ in try PrivateFolder() }
        let arguments = ["-r", "\(world.place.path)/rules/good.yaml"]
        await monitor.start(process, arguments, in: folders[0], for: .seconds(600), into: intake)
        await withTaskGroup(of: Void.self) { group in
            for folder in folders.dropFirst() {
                group.addTask {
                    await monitor.start(process, arguments, in: folder, for: .seconds(600), into: intake)
                }
            }
        }
        await monitor.close()
        // The folder of a run goes when its Falco has ended.
        for folder in folders { #expect(!FileManager.default.fileExists(atPath: folder.path)) }
    }

    @Test func `rules that do not load end it at once, with Falco's reason`() async throws {
        let world = try World(runs: true)
        let result = try await world.call(
            "falco_start_monitoring", ["rules_path": "bad.yaml"], scopes: [.read, .write])
        #expect(result["status"] == "ended" && result["alerts"] == 0)
        #expect(result["reason"]?.string?.contains("bad.yaml: Invalid") == true)
        #expect(result["reason"]?.string?.contains(world.place.path) == false)
    }

    @Test func `starting needs the right to write, an executable and a way in`() async throws {
        let write: Caller.Scopes = [.read, .write]
        let arguments: JSONObject = ["rules_path": "good.yaml"]
        #expect(
            await (try World(runs: true)).problem("falco_start_monitoring", arguments)?.contains("alerts:write") == true
        )
        #expect(
            await (try World(runs: true)).problem("falco_start_monitoring", ["stop": true])?.contains("alerts:write")
                == true)
        let none = await (try World(runs: false)).problem("falco_start_monitoring", arguments, scopes: write)
        #expect(none?.hasPrefix("No falco executable is configured") == true)
        let blocked = await (try World(runs: true, hasIntake: false)).problem(
            "falco_start_monitoring", arguments, scopes: write)
        #expect(blocked?.contains("falco_http") == true)
    }
}
