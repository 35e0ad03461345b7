// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Makes the rule that the engine runs of a correlation as written.
struct CorrelationResolver {
    let names: RuleNames
    /// The log source of every detection that a file holds, for the field map.
    let sources: [LogSource]
    var shortForms: ShortForms

    /// nil when it cannot be used; why is noted. `index` and `makesIncidents` are set later, when all rules are known.
    mutating func resolve(_ draft: CorrelationDraft, _ problems: inout ProblemList) -> CorrelationRule? {
        let errors = problems.errorCount
        var mentions = draft.rules
        var until = draft.until
        let own = draft.settings?[draft.type]
        if draft.type == "absence" { mentions = absenceRules(draft, own, &problems) }
        if mentions.isEmpty, CorrelationDraft.ownTypes.contains(draft.type), draft.type != "absence" {
            mentions = [("falco:*", draft.typePlace)]
        }
        let isTemporal = draft.type.hasPrefix("temporal")
        let limit = isTemporal ? RuleLimit.temporalReferences : RuleLimit.references
        if mentions.count > limit {
            problems.error(draft.section.place, "\(mentions.count) rules; at most \(limit) are allowed")
            return nil
        }
        refuseRepeats(mentions, draft.type, &problems)
        var condition: TemporalCondition?
        let reader = CorrelationCondition(draft: draft)
        if isTemporal {
            condition = reader.temporal(mentions.map(\.text), &problems)
            if draft.type == "temporal_ordered", let given = condition {
                guard let order = reader.ordered(given, mentions, &problems) else { return nil }
                if let negated = order.negated {
                    if until != nil { problems.error(draft.typePlace, "`until` and a `not` cannot both be used") }
                    until = negated
                }
                mentions = order.steps
            }
        }
        var references: [RuleReference] = []
        for mention in mentions {
            if let reference = look(mention, &problems) { references.append(reference) }
        }
        let untilReference = until.flatMap { look($0, &problems) }
        guard problems.errorCount == errors else { return nil }
        let fields = GroupFields(draft: draft, mentions: mentions, references: references, sources: sources)
        let groupBy = fields.read(until: until, untilReference, &problems)
        guard let kind = kind(draft, own, condition, fields, reader, &problems), problems.errorCount == errors
        else { return nil }
        var timespan = draft.timespan
        if let pair = own?.value[draft.type == "risk" ? "span" : "within"] {
            timespan = TimeSpan.read(pair, &problems) ?? .zero
        } else if timespan == .zero {
            switch kind {
            case .risk: timespan = .seconds(86_400)
            case .newValue(_, let history, _): timespan = history == .zero ? TimeSpan.longest : history
            default: problems.error(draft.section.place, "a time span is missing: `timespan`, or `within`")
            }
        }
        guard problems.errorCount == errors else { return nil }
        return CorrelationRule(
            index: 0, id: draft.head.id ?? draft.head.handle, name: draft.head.handle, title: draft.head.title,
            level: draft.head.level, tags: draft.head.tags, body: draft.head.body, kind: kind, references: references,
            groupBy: groupBy, timespan: timespan, window: draft.window, emit: draft.emit,
            groupsNulls: draft.groupsNulls, until: untilReference)
    }

    private mutating func look(_ mention: CorrelationDraft.Mention, _ problems: inout ProblemList) -> RuleReference? {
        if let known = names[mention.text] { return known }
        if mention.text.hasPrefix(ShortForms.prefix) {
            guard mention.text.count > ShortForms.prefix.count else {
                problems.error(mention.place, "`falco:` must be followed by the name of a rule of Falco's")
                return nil
            }
            return shortForms.reference(mention.text, at: mention.place)
        }
        problems.error(
            mention.place, "there is no rule \(quoted(mention.text))",
            suggestion: Spelling.closest(to: mention.text, among: names.all))
        return nil
    }

