// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import LockFree
import Synchronization

/// Subscribes to the outputs service of a Falco up to 0.43, or of whoever serves it.
///
/// Reconnects for ever. Falco takes nothing back and repeats nothing, so whatever may be lost on the way has a gap record:
/// after every start without a clean leave, and after every stream that ended without one.
public final class FalcoGrpcSource: AlertSource {
    public static let typeName = "falco_grpc"

    /// News for people: connected, lost, refused. Never one per alert.
    public struct Notice: Sendable, Hashable {
        public enum Severity: Sendable { case info, warning }
        public let severity: Severity
        public let text: String
    }

    let settings: FalcoGrpcSourceSettings
    let leaveLimit: Duration
    let now: @Sendable () -> EventTime
    let say: @Sendable (Notice) -> Void
    private let currentState = Mutex(SourceState.starting)
    let sessions = Counter()

    /// `drainLimit` is for the whole process; the clean leave takes at most half of it. `now` gives real time. `say` is
    /// called on the lane.
    public init(
        _ settings: FalcoGrpcSourceSettings, drainLimit: Duration, now: @escaping @Sendable () -> EventTime,
        say: @escaping @Sendable (Notice) -> Void
    ) {
        self.settings = settings
        self.now = now
        self.say = say
        leaveLimit = drainLimit / 2
    }

    public var state: SourceState { currentState.withLock { $0 } }
    public var reconnects: Int { max(0, sessions.value - 1) }

    func enter(_ state: SourceState) { currentState.withLock { $0 = state } }

    public func run(into intake: SourceIntake) throws {
        do {
            var lane = try FalcoGrpcLane(self, intake)
            lane.run()
            enter(.finished)
        } catch {
            enter(.failed)
            throw error
        }
    }
}
