// SPDX-License-Identifier: Apache-2.0

/// One metric with all its label combinations, at one moment.
public struct MetricFamily: Sendable, Equatable {
    public let description: MetricDescription
    public var samples: [MetricSample]

    public init(_ description: MetricDescription, _ samples: [MetricSample]) {
        self.description = description
        self.samples = samples
    }
}

/// What a metric is called and means: one row of docs/metrics.md.
public struct MetricDescription: Sendable, Equatable {
    public enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    public let name: String
    public let kind: Kind
    /// Label names, in the order samples give their values.
    public let labels: [String]
    /// One sentence, units included.
    public let help: String

    public init(_ name: String, _ kind: Kind, _ labels: [String] = [], _ help: String) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.help = help
    }

    /// The family of a metric without labels.
    public func sample(_ value: MetricValue) -> MetricFamily { MetricFamily(self, [MetricSample([], value)]) }

    /// The family of a metric with labels: one value for each list of label values.
    public func samples(_ samples: [MetricSample]) -> MetricFamily { MetricFamily(self, samples) }
}

/// One value under one combination of label values.
public struct MetricSample: Sendable, Equatable {
    /// As many as the description has label names; any text.
    public let labelValues: [String]
    public let value: MetricValue

    public init(_ labelValues: [String], _ value: MetricValue) {
        self.labelValues = labelValues
        self.value = value
    }
}

public enum MetricValue: Sendable, Equatable {
    case integer(Int)
    case number(Double)
    case histogram(HistogramSnapshot)
}

/// A histogram's state: how many observations were at most each bound, and their sum.
public struct HistogramSnapshot: Sendable, Equatable {
    /// Ascending upper bounds, without the infinite one.
    public let bounds: [Double]
    /// One count per bound, and one for what was larger: not cumulative.
    public let counts: [Int]
    public let sum: Double

    /// - Precondition: one count more than bounds.
    public init(bounds: [Double], counts: [Int], sum: Double) {
        precondition(counts.count == bounds.count + 1)
        self.bounds = bounds
        self.counts = counts
        self.sum = sum
    }

    public var count: Int { counts.reduce(0, &+) }
}
