// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
import Journal
import Logging
import Pipeline
import Reports
import Server
import Synchronization
import UnixSignals

/// Runs the pipeline while a command runs, and then the journal of it once more, to its end.
///
/// No sink gets anything: what the daemon would send is not the gate's business. The journal is a file in a temporary
/// folder that goes with the gate, unless one is named.
struct GateWatch {
    struct Settings {
        var command: [String]
        var journal: String?
        var sources: [String]
        /// How long sources may take to connect, and how long the command's last alerts may take to arrive.
        var wait: Duration
        var settle: Duration
        var allowsSilence: Bool
    }

    struct Outcome {
        var command: GateReport.Command?
        var summary: ReplaySummary
        var findings: GateFindings
        var doubts: [EvidenceDoubt]
    }

    let settings: Settings
    let thresholds: [GateThreshold]
    let log: Logger
    private static let lookInterval = Duration.milliseconds(50)

    func run(_ given: Configuration, _ generation: (Configuration) throws -> Generation) async throws -> Outcome {
        // Before the command runs: a wrong path is said first.
        let places = try GateRulePlaces(given.falco.rules)
        let folder = try settings.journal == nil ? GateFolder() : nil
        defer { folder?.remove() }
        let path = settings.journal ?? folder?.path("journal.db") ?? ""
        let configuration = try watched(given, journal: path)
        let firstPlace = try PathLook.kind(path) == nil ? 0 : JournalReading.open(path).status().nextPlace
        let text = try generation(configuration)
        let watched = try await watch(configuration, text)
        let findings = GateFindings(thresholds: thresholds, firstPlace: firstPlace, placeOfRule: places.place)
        // The engine keeps what no sink wants to itself: with the usual sink everything is wanted.
        var replayed = configuration
        replayed.sinks = nil
        var replay = try JournalReplay(
            path: path, .ofThisProcess, instead: (replayed, text), format: NoFormat(),
            watch: { findings.take($0, $1) })
        try replay.run(closing: true, write: { _ in }, progress: { _ in })
        var doubts = watched.doubts + findings.evidence.doubts(watched: watched.began)
        if replay.summary.rejects > 0 {
            doubts.append(EvidenceDoubt(.journal, "\(replay.summary.rejects) entries of the journal are damaged"))
        }
        return Outcome(command: watched.command, summary: replay.summary, findings: findings, doubts: doubts)
    }

    /// The configuration as the gate runs it: the sources that were named, no sink, no route.
    private func watched(_ given: Configuration, journal: String) throws -> Configuration {
        var configuration = given
        var sources = given.sources ?? Surroundings.ofThisProcess.sources
        if given.sources == nil, Surroundings.ofThisProcess.hasFalcoSocket {
            // The other way in is only there in case Falco uses it.
            sources.removeAll { $0.settings.typeName != "falco_grpc" }
        }
        for name in settings.sources where !sources.contains(where: { $0.name == name }) {
            throw CommandFailure.input(
                "--source \(SafeText.visible(name)): there is no such source (there are: "
                    + "\(sources.map(\.name).joined(separator: ", ")))")
        }
        if !settings.sources.isEmpty { sources.removeAll { !settings.sources.contains($0.name) } }
        guard !sources.isEmpty else { throw CommandFailure.input("there is no source to watch") }
        configuration.sources = sources
        configuration.sinks = []
        configuration.route = RouteConfig()
        configuration.server.serveFalcoGrpc = nil
        configuration.journal.path = journal
        if settings.journal == nil { configuration.journal.durability = .memory }
        return configuration
    }

    private struct Watched {
        var command: GateReport.Command?
        var began: EventTime?
        var doubts: [EvidenceDoubt]
    }

    private func watch(_ configuration: Configuration, _ generation: Generation) async throws -> Watched {
        // Before anything is started: no signal may fall between.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let desk = GateSignals()
        let forwarding = Task { for await signal in signals { desk.take(signal.number) } }
        defer { forwarding.cancel() }
        let pipeline = try Pipeline.build(
            configuration, PipelineSurroundings(machine: .ofThisProcess, generation: generation, log: log))
        pipeline.start()
        let server: HTTPServer?
        do { server = try await serve(pipeline, configuration.server) } catch {
            _ = await stop(pipeline, nil, configuration.server.drain)
            throw error
        }
        var watched = Watched(doubts: [])
        var sources = SourceWatch()
        let child: GateChild?
        do {
            child = try await start(pipeline, desk, &watched, &sources)
        } catch {
            _ = await stop(pipeline, server, configuration.server.drain)
            throw error
        }
        if let child {
            let ending = await wait(for: child, pipeline, &sources)
            let ended = EventTime.present
            watched.command = GateReport.Command(
                arguments: settings.command, exitCode: ending.exitCode, signal: ending.signal,
                started: watched.began ?? ended, ended: ended)
            try? await Task.sleep(for: settings.settle)
        } else {
            watched.doubts.append(EvidenceDoubt(.notConnected, "a signal came before the command was started"))
        }
        let inspector = pipeline.inspector
        sources.look(inspector.sources, journalFailure: inspector.journalFailure)
        let isClean = await stop(pipeline, server, configuration.server.drain)
        watched.doubts += sources.doubts(inspector.sources, allowsSilence: settings.allowsSilence)
        if !isClean {
            watched.doubts.append(EvidenceDoubt(.journal, "not everything that came was stored and decided in time"))
        }
        return watched
    }

