// SPDX-License-Identifier: Apache-2.0
import AlertModel
import AlertSources
public import Inspection
import Journal

/// The pipeline as seen from outside: metrics, health, and the law of conservation. Any thread, at any moment.
public struct Inspector: Sendable {
    let pipeline: Pipeline
    /// What has the type label `falco_http` beside the lanes.
    var intakes: [(name: String, type: String, intake: SourceIntake)] {
        pipeline.sources.map { ($0.name, $0.typeName, $0.intake) }
            + pipeline.mounts.map { ($0.ingest.intake.name, HTTPIngest.typeName, $0.ingest.intake) }
    }

    public var metrics: [MetricFamily] {
        intakeMetrics() + fateMetrics() + EngineMetrics(pipeline.engine.status).families
            + SinkInspection(pipeline).metrics
            + journalMetrics() + streamMetrics()
            + [conservation.metric]
    }

    private func intakeMetrics() -> [MetricFamily] {
        let intakes = intakes
        let readings = intakes.map { (labels: [$0.name, $0.type], reading: IntakeReading($0.intake.counters)) }
        func family(_ metric: MetricDescription, _ value: (IntakeReading) -> Int) -> MetricFamily {
            metric.samples(readings.map { MetricSample($0.labels, .integer(value($0.reading))) })
        }
        let reasons = readings.flatMap { one in
            one.reading.deadLetters.map { MetricSample(one.labels + [$0.reason.name], .integer($0.count)) }
        }
        let gaps = intakes.flatMap { one in
            one.intake.counters.gapsByReason.map {
                MetricSample([one.name, one.type, $0.reason.rawValue], .integer($0.count))
            }
        }
        let states =
            pipeline.sources.map { ($0.name, $0.typeName, $0.source.state) }
            + pipeline.mounts.map { ($0.ingest.intake.name, HTTPIngest.typeName, $0.ingest.state) }
        return [
            family(MetricCatalogue.received) { $0.received },
            family(MetricCatalogue.receivedBytes) { $0.receivedBytes },
            family(MetricCatalogue.journaled) { $0.journaled },
            MetricCatalogue.inputDeadLetters.samples(reasons),
            family(MetricCatalogue.refused) { $0.refused },
            family(MetricCatalogue.underWay) { $0.underWay },
            MetricCatalogue.gaps.samples(gaps),
            MetricCatalogue.reconnects.samples(
                pipeline.sources.map { MetricSample([$0.name, $0.typeName], .integer($0.source.reconnects)) }),
            MetricCatalogue.sourceState.samples(states.map { MetricSample([$0.0, $0.1, $0.2.rawValue], .integer(1)) }),
        ]
    }

    private func fateMetrics() -> [MetricFamily] {
        let status = pipeline.engine.status
        let counters = pipeline.journal.counters
        return [
            MetricCatalogue.decided.samples(
                Fate.allCases.map { fate in
                    MetricSample([fate.name], .integer(counters.byFate[Int(fate.rawValue)].value))
                }),
            MetricCatalogue.undecided.sample(.integer(counters.undecidedAlerts.value)),
            MetricCatalogue.batchAlerts.sample(.histogram(counters.batchAlerts.snapshot)),
            MetricCatalogue.watermark.sample(.number(Swift.max(0, Double(status.watermark.nanoseconds) / 1e9))),
            MetricCatalogue.late.sample(.integer(status.late)),
            MetricCatalogue.skewed.sample(.integer(status.skewed)),
            MetricCatalogue.arrivalTimed.sample(.integer(status.arrivalTimed)),
            MetricCatalogue.latency.sample(.histogram(counters.arrivalToDecision.snapshot)),
        ]
    }

    private func streamMetrics() -> [MetricFamily] {
        guard let live = pipeline.live else { return [] }
        return [
            MetricCatalogue.streamSubscribers.sample(.integer(live.subscriberCount)),
            MetricCatalogue.streamLost.sample(.integer(live.lostCount)),
        ]
    }

    private func journalMetrics() -> [MetricFamily] {
        let counters = pipeline.journal.counters
        return [
            MetricCatalogue.journalBytes.sample(.integer(pipeline.reader.bytesOnDisk)),
            MetricCatalogue.journalEntries.sample(.integer(counters.entries.value)),
            MetricCatalogue.commitSeconds.sample(.histogram(counters.commitSeconds.snapshot)),
            MetricCatalogue.journalWritable.sample(.integer(pipeline.journal.writeFailure == nil ? 1 : 0)),
        ]
    }

    /// The three equations now.
    var conservation: Conservation { Conservation.measure(self) }

    /// Alive: no lane has died. What only waits for the outside is alive.
    public var liveness: HealthReport { HealthReport(lanes(detail: nil)) }

    private func lanes(detail: String?) -> [HealthReport.Component] {
        [
            HealthReport.Component(
                "journal", isHealthy: pipeline.isJournalRunning, state: pipeline.isJournalRunning ? "running" : "ended"),
            HealthReport.Component(
                "engine", isHealthy: pipeline.isEngineRunning, state: pipeline.isEngineRunning ? "running" : "ended",
                detail: detail),
        ]
    }

    /// Ready: alerts that come now are stored and go on. A Falco that is away does not make Creance unready.
    public var readiness: HealthReport {
        let engine = EngineHealth(pipeline.engine.status)
        var parts = lanes(detail: engine.summary)
        let failure = pipeline.journal.writeFailure
        parts.append(
            HealthReport.Component(
                "journal file", isHealthy: failure == nil, state: failure == nil ? "writable" : "failing",
                detail: failure))
        for source in pipeline.sources {
            let reason = source.failureReason
            parts.append(
                HealthReport.Component(
                    "source \(source.name)", isHealthy: reason == nil, state: source.source.state.rawValue,
                    detail: reason))
        }
        parts += engine.components
        for mount in pipeline.mounts {
            let isOpen = mount.ingest.isOpen
            parts.append(
                HealthReport.Component(
                    "source \(mount.ingest.intake.name)", isHealthy: isOpen, state: mount.ingest.state.rawValue))
        }
        parts += SinkInspection(pipeline).components
        return HealthReport(parts)
    }
}
