// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Random streams of alerts: bursts and pauses, few groups, many equal times.
enum CountingStreams {
    /// Alerts in order of time. `coarse`: times are whole numbers of `grain`, so that many are equal.
    static func stream(
        _ count: Int, groups: Int, values: Int = 4, grain: Int64 = second / 2, _ numbers: inout SeededNumbers
    ) -> [CorrelateAlert] {
        var time = 1_000_000 * second
        return (0 ..< count).map { index in
            let pause: Int64
            switch Int.random(in: 0 ..< 20, using: &numbers) {
            case 0: pause = Int64.random(in: 10 ... 60, using: &numbers)
            case 1 ... 6: pause = 0
            default: pause = Int64.random(in: 0 ... 5, using: &numbers)
            }
            time += pause * grain
            var fields = ["proc.name": "p\(Int.random(in: 0 ..< groups, using: &numbers))"]
            let value = Int.random(in: 0 ... values, using: &numbers)
            if value > 0 { fields["fd.sport"] = "\(value)" }
            return CorrelateAlert(time: time, fields: fields, number: Int64(index + 1))
        }
    }

    /// The same alerts, as they may arrive: none later than `lateness` behind any that came before it.
    static func shuffled(
        _ alerts: [CorrelateAlert], within lateness: Int64, _ numbers: inout SeededNumbers
    ) -> [CorrelateAlert] {
        let delayed = alerts.map { ($0, $0.time + Int64.random(in: 0 ... lateness, using: &numbers)) }
        return delayed.enumerated().sorted { ($0.element.1, $0.offset) < ($1.element.1, $1.offset) }.map(\.element.0)
    }
}
