// SPDX-License-Identifier: Apache-2.0
import SigmaRules

@testable import AlertEngine

/// Which windows satisfy a condition, by looking at every one: straight from semantics.md, section 3.
struct TemporalOracle {
    let timespan: Int64
    let window: WindowKind
    let condition: TemporalCondition
    var alerts: [TemporalAlert] = []

    /// What is together with, and not later than, an alert.
    func window(endingAt end: Int64) -> [TemporalAlert] {
        let sorted = alerts.sorted { ($0.time, $0.number) < ($1.time, $1.number) }
        var low = end - timespan
        if case .tumbling = window { low = end - ((end % timespan) + timespan) % timespan }
        if case .session(let gap) = window {
            let times = sorted.map(\.time).filter { $0 <= end }
            for (earlier, later) in zip(times, times.dropFirst()) where later - earlier > gap.wholeNanoseconds {
                low = max(low, later)
            }
        }
        if let until = sorted.last(where: { $0.isUntil && $0.time < end }) { low = max(low, until.time + 1) }
        return sorted.filter { $0.time >= low && $0.time <= end && $0.mask & ~Observation.untilBit != 0 }
    }

    static func present(_ alerts: [TemporalAlert]) -> UInt64 {
        alerts.reduce(0) { $0 | $1.mask } & ~Observation.untilBit
    }

    func holds(_ present: UInt64) -> Bool {
        var stack: [Bool] = []
        for step in condition.steps {
            switch step {
            case .reference(let index): stack.append(present & 1 << UInt64(index) != 0)
            case .not: stack.append(!stack.removeLast())
            case .and:
                let right = stack.removeLast()
                stack.append(stack.removeLast() && right)
            case .or:
                let right = stack.removeLast()
                stack.append(stack.removeLast() || right)
            }
        }
        return stack[0]
    }

    /// The times at which a satisfying window ends.
    var ends: [Int64] {
        Set(alerts.filter { $0.mask & ~Observation.untilBit != 0 }.map(\.time)).sorted()
            .filter { holds(Self.present(window(endingAt: $0))) }
    }

    /// Some satisfying window holds this alert.
    func isInSatisfyingWindow(_ alert: TemporalAlert) -> Bool {
        ends.contains { window(endingAt: $0).contains(alert) }
    }

    struct Incident: Hashable {
        var from: Int64
        var until: Int64
        var first: Int64
        var value: Double
        var alerts: Set<UInt64>
    }

    /// What is open while the condition holds, apart by more than `hold`.
    func incidents(hold: Int64) -> [Incident] {
        var incidents: [Incident] = []
        for end in ends {
            let held = window(endingAt: end)
            let next = Incident(
                from: end, until: end, first: held[0].time, value: Double(Self.present(held).nonzeroBitCount),
                alerts: Set(held.map(\.number)))
            if let last = incidents.last, end - last.until <= hold {
                incidents[incidents.count - 1] = Incident(
                    from: last.from, until: end, first: min(last.first, next.first), value: max(last.value, next.value),
                    alerts: last.alerts.union(next.alerts))
            } else {
                incidents.append(next)
            }
        }
        return incidents
    }

    /// The same of what a state fired.
    static func incidents(_ fired: [TemporalRun<TemporalState>.Fired], hold: Int64) -> [Incident] {
        var incidents: [Incident] = []
        for firing in fired.sorted(by: { ($0.from, $0.until) < ($1.from, $1.until) }) {
            if let last = incidents.last, firing.from - last.until <= hold {
                incidents[incidents.count - 1] = Incident(
                    from: last.from, until: max(last.until, firing.until), first: min(last.first, firing.first),
                    value: max(last.value, firing.value), alerts: last.alerts.union(firing.alerts))
            } else {
                incidents.append(
                    Incident(
                        from: firing.from, until: firing.until, first: firing.first, value: firing.value,
                        alerts: Set(firing.alerts)))
            }
        }
        return incidents
    }
}

/// A random condition over references, without `not` unless asked for.
func temporalCondition(_ seed: inout TemporalSeed, references: Int, negations: Bool) -> TemporalCondition {
    if seed.below(3) == 0, !negations { return .all(references) }
    var steps: [TemporalCondition.Step] = [.reference(0)]
    for reference in 1 ..< references {
        steps.append(.reference(reference))
        if negations, seed.below(2) == 0 { steps.append(.not) }
        steps.append(seed.below(3) == 0 ? .or : .and)
    }
    return TemporalCondition(steps: steps)
}
