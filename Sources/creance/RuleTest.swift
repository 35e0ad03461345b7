// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

/// What rules made of recorded alerts, gathered batch by batch and ready to be shown.
struct RuleTest {
    struct Match {
        let time: EventTime
        let detection: Int
        let selections: [String]
        let alertRule: String
        let hostname: String
    }

    private let outcome: RuleOutcome
    private let expectations: [RuleExpectation]
    private let shownLimit: Int
    private var notes: MatchSet
    private(set) var alertCount = 0
    private(set) var unreadableCount = 0
    private(set) var matchedAlertCount = 0
    /// By detection.
    private(set) var counts: [Int]
    private(set) var matches: [Match] = []

    init(outcome: RuleOutcome, expectations: [RuleExpectation], shownLimit: Int) {
        self.outcome = outcome
        self.expectations = expectations
        self.shownLimit = shownLimit
        notes = outcome.rules?.makeMatchSet() ?? MatchSet(count: 0)
        counts = [Int](repeating: 0, count: outcome.rules?.detections.count ?? 0)
    }

    mutating func take(_ batch: AlertBatch, _ set: SigmaRuleSet) {
        unreadableCount += batch.rejectCount
        for index in 0 ..< batch.count {
            alertCount += 1
            let facts = AlertFacts(batch.alert(at: index))
            set.match(facts, into: &notes)
            if notes.isEmpty { continue }
            matchedAlertCount += 1
            let hits = set.detections.indices.filter { notes.contains($0) }
            for detection in hits {
                counts[detection] += 1
                guard matches.count < shownLimit else { continue }
                matches.append(
                    Match(
                        time: facts.alert.eventTime, detection: detection,
                        selections: set.explain(facts, detection: detection, using: &notes),
                        alertRule: String(decoding: [UInt8](_span: facts.alert.rule), as: UTF8.self),
                        hostname: String(decoding: [UInt8](_span: facts.alert.hostname), as: UTF8.self)))
            }
        }
    }

    // MARK: Expectations

    func index(of expectation: RuleExpectation) -> Int? {
        outcome.rules?.detections.first { $0.name == expectation.rule || $0.id == expectation.rule }?.index
    }

    var isMet: Bool { expectations.allSatisfy { $0.isMet(by: count(of: $0)) } }

    private func count(of expectation: RuleExpectation) -> Int { index(of: expectation).map { counts[$0] } ?? 0 }

    // MARK: Text

    func problemLines(_ style: Style) -> [String] {
        outcome.problems.map { problem in
            guard style.hasColours else { return problem.description }
            let word = "\(problem.severity.rawValue):"
            let coloured = problem.severity == .error ? style.red(word) : style.yellow(word)
            let parts = problem.description.split(separator: word, maxSplits: 1, omittingEmptySubsequences: false)
            return parts.count == 2 ? parts[0] + coloured + parts[1] : problem.description
        }
    }

    func text(_ style: Style) -> String {
        guard let set = outcome.rules else { return "" }
        var lines: [String] = []
        for match in matches {
            let held = match.selections.joined(separator: ", ")
            lines.append(
                "\(match.time)  \(style.bold(Self.shown(set.detections[match.detection].name)))  [\(Self.shown(held))]"
                    + "  \(Self.shown(match.alertRule))  \(Self.shown(match.hostname))")
        }
        let total = counts.reduce(0, +)
        if total > matches.count { lines.append("… \(total - matches.count) more matches; --limit 0 shows all") }
        if !lines.isEmpty { lines.append("") }
        let width = min(40, set.detections.map { $0.name.count }.max() ?? 0)
        for detection in set.detections {
            let name = Self.shown(detection.name)
            let room = String(repeating: " ", count: max(0, width - name.count))
            lines.append("\(name)\(room)  \(counts[detection.index])")
        }
        for rule in set.correlations {
            lines.append(
                "\(Self.shown(rule.name)): \(rule.kind.name) of \(Self.shown(Self.names(rule.references, set)))")
        }
        lines.append(
            "\(set.detections.count) detections, \(set.correlations.count) correlations; \(alertCount) alerts, "
                + "\(matchedAlertCount) matched, \(unreadableCount) unreadable")
        for expectation in expectations {
            let found = count(of: expectation)
            lines.append(
                expectation.isMet(by: found)
                    ? "\(style.green("met:")) \(expectation.text)"
                    : "\(style.red("not met:")) \(expectation.text), but it matched \(found)")
        }
        return lines.map { "\($0)\n" }.joined()
    }

    private static func names(_ references: [RuleReference], _ set: SigmaRuleSet) -> String {
        references.map { reference in
            switch reference {
            case .detection(let index): set.detections[index].name
            case .correlation(let index): set.correlations[index].name
            }
        }.joined(separator: ", ")
    }

    /// Texts of alerts are hostile: nothing of them may steer a terminal.
    private static func shown(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(200) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse: result += "\u{fffd}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    // MARK: JSON

    func json() -> String {
        var object = JSONLine()
        object.add("good", outcome.rules != nil)
        object.add("met", isMet)
        object.add("alerts", alertCount)
        object.add("matched", matchedAlertCount)
        object.add("unreadable", unreadableCount)
        object.add("problems", outcome.problems.map(Self.object))
        guard let set = outcome.rules else { return object.text + "\n" }
        object.add("rules", set.detections.map { entry($0) })
        object.add("correlations", set.correlations.map { Self.object($0, set) })
        object.add("matches", matches.map { Self.object($0, set) })
        object.add(
            "expectations",
            expectations.map { expectation in
                var object = JSONLine()
                object.add("expected", expectation.text)
                object.add("matches", count(of: expectation))
                object.add("met", expectation.isMet(by: count(of: expectation)))
                return object
            })
        return object.text + "\n"
    }

    private func entry(_ rule: DetectionRule) -> JSONLine {
        var object = JSONLine()
        object.add("name", rule.name)
        object.add("id", rule.id)
        object.add("title", rule.title)
        object.add("level", rule.level.name)
        object.add("file", rule.file)
        object.add("line", rule.line)
        object.add("matches", counts[rule.index])
        return object
    }

    private static func object(_ rule: CorrelationRule, _ set: SigmaRuleSet) -> JSONLine {
        var object = JSONLine()
        object.add("name", rule.name)
        object.add("id", rule.id)
        object.add("title", rule.title)
        object.add("type", rule.kind.name)
        let names = rule.references.map { JSONLine.quoted(Self.names([$0], set)) }
        object.add("rules", json: "[\(names.joined(separator: ","))]")
        return object
    }

    private static func object(_ match: Match, _ set: SigmaRuleSet) -> JSONLine {
        var object = JSONLine()
        object.add("time", match.time.description)
        object.add("name", set.detections[match.detection].name)
        object.add("rule", match.alertRule)
        object.add("hostname", match.hostname)
        object.add("selections", json: "[\(match.selections.map(JSONLine.quoted).joined(separator: ","))]")
        return object
    }

    private static func object(_ problem: RuleProblem) -> JSONLine {
        var object = JSONLine()
        object.add("severity", problem.severity.rawValue)
        object.add("file", problem.file)
        object.add("line", problem.line)
        object.add("column", problem.column)
        object.add("message", problem.message)
        object.add("suggestion", problem.suggestion)
        return object
    }
}