    /// Waits for sources to be there, then starts the command; nil when a signal came first.
    private func start(
        _ pipeline: Pipeline, _ signals: GateSignals, _ watched: inout Watched, _ sources: inout SourceWatch
    ) async throws -> GateChild? {
        let inspector = pipeline.inspector
        let deadline = ContinuousClock.now + settings.wait
        while ContinuousClock.now < deadline, !signals.hasCome, !SourceWatch.isReady(inspector.sources) {
            try? await Task.sleep(for: Self.lookInterval)
        }
        guard !signals.hasCome else { return nil }
        if !SourceWatch.isReady(inspector.sources) {
            log.warning("not every source is connected; the command runs all the same, and the evidence is incomplete")
        }
        sources.begin(inspector.sources)
        watched.began = .present
        let child = try GateChild(settings.command)
        signals.pass(to: child)
        return child
    }

    private func wait(
        for child: GateChild, _ pipeline: Pipeline, _ sources: inout SourceWatch
    ) async -> GateChild.Ending {
        let (looks, look) = AsyncStream.makeStream(of: GateChild.Ending?.self, bufferingPolicy: .bufferingNewest(8))
        let ticking = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.lookInterval)
                look.yield(nil)
            }
        }
        Task { look.yield(await child.wait()) }
        defer { ticking.cancel() }
        let inspector = pipeline.inspector
        for await ending in looks {
            sources.look(inspector.sources, journalFailure: inspector.journalFailure)
            if let ending { return ending }
        }
        return .exit(127)
    }

    /// Sources that alerts are posted to need the server; without one of them there is none.
    private func serve(_ pipeline: Pipeline, _ config: ServerConfig) async throws -> HTTPServer? {
        guard !pipeline.mounts.isEmpty, !config.listen.isEmpty else { return nil }
        do {
            let server = try HTTPServer(
                settings: Self.settings(config),
                mounts: pipeline.mounts.map { IngestMount(path: $0.path, secret: $0.secret, ingest: $0.ingest) },
                surfaces: Self.surfaces(pipeline.inspector), logger: log)
            _ = try await server.start()
            return server
        } catch {
            throw CommandFailure.input("\(error)")
        }
    }

    private static func settings(_ config: ServerConfig) -> ServerSettings {
        let tls = config.tls.map { ServerTLSFiles(certificate: $0.certificate, key: $0.key, clientCA: $0.clientCA) }
        return ServerSettings(listeners: config.listen.map { ListenerSettings(ListenAddress($0), tls: tls) })
    }

    private static func surfaces(_ inspector: Inspector) -> ServerSurfaces {
        ServerSurfaces(
            metrics: { inspector.metrics }, health: { inspector.liveness }, readiness: { inspector.readiness },
            hostname: ProcessInfo.processInfo.hostName)
    }

    private func stop(_ pipeline: Pipeline, _ server: HTTPServer?, _ limit: Duration) async -> Bool {
        await server?.stop(within: limit)
        return await withCheckedContinuation { continuation in
            Thread { continuation.resume(returning: pipeline.stop(within: limit)) }.start()
        }
    }
}

/// Where signals for the gate go: to the command's process group, once there is one.
private final class GateSignals: Sendable {
    private let state = Mutex<(child: GateChild?, early: [Int32])>((nil, []))

    /// One came, and there was no command yet.
    var hasCome: Bool { state.withLock { !$0.early.isEmpty } }

    func take(_ number: Int32) {
        state.withLock { state in
            if let child = state.child { child.send(number) } else { state.early.append(number) }
        }
    }

    func pass(to child: GateChild) {
        state.withLock { state in
            for number in state.early { child.send(number) }
            state = (child, [])
        }
    }
}

extension GateChild.Ending {
    fileprivate var exitCode: Int? { if case .exit(let code) = self { code } else { nil } }
    fileprivate var signal: Int? { if case .signal(let number) = self { number } else { nil } }
}

extension UnixSignal {
    fileprivate var number: Int32 {
        switch self {
        case .sigint: SIGINT
        case .sighup: SIGHUP
        default: SIGTERM
        }
    }
}

/// A folder for the journal of one gate: in TMPDIR, /tmp or, where nothing else can be written, in memory.
struct GateFolder {
    private let folder: String

    init() throws(CommandFailure) {
        let environment = ProcessInfo.processInfo.environment
        let places = [environment["TMPDIR"], "/tmp", "/dev/shm", environment["XDG_RUNTIME_DIR"]].compactMap { $0 }
        for place in places where PathLook.mayEnterAndWrite(place) {
            let folder = "\(place)/creance-gate-\(UUID().uuidString)"
            do {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
                self.folder = folder
                return
            } catch { continue }
        }
        throw .input(
            "the journal needs a folder: neither of \(places.joined(separator: ", ")) can be written; --journal names one"
        )
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }
}
