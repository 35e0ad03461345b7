// SPDX-License-Identifier: Apache-2.0
import Logging
import MCPServing
import Pipeline

/// What assistants are offered, and the socket through which they come. Stays open while a changed configuration takes
/// over, unless it says something else about assistants or names another journal.
struct AssistantDoors {
    let assistance: Assistance
    /// What `/mcp` is answered by.
    let endpoint: AssistantEndpoint
    private let config: MCPConfig
    private let falco: FalcoConfig
    private let journalPath: String
    /// Absent: it could not be opened where nobody had asked for it.
    private let socket: AssistantSocket?

    /// The doors in front of this pipeline: `kept`, where they fit the configuration.
    static func open(
        _ pipeline: Pipeline, _ configuration: Configuration, _ log: Logger, keeping kept: AssistantDoors?
    ) async throws -> AssistantDoors {
        if let kept {
            if kept.config == configuration.mcp, kept.falco == configuration.falco,
                kept.journalPath == pipeline.journalPath
            {
                kept.follow(pipeline)
                return kept
            }
            await kept.close()
        }
        return try AssistantDoors(pipeline, configuration, log)
    }

    /// Opens the socket of `mcp.socket`. Where the configuration does not name one, the daemon runs without when the usual
    /// place cannot be used: another daemon has it, or this user may not write there.
    private init(_ pipeline: Pipeline, _ configuration: Configuration, _ log: Logger) throws {
        config = configuration.mcp
        falco = configuration.falco
        journalPath = pipeline.journalPath
        assistance = try Assistance(
            Assistance.Parts(
                journalPath: journalPath, configuration: configuration, version: BuildVersion.text, pipeline: pipeline,
                logger: log))
        endpoint = AssistantEndpoint(service: assistance.assistant)
        let path = config.socket ?? Surroundings.ofThisProcess.assistantPath
        do throws(SocketFailure) {
            let socket = try AssistantSocket(
                path: path, service: assistance.assistant, caller: assistance.local, connections: config.connections)
            socket.start()
            self.socket = socket
        } catch {
            guard config.socket == nil else { throw error }
            log.info("no socket for assistants: \(error); creance mcp answers from the journal alone")
            socket = nil
        }
        assistance.begin()
        follow(pipeline)
    }

    /// From now on it is this pipeline; nil while one makes room for the next.
    func follow(_ pipeline: Pipeline?) { assistance.follow(pipeline) }

    /// Lets every client of the socket go, and answers everybody who waits.
    func close() async {
        endpoint.endAll()
        await assistance.end()
        socket?.stop()
    }
}
