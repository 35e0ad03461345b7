// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSources

/// One source's counters as one answer of /metrics shows them. What is under way is what is left of the very numbers
/// shown, read in the order in which they can only be too small: so the intake equation holds in every answer.
struct IntakeReading {
    let journaled: Int
    let deadLetters: [(reason: RejectReason, count: Int)]
    let refused: Int
    let received: Int
    let receivedBytes: Int
    let underWay: Int

    init(_ counters: IntakeCounters) {
        journaled = counters.journaled.value
        deadLetters = counters.deadLettersByReason
        refused = counters.refused.value
        received = counters.received.value
        receivedBytes = counters.receivedBytes.value
        underWay = received - journaled - refused - deadLetters.reduce(0) { $0 + $1.count }
    }
}

/// One sink's counters as one answer of /metrics shows them: routed = accepted + refused + shed + waiting holds in every
/// answer.
struct SinkReading {
    let accepted: Int
    let refused: Int
    /// By priority.
    let shed: [Int]
    let lost: Int
    let routed: Int
    let waiting: Int
    /// Arrival of the oldest that waits, as far as is known; nil when nothing waits.
    let oldest: EventTime?
    let failures: Int
    let givenUp: Int
    let replayed: Int

    init(_ counters: SinkCounters) {
        accepted = counters.delivered.value
        refused = counters.refused.value
        shed = counters.shed.map(\.value)
        lost = counters.lost.value
        let settled = accepted + refused + shed.reduce(0, +) + lost
        // Last: what was delivered or lost by then was routed before.
        routed = max(settled, counters.routed.value)
        waiting = routed - settled
        let oldest = counters.oldest.value
        self.oldest = waiting == 0 || oldest == 0 ? nil : EventTime(nanoseconds: Int64(oldest))
        failures = counters.failures.value
        givenUp = counters.givenUp.value
        replayed = counters.replayed.value
    }

    var shedTotal: Int { shed.reduce(0, +) }
}
