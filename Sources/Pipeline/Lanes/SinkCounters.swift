// SPDX-License-Identifier: Apache-2.0
import LockFree

/// The delivery equation of one sink (semantics.md, 6): routed = accepted + waiting, in output numbers.
final class SinkCounters: Sendable {
    /// The number of the first output that was its own to deliver when it started.
    let first = Counter()
    /// The number of the first output that is not known to be delivered.
    let next = Counter()
    /// One past the last output that was decided for the sink.
    let offeredEnd = Counter()
    /// Outputs decided for it since the start, and those that waited then.
    let routed = Counter()
    /// Outputs it took since the start.
    let accepted = Counter()
    /// Outputs whose journal block is damaged or gone: they cannot be sent.
    let lost = Counter()
    /// The number of the first output that was not handed to the sink.
    let fed = Counter()
    /// Attempts that failed.
    let failures = Counter()

    /// ns since 1970: when the lane last had delivered everything, or the arrival of what it delivered last, if later.
    let currentUpTo = Counter()

    var waitingToFeed: Int { offeredEnd.value - fed.value }
}
