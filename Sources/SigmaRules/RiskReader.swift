// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Reads `x-creance: {risk: {priority, tags, threshold, tactics, span}}`.
struct RiskReader {
    let section: RuleNode.Pair

    /// What an alert of each priority adds where the rule says nothing, Emergency first.
    static let standardScores: [Double] = [80, 80, 60, 40, 20, 5, 1, 0]
    static let standardThreshold = 100.0
    /// Different ATT&CK tactics on one entity that are an incident whatever the score (semantics.md, 3).
    static let standardTactics = 3

    func read(_ problems: inout ProblemList) -> CorrelationKind? {
        let errors = problems.errorCount
        let keys = ["priority", "tags", "threshold", "tactics", "span"]
        CorrelationReader.refuseUnknown(section.value, keys, "risk", &problems)
        var scores = RiskScores(byPriority: Self.standardScores, byTag: [:])
        let names = Priority.allCases.map { $0.name.lowercased() }
        for pair in pairs("priority", &problems) {
            guard let priority = Priority(name: pair.key) else {
                problems.error(
                    pair.place, "\(quoted(pair.key)) is no priority of Falco's: \(choices(names))",
                    suggestion: Spelling.closest(to: pair.key, among: names))
                continue
            }
            scores.byPriority[Int(priority.rawValue)] = number(pair, &problems)
        }
        for pair in pairs("tags", &problems) { scores.byTag[pair.key] = number(pair, &problems) }
        var threshold = Self.standardThreshold
        if let pair = section.value["threshold"] {
            threshold = number(pair, &problems)
            if threshold <= 0 { problems.error(pair.value.place, "`threshold` must be more than 0") }
        }
        var tactics = Self.standardTactics
        if let pair = section.value["tactics"] {
            tactics = Int(number(pair, &problems))
            if tactics < 1 { problems.error(pair.value.place, "`tactics` must be at least 1") }
        }
        guard problems.errorCount == errors else { return nil }
        return .risk(scores, threshold: threshold, tactics: tactics)
    }

    private func pairs(_ key: String, _ problems: inout ProblemList) -> [RuleNode.Pair] {
        guard let pair = section.value[key], !pair.value.isNull else { return [] }
        if let pairs = pair.value.pairs { return pairs }
        problems.error(pair.value.place, "`\(key)` is a map of scores")
        return []
    }

    /// 0 … 1,000,000.
    private func number(_ pair: RuleNode.Pair, _ problems: inout ProblemList) -> Double {
        guard let number = pair.value.number, number >= 0, number <= 1_000_000 else {
            problems.error(pair.value.place, "\(quoted(pair.key)) is a number from 0 to 1000000")
            return 1
        }
        return number
    }
}
