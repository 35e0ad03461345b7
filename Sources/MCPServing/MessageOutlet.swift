// SPDX-License-Identifier: Apache-2.0
public import MCPProtocol

/// Where the messages of one connection leave.
///
/// A `ConnectionRunner` calls it from any thread, one call at a time and in the order in which the messages must leave,
/// while it holds its lock: an outlet puts a message into a bounded queue, or turns it into bytes there, and returns. It
/// never waits and never calls the runner.
public protocol MessageOutlet: Sendable {
    /// False: its reader is too slow, or gone. The runner then closes the whole connection. An outlet with several streams
    /// that can lose one of them and go on does so itself and says true.
    func send(_ message: JSONValue, _ route: MessageRoute) -> Bool

    /// Nothing more comes for this request; it gets no answer.
    func end(_ request: RequestID)

    /// The connection is closed, from whichever side; nothing follows. Called once.
    func close()
}

/// The time by which a runner spaces out updates.
public struct ServingClock: Sendable {
    /// Since any fixed instant.
    public var now: @Sendable () -> Duration
    /// Sleeps until that time; throws when its task is cancelled.
    public var sleep: @Sendable (_ until: Duration) async throws -> Void

    public init(
        now: @escaping @Sendable () -> Duration, sleep: @escaping @Sendable (_ until: Duration) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    /// The machine's steady clock.
    public static let steady: ServingClock = {
        let start = ContinuousClock.now
        return ServingClock(
            now: { ContinuousClock.now - start }, sleep: { try await Task.sleep(until: start + $0, clock: .continuous) }
        )
    }()
}
