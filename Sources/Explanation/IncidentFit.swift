// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

/// Which incidents one alert fits: their rule looks at such alerts, and their group is the alert's.
struct IncidentFit {
    private let entry: DecidedEntry
    private let index: Int
    private let rules: SigmaRuleSet?
    /// Detections of `rules` that match the alert.
    private var matches = MatchSet(count: 0)

    init(_ entry: DecidedEntry, _ index: Int, _ rules: SigmaRuleSet?) {
        self.entry = entry
        self.index = index
        self.rules = rules
        guard let rules, case .alerts(let batch) = entry.content else { return }
        matches = rules.makeMatchSet()
        rules.match(AlertFacts(batch.alert(at: index), entry.notes.added, at: index), into: &matches)
    }

    /// Where the rule is not known in this form any more, its group alone decides.
    func fits(_ incident: IncidentRecord) -> Bool {
        guard case .alerts(let batch) = entry.content else { return false }
        let facts = AlertFacts(batch.alert(at: index), entry.notes.added, at: index)
        guard let rules, let rule = rules.correlations.first(where: { $0.id == incident.ruleID }),
            rule.groupBy.map(\.name) == incident.group.map(\.name)
        else { return incident.group.allSatisfy { Self.value(FactName($0.name), facts) == $0.value } }
        for reference in rule.references.indices where concerns(rule.references[reference], rules) {
            let isOfGroup = rule.groupBy.indices.allSatisfy { field in
                let fields = rule.groupBy[field].fields
                let name = fields.indices.contains(reference) ? fields[reference] : FactName(rule.groupBy[field].name)
                return Self.value(name, facts) == incident.group[field].value
            }
            if isOfGroup { return true }
        }
        return false
    }

    /// The alert matches what is referred to, or something that this in turn refers to. A rule stands behind those it
    /// refers to, so that this ends.
    private func concerns(_ reference: RuleReference, _ rules: SigmaRuleSet) -> Bool {
        switch reference {
        case .detection(let detection): matches.contains(detection)
        case .correlation(let correlation): rules.correlations[correlation].references.contains { concerns($0, rules) }
        }
    }

    /// A field of the alert as it stands in a group: `container.id: host` is one of its host.
    private static func value(_ name: FactName, _ facts: borrowing AlertFacts) -> FieldValue {
        func text(_ span: Span<UInt8>) -> FieldValue {
            span.isEmpty ? .null : .text(String(decoding: [UInt8](_span: span), as: UTF8.self))
        }
        switch name {
        case .rule: return text(facts.alert.rule)
        case .priority: return .text(facts.alert.priority.name)
        case .source: return text(facts.alert.source)
        case .hostname: return text(facts.alert.hostname)
        case .output: return text(facts.alert.output)
        case .tags:
            let tags = (0 ..< facts.alert.tagCount).map {
                String(decoding: [UInt8](_span: facts.alert.tag(at: $0)), as: UTF8.self)
            }
            return tags.isEmpty ? .null : .text(tags.joined(separator: ","))
        case .field(let field):
            guard let value = facts.value(field) else { return .null }
            switch value.kind {
            case .null, .notAvailable, .empty: return .null
            case .string, .json:
                let isHost = field.name == "container.id" && value.text.equals("host")
                guard isHost else { return text(value.text) }
                return .text("host@" + String(decoding: [UInt8](_span: facts.alert.hostname), as: UTF8.self))
            case .int64: return .integer(Int64(bitPattern: value.bits))
            case .uint64: return .unsigned(value.bits)
            case .double: return .double(Double(bitPattern: value.bits))
            case .bool: return .bool(value.bits != 0)
            }
        }
    }
}
