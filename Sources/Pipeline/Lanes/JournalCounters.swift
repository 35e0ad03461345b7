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
    let byFate: [Counter] = Fate.allCases.map { _ in Counter() }
    /// Alerts committed whose decision is not.
    let undecidedAlerts = Counter()
    let commitSeconds = Histogram(bounds: Histogram.seconds)
    let batchAlerts = Histogram(bounds: Histogram.batchSizes)
    let arrivalToDecision = Histogram(bounds: Histogram.seconds)

    /// A decision is committed and handed to the sinks.
    func count(_ decided: EngineLane.Decided) {
        let alerts = decided.entry.alertCount
        guard alerts > 0 else { return }
        let fates = decided.decision.fates
        if fates.isEmpty {
            byFate[Int(Fate.passed.rawValue)].add(alerts)
        } else {
            var counts = [Int](repeating: 0, count: byFate.count)
            for fate in fates { counts[Int(fate)] += 1 }
            for (counter, count) in zip(byFate, counts) where count > 0 { counter.add(count) }
        }
        undecidedAlerts.add(-alerts)
    }
}
