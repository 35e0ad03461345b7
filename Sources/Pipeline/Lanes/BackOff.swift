// SPDX-License-Identifier: Apache-2.0
import AlertSinks

/// How long to wait before a call that failed is made again. Pure: time and chance are arguments.
struct BackOff {
    /// A destination that asks for more is asked again after this.
    static let askedLimit = Duration.seconds(86_400)

    private let limits: RetryLimits
    private var bound: Duration
    private(set) var firstFailure: ContinuousClock.Instant?

    init(_ limits: RetryLimits) {
        self.limits = limits
        bound = limits.first
    }

    /// The call failed at `now`, and the destination wants to be left alone for `asked`. `chance` is 0 … 1.
    mutating func pause(after now: ContinuousClock.Instant, asked: Duration, chance: Double) -> Duration {
        if firstFailure == nil { firstFailure = now }
        let drawn = bound * Swift.min(1, Swift.max(0, chance))
        // Before the doubling, so that no bound can grow too large to double.
        bound = bound >= limits.longest / 2 ? limits.longest : bound * 2
        return Swift.max(Swift.min(asked, Self.askedLimit), Swift.min(drawn, limits.longest))
    }

    /// What fails for so long is given up.
    func isOver(at now: ContinuousClock.Instant) -> Bool {
        guard let firstFailure, let limit = limits.giveUp else { return false }
        return now - firstFailure >= limit
    }
}
