// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import SigmaRules

/// What a test of rules found, for people and for programs.
struct RuleTestReport {
    private let test: RuleTest

    init(_ test: RuleTest) { self.test = test }

    // MARK: Text

    func text(_ style: Style) -> String {
        guard let set = test.outcome.rules else { return "" }
        var lines = test.matches.map { match in
            let held = match.selections.joined(separator: ", ")
            return "\(match.time)  \(style.bold(Self.shown(set.detections[match.detection].name)))  "
                + "[\(Self.shown(held))]  \(Self.shown(match.alertRule))  \(Self.shown(match.hostname))"
        }
        let hidden = test.counts.reduce(0, +) - test.matches.count
        if hidden > 0 { lines.append("… \(hidden) more matches; --limit 0 shows all") }
        if !lines.isEmpty { lines.append("") }
        lines += incidentLines(set, style)
        lines += table(set)
        lines.append(total(set))
        for expectation in test.expectations {
            let found = test.count(of: expectation)
            lines.append(
                expectation.isMet(by: found)
                    ? "\(style.green("met:")) \(expectation.text)"
                    : "\(style.red("not met:")) \(expectation.text), but it \(verb(expectation)) \(found)")
        }
        return lines.map { "\($0)\n" }.joined()
    }

    private func verb(_ expectation: RuleExpectation) -> String {
        if case .correlation? = test.subject(of: expectation) { "opened" } else { "matched" }
    }

    /// `first … last  rule  incident (value 3)  container.id=0a1b…`.
    private func incidentLines(_ set: SigmaRuleSet, _ style: Style) -> [String] {
        var lines = test.incidents.map { incident in
            let record = incident.record
            let key = record.group.map { "\(Self.shown($0.name))=\(Self.shown(Self.text($0.value)))" }
            let rule = style.bold(Self.shown(set.correlations[incident.rule].name))
            let said = "incident (value \(Self.number(record.value))\(Self.remarks(record)))"
            return (["\(record.first) … \(record.last)", rule, said] + key).joined(separator: "  ")
        }
        let hidden = test.incidentCounts.reduce(0, +) - test.incidents.count
        if hidden > 0 { lines.append("… \(hidden) more incidents; --limit 0 shows all") }
        if !lines.isEmpty { lines.append("") }
        return lines
    }

    private static func remarks(_ record: IncidentRecord) -> String {
        (record.mergedInto == nil ? "" : ", merged") + (record.isApproximate ? ", approximate" : "")
            + (record.mayBeUndercounted ? ", may be undercounted" : "")
    }

    /// Every rule with its count.
    private func table(_ set: SigmaRuleSet) -> [String] {
        let names = (set.detections.map(\.name) + set.correlations.map(\.name)).map(Self.shown)
        let width = min(40, names.map(\.count).max() ?? 0)
        func row(_ name: String, _ rest: String) -> String {
            let name = Self.shown(name)
            return name + String(repeating: " ", count: max(0, width - name.count)) + "  \(rest)"
        }
        let detections = set.detections.map { row($0.name, Self.counted(test.counts[$0.index], "alert")) }
        let correlations = set.correlations.map { rule in
            let made =
                rule.makesIncidents
                ? Self.counted(test.incidentCounts[rule.index], "incident") : "for other rules, no incidents of its own"
            return row(rule.name, "\(made)  (\(rule.kind.name) of \(Self.shown(Self.names(rule.references, set))))")
        }
        return detections + correlations
    }

    private func total(_ set: SigmaRuleSet) -> String {
        let rules = ProblemText.counts([(set.detections.count, "detection"), (set.correlations.count, "correlation")])
        let duplicates = test.duplicateCount == 0 ? "" : ", \(test.duplicateCount) that had come before"
        return "\(rules ?? "no rules"); \(Self.counted(test.alertCount, "alert")), \(test.matchedAlertCount) matched, "
            + "\(test.unreadableCount) unreadable\(duplicates)"
    }

    private static func counted(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }

    private static func names(_ references: [RuleReference], _ set: SigmaRuleSet) -> String {
        references.map { reference in
            switch reference {
            case .detection(let index): set.detections[index].name
            case .correlation(let index): set.correlations[index].name
            }
        }.joined(separator: ", ")
    }

    private static func text(_ value: FieldValue) -> String {
        switch value {
        case .null: "null"
        case .text(let text): text
        case .integer(let number): "\(number)"
        case .unsigned(let number): "\(number)"
        case .double(let number): "\(number)"
        case .bool(let value): value ? "true" : "false"
        }
    }

    /// Counts without a fraction.
    private static func number(_ value: Double) -> String {
        Int(exactly: value).map { "\($0)" } ?? "\(value)"
    }

    /// Texts of alerts are hostile: nothing of them may steer a terminal.
    private static func shown(_ text: String) -> String {
        SafeText.visible(String(text.unicodeScalars.prefix(200)))
    }

    // MARK: JSON

    func json() -> String {
        var object = JSONLine()
        object.add("good", test.outcome.rules != nil)
        object.add("met", test.isMet)
        object.add("alerts", test.alertCount)
        object.add("matched", test.matchedAlertCount)
        object.add("unreadable", test.unreadableCount)
        object.add("duplicates", test.duplicateCount)
        object.add("problems", test.outcome.problems.map(Self.object))
        guard let set = test.outcome.rules else { return object.text + "\n" }
        object.add("rules", set.detections.map(entry))
        object.add("correlations", set.correlations.map { entry($0, set) })
        object.add("matches", test.matches.map { Self.object($0, set) })
        object.add("incidents", test.incidents.map { Self.object($0, set) })
        object.add(
            "expectations",
            test.expectations.map { expectation in
                var object = JSONLine()
                object.add("expected", expectation.text)
                object.add("count", test.count(of: expectation))
                object.add("met", expectation.isMet(by: test.count(of: expectation)))
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
        object.add("matches", test.counts[rule.index])
        return object
    }

    private func entry(_ rule: CorrelationRule, _ set: SigmaRuleSet) -> JSONLine {
        var object = JSONLine()
        object.add("name", rule.name)
        object.add("id", rule.id)
        object.add("title", rule.title)
        object.add("type", rule.kind.name)
        let names = rule.references.map { JSONLine.quoted(Self.names([$0], set)) }
        object.add("rules", json: "[\(names.joined(separator: ","))]")
        object.add("incidents", rule.makesIncidents ? test.incidentCounts[rule.index] : nil)
        return object
    }

    private static func object(_ match: RuleTest.Match, _ set: SigmaRuleSet) -> JSONLine {
        var object = JSONLine()
        object.add("time", match.time.description)
        object.add("name", set.detections[match.detection].name)
        object.add("rule", match.alertRule)
        object.add("hostname", match.hostname)
        object.add("selections", json: "[\(match.selections.map(JSONLine.quoted).joined(separator: ","))]")
        return object
    }

    private static func object(_ incident: RuleTest.Incident, _ set: SigmaRuleSet) -> JSONLine {
        let record = incident.record
        var object = JSONLine()
        object.add("name", set.correlations[incident.rule].name)
        object.add("id", record.incident.description)
        object.add("level", record.level.name)
        var group = JSONLine()
        for field in record.group { group.add(field.name, field.value == .null ? nil : text(field.value)) }
        object.add("group", group)
        object.add("first", record.first.description)
        object.add("last", record.last.description)
        object.add("value", json: record.value.isFinite ? number(record.value) : nil)
        object.add("approximate", record.isApproximate ? true : nil)
        object.add("undercount_possible", record.mayBeUndercounted ? true : nil)
        object.add("merged_into", record.mergedInto?.description)
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
