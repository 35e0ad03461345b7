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
    private let drain: Duration

    /// Build and run. The server opens last: what it answers 200 must have somewhere to go.
    static func start(_ loaded: LoadedConfiguration, _ log: Logger) async throws -> Daemon {
        let configuration = loaded.configuration
        let surroundings = PipelineSurroundings(machine: .ofThisProcess, configurationText: loaded.text, log: log)
        do {
            let pipeline = try Pipeline.build(configuration, surroundings)
            pipeline.start()
            return try await start(pipeline, configuration.server, log)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure.input("\(error)")
        }
    }

    static func start(_ pipeline: Pipeline, _ config: ServerConfig, _ log: Logger) async throws -> Daemon {
        let tls = config.tls.map { ServerTLSFiles(certificate: $0.certificate, key: $0.key, clientCA: $0.clientCA) }
        let settings = ServerSettings(listeners: config.listen.map { ListenerSettings(ListenAddress($0), tls: tls) })
        let inspector = pipeline.inspector
        do {
            let server = try HTTPServer(
                settings: settings,
                mounts: pipeline.mounts.map { IngestMount(path: $0.path, secret: $0.secret, ingest: $0.ingest) },
                surfaces: ServerSurfaces(
                    metrics: { inspector.metrics + ProcessMetrics.now }, health: { inspector.liveness },
                    readiness: { inspector.readiness }, hostname: ProcessInfo.processInfo.hostName),
                logger: log)
            let addresses = try await server.start()
            return Daemon(pipeline: pipeline, server: server, addresses: addresses, drain: config.drain)
        } catch {
            _ = pipeline.stop(within: .seconds(2))
            throw CommandFailure.input("\(error)")
        }
    }

    /// Waits for a signal that ends this run, or for the end of a source that ends the daemon.
    func supervise(_ events: inout UnixSignalsSequence.AsyncIterator, _ loaded: LoadedConfiguration, _ log: Logger)
        async -> Ending
    {
        let ended = Task { [pipeline] in
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
            guard next.text != loaded.text else { return nil }
            log.notice("the configuration changed; draining, then going on with it")
            next.warn(log)
            return next
        } catch let refused as ConfigurationRefused {
            for problem in refused.problems { log.error("\(problem)") }
            log.error("the changed configuration is not used")
        } catch {
            log.error("the configuration was not read again: \(error)")
        }
        return nil
    }

    /// True when everything that was accepted has left.
    func stop(_ log: Logger) async -> Bool {
        let started = ContinuousClock.now
        await server.stop(within: drain)
        let left = Swift.max(.seconds(1), drain - (.now - started))
        // The lanes are threads: waiting for them must not hold a thread of the concurrency pool.
        return await withCheckedContinuation { continuation in
            Thread { continuation.resume(returning: pipeline.stop(within: left)) }.start()
        }
    }
}

extension ListenAddress {
    init(_ address: ConfigAddress) {
        switch address {
        case .unix(let path): self = .unix(path: path)
        case .tcp(let host, let port): self = .tcp(host: host, port: port)
        }
    }
}
