// SPDX-License-Identifier: Apache-2.0
import Inspection
import LockFree

/// What the journal's lane did, for metrics and the conservation check; written by that lane, read by anyone.
final class JournalCounters: Sendable {
    let commits = Counter()
    let failures = Counter()
    let entries = Counter()
    /// Alerts that got a place, counted from the places the journal gave out.
    let alerts = Counter()
    let deadLetters = Counter()
    /// Alerts committed and not yet given back by the engine.
    let undecidedAlerts = Counter()
    let commitSeconds = Histogram(bounds: Histogram.seconds)
    let batchAlerts = Histogram(bounds: Histogram.batchSizes)
    let arrivalToDecision = Histogram(bounds: Histogram.seconds)
}