    /// An ordered chain may name a rule twice (twice in a row is twice); elsewhere it is a slip.
    private func refuseRepeats(
        _ mentions: [CorrelationDraft.Mention], _ type: String, _ problems: inout ProblemList
    ) {
        guard type != "temporal_ordered", type != "absence" else { return }
        var seen: Set<String> = []
        for mention in mentions where !seen.insert(mention.text).inserted {
            problems.error(mention.place, "\(quoted(mention.text)) is given twice")
        }
    }

    private func absenceRules(
        _ draft: CorrelationDraft, _ own: RuleNode.Pair?, _ problems: inout ProblemList
    ) -> [CorrelationDraft.Mention] {
        var mentions: [CorrelationDraft.Mention] = []
        for key in ["anchor", "expected"] {
            if let node = own?.value[key]?.value, let text = node.text {
                mentions.append((text, node.place))
            } else {
                problems.error(own?.place ?? draft.typePlace, "`absence` needs `\(key)`: the name or id of a rule")
            }
        }
        // `rules` says nothing new here, but may stand as Sigma wants it.
        for rule in draft.rules where !mentions.contains(where: { $0.text == rule.text }) {
            problems.error(
                rule.place, "an absence looks at its `anchor` and its `expected` rule, not at \(quoted(rule.text))")
        }
        return mentions
    }

    private func kind(
        _ draft: CorrelationDraft, _ own: RuleNode.Pair?, _ condition: TemporalCondition?, _ fields: GroupFields,
        _ reader: CorrelationCondition, _ problems: inout ProblemList
    ) -> CorrelationKind? {
        switch draft.type {
        case "event_count":
            return reader.bounds(allowing: [], &problems).map { .eventCount($0) }
        case "value_count":
            guard let bounds = reader.bounds(allowing: ["field"], &problems),
                let names = fields.values(reader.fieldNames(&problems), &problems)
            else { return nil }
            return .valueCount(fields: names, bounds)
        case "temporal": return condition.map { .temporal($0) }
        case "temporal_ordered": return .temporalOrdered
        case "value_sum", "value_avg", "value_percentile", "value_median":
            let isPercentile = draft.type == "value_percentile"
            let keys = isPercentile ? ["field", "percentile"] : ["field"]
            guard let bounds = reader.bounds(allowing: keys, &problems),
                let names = fields.values(reader.fieldNames(&problems), &problems), let field = names.first
            else { return nil }
            if names.count > 1 {
                problems.error(draft.typePlace, "`\(draft.type)` looks at one `field`")
            }
            switch draft.type {
            case "value_sum": return .valueSum(field: field, bounds)
            case "value_avg": return .valueAverage(field: field, bounds)
            case "value_median": return .valuePercentile(field: field, percentile: 50, bounds)
            default:
                return .valuePercentile(field: field, percentile: reader.percentile(&problems), bounds)
            }
        default: return ownKind(draft, own, fields, &problems)
        }
    }

    /// The types of ours.
    private func ownKind(
        _ draft: CorrelationDraft, _ own: RuleNode.Pair?, _ fields: GroupFields, _ problems: inout ProblemList
    ) -> CorrelationKind? {
        guard let own, own.value.pairs != nil else {
            problems.error(draft.typePlace, "`\(draft.type)` is a map")
            return nil
        }
        switch draft.type {
        case "absence":
            CorrelationReader.refuseUnknown(own.value, ["anchor", "expected", "within"], "absence", &problems)
            return .absence
        case "new_value":
            CorrelationReader.refuseUnknown(own.value, ["fields", "history", "learning"], "new_value", &problems)
            guard let mentions = RuleHead.places(own.value["fields"]?.value, "fields", &problems), !mentions.isEmpty,
                let names = fields.values(mentions, &problems)
            else {
                problems.error(own.place, "`new_value` needs `fields`: what must not have been seen before")
                return nil
            }
            let history = own.value["history"].flatMap { TimeSpan.read($0, allowingZero: true, &problems) } ?? .zero
            let learning = own.value["learning"].flatMap { TimeSpan.read($0, allowingZero: true, &problems) } ?? .zero
            return .newValue(fields: names, history: history, learning: learning)
        default:
            let reader = RiskReader(section: own)
            return reader.read(&problems)
        }
    }
}
