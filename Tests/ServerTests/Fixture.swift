// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSources
import Foundation
import Inspection
import LockFree
import Logging
import Server
import Synchronization
import Testing

/// The journal's lane as the server sees it: takes submissions, settles them as told, remembers what it stored.
final class FakeJournal: Sendable {
    enum Mode: Sendable { case commit, refuse, hold }

    struct Stored: Sendable {
        var rules: [String] = []
        var rejects: [RejectedInput] = []
        /// Alerts and rejects of each submission.
        var batches: [Int] = []
    }

    let bell = WaitWord()
    let pool = BatchPool()
    private let mode: Mutex<Mode>
    private let stored = Mutex(Stored())
    private let intakes = Mutex<[SourceIntake]>([])
    private let isEnding = Atomic<Bool>(false)

    init(_ mode: Mode = .commit) { self.mode = Mutex(mode) }

    func serve(_ intake: SourceIntake) { intakes.withLock { $0.append(intake) } }

    func start() { Thread { [self] in run() }.start() }

    func end() {
        isEnding.store(true, ordering: .releasing)
        bell.signal()
    }

    func set(_ mode: Mode) {
        self.mode.withLock { $0 = mode }
        bell.signal()
    }

    var contents: Stored { stored.withLock { $0 } }

    private func run() {
        while !isEnding.load(ordering: .acquiring) {
            let ticket = bell.ticket
            for intake in intakes.withLock({ $0 }) {
                while mode.withLock({ $0 }) != .hold, let item = intake.next() { settle(item, of: intake) }
            }
            bell.wait(for: ticket, timeout: .seconds(1))
        }
    }

    private func settle(_ item: IntakeItem, of intake: SourceIntake) {
        guard mode.withLock({ $0 }) == .commit else { return intake.settle(item, .refused) }
        if case .batch(let batch) = item.content {
            stored.withLock { stored in
                for index in 0 ..< batch.count {
                    stored.rules.append(String(decoding: [UInt8](_span: batch.alert(at: index).rule), as: UTF8.self))
                }
                for index in 0 ..< batch.rejectCount { stored.rejects.append(batch.reject(at: index)) }
                stored.batches.append(batch.count + batch.rejectCount)
            }
        }
        intake.settle(item, .committed)
    }
}

/// A server on a free port of loopback, with one source at `/`, and the journal behind it.
struct Fixture: Sendable {
    let server: HTTPServer
    let ingest: HTTPIngest
    let journal: FakeJournal
    let port: Int

    static func surfaces(ready: Bool = true) -> ServerSurfaces {
        ServerSurfaces(
            metrics: { [MetricCatalogue.watermark.sample(.integer(7))] },
            health: { HealthReport([.init("engine", isHealthy: true, state: "running")]) },
            readiness: { HealthReport([.init("journal", isHealthy: ready, state: ready ? "writable" : "recovering")]) },
            hostname: "node-1")
    }

    static func ingest(
        _ journal: FakeJournal, name: String = "http", settings: HTTPIngestSettings = HTTPIngestSettings()
    ) -> HTTPIngest {
        let ingest = HTTPIngest(
            name: name, settings: settings, pool: journal.pool, journalBell: journal.bell,
            now: { EventTime(nanoseconds: 1_800_000_000_000_000_000) })
        journal.serve(ingest.intake)
        return ingest
    }

    static func run(
        _ mode: FakeJournal.Mode = .commit, settings: HTTPIngestSettings = HTTPIngestSettings(),
        limits: ServerLimits = ServerLimits(), secret: String? = nil, ready: Bool = true, opened: Bool = true,
        _ body: (Fixture) async throws -> Void
    ) async throws {
        let journal = FakeJournal(mode)
        let ingest = ingest(journal, settings: settings)
        journal.start()
        defer { journal.end() }
        if opened { ingest.open() }
        let server = try HTTPServer(
            settings: ServerSettings(listeners: [ListenerSettings(.tcp(host: "127.0.0.1", port: 0))], limits: limits),
            mounts: [IngestMount(path: "/", secret: secret, ingest: ingest)], surfaces: surfaces(ready: ready),
            logger: quietLogger)
        guard case .tcp(_, let port) = try await server.start()[0] else { return }
        do {
            try await body(Fixture(server: server, ingest: ingest, journal: journal, port: port))
        } catch {
            journal.set(.commit)
            await server.stop(within: .seconds(5))
            throw error
        }
        journal.set(.commit)
        await server.stop(within: .seconds(5))
    }

    /// One request on a connection of its own.
    func exchange(_ request: [UInt8], hasBody: Bool = true) async throws -> RawConnection.Response? {
        let port = port
        return try await onThread {
            let connection = try RawConnection(port: port)
            try connection.send(request)
            return try connection.response(hasBody: hasBody)
        }
    }

    func get(_ path: String) async throws -> RawConnection.Response? {
        try await exchange(Array("GET \(path) HTTP/1.1\r\nHost: test\r\n\r\n".utf8))
    }

    func post(
        _ body: [UInt8], path: String = "/", also headers: [String] = []
    ) async throws -> RawConnection.Response? {
        try await exchange(Fixture.request(body, path: path, also: headers))
    }

    static func request(_ body: [UInt8], path: String = "/", also headers: [String] = []) -> [UInt8] {
        let head = ["POST \(path) HTTP/1.1", "Host: test", "Content-Length: \(body.count)"] + headers
        return Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }

    /// Polls a condition that other threads will make true; the caller's test fails when it does not within 30 s.
    func eventually(_ condition: @Sendable () -> Bool) async -> Bool {
        let end = ContinuousClock.now + .seconds(30)
        while !condition() {
            if ContinuousClock.now > end { return false }
            await Task.yield()
        }
        return true
    }
}

/// Checks a response's status; nil is a connection that the server closed.
func expect(
    _ response: RawConnection.Response?, _ status: Int, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(response?.status == status, sourceLocation: sourceLocation)
}

let quietLogger: Logger = {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
}()

func alert(_ rule: String) -> String {
    #"{"output":"text","priority":"Warning","rule":"\#(rule)","time":"2026-05-28T20:26:40.000484839Z","output_fields":{"evt.time":1779999999,"fd.name":null},"source":"syscall","tags":["a"],"hostname":"h"}"#
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
