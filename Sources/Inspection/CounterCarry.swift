// SPDX-License-Identifier: Apache-2.0

/// Lets the counters of a process go on where parts of it are built anew, as at a reload: a counter that falls looks like a
/// restart to whoever takes rates of it.
///
/// For each series it keeps what has to be added: what was shown last, less what the new part begins with. A part that
/// knows its count from before, as the engine from its checkpoint, so gets nothing added. Gauges stay what they are. A
/// value: whoever shows metrics has a copy.
///
/// A series that the new parts do not show is shown on if it is a source's, for what a source took in that is gone is still
/// among what was decided, or that of a sink that is still there, for its sum would not come out without it. Others go.
public struct CounterCarry: Sendable {
    fileprivate struct Series: Hashable {
        let metric: String
        let labels: [String]
    }

    /// Series kept at most: names in the configuration make them. Beyond it, those that nothing shows any more go.
    static let limit = 20_000

    private var added: [Series: MetricValue] = [:]

    public init() {}

    /// The families as they are to be shown. In no order: whoever writes samples down sorts them.
    public func applied(to families: [MetricFamily]) -> [MetricFamily] {
        guard !added.isEmpty else { return families }
        var gone: [String: [MetricSample]] = [:]
        for (series, value) in added { gone[series.metric, default: []].append(MetricSample(series.labels, value)) }
        return families.map { family in
            guard family.description.kind != .gauge else { return family }
            let samples = family.samples.map { sample in
                guard let more = added[Series(family, sample)] else { return sample }
                return MetricSample(sample.labelValues, sample.value.plus(more))
            }
            let shown = Set(family.samples.map(\.labelValues))
            return family.description.samples(
                samples + (gone[family.description.name] ?? []).filter { !shown.contains($0.labelValues) })
        }
    }

    /// - Parameters:
    ///   - last: what the old parts came to, as it was shown: `applied(to:)` of their last numbers.
    ///   - first: what the new parts begin with, before anything is counted in them.
    public mutating func renew(after last: [MetricFamily], with first: [MetricFamily]) {
        var begins: [Series: MetricValue] = [:]
        var sinks: Set<String> = []
        for family in first where family.description.kind != .gauge {
            for sample in family.samples {
                begins[Series(family, sample)] = sample.value
                if let sink = family.label("sink", of: sample) { sinks.insert(sink) }
            }
        }
        added = [:]
        for family in last where family.description.kind != .gauge {
            for sample in family.samples {
                let series = Series(family, sample)
                if let begin = begins[series] {
                    added[series] = sample.value.minus(begin)
                } else if added.count < Self.limit, Self.stays(sample, of: family, sinks) {
                    added[series] = sample.value
                }
            }
        }
    }

    private static func stays(_ sample: MetricSample, of family: MetricFamily, _ sinks: Set<String>) -> Bool {
        if let sink = family.label("sink", of: sample) { return sinks.contains(sink) }
        return family.label("source", of: sample) != nil
    }
}

extension CounterCarry.Series {
    fileprivate init(_ family: MetricFamily, _ sample: MetricSample) {
        self.init(metric: family.description.name, labels: sample.labelValues)
    }
}

extension MetricFamily {
    fileprivate func label(_ name: String, of sample: MetricSample) -> String? {
        guard let index = description.labels.firstIndex(of: name), index < sample.labelValues.count else { return nil }
        return sample.labelValues[index]
    }
}

extension MetricValue {
    /// Values of one metric are of one kind; what is of another is left as it is.
    fileprivate func plus(_ other: MetricValue) -> MetricValue {
        switch (self, other) {
        case (.integer(let left), .integer(let right)): .integer(left &+ right)
        case (.number(let left), .number(let right)): .number(left + right)
        case (.histogram(let left), .histogram(let right)) where left.bounds == right.bounds:
            .histogram(
                HistogramSnapshot(
                    bounds: left.bounds, counts: zip(left.counts, right.counts).map { $0 &+ $1 },
                    sum: left.sum + right.sum))
        default: self
        }
    }

    /// Never below nothing.
    fileprivate func minus(_ other: MetricValue) -> MetricValue {
        switch (self, other) {
        case (.integer(let left), .integer(let right)): .integer(max(0, left &- right))
        case (.number(let left), .number(let right)): .number(max(0, left - right))
        case (.histogram(let left), .histogram(let right)) where left.bounds == right.bounds:
            .histogram(
                HistogramSnapshot(
                    bounds: left.bounds, counts: zip(left.counts, right.counts).map { max(0, $0 &- $1) },
                    sum: max(0, left.sum - right.sum)))
        default: self
        }
    }
}
