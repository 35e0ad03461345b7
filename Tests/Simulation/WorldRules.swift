// SPDX-License-Identifier: Apache-2.0
import SigmaRules

/// Sigma rules of every type over the few Falco rules of a simulated world, as text: read like a user's files.
enum WorldRules {
    /// What alerts call themselves.
    static let falcoRules = ["Shell", "Read", "Connect", "Write", "Scan", "Drop"]

    private static let detections = falcoRules.map { name in
        """
        title: \(name)
        name: \(name.lowercased())
        logsource: {product: falco}
        detection: {sel: {rule: \(name)}, condition: sel}
        ---

        """
    }.joined()

    /// A random choice of rules. `comparable`: only those whose results no order of arrival may change.
    static func text(_ chance: inout Chance, comparable: Bool = false) -> String {
        var text = detections
        let count = 2 + chance.below(6)
        var documents: [String] = []
        for number in 0 ..< count { documents.append(rule(number, &chance, comparable: comparable)) }
        text += documents.joined(separator: "---\n")
        return text
    }

    static func rules(_ text: String) -> SigmaRuleSet {
        let outcome = SigmaRuleSet.read([RuleFile(name: "world.yml", bytes: Array(text.utf8))])
        guard let rules = outcome.rules else {
            preconditionFailure("the world's rules must be readable: \(outcome.problems)\n\(text)")
        }
        return rules
    }

    private static func rule(_ number: Int, _ chance: inout Chance, comparable: Bool) -> String {
        let span = chance.pick(["1s", "2s", "5s", "10s", "30s", "1m", "5m"])
        let group = chance.pick([
            "group-by: [container.id]", "group-by: [proc.name]", "group-by: [hostname, user.name]",
            "group-by: [hostname]", "group-by: [container.id, proc.name]",
        ])
        let (one, two, three) = (name(&chance), name(&chance), name(&chance))
        let head =
            "title: Rule \(number)\nname: r\(number)\nid: id-\(number)\n"
            + "level: \(chance.pick(["low", "medium", "high", "critical"]))\n"
        let least = 1 + chance.below(4)
        var extra: [String] = []
        if chance.oneIn(4) { extra.append("on_null: group") }
        var isMonotone = false
        var body: String
        switch chance.below(comparable ? 11 : 16) {
        case 0:
            body = count("event_count", [one], group, span, "{gte: \(least)}")
            isMonotone = true
        case 1:
            body = count("event_count", [one, two], group, span, "{gt: \(least), lte: \(least + 3)}")
        case 2:
            body = count("event_count", [one], group, span, chance.pick(["{lt: 3}", "{eq: 2}", "{neq: 1}"]))
        case 3:
            body = count("value_count", [one, two], group, span, "{field: fd.name, gte: \(least)}")
            isMonotone = true
        case 4: body = count("value_count", [one], group, span, "{field: fd.name, lt: 3}")
        case 5:
            body = count("value_sum", [one, two], group, span, "{field: evt.rawres, gte: \(least * 20)}")
            isMonotone = true
        case 6: body = count("value_avg", [one], group, span, "{field: evt.rawres, gt: 10}")
        case 7:
            body = count("value_percentile", [one], group, span, "{field: evt.rawres, percentile: 90, gte: 15}")
        case 8: body = count("value_median", [one], group, span, "{field: evt.rawres, lt: 25}")
        case 9:
            body =
                "correlation:\n  type: temporal\n  rules: [\(list([one, two, three]))]\n  \(group)\n  timespan: \(span)\n"
            isMonotone = true
        case 10:
            let other = one == two ? WorldRules.other(one) : two
            body =
                "correlation:\n  type: temporal\n  rules: [\(one), \(other)]\n  \(group)\n  timespan: \(span)\n"
                + "  condition: \(one) and not \(other)\n"
        case 11, 12:
            body =
                "correlation:\n  type: temporal_ordered\n  rules: [\(one), \(two), \(three)]\n  \(group)\n"
                + "  timespan: \(span)\n"
            if chance.oneIn(2) { extra.append("until: drop") }
        case 13:
            // Chained: needs a rule before it.
            guard number > 0 else { return rule(number, &chance, comparable: comparable) }
            body =
                "correlation:\n  type: \(chance.pick(["temporal", "temporal_ordered"]))\n  rules: [r\(number - 1), \(one)]\n"
                + "  group-by: [container.id]\n  timespan: \(span)\n  generate: true\n"
            guard Int(chance.next() % 3) != 0 else {
                body = count("event_count", ["r\(number - 1)"], "group-by: [hostname]", "5m", "{gte: 2}")
                break
            }
        case 14:
            body =
                chance.oneIn(2)
                ? "correlation:\n  rules: [\(one)]\n  \(group)\n"
                : "correlation:\n  rules: [\(list([one, two]))]\n  \(group)\n"
            extra.append("new_value: {fields: [proc.name], history: 1h, learning: \(chance.pick(["1s", "1m"]))}")
        default:
            if chance.oneIn(2) {
                let expected = one == two ? WorldRules.other(one) : two
                body = "correlation:\n  \(group)\n"
                extra.append("absence: {anchor: \(one), expected: \(expected), within: \(span)}")
            } else {
                body = "correlation:\n  \(group)\n"
                extra.append(
                    "risk: {priority: {error: 20, warning: 10, critical: 50}, threshold: 60, tactics: 2, span: 10m}")
            }
        }
        let isWindowed = body.contains("event_count") || body.contains("value_")
        if isWindowed {
            switch chance.below(comparable ? 4 : 6) {
            case 0: extra.append("window: tumbling")
            case 1 where isMonotone: extra.append("window: session, gap: \(chance.pick(["1s", "5s", "20s"]))")
            default: break
            }
        }
        if isMonotone, !comparable {
            switch chance.below(6) {
            case 0: extra.append("emit: every")
            case 1: extra.append("emit: reset")
            default: break
            }
        }
        return head + body + (extra.isEmpty ? "" : "x-creance: {\(extra.joined(separator: ", "))}\n")
    }

    private static func name(_ chance: inout Chance) -> String { chance.pick(Array(falcoRules[0 ..< 5])).lowercased() }
    private static func other(_ name: String) -> String { name == "shell" ? "read" : "shell" }

    /// Names once each, in order.
    private static func list(_ names: [String]) -> String {
        var seen: [String] = []
        for name in names where !seen.contains(name) { seen.append(name) }
        if seen.count == 1 { seen.append(other(seen[0])) }
        return seen.joined(separator: ", ")
    }

    private static func count(
        _ type: String, _ rules: [String], _ group: String, _ span: String, _ condition: String
    ) -> String {
        var names: [String] = []
        for name in rules where !names.contains(name) { names.append(name) }
        return "correlation:\n  type: \(type)\n  rules: [\(names.joined(separator: ", "))]\n  \(group)\n"
            + "  timespan: \(span)\n  condition: \(condition)\n"
    }
}
