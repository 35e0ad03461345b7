// SPDX-License-Identifier: Apache-2.0
import FalcoProcess
import MCPProtocol
import MCPServing

/// `falco_start_monitoring`.
extension FalcoTools {
    static let startMonitoring = Tool(
        "falco_start_monitoring", title: "Begin to monitor",
        description:
            "Begins to watch Falco's alerts and returns at once with a cursor for wait_for_alerts. Without rules "
            + "and config it attaches to the sources that Creance already reads, which need nothing started. With rules or "
            + "config (or where no source is configured) it starts the configured falco executable for `duration` seconds; "
            + "its alerts come in like all others. Starting again ends the one before; stop ends it without a new one. "
            + "Starting needs permission to write.",
        arguments: rulesArguments + configArguments + [
            SchemaField(
                "source", .string(length: 1 ... 128), "Attach to this configured source; default: all of them."),
            SchemaField(
                "duration", .integer(1 ... 86_400), default: 300,
                "Seconds that a started falco may run; the configuration bounds it (falco.monitoring_limit)."),
            SchemaField("stop", .boolean, default: false, "End the falco that was started before, and start none."),
        ],
        result: [
            engineMember,
            SchemaField("status", .choice(["attached", "started", "ended", "stopped"]), required: true),
            SchemaField(
                "cursor", .text, required: true, "For wait_for_alerts: everything from before this call's work on."),
            SchemaField("seconds", .wholeNumber, "How long the started falco runs at most."),
            SchemaField(
                "sources",
                .list(
                    .object([
                        SchemaField("name", .text, required: true), SchemaField("type", .text, required: true),
                        SchemaField("state", .text, required: true),
                    ]), atMost: .max), "Where the alerts come from."),
            SchemaField("alerts", .wholeNumber, "Alerts that the falco of before brought in."),
            SchemaField("refused", .wholeNumber, "Alerts of it that the journal did not take."),
            SchemaField("reason", .text, "Why falco ended by itself."),
        ], effects: .init(readOnly: false, destructive: false, idempotent: false))

    func startMonitoring(_ call: ToolCall) async throws(ToolProblem) -> JSONObject {
        // Before anything begins: nothing that comes of it can be missed.
        let cursor = monitor.cursor()
        let sources = monitor.sources()
        if call.arguments["stop"]?.bool == true { return try await stop(call, cursor) }
        let names = ["rules", "rules_path", "config", "config_path"]
        let wantsFalco = names.contains { call.arguments[$0] != nil }
        if !wantsFalco, !sources.isEmpty || call.arguments["source"] != nil {
            return try attach(call.arguments["source"]?.string, sources, cursor)
        }
        return try await start(call, cursor)
    }

    private func attach(
        _ wanted: String?, _ sources: [MonitoredSource], _ cursor: String
    ) throws(ToolProblem) -> JSONObject {
        let chosen = sources.filter { wanted == nil || $0.name == wanted }
        guard !chosen.isEmpty else {
            let names = sources.prefix(20).map { Label.of($0.name) }.joined(separator: ", ")
            throw ToolProblem(
                "There is no such source. \(names.isEmpty ? "None is configured." : "There are: \(names).")")
        }
        return [
            "engine": .string(FalcoEngine.ownName), "status": "attached", "cursor": .string(cursor),
            "sources": .array(chosen.prefix(50).map(Self.json)),
        ]
    }

    private static func json(_ source: MonitoredSource) -> JSONValue {
        ["name": .string(Label.of(source.name)), "type": .string(source.type), "state": .string(source.state)]
    }

    private func start(_ call: ToolCall, _ cursor: String) async throws(ToolProblem) -> JSONObject {
        guard let process = engine.process else { throw FalcoEngine.noExecutable }
        try Self.requireWrite(call)
        guard let intake = monitor.intake else {
            throw ToolProblem(
                "A falco started here has no way to bring its alerts in: a source of type falco_http must be configured, "
                    + "and the daemon must be running.")
        }
        let input = try FalcoInput(call.arguments, folders)
        let seconds = min(call.arguments["duration"]?.wholeNumber ?? 300, monitor.limit.components.seconds)
        do throws(FalcoFailure) {
            let folder = try PrivateFolder()
            let arguments: [String]
            do throws(FalcoFailure) {
                arguments = try FalcoEngine.prepare(input, folder, folders)
            } catch {
                folder.remove()
                throw error
            }
            await monitor.start(
                process, arguments + Self.outputs + FalcoEngine.arguments("-r", input) + ["-M", String(seconds)],
                in: folder, for: .seconds(seconds), into: intake)
        } catch {
            throw ToolProblem(FalcoEngine.told(error))
        }
        // What is wrong with rules or configuration shows at once.
        var standing = await monitor.current()
        for _ in 0 ..< 40 where standing?.isRunning == true && standing?.alerts == 0 {
            guard (try? await Task.sleep(for: .milliseconds(25))) != nil else { break }
            standing = await monitor.current()
        }
        var result: JSONObject = ["engine": .string(await engine.name())]
        let isRunning = standing?.isRunning ?? false
        result["status"] = isRunning ? "started" : "ended"
        result["cursor"] = .string(cursor)
        result["seconds"] = .integer(seconds)
        let source = monitor.sources().first { $0.name == intake.source }
        result["sources"] = source.map { .array([Self.json($0)]) } ?? []
        if !isRunning { add(standing, to: &result, input) }
        return result
    }

    private func stop(_ call: ToolCall, _ cursor: String) async throws(ToolProblem) -> JSONObject {
        try Self.requireWrite(call)
        await monitor.close()
        var result: JSONObject = [
            "engine": .string(await engine.name()), "status": "stopped", "cursor": .string(cursor),
        ]
        add(await monitor.current(), to: &result, nil)
        return result
    }

    private func add(_ standing: FalcoMonitor.Standing?, to result: inout JSONObject, _ input: FalcoInput?) {
        guard let standing else { return }
        result["alerts"] = .integer(Int64(standing.alerts))
        result["refused"] = .integer(Int64(standing.refused))
        if let reason = standing.reason {
            var text = FalcoText()
            result["reason"] = text.lines(reason.renamed(input?.names ?? []), limit: 3_000)
        }
    }

    private static func requireWrite(_ call: ToolCall) throws(ToolProblem) {
        guard call.caller.scopes.contains(.write) else {
            throw ToolProblem(
                "Starting and stopping falco needs the scope alerts:write, and mcp.allow_writes in the configuration. "
                    + "Without rules and config this tool attaches to the configured sources, which needs neither.")
        }
    }

    /// Alerts as JSON on standard output and nowhere else: the same alert by two ways would count twice, and a port may be
    /// another Falco's.
    private static let outputs: [String] = [
        "json_output=true", "stdout_output.enabled=true", "http_output.enabled=false", "file_output.enabled=false",
        "program_output.enabled=false", "syslog_output.enabled=false", "webserver.enabled=false",
        "watch_config_files=false",
    ].flatMap { ["-o", $0] }
}
