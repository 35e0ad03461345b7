// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

extension CountingOracle {
    static func median(_ numbers: [Double]) -> Double {
        let sorted = numbers.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    private static func floorDivide(_ time: Int64, _ size: Int64) -> Int64 {
        // Test times lie after 1970.
        time / size
    }

    private static func sessions(_ sorted: [CorrelateAlert], gap: Int64) -> [[CorrelateAlert]] {
        var result: [[CorrelateAlert]] = []
        for alert in sorted {
            if let last = result.last?.last, alert.time - last.time <= gap {
                result[result.count - 1].append(alert)
            } else {
                result.append([alert])
            }
        }
        return result
    }

    private static func buckets(_ sorted: [CorrelateAlert], size: Int64) -> [[CorrelateAlert]] {
        Dictionary(grouping: sorted) { floorDivide($0.time, size) }.sorted { $0.key < $1.key }.map(\.value)
    }

    private static func groups(_ alerts: [CorrelateAlert]) -> [(String, [CorrelateAlert])] {
        Dictionary(grouping: alerts) { $0.fields["proc.name"] ?? "" }
            .map { ("text(\"\($0.key)\")", $0.value.sorted { $0.time < $1.time }) }
    }

    /// Incidents of a monotone rule in any windows.
    static func growing(
        _ alerts: [CorrelateAlert], window: WindowKind, timespan: Int64, bounds: Bounds, adds: Bool,
        value: ([CorrelateAlert]) -> Double
    ) -> [ClosedIncident] {
        guard window != .sliding else {
            return incidents(alerts, timespan: timespan, bounds: bounds, adds: adds, value: value)
        }
        var result: [ClosedIncident] = []
        for (name, sorted) in groups(alerts) {
            if case .session(let gap) = window {
                // A session is one incident, when all of it satisfies.
                for session in sessions(sorted, gap: gap.wholeNanoseconds) where bounds.contains(value(session)) {
                    result.append(
                        ClosedIncident(
                            group: name, first: session[0].time, last: session[session.count - 1].time,
                            value: value(session)))
                }
                continue
            }
            let frames = buckets(sorted, size: timespan)
            // (satisfying time, the bucket's alerts up to it)
            var ends: [(time: Int64, alerts: [CorrelateAlert])] = []
            for frame in frames {
                for alert in frame {
                    let before = frame.filter { $0.time <= alert.time }
                    if bounds.contains(value(before)) { ends.append((alert.time, before)) }
                }
            }
            for run in runs(ends.map(\.time), apart: timespan) {
                let mine = ends.filter { run.contains($0.time) }
                let counted = sorted.filter { alert in mine.contains { $0.alerts.contains(alert) } }
                result.append(
                    ClosedIncident(
                        group: name, first: counted[0].time, last: run[run.count - 1],
                        value: adds ? value(counted) : mine.map { value($0.alerts) }.max() ?? 0))
            }
        }
        return result.sorted()
    }

    /// Verdicts of a non-monotone rule; those of neighbouring tumbling windows are one incident.
    static func verdicts(
        _ alerts: [CorrelateAlert], window: WindowKind, timespan: Int64, bounds: Bounds,
        value: ([CorrelateAlert]) -> Double
    ) -> [ClosedIncident] {
        var result: [ClosedIncident] = []
        for (name, sorted) in groups(alerts) {
            var frames: [[CorrelateAlert]] = []
            switch window {
            case .session(let gap): frames = sessions(sorted, gap: gap.wholeNanoseconds)
            case .tumbling: frames = buckets(sorted, size: timespan)
            case .sliding:
                for alert in sorted {
                    if let first = frames.last?.first, alert.time - first.time <= timespan {
                        frames[frames.count - 1].append(alert)
                    } else {
                        frames.append([alert])
                    }
                }
            }
            var last: (bucket: Int64, place: Int)?
            for frame in frames where bounds.contains(value(frame)) {
                let bucket = floorDivide(frame[0].time, timespan)
                let incident = ClosedIncident(
                    group: name, first: frame[0].time, last: frame[frame.count - 1].time, value: value(frame))
                if window == .tumbling, let before = last, before.bucket == bucket - 1 {
                    let earlier = result[before.place]
                    result[before.place] = ClosedIncident(
                        group: name, first: earlier.first, last: incident.last,
                        value: max(earlier.value, incident.value)
                    )
                    last = (bucket, before.place)
                } else {
                    result.append(incident)
                    last = (bucket, result.count - 1)
                }
            }
        }
        return result.sorted()
    }
}
