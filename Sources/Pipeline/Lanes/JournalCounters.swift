// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Inspection
import LockFree

/// What the journal's lane did, for metrics and the conservation check; written by that lane, read by anyone.
final class JournalCounters: Sendable {
    let failures = Counter()
    let entries = Counter()
    /// Alerts that got a place, counted from the places the journal gave out.
    let alerts = Counter()
    let deadLetters = Counter()
    /// Alerts by what the committed decisions say of them, since the start.
    let passed = Counter()
    let unrouted = Counter()
    /// Alerts committed whose decision is not.
    let undecidedAlerts = Counter()
    let commitSeconds = Histogram(bounds: Histogram.seconds)
    let batchAlerts = Histogram(bounds: Histogram.batchSizes)
    let arrivalToDecision = Histogram(bounds: Histogram.seconds)

    /// A decision is committed and handed to the sinks.
    func count(_ decided: EngineLane.Decided) {
        let alerts = decided.entry.alertCount
        guard alerts > 0 else { return }
        passed.add(decided.decision.outputCount)
        unrouted.add(decided.decision.fates.reduce(0) { $0 + ($1 == Fate.unrouted.rawValue ? 1 : 0) })
        undecidedAlerts.add(-alerts)
    }
}
