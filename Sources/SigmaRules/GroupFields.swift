// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// The fields of a correlation: where `group-by`, `aliases` and the field map have each reference's value.
struct GroupFields {
    let draft: CorrelationDraft
    let mentions: [CorrelationDraft.Mention]
    let references: [RuleReference]
    let sources: [LogSource]

    func read(
        until: CorrelationDraft.Mention?, _ untilReference: RuleReference?, _ problems: inout ProblemList
    ) -> [GroupField] {
        checkAliases(until, &problems)
        var seen: Set<String> = []
        return draft.groupBy.map { group in
            if !seen.insert(group.text).inserted {
                problems.error(group.place, "\(quoted(group.text)) is given twice")
            }
            let fields = zip(mentions, references).map { mention, reference in
                fact(group, of: mention, reference, &problems)
            }
            // Where an alias lacks a rule, that was said; its name is no field.
            let isAlias = draft.aliases.contains { $0.name == group.text }
            remark(on: fields, but: isAlias ? FactName(group.text) : nil, at: group.place, &problems)
            let untilField =
                if let until, let untilReference { fact(group, of: until, untilReference, &problems) } else {
                    FactName(group.text)
                }
            return GroupField(name: group.text, fields: fields, untilField: untilField)
        }
    }

    /// Fields whose values are counted or added up: the same of every reference.
    func values(_ names: [CorrelationDraft.Mention]?, _ problems: inout ProblemList) -> [FactName]? {
        guard let names else { return nil }
        if names.count > RuleLimit.fields {
            problems.error(names[0].place, "more than \(RuleLimit.fields) fields")
            return nil
        }
        var result: [FactName] = []
        for name in names {
            let facts = zip(mentions, references).map { fact(name, of: $0, $1, &problems) }
            guard let first = facts.first else { return nil }
            remark(on: facts, but: nil, at: name.place, &problems)
            if facts.contains(where: { $0 != first }) {
                problems.error(name.place, "\(quoted(name.text)) is another field in each rule; here it must be one")
            }
            result.append(first)
        }
        return result
    }

    /// Of the fields that are read from alerts: a correlation's events have what its own groups are called.
    private func remark(
        on facts: [FactName], but known: FactName?, at place: RulePlace, _ problems: inout ProblemList
    ) {
        var read: [FactName] = []
        for (fact, reference) in zip(facts, references) where fact != known {
            if case .detection = reference { read.append(fact) }
        }
        FieldRemark.on(read, at: place, &problems)
    }

    private func fact(
        _ group: CorrelationDraft.Mention, of mention: CorrelationDraft.Mention, _ reference: RuleReference,
        _ problems: inout ProblemList
    ) -> FactName {
        var name = group.text
        if let alias = draft.aliases.first(where: { $0.name == group.text }) {
            guard let field = alias.fields.first(where: { $0.key == mention.text })?.value.text else {
                problems.error(alias.place, "alias \(quoted(alias.name)) has no field for \(quoted(mention.text))")
                return FactName(name)
            }
            name = field
        }
        // A rule of Sigma's own categories calls its fields by Sigma's names.
        guard case .detection(let index) = reference, sources.indices.contains(index),
            let subject = FieldMap.subjects(name, in: sources[index])?.first
        else { return FactName(name) }
        switch subject {
        case .field(let field): return .field(field)
        case .hostname: return .hostname
        default: return FactName(name)
        }
    }

    private func checkAliases(_ until: CorrelationDraft.Mention?, _ problems: inout ProblemList) {
        let rules = mentions.map(\.text) + (until.map { [$0.text] } ?? [])
        for alias in draft.aliases {
            for field in alias.fields where !rules.contains(field.key) {
                problems.error(
                    field.place, "\(quoted(field.key)) is none of this correlation's rules",
                    suggestion: Spelling.closest(to: field.key, among: rules))
            }
        }
    }
}
