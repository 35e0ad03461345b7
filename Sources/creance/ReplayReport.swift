// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Pipeline

/// What a replay came to, on standard error: a table for people, a line of JSON for programs.
struct ReplayReport {
    private let summary: ReplaySummary
    /// Rules and incidents shown.
    private static let shown = 10

    init(_ summary: ReplaySummary) { self.summary = summary }

    func write(asJSON: Bool, took: Duration) throws {
        let text = asJSON ? json + "\n" : lines(took).joined(separator: "\n") + "\n"
        try Descriptor.standardError.write([UInt8](text.utf8))
    }

    private func lines(_ took: Duration) -> [String] {
        let rate = Int(Double(summary.alerts) / max(took / .seconds(1), 1e-9))
        let unreadable = summary.rejects == 0 ? "" : ", \(summary.rejects) unreadable"
        var lines = ["\(summary.alerts) alerts in, \(summary.outputs) records out\(unreadable), \(rate) alerts/s"]
        let fates = Fate.allCases.filter { summary[$0] > 0 }
            .map { "\(summary[$0]) \($0.name.replacing("_", with: " "))" }
        if !fates.isEmpty { lines.append("  alerts     \(fates.joined(separator: ", "))") }
        let notes = [
            (summary.openedIncidents, "incidents"), (summary.summaries, "summaries"), (summary.storms, "storms"),
            (summary.late, "late"), (summary.arrivalTimed, "without a time"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        if !notes.isEmpty { lines.append("  of these   \(notes.joined(separator: ", "))") }
        let incidents = summary.incidents.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        for (title, count) in incidents.prefix(Self.shown) {
            lines.append("  incident   \(count)  \(SafeText.visible(title))")
        }
        for rule in summary.topRules(Self.shown) {
            let name = SafeText.visible(rule.name)
            lines.append("  rule       \(rule.count.alerts) in, \(rule.count.passed) out  \(name)")
        }
        return lines
    }

    private var json: String {
        let span = [summary.first, summary.last].map { $0.map { "\"\($0)\"" } ?? "null" }
        let fates = Fate.allCases.map { "\"\($0.name)\":\(summary[$0])" }.joined(separator: ",")
        let incidents = summary.incidents.sorted { $0.key < $1.key }
            .map { "\(JSONLine.quoted($0.key)):\($0.value)" }.joined(separator: ",")
        let rules = summary.topRules(Self.shown).map {
            "{\"rule\":\(JSONLine.quoted($0.name)),\"alerts\":\($0.count.alerts),\"passed\":\($0.count.passed)}"
        }.joined(separator: ",")
        return "{\"alerts\":\(summary.alerts),\"dead_letters\":\(summary.rejects),\"outputs\":\(summary.outputs),"
            + "\"late\":\(summary.late),\"arrival_timed\":\(summary.arrivalTimed),\"first\":\(span[0]),\"last\":\(span[1]),"
            + "\"fates\":{\(fates)},\"summaries\":\(summary.summaries),\"storms\":\(summary.storms),"
            + "\"incidents\":{\(incidents)},\"top_rules\":[\(rules)]}"
    }
}

extension ReplaySummary {
    /// Says of an input that `isUnreadable` what is wrong with it.
    var unreadableSentence: String {
        "no alert could be read: the input has \(rejects) line\(rejects == 1 ? "" : "s") or message\(rejects == 1 ? "" : "s")"
            + " that are not Falco's"
    }
}
