// SPDX-License-Identifier: Apache-2.0
public import AlertModel
public import LockFree

/// The intake equation of one source (semantics.md, 6): received = journaled + dead letters + refused + under way.
///
/// Units are alerts and rejects. `received` is written by the source's lane, the rest by the journal's; anyone reads.
public final class IntakeCounters: Sendable {
    public let received = Counter()
    public let receivedBytes = Counter()
    public let settledBytes = Counter()
    public let settled = Counter()
    public let journaled = Counter()
    public let deadLetters = Counter()
    /// Answered 503, not stored: the sender knows.
    public let refused = Counter()
    public let batches = Counter()
    private let rejects = RejectReason.all.map { ($0, Counter()) }
    private let gapReasons = Gap.Reason.allCases.map { ($0, Counter()) }

    public init() {}

    /// Units handed over and not yet settled.
    public var underWay: Int { received.value - settled.value }
    /// Dead letters by reason, every reason listed.
    public var deadLettersByReason: [(reason: RejectReason, count: Int)] { rejects.map { ($0.0, $0.1.value) } }
    /// Gap records by reason, every reason listed.
    public var gapsByReason: [(reason: Gap.Reason, count: Int)] { gapReasons.map { ($0.0, $0.1.value) } }

    func count(_ item: IntakeItem, _ outcome: IntakeSettlement.Outcome) {
        settledBytes.add(item.bytes)
        switch (item.content, outcome) {
        case (.batch(let batch), .committed):
            journaled.add(batch.count)
            deadLetters.add(batch.rejectCount)
            batches.add(1)
            settled.add(batch.count + batch.rejectCount)
            for index in 0 ..< batch.rejectCount {
                let reason = batch.reject(at: index).reason
                rejects.first { $0.0 == reason }?.1.add(1)
            }
        case (.batch(let batch), .refused):
            refused.add(batch.count + batch.rejectCount)
            settled.add(batch.count + batch.rejectCount)
        case (.gap(let gap), .committed):
            gapReasons.first { $0.0 == gap.reason }?.1.add(1)
        case (.gap, .refused):
            break
        }
    }
}
