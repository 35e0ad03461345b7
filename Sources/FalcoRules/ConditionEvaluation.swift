// SPDX-License-Identifier: Apache-2.0
import AlertModel
import HostileText
import Matching

// Evaluation over an alert: from leaf to leaf until one of the two ends.
extension ConditionProgram {
    func matches(_ facts: borrowing AlertFacts) -> Bool {
        let leaves = leaves
        var place = start
        while place >= 0 {
            let leaf = leaves.span[Int(place)]
            place = holds(leaf, facts) ? leaf.onTrue : leaf.onFalse
        }
        return place == Self.accept
    }

    private func holds(_ leaf: ConditionLeaf, _ facts: borrowing AlertFacts) -> Bool {
        let alert = facts.alert
        switch leaf.place {
        case .priority:
            if case .mask(let mask) = leaf.test { return leaf.isNegated != (mask >> alert.priority.rawValue & 1 != 0) }
        case .tags:
            guard alert.tagCount > 0 else { return leaf.resultOnNull }
            return holdsForTags(leaf, facts)
        default: break
        }
        let names = names
        guard let value = Self.value(leaf.place, names.span[Int(leaf.name)], facts) else { return leaf.resultOnNull }
        if case .field(let index) = leaf.test {
            let right = comparisons[Int(index)]
            guard let other = Self.value(right.place, right.name, facts) else { return false }
            return holds(leaf, value, right, other)
        }
        return holds(leaf, value)
    }

    /// What an alert has at a place; nil for null.
    @_lifetime(copy facts)
    private static func value(
        _ place: ConditionField.Place, _ name: borrowing FieldName, _ facts: borrowing AlertFacts
    ) -> ValueView? {
        let alert = facts.alert
        switch place {
        case .field: return facts.value(name)
        case .rule: return text(alert.rule)
        case .source: return text(alert.source)
        case .hostname: return text(alert.hostname)
        case .output: return text(alert.output)
        case .priority: return text(ConditionWords.name(of: alert.priority))
        case .kind: return text(ConditionWords.alert)
        case .manipulation:
            let isSuspected = Manipulation.isSuspected(in: alert)
            return ValueView(kind: .bool, text: Manipulation.word(isSuspected), bits: isSuspected ? 1 : 0)
        case .time:
            let bits = UInt64(bitPattern: alert.eventTime.nanoseconds)
            return ValueView(kind: .int64, text: Span(), bits: bits)
        case .tags, .recordOnly: return nil
        }
    }

    @_lifetime(copy text)
    private static func text(_ text: Span<UInt8>) -> ValueView? {
        text.isEmpty ? nil : ValueView(kind: .string, text: text, bits: 0)
    }

    private func holdsForTags(_ leaf: ConditionLeaf, _ facts: borrowing AlertFacts) -> Bool {
        let alert = facts.alert
        if let count = countTest(leaf, alert.tagCount) { return count }
        var fold = ElementFold(leaf.test)
        for index in 0 ..< alert.tagCount where !alert.tag(at: index).isEmpty {
            let element = ValueView(kind: .string, text: alert.tag(at: index), bits: 0)
            if fold.isDecided(by: holdsForElement(leaf, element)) { break }
        }
        return leaf.isNegated != fold.result
    }
}

// Evaluation over a record.
extension ConditionProgram {
    func matches(_ record: RecordFacts) -> Bool {
        var place = start
        while place >= 0 {
            let leaf = leaves[Int(place)]
            place = holds(leaf, record) ? leaf.onTrue : leaf.onFalse
        }
        return place == Self.accept
    }

    private func holds(_ leaf: ConditionLeaf, _ record: RecordFacts) -> Bool {
        guard let value = record.value(names[Int(leaf.name)].name) else { return leaf.resultOnNull }
        if case .mask(let mask) = leaf.test {
            guard let rank = value.rank else { return leaf.resultOnNull }
            return leaf.isNegated != (mask >> rank & 1 != 0)
        }
        if let elements = value.elements {
            guard !elements.isEmpty else { return leaf.resultOnNull }
            if let count = countTest(leaf, elements.count) { return count }
            var fold = ElementFold(leaf.test)
            for element in elements where !element.isEmpty {
                let view = ValueView(kind: .string, text: element.span, bits: 0)
                if fold.isDecided(by: holdsForElement(leaf, view)) { break }
            }
            return leaf.isNegated != fold.result
        }
        let left = ValueView(kind: value.kind, text: value.text.span, bits: value.bits)
        if case .field(let index) = leaf.test {
            let right = comparisons[Int(index)]
            guard let other = record.value(right.name.name), other.elements == nil else { return false }
            return holds(leaf, left, right, ValueView(kind: other.kind, text: other.text.span, bits: other.bits))
        }
        return holds(leaf, left)
    }
}

/// Whether a list satisfies a test: any element is enough; `in` wants them all.
struct ElementFold {
    private let every: Bool
    private(set) var result: Bool

    init(_ test: ConditionTest) {
        if case .member(_, every: true) = test { every = true } else { every = false }
        result = every
    }

    /// - Returns: true when no further element can change the result.
    mutating func isDecided(by element: Bool) -> Bool {
        guard element != every else { return false }
        result = element
        return true
    }
}
