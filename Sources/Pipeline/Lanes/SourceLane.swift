// SPDX-License-Identifier: Apache-2.0
import AlertSources
import Logging
import Synchronization

/// A source and the intake it feeds, with the thread that runs it.
final class SourceLane: Sendable {
    let name: String
    let typeName: String
    let source: any AlertSource
    let intake: SourceIntake
    private let log: Logger
    private let lane = Mutex<Lane?>(nil)
    private let failure = Mutex<String?>(nil)

    init(name: String, source: some AlertSource, intake: SourceIntake, log: Logger) {
        self.name = name
        typeName = type(of: source).typeName
        self.source = source
        self.intake = intake
        self.log = log
    }

    func start(onEnd: @escaping @Sendable () -> Void) {
        let started = Lane(name) { [self] in
            do {
                try source.run(into: intake)
                log.info("source ended", metadata: ["source": "\(name)"])
            } catch {
                failure.withLock { $0 = "\(error)" }
                log.error("source failed: \(error)", metadata: ["source": "\(name)"])
            }
            onEnd()
        }
        lane.withLock { $0 = started }
    }

    var hasEnded: Bool { lane.withLock { $0?.hasEnded ?? true } }
    /// Why the source gave up; nil otherwise.
    var failureReason: String? { failure.withLock { $0 } }

    func join(until deadline: ContinuousClock.Instant) -> Bool {
        guard let running = lane.withLock({ $0 }) else { return true }
        return running.join(timeout: deadline - .now)
    }
}
