// SPDX-License-Identifier: Apache-2.0
@testable import AlertEngine

/// Ordered chains, found by trying every way through the alerts: straight from semantics.md, section 3.
struct TemporalOrderedOracle {
    let steps: Int
    let timespan: Int64
    private(set) var alerts: [TemporalAlert] = []
    private var consumed: Set<UInt64> = []
    /// No chain begins at or before the beginning of one that fired.
    private var floor = Int64.min

    init(steps: Int, timespan: Int64) {
        self.steps = steps
        self.timespan = timespan
    }

    /// A chain that is complete now that `alert` is there: of the first to end the last to begin, its alerts the earliest.
    mutating func take(_ alert: TemporalAlert) -> [TemporalAlert]? {
        alerts.append(alert)
        alerts.sort { ($0.time, $0.number) < ($1.time, $1.number) }
        var best: [TemporalAlert]?
        for chain in chains() where isBetter(chain, than: best) { best = chain }
        if let best {
            consumed.formUnion(best.map(\.number))
            floor = max(floor, best[0].time)
        }
        return best
    }

    private func isBetter(_ chain: [TemporalAlert], than other: [TemporalAlert]?) -> Bool {
        guard let other else { return true }
        if chain[steps - 1].time != other[steps - 1].time { return chain[steps - 1].time < other[steps - 1].time }
        if chain[0].time != other[0].time { return chain[0].time > other[0].time }
        return chain.map(\.time).lexicographicallyPrecedes(other.map(\.time))
    }

    /// Every complete chain.
    func chains() -> [[TemporalAlert]] {
        var found: [[TemporalAlert]] = []
        var chain: [TemporalAlert] = []
        extend(&chain, &found)
        return found
    }

    private func extend(_ chain: inout [TemporalAlert], _ found: inout [[TemporalAlert]]) {
        if chain.count == steps {
            found.append(chain)
            return
        }
        for alert in alerts where alert.matches(chain.count) && !consumed.contains(alert.number) {
            if chain.contains(alert) { continue }
            if let last = chain.last {
                if alert.time < last.time || alert.time - chain[0].time > timespan { continue }
                if alerts.contains(where: { $0.isUntil && chain[0].time <= $0.time && $0.time < alert.time }) {
                    continue
                }
            } else if alert.time <= floor {
                continue
            }
            chain.append(alert)
            extend(&chain, &found)
            chain.removeLast()
        }
    }

    /// Whether a chain is one: in order, in time, of different alerts, and nothing ended it.
    func isChain(_ chain: [TemporalAlert]) -> Bool {
        guard chain.count == steps, Set(chain).count == steps else { return false }
        for (step, alert) in chain.enumerated() {
            if !alert.matches(step) || step > 0 && alert.time < chain[step - 1].time { return false }
        }
        return chain[steps - 1].time - chain[0].time <= timespan
            && !alerts.contains { $0.isUntil && chain[0].time <= $0.time && $0.time < chain[steps - 1].time }
    }
}
