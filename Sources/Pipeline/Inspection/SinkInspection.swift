// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSinks
import Inspection

/// The sinks as seen from outside: metrics and health. Any thread.
struct SinkInspection {
    private let sinks: [(lane: SinkLane, reading: SinkReading)]
    private let now: EventTime

    init(_ pipeline: Pipeline) {
        sinks = pipeline.sinks.map { ($0.lane, SinkReading($0.lane.counters)) }
        now = pipeline.clock.now()
    }

    var metrics: [MetricFamily] {
        func family(_ metric: MetricDescription, _ value: (SinkReading) -> MetricValue) -> MetricFamily {
            metric.samples(sinks.map { MetricSample([$0.lane.name, $0.lane.typeName], value($0.reading)) })
        }
        return [
            family(MetricCatalogue.routed) { .integer($0.routed) },
            family(MetricCatalogue.accepted) { .integer($0.accepted) },
            family(MetricCatalogue.deliveryDeadLetters) { .integer($0.refused) },
            MetricCatalogue.shed.samples(sinks.flatMap { shed($0.lane, $0.reading) }),
            family(MetricCatalogue.waiting) { .integer($0.waiting) },
            family(MetricCatalogue.lag) { .number(lagSeconds($0)) },
            family(MetricCatalogue.sinkErrors) { .integer($0.failures) },
            family(MetricCatalogue.sinkGivenUp) { .integer($0.givenUp) },
            family(MetricCatalogue.sinkReplayed) { .integer($0.replayed) },
            MetricCatalogue.sinkState.samples(
                sinks.map { MetricSample([$0.lane.name, $0.lane.typeName, $0.lane.state.name], .integer(1)) }),
        ] + SinkCount.metrics(of: sinks.map(\.lane))
    }

    /// What could not be read back is nobody's priority.
    private func shed(_ lane: SinkLane, _ reading: SinkReading) -> [MetricSample] {
        let labels = [lane.name, lane.typeName]
        let byPriority = Priority.allCases.compactMap { priority -> MetricSample? in
            let count = reading.shed[Int(priority.rawValue)]
            return count == 0 ? nil : MetricSample(labels + [priority.name], .integer(count))
        }
        return byPriority + [MetricSample(labels + ["unknown"], .integer(reading.lost))]
    }

    private func lagSeconds(_ reading: SinkReading) -> Double {
        reading.oldest.map { max(0, Double(now.nanoseconds &- $0.nanoseconds) / 1e9) } ?? 0
    }

    /// A sink that lags or fails costs disk, not alerts: it is told, and does not make the whole unready.
    var components: [HealthReport.Component] {
        sinks.map { lane, reading in
            HealthReport.Component(
                "sink \(lane.name)", isHealthy: true, state: lane.state.name, detail: detail(lane.state, reading))
        }
    }

    private func detail(_ state: SinkState, _ reading: SinkReading) -> String? {
        var parts: [String] = []
        switch state {
        case .delivering: break
        case .retrying(let reason, let next):
            let seconds = max(0, (next.nanoseconds &- now.nanoseconds) / 1_000_000_000)
            parts.append("next try in \(seconds) s")
            parts.append(reason)
        case .failed(let reason): parts.append(reason)
        }
        // What is under way at the moment is no news.
        if reading.waiting > 0, state != .delivering || lagSeconds(reading) >= 10 {
            let since = reading.oldest.map { ", the oldest since \($0.description.prefix(19))Z" } ?? ""
            parts.insert("\(reading.waiting) waiting\(since)", at: 0)
        }
        if reading.refused > 0 { parts.append("\(reading.refused) dead letters") }
        if reading.shedTotal > 0 { parts.append("\(reading.shedTotal) shed") }
        if reading.lost > 0 { parts.append("\(reading.lost) lost to damage") }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }
}
