// SPDX-License-Identifier: Apache-2.0
import AlertSources
import Inspection

/// The law of conservation (semantics.md, 6): by how much each equation is off, 0 when right.
///
/// Every side is counted by the lane that does the work, independently of the other: intake compares what sources handed
/// over with the places the journal gave out, fate the journal's alerts with the engine's, sinks the numbers decided with
/// the records written.
struct Conservation: Equatable {
    let intake: Int
    let fate: Int
    let sink: Int

    /// Lanes go on while their counters are read, so a moment's picture can be askew: it is taken again until two in a row
    /// agree, at most `tries` times.
    static func measure(_ inspector: Inspector, tries: Int = 100) -> Conservation {
        var last = once(inspector)
        for _ in 0 ..< tries where last != Conservation(intake: 0, fate: 0, sink: 0) {
            let next = once(inspector)
            if next == last { break }
            last = next
        }
        return last
    }

    private static func once(_ inspector: Inspector) -> Conservation {
        let pipeline = inspector.pipeline
        let stored = pipeline.journal.counters
        let intakes = inspector.intakes.map(\.intake.counters)
        let received = intakes.reduce(0) { $0 + $1.received.value }
        let elsewhere = intakes.reduce(0) { $0 + $1.refused.value + $1.underWay }
        let decided = stored.byFate.reduce(0) { $0 + $1.value }
        let sinks = pipeline.sinks.map(\.lane.counters).map { sink in
            abs(sink.routed.value - sink.accepted.value - sink.shedTotal - sink.lost.value - sink.waitingToFeed)
        }
        return Conservation(
            intake: received - stored.alerts.value - stored.deadLetters.value - elsewhere,
            fate: stored.alerts.value + pipeline.alertsRecovered - decided - stored.undecidedAlerts.value,
            sink: sinks.max() ?? 0)
    }

    var metric: MetricFamily {
        MetricCatalogue.conservationGap.samples([
            MetricSample(["intake"], .integer(intake)), MetricSample(["fate"], .integer(fate)),
            MetricSample(["sink"], .integer(sink)),
        ])
    }
}
