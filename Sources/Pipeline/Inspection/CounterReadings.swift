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

/// One sink's counters as one answer of /metrics shows them: routed = accepted + shed + waiting holds in every answer.
struct SinkReading {
    let accepted: Int
    let lost: Int
    let routed: Int
    let waiting: Int
    let currentUpTo: Int
    let failures: Int

    init(_ counters: SinkCounters) {
        accepted = counters.delivered.value
        lost = counters.lost.value
        // Last: what was delivered or lost by then was routed before.
        routed = max(accepted + lost, counters.routed.value)
        waiting = routed - accepted - lost
        currentUpTo = counters.currentUpTo.value
        failures = counters.failures.value
    }
}
