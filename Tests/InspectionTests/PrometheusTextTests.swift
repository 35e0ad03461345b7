// SPDX-License-Identifier: Apache-2.0
import Foundation
import Inspection
import Testing

@Suite struct PrometheusTextTests {
    private let plain = MetricDescription("creance_b", .gauge, ["source"], "Says \\ and\nmore \"here\".")

    @Test func `label values and help are escaped`() {
        let text = PrometheusText.render([
            plain.samples([MetricSample(["a\"b\\c\nd\u{7f}é"], .integer(-3))])
        ])
        #expect(
            text == """
                # HELP creance_b Says \\\\ and\\nmore "here".
                # TYPE creance_b gauge
                creance_b{source="a\\"b\\\\c\\nd\u{7f}é"} -3

                """)
    }

    @Test func `the order does not depend on the order of what is given`() {
        let other = MetricDescription("creance_a", .counter, [], "A.")
        let samples = [MetricSample(["x"], .integer(1)), MetricSample(["b"], .integer(2))]
        let text = PrometheusText.render([plain.samples(samples), other.sample(.integer(0))])
        #expect(text == PrometheusText.render([other.sample(.integer(0)), plain.samples(samples.reversed())]))
        #expect(text.hasPrefix("# HELP creance_a A.\n# TYPE creance_a counter\ncreance_a 0\n# HELP creance_b"))
    }

    @Test func `a histogram's buckets are cumulative and end at infinity`() {
        let histogram = Histogram(bounds: [0.5, 1, 2])
        for value in [0.1, 0.5, 0.75, 5] { histogram.observe(value) }
        histogram.observe(.milliseconds(1500))
        let text = PrometheusText.render([
            MetricDescription("creance_h", .histogram, ["k"], "H.")
                .samples([MetricSample(["v"], .histogram(histogram.snapshot))])
        ])
        #expect(
            text == """
                # HELP creance_h H.
                # TYPE creance_h histogram
                creance_h_bucket{k="v",le="0.5"} 2
                creance_h_bucket{k="v",le="1"} 3
                creance_h_bucket{k="v",le="2"} 4
                creance_h_bucket{k="v",le="+Inf"} 5
                creance_h_sum{k="v"} 7.85
                creance_h_count{k="v"} 5

                """)
    }

    @Test(arguments: [
        (Double.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (0, "0"), (1e300, "1e+300"),
        (0.000_25, "0.00025"),
        (1_763_765_432, "1763765432"),
    ])
    func `numbers are written as Prometheus reads them`(_ value: Double, _ text: String) {
        #expect(PrometheusText.render([plain.samples([MetricSample(["s"], .number(value))])]).hasSuffix(" \(text)\n"))
    }

    @Test func `two families of one name have one header`() {
        let text = PrometheusText.render([
            plain.samples([MetricSample(["a"], .integer(1))]), plain.samples([MetricSample(["b"], .integer(1))]),
        ])
        #expect(text.components(separatedBy: "# TYPE").count == 2)
    }

    @Test func `names and labels are what Prometheus allows, and no name comes twice`() {
        let isName: (String) -> Bool = { $0.wholeMatch(of: /[a-z_][a-z0-9_]*/) != nil }
        for metric in MetricCatalogue.all {
            #expect(metric.name.hasPrefix("creance_") && isName(metric.name))
            #expect(metric.labels.allSatisfy(isName))
            #expect(metric.help.hasSuffix("."))
            #expect((metric.kind == .counter) == metric.name.hasSuffix("_total"), "\(metric.name)")
        }
        #expect(Set(MetricCatalogue.all.map(\.name)).count == MetricCatalogue.all.count)
    }

    @Test func `docs/metrics.md lists every metric as it is`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let document = try String(contentsOf: root.appending(path: "docs/metrics.md"), encoding: .utf8)
        let rows = document.split(separator: "\n").filter { $0.hasPrefix("| `creance_") }.map(String.init)
        #expect(rows == MetricCatalogue.all.map(Self.row))
    }

    static func row(_ metric: MetricDescription) -> String {
        let labels = metric.labels.map { "`\($0)`" }.joined(separator: ", ")
        return "| `\(metric.name)` | \(metric.kind.rawValue) | \(labels) | \(metric.help) |"
    }
}

@Suite struct HealthReportTests {
    @Test func `hostile text stays text`() {
        let report = HealthReport([.init("a\"\\\n\u{1}", isHealthy: false, state: "x", detail: "d\t")])
        #expect(!report.isHealthy)
        #expect(
            report.json
                == #"{"status":"failing","components":[{"name":"a\"\\\n\u0001","ok":false,"state":"x","detail":"d\u0009"}]}"#
                + "\n")
    }
}
