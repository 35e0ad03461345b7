// SPDX-License-Identifier: Apache-2.0
import AlertModel
import LockFree

/// The delivery equation of one sink (semantics.md, 6): routed = taken + shed + lost + waiting.
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
    /// Outputs decided that go to others, and those that were shed.
    let passedBy = Counter()
    /// Outputs passed over while feeding, because they go to others or were shed.
    let skipped = Counter()
    /// Outputs it took since the start.
    let accepted = Counter()
    /// Of those, the ones that the last flush handed over.
    let delivered = Counter()
    /// Of those it took, the ones that the destination refused for good.
    let refused = Counter()
    /// Shed because too much waited, by priority.
    let shed: [Counter] = Priority.allCases.map { _ in Counter() }
    /// Outputs whose journal block is damaged or gone: they cannot be sent.
    let lost = Counter()
    /// The number of the first output that was not handed to the sink.
    let fed = Counter()
    /// Attempts that failed.
    let failures = Counter()
    /// Batches given up after `retry.give_up`.
    let givenUp = Counter()
    /// Dead letters that arrived when they were sent again.
    let replayed = Counter()

    /// ns since 1970: the arrival of the oldest output that waits, as far as is known; 0 when nothing waits.
    let oldest = Counter()

    var shedTotal: Int { shed.reduce(0) { $0 + $1.value } }

    /// Outputs of its own that were decided and not handed to the sink.
    var waitingToFeed: Int { offeredEnd.value - fed.value - (passedBy.value - skipped.value) }
}
