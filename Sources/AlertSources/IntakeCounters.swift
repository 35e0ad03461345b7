// SPDX-License-Identifier: Apache-2.0
public import LockFree

/// The intake equation of one source (semantics.md, 6): received = journaled + dead letters + refused + under way.
///
/// Units are alerts and rejects. `received` is written by the source's lane, the rest by the journal's; anyone reads.
public final class IntakeCounters: Sendable {
    public let received = Counter()
    public let receivedBytes = Counter()
    public let settledBytes = Counter()
    public let journaled = Counter()
    public let deadLetters = Counter()
    /// Answered 503, not stored: the sender knows.
    public let refused = Counter()
    public let gaps = Counter()
    public let batches = Counter()

    public init() {}

    func count(_ item: IntakeItem, _ outcome: IntakeSettlement.Outcome) {
        settledBytes.add(item.bytes)
        switch (item.content, outcome) {
        case (.batch(let batch), .committed):
            journaled.add(batch.count)
            deadLetters.add(batch.rejectCount)
            batches.add(1)
        case (.batch(let batch), .refused):
            refused.add(batch.count + batch.rejectCount)
        case (.gap, .committed):
            gaps.add(1)
        case (.gap, .refused):
            break
        }
    }
}
