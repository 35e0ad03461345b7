// SPDX-License-Identifier: Apache-2.0
import ConfigTree
import Foundation
import Inspection
import Logging
import Pipeline
import Server
import UnixSignals

/// One run of a configuration: the pipeline and the server in front of it.
struct Daemon {
    enum Ending {
        case stop
        case reload(LoadedConfiguration)
    }

    let pipeline: Pipeline
    let server: HTTPServer
    /// Where the server listens, with the ports the system chose.
    let addresses: [ListenAddress]
    /// What the pipelines before this one have counted in this process.
    private let carry: CounterCarry
    private let config: ServerConfig
    /// Absent: it could not be opened where nobody had asked for it.
    private let control: ControlSocket?
    private let assistants: AssistantDoors

    /// Build and run. The server opens last: what it answers 200 must have somewhere to go.
    static func start(_ loaded: LoadedConfiguration, _ log: Logger) async throws -> Daemon {
        try await start(pipeline(loaded, log) { _ in }, CounterCarry(), loaded.configuration, log)
    }

    /// - Parameter begin: told what the pipeline has counted before it starts.
    private static func pipeline(
        _ loaded: LoadedConfiguration, _ log: Logger, begin: ([MetricFamily]) -> Void
    ) throws -> Pipeline {
        let surroundings = PipelineSurroundings(machine: .ofThisProcess, generation: loaded.generation, log: log)
        do {
            let pipeline = try Pipeline.build(loaded.configuration, surroundings)
            begin(pipeline.inspector.metrics)
            pipeline.start()
            return pipeline
        } catch {
            throw CommandFailure.input("\(error)")
        }
    }

    /// - Parameter open: the doors that stay; nil: they are opened here.
    private static func start(
        _ pipeline: Pipeline, _ carry: CounterCarry, _ configuration: Configuration, _ log: Logger,
        after previous: HTTPServer? = nil, keeping open: AssistantDoors? = nil
    ) async throws -> Daemon {
        let config = configuration.server
        let tls = config.tls.map { ServerTLSFiles(certificate: $0.certificate, key: $0.key, clientCA: $0.clientCA) }
        let settings = ServerSettings(listeners: config.listen.map { ListenerSettings(ListenAddress($0), tls: tls) })
        do {
            let control = try openControl(pipeline, config, log)
            let assistants: AssistantDoors
            do { assistants = try await AssistantDoors.open(pipeline, configuration, log, keeping: open) } catch {
                control?.stop()
                throw error
            }
            let server = try HTTPServer(
                settings: settings, mounts: pipeline.served,
                surfaces: try pipeline.surfaces(carry).serving(
                    assistants.endpoint, http: configuration.mcp.http, to: config.access),
                logger: log, after: previous)
            let addresses: [ListenAddress]
            do { addresses = try await server.start() } catch {
                control?.stop()
                await assistants.close()
                throw error
            }
            return Daemon(
                pipeline: pipeline, server: server, addresses: addresses, carry: carry, config: config,
                control: control, assistants: assistants)
        } catch {
            _ = await stop(pipeline, within: .seconds(2))
            throw CommandFailure.input("\(error)")
        }
    }

    /// The socket of `server.control`. Where the configuration does not name one, the daemon runs without when the usual
    /// place cannot be used: another daemon has it, or this user may not write there.
    private static func openControl(
        _ pipeline: Pipeline, _ config: ServerConfig, _ log: Logger
    ) throws -> ControlSocket? {
        let path = config.control ?? Surroundings.ofThisProcess.controlPath
        do {
            let socket = try ControlSocket(path: path, desk: pipeline.controlDesk, log: log)
            socket.start()
            return socket
        } catch {
            guard config.control == nil else { throw error }
            log.info("no control socket: \(error); creance silence cannot reach this daemon")
            return nil
        }
    }

    /// Drains, then goes on with `next`; when that cannot run, with `loaded` again. Where both listen on the same addresses
    /// the server stays, and what is sent meanwhile waits for the new pipeline.
    func change(to next: LoadedConfiguration, from loaded: LoadedConfiguration, _ log: Logger) async throws -> Change {
        let keepsServer = next.configuration.server.hasListeners(of: config)
        control?.stop()
        assistants.follow(nil)
        let started = ContinuousClock.now
        if keepsServer {
            if await !server.pause(atMost: config.drain) { log.warning("the journal still has requests to settle") }
        } else {
            await server.stop(within: config.drain)
        }
        let isClean = await Self.stop(pipeline, within: left(since: started))
        let last = carry.applied(to: pipeline.inspector.metrics)
        do {
            let daemon = try await restart(next, last, keepsServer, log)
            log.notice("running with the changed configuration")
            return Change(daemon: daemon, configuration: next, isClean: isClean)
        } catch {
            let reason = (error as? CommandFailure)?.sentence ?? "\(error)"
            log.error("the changed configuration cannot run; going on with the one before: \(reason)")
        }
        do {
            let daemon = try await restart(loaded, last, keepsServer, log)
            return Change(daemon: daemon, configuration: loaded, isClean: isClean)
        } catch {
            if keepsServer { await server.stop(within: .zero) }
            throw error
        }
    }

