// SPDX-License-Identifier: Apache-2.0
import Glibc
public import AlertModel

/// Real time, for arrivals and ticks; an argument wherever it matters, so that tests can set it.
public struct WallClock: Sendable {
    private let read: @Sendable () -> EventTime

    public init(_ read: @escaping @Sendable () -> EventTime) { self.read = read }

    public func now() -> EventTime { read() }

    /// The system's real-time clock.
    public static let system = WallClock {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return EventTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
