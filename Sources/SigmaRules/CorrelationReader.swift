// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Reads correlation documents: the `correlation` section of Sigma 2.1 and the `x-creance` section beside it.
struct CorrelationReader {
    private static let keys = [
        "type", "rules", "aliases", "group-by", "timespan", "condition", "generate", "x-creance", "field", "percentile",
    ]
    private static let settingKeys = ["window", "gap", "emit", "on_null", "until"] + CorrelationDraft.ownTypes

    /// nil when it cannot be used; why is noted.
    static func read(_ document: RuleNode, _ problems: inout ProblemList) -> CorrelationDraft? {
        let head = RuleHead.read(document, &problems)
        guard let section = document["correlation"] else { return nil }
        guard section.value.pairs != nil else {
            problems.error(section.value.place, "`correlation` is a map, not \(section.value.description)")
            return nil
        }
        refuseUnknown(section.value, keys, "correlation", &problems)
        let errors = problems.errorCount
        var settings = document["x-creance"]?.value
        if let inner = section.value["x-creance"] {
            if settings != nil { problems.error(inner.place, "`x-creance` is given twice") }
            settings = inner.value
        }
        if let given = settings, given.pairs == nil {
            if !given.isNull { problems.error(given.place, "`x-creance` is a map, not \(given.description)") }
            settings = nil
        }
        if let settings { refuseUnknown(settings, settingKeys, "x-creance", &problems) }
        guard let (type, typePlace) = readType(section, settings, &problems) else { return nil }
        let isOwn = CorrelationDraft.ownTypes.contains(type)
        let rules = RuleHead.places(section.value["rules"]?.value, "rules", &problems)
        if rules?.isEmpty ?? true, !isOwn {
            problems.error(section.place, "a correlation needs `rules`: names or ids, or falco:NAME")
        }
        var generates = false
        if let pair = section.value["generate"] ?? document["generate"] {
            if let value = pair.value.boolean {
                generates = value
            } else {
                problems.error(pair.value.place, "`generate` is true or false")
            }
        }
        var draft = CorrelationDraft(
            head: head, section: section, settings: settings, type: type, typePlace: typePlace, rules: rules ?? [],
            groupBy: RuleHead.places(section.value["group-by"]?.value, "group-by", &problems) ?? [],
            aliases: readAliases(section.value["aliases"], &problems), timespan: .zero, generates: generates,
            window: .sliding, emit: .once, groupsNulls: false, until: nil)
        if draft.groupBy.count > RuleLimit.fields {
            problems.error(section.place, "`group-by` has more than \(RuleLimit.fields) fields")
        }
        if let pair = section.value["timespan"] {
            draft.timespan = TimeSpan.read(pair, &problems) ?? .zero
        } else if !isOwn {
            problems.error(section.place, "a correlation needs a `timespan`, such as 5m")
        }
        readSettings(settings, &draft, &problems)
        return problems.errorCount == errors ? draft : nil
    }

    static func refuseUnknown(
        _ node: RuleNode, _ keys: [String], _ section: String, _ problems: inout ProblemList
    ) {
        for pair in node.pairs ?? [] where !keys.contains(pair.key) {
            problems.error(
                pair.place, "`\(section)` has no key \(quoted(pair.key))",
                suggestion: Spelling.closest(to: pair.key, among: keys))
        }
    }

    private static func readType(
        _ section: RuleNode.Pair, _ settings: RuleNode?, _ problems: inout ProblemList
    ) -> (String, RulePlace)? {
        let own = (settings?.pairs ?? []).filter { CorrelationDraft.ownTypes.contains($0.key) }
        if own.count > 1 {
            problems.error(own[1].place, "a rule is of one type; `\(own[0].key)` is given already")
            return nil
        }
        guard let pair = section.value["type"] else {
            if let own = own.first { return (own.key, own.place) }
            problems.error(section.place, "a correlation needs a `type`: \(choices(CorrelationDraft.sigmaTypes))")
            return nil
        }
        guard let type = pair.value.text else {
            problems.error(pair.value.place, "`type` is a text")
            return nil
        }
        if let own = own.first {
            guard type == own.key else {
                problems.error(pair.value.place, "`type` is \(quoted(type)), but `x-creance` has `\(own.key)`")
                return nil
            }
            return (type, own.place)
        }
        if CorrelationDraft.ownTypes.contains(type) {
            problems.error(pair.value.place, "type \(quoted(type)) needs `x-creance: {\(type): {…}}` beside it")
            return nil
        }
        guard CorrelationDraft.sigmaTypes.contains(type) else {
            problems.error(
                pair.value.place, "there is no correlation of type \(quoted(type))",
                suggestion: Spelling.closest(to: type, among: CorrelationDraft.sigmaTypes))
            return nil
        }
        return (type, pair.value.place)
    }

    private static func readAliases(
        _ pair: RuleNode.Pair?, _ problems: inout ProblemList
    ) -> [(name: String, place: RulePlace, fields: [RuleNode.Pair])] {
        guard let pair, !pair.value.isNull else { return [] }
        var aliases: [(name: String, place: RulePlace, fields: [RuleNode.Pair])] = []
        for alias in pair.value.pairs ?? [] {
            guard let fields = alias.value.pairs, fields.allSatisfy({ $0.value.text != nil }) else {
                problems.error(alias.value.place, "an alias is a map from rules to their fields")
                continue
            }
            aliases.append((alias.key, alias.place, fields))
        }
        if pair.value.pairs == nil { problems.error(pair.value.place, "`aliases` is a map of maps") }
        return aliases
    }

    private static func readSettings(
        _ settings: RuleNode?, _ draft: inout CorrelationDraft, _ problems: inout ProblemList
    ) {
        guard let settings else { return }
        func choice(_ key: String, _ allowed: [String]) -> String? {
            guard let pair = settings[key] else { return nil }
            guard let text = pair.value.text, allowed.contains(text) else {
                let text = pair.value.text ?? ""
                problems.error(
                    pair.value.place, "`\(key)` is \(choices(allowed))",
                    suggestion: Spelling.closest(to: text, among: allowed))
                return nil
            }
            return text
        }
        let gap = settings["gap"]
        switch choice("window", ["sliding", "tumbling", "session"]) {
        case "tumbling": draft.window = .tumbling
        case "session":
            if let gap {
                draft.window = .session(gap: TimeSpan.read(gap, &problems) ?? .zero)
            } else if let place = settings["window"]?.value.place {
                problems.error(place, "`window: session` needs a `gap`, such as 30s")
            }
        default: break
        }
        if let gap, draft.window == .sliding || draft.window == .tumbling {
            problems.error(gap.place, "`gap` is for `window: session`")
        }
        draft.emit = choice("emit", ["once", "every", "reset"]).flatMap(EmitMode.init(rawValue:)) ?? .once
        draft.groupsNulls = choice("on_null", ["group", "skip"]) == "group"
        if let until = settings["until"] {
            if let text = until.value.text {
                draft.until = (text, until.value.place)
            } else {
                problems.error(until.value.place, "`until` is the name or id of a rule")
            }
            if draft.type != "temporal_ordered", draft.type != "temporal" {
                problems.error(until.place, "`until` is for correlations of type temporal_ordered")
            }
        }
    }
}
