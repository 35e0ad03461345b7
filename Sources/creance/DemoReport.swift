// SPDX-License-Identifier: Apache-2.0
import Inspection
import Pipeline

/// What went in and came out of a demonstration, from the same numbers that /metrics shows.
final class DemoReport {
    private let inspector: Inspector
    private let started = ContinuousClock.now
    private var families: [MetricFamily] = []
    private var took = Duration.zero

    init(_ inspector: Inspector) { self.inspector = inspector }

    /// Waits until everything that was played has been delivered, at most five seconds; then takes the numbers.
    func settle(_ played: Int) async {
        let deadline = ContinuousClock.now + .seconds(5)
        while ContinuousClock.now < deadline {
            families = inspector.metrics
            if sum(MetricCatalogue.received) >= played, sum(MetricCatalogue.undecided) == 0,
                sum(MetricCatalogue.waiting) == 0
            {
                break
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
        took = .now - started
        families = inspector.metrics
    }

    /// The three equations of conservation hold.
    var isConserved: Bool { sum(MetricCatalogue.conservationGap) == 0 }

    func text(played: Int, folder: DemoFolder, style: Style) -> String {
        let seconds = max(took / .seconds(1), 0.001)
        // What goes to readers of /alerts/stream is no sink of the configuration.
        let sinks = family(MetricCatalogue.accepted).filter { $0.labelValues[0] != "live_stream" }.map { sample in
            "\(sample.labelValues[0]) \(Self.integer(sample.value))"
        }
        let lines = [
            ("played", "\(played) alerts in \(Self.fixed(seconds, 1)) s, \(Int(Double(played) / seconds))/s"),
            (
                "received",
                "\(sum(MetricCatalogue.received)) (\(sum(MetricCatalogue.inputDeadLetters)) unreadable), \(sum(MetricCatalogue.gaps)) gaps"
            ),
            (
                "journaled",
                "\(sum(MetricCatalogue.journaled)) alerts, \(sum(MetricCatalogue.receivedBytes) / 1024) KiB in, \(folder.journalBytes / 1024) KiB on disk"
            ),
            ("decided", "\(sum(MetricCatalogue.decided)): \(fates); arrival to decision \(latency)"),
            ("delivered", "\(sinks.joined(separator: ", ")) records: what passed, and summaries of what did not"),
            (
                "conserved",
                isConserved
                    ? style.green("yes: nothing was lost without a record")
                    : style.red("NO: see /metrics, creance_conservation_gap")
            ),
        ]
        let table = lines.map { "  \(style.bold($0.0.padding(10))) \($0.1)\n" }.joined()
        return """

            \(table)
            Look further:
              head -n 1 \(folder.output)
              creance search --journal \(folder.journal) --limit 5 --fate suppressed
              creance replay --journal \(folder.journal) --format text
              creance mcp -c \(folder.configurationFile)    # what an assistant starts
              creance run -c \(folder.path)/creance.yaml

            """
    }

    /// `97 passed, 1903 suppressed`.
    private var fates: String {
        family(MetricCatalogue.decided).filter { Self.integer($0.value) > 0 }
            .map { "\(Self.integer($0.value)) \($0.labelValues[0])" }.joined(separator: ", ")
    }

    /// Below which bound 50 and 99 of 100 batches were decided.
    private var latency: String {
        guard case .histogram(let histogram)? = family(MetricCatalogue.latency).first?.value, histogram.count > 0 else {
            return "unknown"
        }
        func bound(_ share: Double) -> String {
            var left = Int((Double(histogram.count) * share).rounded(.up))
            for (bound, count) in zip(histogram.bounds, histogram.counts) {
                left -= count
                if left <= 0 { return "\(Self.fixed(bound * 1000, 1)) ms" }
            }
            return "over \(Self.fixed((histogram.bounds.last ?? 0) * 1000, 0)) ms"
        }
        return "p50 ≤ \(bound(0.5)), p99 ≤ \(bound(0.99))"
    }

    private func family(_ metric: MetricDescription) -> [MetricSample] {
        families.first { $0.description == metric }?.samples ?? []
    }

    private func sum(_ metric: MetricDescription) -> Int { family(metric).reduce(0) { $0 + Self.integer($1.value) } }

    private static func integer(_ value: MetricValue) -> Int {
        if case .integer(let number) = value { number } else { 0 }
    }

    private static func fixed(_ number: Double, _ digits: Int) -> String {
        var scale = 1.0
        for _ in 0 ..< digits { scale *= 10 }
        let rounded = (number * scale).rounded() / scale
        return digits == 0 ? "\(Int(rounded))" : "\(rounded)"
    }
}

extension String {
    fileprivate func padding(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
