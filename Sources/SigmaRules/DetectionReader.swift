// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// A detection rule as read: its selections, and the condition over them.
struct ParsedDetection: Sendable {
    var head: RuleHead
    var source: LogSource
    var selections: [(name: String, expression: Expression)]
    /// Over `selections`.
    var condition: Expression
    /// Those of filters, over selections of their own.
    var filters: [Expression] = []
    var isShortForm = false

    /// Everything that must hold, with selections written out.
    var whole: Expression {
        .all([source.condition, Self.expanded(condition, selections.map(\.expression))] + filters)
    }

    static func expanded(_ expression: Expression, _ selections: [Expression]) -> Expression {
        switch expression {
        case .all(let terms): .all(terms.map { expanded($0, selections) })
        case .any(let terms): .any(terms.map { expanded($0, selections) })
        case .not(let term): .not(expanded(term, selections))
        case .atLeast(let count, let terms): .atLeast(count, terms.map { expanded($0, selections) })
        case .selection(let index): selections[index]
        case .test: expression
        }
    }
}

/// A filter as read: the rules it narrows, and what must hold too.
struct ParsedFilter: Sendable {
    let head: RuleHead
    let source: LogSource
    /// nil: all rules of the log source.
    let rules: [(text: String, place: RulePlace)]?
    /// With its own selections written out.
    let condition: Expression
}

/// Reads the documents that describe alerts: detection rules and filters.
struct DetectionReader {
    let expansions: Expansions

    /// nil when it cannot be used; why is noted.
    func readDetection(_ document: RuleNode, _ problems: inout ProblemList) -> ParsedDetection? {
        let head = RuleHead.read(document, &problems)
        guard let detection = document["detection"], let source = readSource(document, &problems) else { return nil }
        guard
            let (selections, condition) = readBody(
                detection, leavingOut: ["condition", "timeframe"], source, &problems)
        else { return nil }
        if let frame = detection.value["timeframe"] {
            problems.error(frame.place, "`timeframe` is Sigma's old form; write a correlation rule with `timespan`")
        }
        return ParsedDetection(head: head, source: source, selections: selections, condition: condition)
    }

    func readFilter(_ document: RuleNode, _ problems: inout ProblemList) -> ParsedFilter? {
        let head = RuleHead.read(document, &problems)
        guard let filter = document["filter"], let source = readSource(document, &problems),
            let (selections, condition) = readBody(filter, leavingOut: ["condition", "rules"], source, &problems)
        else { return nil }
        guard let rules = RuleHead.places(filter.value["rules"]?.value, "rules", &problems) else {
            problems.error(filter.place, "a filter needs `rules`: the names or ids of the rules it narrows, or any")
            return nil
        }
        if !Self.hasNegation(condition), let place = filter.value["condition"]?.value.place {
            problems.warning(
                place,
                "the rules will match only what this filter matches; to leave something out, its condition says `not`")
        }
        let isAny = rules.count == 1 && rules[0].text.lowercased() == "any"
        return ParsedFilter(
            head: head, source: source, rules: isAny ? nil : rules,
            condition: ParsedDetection.expanded(condition, selections.map(\.expression)))
    }

    private typealias Body = (selections: [(name: String, expression: Expression)], condition: Expression)

    private func readBody(
        _ section: RuleNode.Pair, leavingOut keys: [String], _ source: LogSource, _ problems: inout ProblemList
    ) -> Body? {
        guard let pairs = section.value.pairs else {
            problems.error(section.value.place, "`\(section.key)` is a map, not \(section.value.description)")
            return nil
        }
        let reader = SelectionReader(source: source, expansions: expansions)
        var selections: [(name: String, expression: Expression)] = []
        var isComplete = true
        var places: [RulePlace] = []
        for pair in pairs where !keys.contains(pair.key) {
            let expression = reader.read(pair.value, &problems)
            isComplete = isComplete && expression != nil
            selections.append((pair.key, expression ?? .any([])))
            places.append(pair.place)
        }
        guard let pair = section.value["condition"] else {
            problems.error(section.place, "`\(section.key)` needs a `condition`")
            return nil
        }
        let nodes = if case .list(let items) = pair.value.content { items } else { [pair.value] }
        let names = ConditionReader.Names(all: selections.map(\.name), what: "search identifier")
        var conditions: [Expression] = []
        var used: Set<Int> = []
        for node in nodes {
            do throws(ConditionReader.Refused) {
                var reader = try ConditionReader(node, names)
                conditions.append(try reader.read())
                used.formUnion(reader.used)
            } catch {
                problems.error(error.place, error.message, suggestion: error.suggestion)
                isComplete = false
            }
        }
        guard isComplete, !conditions.isEmpty else {
            if nodes.isEmpty { problems.error(pair.value.place, "the condition is empty") }
            return nil
        }
        for (index, place) in places.enumerated() where !used.contains(index) {
            problems.warning(place, "the condition does not use \(quoted(selections[index].name))")
        }
        return (selections, conditions.count == 1 ? conditions[0] : .any(conditions))
    }

    private static func hasNegation(_ expression: Expression) -> Bool {
        switch expression {
        case .not: true
        case .all(let terms), .any(let terms), .atLeast(_, let terms): terms.contains { hasNegation($0) }
        case .selection, .test: false
        }
    }

    // MARK: Log source

    private func readSource(_ document: RuleNode, _ problems: inout ProblemList) -> LogSource? {
        guard let section = document["logsource"] else {
            problems.error(document.place, "a rule needs a `logsource`, such as {product: falco, service: syscall}")
            return nil
        }
        guard section.value.pairs != nil else {
            problems.error(section.value.place, "`logsource` is a map, not \(section.value.description)")
            return nil
        }
        func text(_ key: String) -> String? { section.value[key]?.value.text?.lowercased() }
        let product = text("product")
        let place = { (key: String) in section.value[key]?.value.place ?? section.value.place }
        if product == "falco" {
            if section.value["category"] != nil {
                problems.error(place("category"), "alerts of Falco have a `service`, no `category`")
                return nil
            }
            return LogSource(service: text("service").flatMap { $0.isEmpty ? nil : $0 })
        }
        let names = LogSource.Category.allCases.map(\.rawValue)
        if let name = text("category"), product == nil || product == "linux" {
            if let category = LogSource.Category(rawValue: name) {
                return LogSource(service: "syscall", category: category)
            }
            let meant = Spelling.closest(to: name, among: names)
            problems.warning(
                place("category"),
                "left out: no alert of Falco is of category \(quoted(name)); there are \(choices(names))",
                suggestion: meant)
            return nil
        }
        if let product {
            let what = "left out: no alert of Falco comes from product \(quoted(product))"
            let isLinux = product == "linux"
            let advice = isLinux ? " without one of the categories \(choices(names))" : ""
            problems.warning(
                place("product"), what + advice,
                suggestion: isLinux ? nil : Spelling.closest(to: product, among: ["falco", "linux"]))
        } else {
            problems.error(section.place, "a `logsource` needs `product: falco`, or a category of Linux")
        }
        return nil
    }
}
