// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

/// Correlation straight from semantics.md, by looking at all pairs of alerts: slow, and for tests only.
enum CountingOracle {
    /// Incidents of a monotone rule in sliding windows. `value` of a window of alerts decides; `adds`: the incident's value
    /// is that of all its alerts, otherwise the greatest of its windows.
    static func incidents(
        _ alerts: [CorrelateAlert], timespan: Int64, bounds: Bounds, adds: Bool,
        value: ([CorrelateAlert]) -> Double
    ) -> [ClosedIncident] {
        var result: [ClosedIncident] = []
        let groups = Dictionary(grouping: alerts) { $0.fields["proc.name"] ?? "" }
        for (name, members) in groups where !name.isEmpty {
            let sorted = members.sorted { $0.time < $1.time }
            // An alert satisfies when the closed window that ends at it does.
            func window(endingAt end: Int64) -> [CorrelateAlert] {
                sorted.filter { $0.time <= end && end - $0.time <= timespan }
            }
            let ends = sorted.map(\.time).filter { bounds.contains(value(window(endingAt: $0))) }
            for run in runs(ends, apart: timespan) {
                let all = sorted.filter { alert in run.contains { alert.time <= $0 && $0 - alert.time <= timespan } }
                let peak = run.map { value(window(endingAt: $0)) }.max() ?? 0
                result.append(
                    ClosedIncident(
                        group: "text(\"\(name)\")", first: all[0].time, last: run[run.count - 1],
                        value: adds ? value(all) : peak))
            }
        }
        return result.sorted()
    }

    /// Sorted times, split where the next one is more than `apart` away.
    static func runs(_ times: [Int64], apart: Int64) -> [[Int64]] {
        var result: [[Int64]] = []
        for time in times {
            if let last = result.last?.last, time - last <= apart {
                result[result.count - 1].append(time)
            } else {
                result.append([time])
            }
        }
        return result
    }
}
