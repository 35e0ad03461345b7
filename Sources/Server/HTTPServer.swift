// SPDX-License-Identifier: Apache-2.0
import Foundation
import HummingbirdCore
public import Inspection
public import Logging
import NIOCore
import NIOPosix
import Synchronization

/// The one HTTP server: ingest, health and metrics, on any number of addresses.
///
/// `init` checks and reads certificates, `start` opens sockets, `stop` closes them. Start and stop are called once each,
/// in that order, by one task; between them, `pause` and `replace` put another pipeline behind open sockets.
public final class HTTPServer: Sendable {
    private typealias Listener = HummingbirdCore.Server<ListenerChannel>

    private struct Running: Sendable {
        let address: ListenAddress
        let listener: Listener
        let task: Task<Void, Never>
    }

    private let settings: ServerSettings
    private let responder: Responder
    private let identities: [TLSIdentity?]
    private let logger: Logger
    private let running = Mutex<[Running]>([])

    /// - Parameter previous: a server that was stopped, whose counters go on in this one.
    public init(
        settings: ServerSettings, mounts: [IngestMount], surfaces: ServerSurfaces, logger: Logger,
        after previous: HTTPServer? = nil
    ) throws(ServerProblem) {
        self.settings = settings
        self.logger = logger
        let served = try ServedPipeline(mounts: mounts, surfaces: surfaces)
        responder = Responder(
            gate: PipelineGate(served, waitLimit: settings.limits.pauseTimeout),
            counters: previous?.responder.counters ?? ServerCounters(),
            budget: BodyBudget(totalBytes: max(settings.limits.bodyMemoryBytes, served.bodyMemoryBytes)))
        var identities: [TLSIdentity?] = []
        for listener in settings.listeners {
            if let files = listener.tls { identities.append(try TLSIdentity(files)) } else { identities.append(nil) }
        }
        self.identities = identities
    }

    /// Opens every listener; returns the addresses in their order, with the ports the system chose. When one cannot be
    /// opened, none is.
    public func start() async throws(ServerProblem) -> [ListenAddress] {
        responder.gate.now.served.surfaces.assistant?.begin()
        var addresses: [ListenAddress] = []
        for (listener, identity) in zip(settings.listeners, identities) {
            do {
                addresses.append(try await open(listener, identity))
            } catch {
                await stop(within: .zero)
                throw .cannotListen(listener.address, reason: systemReason(error))
            }
        }
        return addresses
    }

    private func open(_ settings: ListenerSettings, _ identity: TLSIdentity?) async throws -> ListenAddress {
        let reach = ListenerReach(settings)
        let (bound, reportBound) = AsyncThrowingStream.makeStream(of: Int?.self)
        let listener = Listener(
            childChannelSetup: ListenerChannel(
                limits: self.settings.limits, identity: identity, counters: responder.counters,
                responder: { [responder] request, writer, channel in
                    try await responder.respond(
                        to: request, with: writer, from: Visitor(reach: reach, channel: channel))
                }),
            configuration: ServerConfiguration(
                address: settings.address.bindAddress, backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(self.settings.limits.connectionLimit)),
            onServerRunning: { channel in reportBound.yield(channel.localAddress?.port) },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: Self.quiet(logger))
        let task = Task {
            do {
                try await listener.run()
                reportBound.finish()
            } catch {
                reportBound.finish(throwing: error)
            }
        }
        for try await port in bound {
            let address = settings.address.withPort(port)
            running.withLock { $0.append(Running(address: address, listener: listener, task: task)) }
            logger.info("listening", metadata: ["address": "\(address)", "tls": "\(identity != nil)"])
            return address
        }
        throw CancellationError()
    }

    /// From here on the pipeline behind is given nothing more, and may be stopped; requests that come wait for `replace`, at
    /// most `ServerLimits.pauseTimeout`. Returns when the pipeline has settled what it was given; false when it has not
    /// within `limit`.
    public func pause(atMost limit: Duration) async -> Bool { await responder.gate.shut(atMost: limit) }

    /// Puts another pipeline behind the server; those who wait go on into it. Its sources must be open. After an error the
    /// server waits on.
    public func replace(mounts: [IngestMount], surfaces: ServerSurfaces) throws(ServerProblem) {
        let served = try ServedPipeline(mounts: mounts, surfaces: surfaces)
        responder.budget.grow(to: served.bodyMemoryBytes)
        surfaces.assistant?.begin()
        responder.gate.open(served)
    }

    /// Requests that wait for `replace`.
    var waitingRequests: Int { responder.gate.waiting }

    /// Stops listening, lets requests inside finish, the rest of their bodies included, and closes their connections; after
    /// `limit` it cuts them. Requests that wait for the journal are then answered 503. Belongs before the journal's stop.
    public func stop(within limit: Duration) async {
        let running = running.withLock { running in
            defer { running = [] }
            return running
        }
        responder.gate.close()
        // A stream has no end of its own that one could wait for.
        responder.gate.now.served.surfaces.stream?.endAll()
        responder.gate.now.served.surfaces.assistant?.endAll()
        let closing = running.map { one in Task<Void, Never> { _ = try? await one.listener.shutdownGracefully() } }
        let tasks = running.map(\.task)
        defer { for one in running { one.address.removeSocketFile() } }
        if await Self.wait(for: tasks, atMost: limit) { return }
        logger.warning("requests cut at the drain limit", metadata: ["limit": "\(limit)"])
        for mount in responder.gate.now.served.mounts { mount.ingest.close() }
        _ = await Self.wait(for: tasks, atMost: .milliseconds(100))
        for task in tasks + closing { task.cancel() }
        _ = await Self.wait(for: tasks, atMost: .seconds(2))
    }

    /// Reads every listener's certificate files again, for new connections, and the keys of who signs tokens. A file that
    /// cannot be used changes nothing.
    public func reloadCertificates() throws(ServerProblem) {
        var problem: ServerProblem?
        for identity in identities {
            do { try identity?.reload() } catch { problem = problem ?? error }
        }
        do { try responder.gate.now.served.surfaces.access.signed?.reload() } catch { problem = problem ?? error }
        if let problem { throw problem }
    }

    /// The server's own metrics; `/metrics` has them without being asked.
    public var metrics: [MetricFamily] { responder.counters.families }

    /// True when all tasks ended in time.
    private static func wait(for tasks: [Task<Void, Never>], atMost limit: Duration) async -> Bool {
        let (ends, end) = AsyncStream.makeStream(of: Bool.self)
        let timer = Task {
            try? await Task.sleep(for: limit)
            end.yield(false)
        }
        Task {
            for task in tasks { await task.value }
            end.yield(true)
        }
        for await inTime in ends {
            timer.cancel()
            return inTime
        }
        return false
    }

    /// The framework logs every bind at `info`; the line above says it in this program's words.
    private static func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }
}

extension ListenAddress {
    var bindAddress: BindAddress {
        switch self {
        case .tcp(let host, let port): .hostname(host, port: port)
        case .unix(let path): .unixDomainSocket(path: path)
        }
    }

    func withPort(_ port: Int?) -> ListenAddress {
        guard case .tcp(let host, _) = self, let port else { return self }
        return .tcp(host: host, port: port)
    }

    /// So that a client learns at once that nobody listens.
    func removeSocketFile() {
        if case .unix(let path) = self { try? FileManager.default.removeItem(atPath: path) }
    }
}