    /// What `change` came to.
    struct Change {
        let daemon: Daemon
        let configuration: LoadedConfiguration
        /// Everything that the old pipeline had accepted has left.
        let isClean: Bool
    }

    /// - Parameter last: what was shown of the old pipeline when it had stopped.
    private func restart(
        _ loaded: LoadedConfiguration, _ last: [MetricFamily], _ keepsServer: Bool, _ log: Logger
    ) async throws -> Daemon {
        var carry = carry
        let pipeline = try Self.pipeline(loaded, log) { carry.renew(after: last, with: $0) }
        guard keepsServer else {
            return try await Self.start(
                pipeline, carry, loaded.configuration, log, after: server, keeping: assistants)
        }
        let configuration = loaded.configuration
        let open: AssistantDoors
        do {
            open = try await AssistantDoors.open(pipeline, configuration, log, keeping: assistants)
            let surfaces = try pipeline.surfaces(carry).serving(
                open.endpoint, http: configuration.mcp.http, to: configuration.server.access)
            try server.replace(mounts: pipeline.served, surfaces: surfaces)
        } catch {
            _ = await Self.stop(pipeline, within: .seconds(2))
            throw CommandFailure.input("\(error)")
        }
        return Daemon(
            pipeline: pipeline, server: server, addresses: addresses, carry: carry,
            config: loaded.configuration.server,
            control: try Self.openControl(pipeline, loaded.configuration.server, log),
            assistants: open)
    }

    /// Waits for a signal that ends this run, or for the end of a source that ends the daemon.
    func supervise(_ events: inout UnixSignalsSequence.AsyncIterator, _ loaded: LoadedConfiguration, _ log: Logger)
        async -> Ending
    {
        let ended = Task { [pipeline] in
            // Looking again and again is what an idle daemon would spend a third of its processor time on.
            guard pipeline.canEnd else { return }
            while !Task.isCancelled, !pipeline.hasEnded { try? await Task.sleep(for: .milliseconds(100)) }
            // The same way out as a signal's.
            if !Task.isCancelled {
                log.notice("standard input has ended")
                kill(getpid(), SIGTERM)
            }
        }
        defer { ended.cancel() }
        while let signal = await events.next() {
            switch signal {
            case .sigusr1:
                log.notice("output files are opened anew")
                pipeline.reopenSinks()
            case .sighup:
                log.notice("output files are opened anew")
                pipeline.reopenSinks()
                if let next = changed(since: loaded, log) { return .reload(next) }
            default:
                log.notice("stopping", metadata: ["signal": "\(signal)"])
                return .stop
            }
        }
        return .stop
    }

    /// The configuration as it is now, when it is another and good.
    private func changed(since loaded: LoadedConfiguration, _ log: Logger) -> LoadedConfiguration? {
        do { try server.reloadCertificates() } catch { log.error("certificates were not read again: \(error)") }
        do {
            let next = try LoadedConfiguration(loaded.path)
            guard next.generation.digest != loaded.generation.digest else { return nil }
            log.notice("the configuration changed; draining, then going on with it")
            next.warn(log)
            return next
        } catch let refused as ConfigurationRefused {
            for problem in refused.problems { log.error("\(problem)") }
            log.error("the changed configuration is not used")
        } catch let refused as RulesRefused {
            for problem in refused.problems { log.error("\(problem)") }
            log.error("the changed rules are not used")
        } catch let refused as TablesRefused {
            for problem in refused.problems { log.error("\(problem)") }
            log.error("the changed tables are not used")
        } catch {
            log.error("the configuration was not read again: \(error)")
        }
        return nil
    }

    /// True when everything that was accepted has left.
    func stop(_ log: Logger) async -> Bool {
        let started = ContinuousClock.now
        control?.stop()
        await assistants.close()
        await server.stop(within: config.drain)
        return await Self.stop(pipeline, within: left(since: started))
    }

    private func left(since started: ContinuousClock.Instant) -> Duration {
        Swift.max(.seconds(1), config.drain - (.now - started))
    }

    private static func stop(_ pipeline: Pipeline, within limit: Duration) async -> Bool {
        // The lanes are threads: waiting for them must not hold a thread of the concurrency pool.
        await withCheckedContinuation { continuation in
            Thread { continuation.resume(returning: pipeline.stop(within: limit)) }.start()
        }
    }
}

extension Pipeline {
    fileprivate var served: [IngestMount] {
        mounts.map { IngestMount(path: $0.path, secret: $0.secret, ingest: $0.ingest) }
    }

    fileprivate func surfaces(_ carry: CounterCarry) -> ServerSurfaces {
        let inspector = inspector
        return ServerSurfaces(
            metrics: { carry.applied(to: inspector.metrics) + ProcessMetrics.now }, health: { inspector.liveness },
            readiness: { inspector.readiness }, hostname: ProcessInfo.processInfo.hostName,
            stream: live.map(ServedStream.init))
    }
}

extension ServerConfig {
    /// The same addresses, with the same certificate files.
    fileprivate func hasListeners(of other: ServerConfig) -> Bool { listen == other.listen && tls == other.tls }
}

extension ListenAddress {
    init(_ address: ConfigAddress) {
        switch address {
        case .unix(let path): self = .unix(path: path)
        case .tcp(let host, let port): self = .tcp(host: host, port: port)
        }
    }
}
