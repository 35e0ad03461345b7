// SPDX-License-Identifier: Apache-2.0
import LockFree

/// The delivery equation of one sink (semantics.md, 6): routed = accepted + lost + waiting.
///
/// Outputs are numbered for all sinks together: those between `first` and `offeredEnd` are routed to this one or passed by.
/// The journal's lane counts that when it decides, the sink's own lane when it feeds.
final class SinkCounters: Sendable {
    /// The number of the first output that was its own to deliver when it started.
    let first = Counter()
    /// The number of the first output that is not known to be delivered.
    let next = Counter()
    /// One past the last output that was decided for the sink.
    let offeredEnd = Counter()
    /// Outputs decided for it since the start, and those that waited then.
    let routed = Counter()
    /// Outputs decided that go to others.
    let passedBy = Counter()
    /// Outputs passed over while feeding, because they go to others.
    let skipped = Counter()
    /// Outputs it took since the start.
    let accepted = Counter()
    /// Of those, the ones that the last flush handed over.
    let delivered = Counter()
    /// Outputs whose journal block is damaged or gone: they cannot be sent.
    let lost = Counter()
    /// The number of the first output that was not handed to the sink.
    let fed = Counter()
    /// Attempts that failed.
    let failures = Counter()

    /// ns since 1970: when the lane last had delivered everything, or the arrival of what it delivered last, if later.
    let currentUpTo = Counter()

    /// Outputs of its own that were decided and not handed to the sink.
    var waitingToFeed: Int { offeredEnd.value - fed.value - (passedBy.value - skipped.value) }
}
