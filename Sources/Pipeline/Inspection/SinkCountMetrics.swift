// SPDX-License-Identifier: Apache-2.0
import AlertSinks
import Inspection

extension SinkCount {
    var metric: MetricDescription {
        switch self {
        case .rotations: MetricCatalogue.fileRotations
        case .packed: MetricCatalogue.filePacked
        case .removed: MetricCatalogue.fileRemoved
        case .rotationFailures: MetricCatalogue.fileRotationFailures
        case .recognised: MetricCatalogue.fileRecognised
        case .completedLines: MetricCatalogue.fileCompletedLines
        case .foreignLines: MetricCatalogue.fileForeignLines
        case .connections: MetricCatalogue.syslogConnections
        case .broken: MetricCatalogue.syslogBroken
        case .resent: MetricCatalogue.syslogResent
        case .shortened: MetricCatalogue.syslogShortened
        case .lost: MetricCatalogue.syslogLost
        case .dropped: MetricCatalogue.falcoGrpcDropped
        }
    }

    /// A family each, of the sinks that count it.
    static func metrics(of sinks: [SinkLane]) -> [MetricFamily] {
        var samples: [SinkCount: [MetricSample]] = [:]
        for sink in sinks {
            for (count, value) in sink.ownCounts {
                samples[count, default: []].append(MetricSample([sink.name, sink.typeName], .integer(value)))
            }
        }
        return allCases.map { $0.metric.samples(samples[$0] ?? []) }
    }
}
