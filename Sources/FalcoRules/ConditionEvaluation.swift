// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Matching

extension ConditionProgram {
    func matches(_ facts: borrowing AlertFacts) -> Bool {
        var place = start
        while place >= 0 {
            let leaf = leaves[Int(place)]
            place = holds(leaf, facts) ? leaf.onTrue : leaf.onFalse
        }
        return place == Self.accept
    }

    private func holds(_ leaf: ConditionLeaf, _ facts: borrowing AlertFacts) -> Bool {
        let alert = facts.alert
        switch leaf.place {
        case .field:
            guard let value = facts.value(names[Int(leaf.name)]) else { return leaf.resultOnNull }
            return holds(leaf, value)
        case .rule: return holds(leaf, text: alert.rule)
        case .source: return holds(leaf, text: alert.source)
        case .hostname: return holds(leaf, text: alert.hostname)
        case .output: return holds(leaf, text: alert.output)
        case .priority: return holds(leaf, rank: alert.priority.rawValue, name: Self.priorityNames)
        case .kind: return holds(leaf, text: Self.alertKind.span)
        case .time:
            let bits = UInt64(bitPattern: alert.eventTime.nanoseconds)
            return holds(leaf, ValueView(kind: .int64, text: Span(), bits: bits))
        case .tags:
            guard alert.tagCount > 0 else { return leaf.resultOnNull }
            return holdsForTags(leaf, alert)
        case .recordOnly: return leaf.resultOnNull
        }
    }

    static let alertKind = Array("alert".utf8)
    static let priorityNames = Priority.allCases.map { Array($0.name.utf8) }
    static let levelNames = IncidentLevel.allCases.map { Array($0.name.utf8) }

    private func holds(_ leaf: ConditionLeaf, text: Span<UInt8>) -> Bool {
        guard !text.isEmpty else { return leaf.resultOnNull }
        return holds(leaf, ValueView(kind: .string, text: text, bits: 0))
    }

    private func holds(_ leaf: ConditionLeaf, rank: UInt8, name: [[UInt8]]) -> Bool {
        if case .mask(let mask) = leaf.test { return leaf.isNegated != (mask >> rank & 1 != 0) }
        let text = name[Int(rank)]
        return holds(leaf, text: text.span)
    }

    private func holds(_ leaf: ConditionLeaf, _ value: borrowing ValueView) -> Bool {
        leaf.isNegated != isSatisfied(leaf.test, value)
    }

    /// For a list any element is enough; `in` wants them all, and `!=` none that is equal.
    private func holdsForTags(_ leaf: ConditionLeaf, _ alert: AlertView) -> Bool {
        var every = false
        if case .member(_, every: true) = leaf.test { every = true }
        var result = every
        for index in 0 ..< alert.tagCount {
            let element = ValueView(kind: .string, text: alert.tag(at: index), bits: 0)
            if isSatisfied(leaf.test, element) != every {
                result = !every
                break
            }
        }
        return leaf.isNegated != result
    }

    private func isSatisfied(_ test: ConditionTest, _ value: borrowing ValueView) -> Bool {
        switch test {
        case .exists: return true
        case .mask: return false
        case .equal(let index): return literals[Int(index)].equals(value)
        case .order(let order, let index):
            guard let number = ExactNumber(value) else { return false }
            return order.holds(number, numbers[Int(index)])
        case .contains(let index): return searches[Int(index)].occurs(in: value.text)
        case .startsWith(let index): return searches[Int(index)].starts(value.text)
        case .endsWith(let index): return searches[Int(index)].ends(value.text)
        case .glob(let index): return globs[Int(index)].matches(value.text)
        case .expression(let index): return expressions[Int(index)].matchesWhole(value.text)
        case .member(let index, _): return sets[Int(index)].contains(value)
        case .path(let index): return paths[Int(index)].matches(value.text)
        case .field: return false
        }
    }

    var fields: [FieldName] {
        var fields: [FieldName] = []
        for leaf in leaves where leaf.place == .field {
            let name = names[Int(leaf.name)]
            if !fields.contains(name) { fields.append(name) }
        }
        for comparison in comparisons where comparison.place == .field && !fields.contains(comparison.name) {
            fields.append(comparison.name)
        }
        return fields
    }

    func matches(_ record: RecordFacts) -> Bool {
        var place = start
        while place >= 0 {
            let leaf = leaves[Int(place)]
            place = holds(leaf, record) ? leaf.onTrue : leaf.onFalse
        }
        return place == Self.accept
    }

    private func holds(_ leaf: ConditionLeaf, _ record: RecordFacts) -> Bool {
        switch record.value(names[Int(leaf.name)].name) {
        case nil: return leaf.resultOnNull
        case .priority(let priority): return holds(leaf, rank: priority.rawValue, name: Self.priorityNames)
        case .level(let level): return holds(leaf, rank: level.rawValue, name: Self.levelNames)
        case .one(let kind, let text, let bits):
            return holds(leaf, ValueView(kind: kind, text: text.span, bits: bits))
        case .list(let elements):
            return elements.contains { isSatisfied(leaf.test, ValueView(kind: .string, text: $0.span, bits: 0)) }
        }
    }
}
