// SPDX-License-Identifier: Apache-2.0
import FalcoProcess
import Foundation

/// Where the alerts of a Falco that was started here go: into the journal through a configured source, like all others.
public struct FalcoIntake: Sendable {
    /// The source's name in the configuration.
    public let source: String
    /// Takes alerts as JSON, one after another; true when all of them are in the journal.
    public let store: @Sendable ([UInt8]) async -> Bool

    public init(source: String, store: @escaping @Sendable ([UInt8]) async -> Bool) {
        self.source = source
        self.store = store
    }
}

/// What `falco_start_monitoring` started: at most one local Falco at a time, bounded in time.
///
/// Its alerts come from its standard output and enter through `FalcoIntake`; while that waits, Falco waits. `close` ends it;
/// so does starting another one.
public actor FalcoMonitor {
    /// How a run is, or how it ended.
    public struct Standing: Sendable, Equatable {
        public var isRunning = true
        public var alerts = 0
        /// Alerts that the journal did not take.
        public var refused = 0
        /// Why it ended before its time, in Falco's words.
        public var reason: String?
    }

    /// The cursor of what comes from now on, for `wait_for_alerts`.
    nonisolated let cursor: @Sendable () -> String
    /// The configured sources as they are.
    nonisolated let sources: @Sendable () -> [MonitoredSource]
    nonisolated let intake: FalcoIntake?
    nonisolated let limit: Duration

    private var run: (number: Int, task: Task<Void, Never>)?
    private var standing: Standing?
    private var count = 0

    /// - Parameter intake: nil: a local Falco cannot be started, for its alerts had no way in.
    public init(
        limit: Duration = .seconds(900), intake: FalcoIntake? = nil, cursor: @escaping @Sendable () -> String,
        sources: @escaping @Sendable () -> [MonitoredSource] = { [] }
    ) {
        self.limit = limit
        self.intake = intake
        self.cursor = cursor
        self.sources = sources
    }

    /// Ends what runs. To be called before the process ends.
    public func close() async {
        guard let run else { return }
        run.task.cancel()
        await run.task.value
        if self.run?.number == run.number { self.run = nil }
    }

    /// How the last one is; nil: none was started.
    public func current() -> Standing? { standing }

    /// Starts one with these arguments and the files in `folder`, which it owns from now on.
    func start(
        _ process: FalcoProcess, _ arguments: [String], in folder: PrivateFolder, for duration: Duration,
        into intake: FalcoIntake
    ) async {
        // Whoever starts one at the same time may have been faster while this one waited.
        while run != nil { await close() }
        count += 1
        let number = count
        standing = Standing()
        let task = Task {
            defer { folder.remove() }
            var reason: String?
            do throws(FalcoFailure) {
                let end = try await process.follow(arguments, in: folder.path, for: duration) { lines in
                    // At its end Falco prints statistics to the same place.
                    let alerts = lines.filter { $0.first == UInt8(ascii: "{") }
                    guard !alerts.isEmpty else { return }
                    let isStored = await intake.store(Array(alerts.joined(separator: [10])))
                    await self.note(number, alerts.count, isStored)
                }
                if let code = end.exitCode {
                    let words = FalcoReply.reason(in: end.errors)
                    reason = "falco ended by itself with exit code \(code)" + (words.isEmpty ? "" : ": \(words)")
                }
            } catch {
                if error != .cancelled { reason = FalcoEngine.told(error) }
            }
            self.end(number, reason)
        }
        run = (number, task)
    }

    private func note(_ number: Int, _ alerts: Int, _ isStored: Bool) {
        guard number == count else { return }
        standing?.alerts += isStored ? alerts : 0
        standing?.refused += isStored ? 0 : alerts
    }

    private func end(_ number: Int, _ reason: String?) {
        guard number == count else { return }
        standing?.isRunning = false
        standing?.reason = reason
        run = nil
    }
}
