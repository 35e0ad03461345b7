// SPDX-License-Identifier: Apache-2.0

/// The text that Prometheus scrapes (exposition format 0.0.4).
///
/// Families in the order of their names, samples in the order of their label values: the same state gives the same text.
public enum PrometheusText {
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    public static func render(_ families: [MetricFamily]) -> String {
        var text = ""
        var previous = ""
        for family in families.sorted(by: { $0.description.name < $1.description.name }) {
            let description = family.description
            // Two families of one name are one: a second header would make the text invalid.
            if description.name != previous {
                text += "# HELP \(description.name) \(escaped(description.help, quotes: false))\n"
                text += "# TYPE \(description.name) \(description.kind.rawValue)\n"
            }
            previous = description.name
            for sample in family.samples.sorted(by: { $0.labelValues.lexicographicallyPrecedes($1.labelValues) }) {
                precondition(sample.labelValues.count == description.labels.count)
                append(sample, of: description, to: &text)
            }
        }
        return text
    }

    private static func append(_ sample: MetricSample, of description: MetricDescription, to text: inout String) {
        let labels = zip(description.labels, sample.labelValues).map { "\($0)=\"\(escaped($1, quotes: true))\"" }
        switch sample.value {
        case .integer(let value):
            text += "\(description.name)\(braced(labels)) \(value)\n"
        case .number(let value):
            text += "\(description.name)\(braced(labels)) \(number(value))\n"
        case .histogram(let histogram):
            var cumulative = 0
            for (bound, count) in zip(histogram.bounds.map(number) + ["+Inf"], histogram.counts) {
                cumulative += count
                text += "\(description.name)_bucket\(braced(labels + ["le=\"\(bound)\""])) \(cumulative)\n"
            }
            text += "\(description.name)_sum\(braced(labels)) \(number(histogram.sum))\n"
            text += "\(description.name)_count\(braced(labels)) \(cumulative)\n"
        }
    }

    private static func braced(_ labels: [String]) -> String {
        labels.isEmpty ? "" : "{" + labels.joined(separator: ",") + "}"
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return "\(Int(value))" }
        return "\(value)"
    }

    /// The escapes of the format: `\\` and `\n`, and in label values `\"`. Everything else is UTF-8 as it is.
    static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += #"\\"#
            case "\n": result += #"\n"#
            case "\"" where quotes: result += #"\""#
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
