// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Matching

// One comparison and one value that is there.
extension ConditionProgram {
    /// A value with its functions applied; each element, where it is an array.
    func holds(_ leaf: ConditionLeaf, _ value: borrowing ValueView) -> Bool {
        if value.kind == .json, var elements = ValueElements(value) {
            var fold = ElementFold(leaf.test)
            let isCounted = countsElements(leaf)
            var count = 0
            var isNull = true
            while let element = elements.next() {
                count += 1
                if element.kind.isNull { continue }
                isNull = false
                if fold.isDecided(by: !isCounted && holdsForElement(leaf, element)), !isCounted { break }
            }
            guard !isNull else { return leaf.resultOnNull }
            return countTest(leaf, count) ?? (leaf.isNegated != fold.result)
        }
        guard leaf.transformerCount > 0 else { return leaf.isNegated != isSatisfied(leaf.test, value) }
        let first = Int(leaf.firstTransformer)
        return FieldTransformer.apply(
            transformers, from: first, upTo: first + Int(leaf.transformerCount), to: value,
            { leaf.isNegated != isSatisfied(leaf.test, $0) }, onNull: leaf.resultOnNull)
    }

    /// One element of a list that is not null, `!=` left aside.
    func holdsForElement(_ leaf: ConditionLeaf, _ element: borrowing ValueView) -> Bool {
        guard leaf.transformerCount > 0 else { return isSatisfied(leaf.test, element) }
        let first = Int(leaf.firstTransformer)
        return FieldTransformer.apply(
            transformers, from: first, upTo: first + Int(leaf.transformerCount), to: element,
            { isSatisfied(leaf.test, $0) }, onNull: false)
    }

    /// `len(tags)`: the length of a list, not of its elements.
    func countTest(_ leaf: ConditionLeaf, _ count: Int) -> Bool? {
        guard countsElements(leaf) else { return nil }
        return FieldTransformer.withLength(count) { leaf.isNegated != isSatisfied(leaf.test, $0) }
    }

    private func countsElements(_ leaf: ConditionLeaf) -> Bool {
        leaf.transformerCount > 0 && transformers[Int(leaf.firstTransformer)] == .len
    }

    /// A value against another field's.
    func holds(
        _ leaf: ConditionLeaf, _ left: borrowing ValueView, _ right: FieldComparison, _ other: borrowing ValueView
    ) -> Bool {
        let first = Int(leaf.firstTransformer)
        return FieldTransformer.apply(
            right.transformers, from: 0, upTo: right.transformers.count, to: other,
            { other in
                FieldTransformer.apply(
                    transformers, from: first, upTo: first + Int(leaf.transformerCount), to: left,
                    { leaf.isNegated != Self.isSatisfied(right.operator, $0, other) }, onNull: false)
            }, onNull: false)
    }

    private func isSatisfied(_ test: ConditionTest, _ value: borrowing ValueView) -> Bool {
        switch test {
        case .exists: return true
        case .equal(let index):
            let literals = literals
            return literals.span[Int(index)].equals(value)
        case .order(let order, let index):
            guard let number = ExactNumber(value) else { return false }
            return order.holds(number, numbers[Int(index)])
        case .contains(let index):
            let searches = searches
            return searches.span[Int(index)].occurs(in: value.text)
        case .startsWith(let index):
            let searches = searches
            return searches.span[Int(index)].starts(value.text)
        case .endsWith(let index):
            let searches = searches
            return searches.span[Int(index)].ends(value.text)
        case .glob(let index):
            let globs = globs
            return globs.span[Int(index)].matches(value.text)
        case .expression(let index): return expressions[Int(index)].matchesWhole(value.text)
        case .member(let index, _):
            let sets = sets
            return sets.span[Int(index)].contains(value)
        case .path(let index):
            let paths = paths
            return paths.span[Int(index)].matches(value.text)
        // Ranks and pairs of fields are looked at before.
        case .mask, .field: return false
        }
    }

    private static func isSatisfied(
        _ operator: ConditionOperator, _ left: borrowing ValueView, _ right: borrowing ValueView
    ) -> Bool {
        switch `operator` {
        case .equal, .notEqual, .in, .intersects:
            if !left.text.isEmpty, left.text.equals(right.text) { return true }
            guard let one = number(left), let another = number(right) else { return false }
            return one == another
        case .less: return ordered(.less, left, right)
        case .lessOrEqual: return ordered(.lessOrEqual, left, right)
        case .greater: return ordered(.greater, left, right)
        case .greaterOrEqual: return ordered(.greaterOrEqual, left, right)
        case .contains: return left.text.contains(right.text, .exact)
        case .icontains: return left.text.contains(right.text, .ignored)
        case .startswith: return left.text.starts(right.text, .exact)
        case .endswith: return left.text.ends(right.text, .exact)
        case .bcontains, .bstartswith, .glob, .iglob, .regex, .pmatch, .exists: return false
        }
    }

    private static func ordered(
        _ order: NumberOrder, _ left: borrowing ValueView, _ right: borrowing ValueView
    ) -> Bool {
        guard let one = ExactNumber(left), let another = ExactNumber(right) else { return false }
        return order.holds(one, another)
    }

    /// Only of what came as a number: `007` and `7` are two texts.
    private static func number(_ value: borrowing ValueView) -> ExactNumber? {
        switch value.kind {
        case .int64, .uint64, .double: ExactNumber(value)
        default: nil
        }
    }
}
