// SPDX-License-Identifier: Apache-2.0

/// Reads a correlation's `condition`: bounds on a number, or a Boolean expression over its rules.
struct CorrelationCondition {
    let draft: CorrelationDraft

    private static let relations = ["gt", "gte", "lt", "lte", "eq", "neq"]
    private var pair: RuleNode.Pair? { draft.section.value["condition"] }

    /// The bounds of a counting type; `keys` are what else its condition may hold.
    func bounds(allowing keys: [String], _ problems: inout ProblemList) -> Bounds? {
        guard let pair, pair.value.pairs != nil else {
            let place = pair?.value.place ?? draft.section.place
            problems.error(place, "`\(draft.type)` needs a `condition` that is a map, such as {gte: 10}")
            return nil
        }
        let errors = problems.errorCount
        CorrelationReader.refuseUnknown(pair.value, Self.relations + keys, "condition", &problems)
        func number(_ key: String) -> Double? {
            guard let node = pair.value[key]?.value else { return nil }
            if let number = node.number { return number }
            problems.error(node.place, "`\(key)` is a number, not \(quoted(node.text ?? node.description))")
            return nil
        }
        let bounds = Bounds(
            gt: number("gt"), gte: number("gte"), lt: number("lt"), lte: number("lte"), eq: number("eq"),
            neq: number("neq"))
        if problems.errorCount == errors, bounds == Bounds() {
            problems.error(pair.place, "the condition has no bound: one of \(choices(Self.relations))")
        }
        if let place = Self.emptyRange(bounds) ? pair.value.place : nil {
            problems.error(place, "no number satisfies this condition")
        }
        return problems.errorCount == errors ? bounds : nil
    }

    private static func emptyRange(_ bounds: Bounds) -> Bool {
        let low = max(bounds.gt ?? -.infinity, bounds.gte ?? -.infinity)
        let high = min(bounds.lt ?? .infinity, bounds.lte ?? .infinity)
        if let eq = bounds.eq { return !bounds.contains(eq) }
        if low > high { return true }
        return low == high && (bounds.gt == low || bounds.lt == high)
    }

    /// `field`, in the condition as Sigma 2.1 has it, or beside it.
    func fieldNames(_ problems: inout ProblemList) -> [CorrelationDraft.Mention]? {
        let node = pair?.value["field"]?.value ?? draft.section.value["field"]?.value
        guard let names = RuleHead.places(node, "field", &problems), !names.isEmpty else {
            problems.error(pair?.place ?? draft.section.place, "`\(draft.type)` needs a `field` in its condition")
            return nil
        }
        return names
    }

    func percentile(_ problems: inout ProblemList) -> Double {
        guard let node = (pair?.value["percentile"] ?? draft.section.value["percentile"])?.value else { return 50 }
        guard let number = node.number, number >= 0, number <= 100 else {
            problems.error(node.place, "`percentile` is a number from 0 to 100")
            return 50
        }
        return number
    }

    // MARK: Temporal types

    /// All of the rules where nothing else is said; nil after a problem.
    func temporal(_ rules: [String], _ problems: inout ProblemList) -> TemporalCondition? {
        guard let pair, !pair.value.isNull else { return .all(rules.count) }
        if pair.value.pairs != nil { return count(pair, rules.count, &problems) }
        do throws(ConditionReader.Refused) {
            var reader = try ConditionReader(pair.value, .init(all: rules, what: "rule"))
            let expression = try reader.read()
            for index in rules.indices where !reader.used.contains(index) {
                problems.warning(draft.rules[index].place, "the condition does not use \(quoted(rules[index]))")
            }
            var steps: [TemporalCondition.Step] = []
            guard Self.append(expression, to: &steps) else {
                problems.error(pair.value.place, "the condition is too large")
                return nil
            }
            return TemporalCondition(steps: steps)
        } catch {
            problems.error(error.place, error.message, suggestion: error.suggestion)
            return nil
        }
    }

    /// How many different rules must match, as Sigma 2.0 has it.
    private func count(
        _ pair: RuleNode.Pair, _ rules: Int, _ problems: inout ProblemList
    ) -> TemporalCondition? {
        guard let bounds = bounds(allowing: [], &problems) else { return nil }
        let wanted = bounds.gte ?? bounds.gt.map { $0.rounded(.down) + 1 } ?? bounds.eq ?? 0
        let isLower = bounds.lt == nil && bounds.lte == nil && bounds.neq == nil
        guard isLower, bounds.eq == nil || bounds.eq == Double(rules), wanted >= 1, wanted <= Double(rules),
            wanted == wanted.rounded()
        else {
            problems.error(
                pair.value.place,
                "here a map says how many of the \(rules) rules must match, such as {gte: \(rules)}; else write a text")
            return nil
        }
        var steps: [TemporalCondition.Step] = []
        let terms = (0 ..< rules).map { Expression.selection($0) }
        guard Self.append(.atLeast(Int(wanted), terms), to: &steps) else {
            problems.error(pair.value.place, "{gte: \(Int(wanted))} of \(rules) rules is too large a condition")
            return nil
        }
        return TemporalCondition(steps: steps)
    }

    /// Postfix. False when there would be more than 4,096 steps.
    private static func append(_ expression: Expression, to steps: inout [TemporalCondition.Step]) -> Bool {
        guard steps.count <= 4_096 else { return false }
        func join(_ terms: [Expression], _ operator: TemporalCondition.Step) -> Bool {
            for (index, term) in terms.enumerated() {
                guard append(term, to: &steps) else { return false }
                if index > 0 { steps.append(`operator`) }
            }
            return true
        }
        switch expression {
        case .selection(let index): steps.append(.reference(index))
        case .all(let terms): return join(terms, .and)
        case .any(let terms): return join(terms, .or)
        case .not(let term):
            guard append(term, to: &steps) else { return false }
            steps.append(.not)
        case .atLeast(let count, let terms):
            if count == 1 { return join(terms, .or) }
            if count == terms.count { return join(terms, .and) }
            // Either the first and one less of the others, or as many of the others.
            let rest = Array(terms.dropFirst())
            return join([.all([terms[0], .atLeast(count - 1, rest)]), .atLeast(count, rest)], .or)
        case .test: return false
        }
        return true
    }

    /// What a text condition of an ordered rule can say: all of its rules, of which one may be negated.
    func ordered(
        _ condition: TemporalCondition, _ rules: [CorrelationDraft.Mention], _ problems: inout ProblemList
    ) -> (steps: [CorrelationDraft.Mention], negated: CorrelationDraft.Mention?)? {
        var steps: Set<Int> = []
        var negated: Set<Int> = []
        var isPlain = true
        for (index, step) in condition.steps.enumerated() {
            switch step {
            case .reference(let rule):
                let isNegated = index + 1 < condition.steps.count && condition.steps[index + 1] == .not
                if isNegated { negated.insert(rule) } else { steps.insert(rule) }
            case .and: break
            case .not:
                if index == 0 {
                    isPlain = false
                } else if case .reference = condition.steps[index - 1] {
                } else {
                    isPlain = false
                }
            case .or: isPlain = false
            }
        }
        guard isPlain, negated.count <= 1, !steps.isEmpty, steps.isDisjoint(with: negated),
            steps.union(negated).count == rules.count || Set(rules.map(\.text)).count < rules.count
        else {
            problems.error(
                pair?.value.place ?? draft.section.place,
                "an ordered condition joins all of its rules with `and`; one may be negated, as `until` says it better")
            return nil
        }
        guard let out = negated.first else { return (rules, nil) }
        return (rules.indices.filter { $0 != out }.map { rules[$0] }, rules[out])
    }
}
