// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// How long to wait before the next attempt to connect: exponential, with full jitter, for ever.
///
/// Pure: randomness and the length of a session are arguments.
public struct ReconnectBackoff: Sendable, Hashable {
    /// The longest first wait; doubles with each attempt that fails.
    public let first: Duration
    /// No wait is longer.
    public let longest: Duration
    /// A session that lived so long was a healthy one: after it the waits begin anew, with none.
    public let healthy: Duration
    /// Attempts in a row that came to nothing.
    public private(set) var failures = 0

    public init(
        first: Duration = .milliseconds(200), longest: Duration = .seconds(15), healthy: Duration = .seconds(1)
    ) {
        self.first = first
        self.longest = longest
        self.healthy = healthy
    }

    /// An attempt failed. Any time from none to the whole of the present limit, so that many clients of one server do
    /// not come back together.
    public mutating func waitAfterFailure(using generator: inout some RandomNumberGenerator) -> Duration {
        let limit = min(longest, first * (1 << min(failures, 20)))
        failures += 1
        return .nanoseconds(Int64.random(in: 0 ... max(0, limit.wholeNanoseconds), using: &generator))
    }

    /// A session ended. After a healthy one the next attempt follows at once.
    public mutating func waitAfterSession(
        of length: Duration, hadAlerts: Bool, using generator: inout some RandomNumberGenerator
    ) -> Duration {
        guard hadAlerts || length >= healthy else { return waitAfterFailure(using: &generator) }
        failures = 0
        return .zero
    }
}
