// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Matching

/// Turns a tree into the tables of a program, and says what is wrong with its fields and values.
struct ConditionCompiler {
    private(set) var leaves: [ConditionLeaf] = []
    private(set) var names: [FieldName] = []
    private(set) var transformers: [FieldTransformer] = []
    private(set) var literals: [ConditionLiteral] = []
    private(set) var numbers: [ExactNumber] = []
    private(set) var searches: [SubstringSearch] = []
    private(set) var globs: [Glob] = []
    private(set) var expressions: [RegularExpression] = []
    private(set) var sets: [LiteralSet] = []
    private(set) var paths: [PathPrefixes] = []
    private(set) var comparisons: [FieldComparison] = []

    /// Adds a leaf for every check, in the order in which they are written.
    mutating func addLeaves(of tree: ConditionTree) throws(ConditionError) {
        switch tree {
        case .and(let members), .or(let members): for member in members { try addLeaves(of: member) }
        case .not(let inner): try addLeaves(of: inner)
        case .check(let check): leaves.append(try leaf(check))
        }
    }

    /// Gives every leaf its ways on, from the last to the first, and returns the leaf to begin with. `place` is the
    /// index behind the tree's last leaf, and is moved to its first.
    mutating func link(_ tree: ConditionTree, onTrue: Int32, onFalse: Int32, before place: inout Int) -> Int32 {
        switch tree {
        case .check:
            place -= 1
            leaves[place].onTrue = onTrue
            leaves[place].onFalse = onFalse
            return Int32(place)
        case .not(let inner): return link(inner, onTrue: onFalse, onFalse: onTrue, before: &place)
        case .and(let members):
            return members.reversed().reduce(onTrue) { link($1, onTrue: $0, onFalse: onFalse, before: &place) }
        case .or(let members):
            return members.reversed().reduce(onFalse) { link($1, onTrue: onTrue, onFalse: $0, before: &place) }
        }
    }

    private mutating func leaf(_ check: ConditionCheck) throws(ConditionError) -> ConditionLeaf {
        let field = try ConditionField(check.field)
        var isNegated = check.operator == .notEqual
        var resultOnNull = false
        let test: ConditionTest
        switch check.operand {
        case .none: test = .exists
        case .field(let other):
            let right = try ConditionField(other)
            let isNumeric = check.operator.isOrdering || check.operator == .equal || isNegated
            comparisons.append(
                FieldComparison(
                    operator: isNegated ? .equal : check.operator,
                    place: right.place == .time && !isNumeric ? .field : right.place, name: right.name,
                    transformers: other.transformers))
            test = .field(last(comparisons))
        case .values(let values):
            // A transformed value is no longer what the field's list says.
            let vocabulary = check.field.transformers.isEmpty ? field.vocabulary : nil
            if let mask = try mask(check, vocabulary, values) {
                test = .mask(mask)
            } else {
                if let vocabulary { try require(vocabulary, of: check, values) }
                let isNull = values.contains { ConditionLiteral($0.bytes).isNull }
                switch check.operator {
                case .equal, .in, .intersects: resultOnNull = isNull
                case .notEqual where isNull:
                    test = .exists
                    isNegated = false
                    return leaf(check, field, test, isNegated: false, resultOnNull: false)
                default: break
                }
                test = try self.test(check.operator, values)
            }
        }
        return leaf(check, field, test, isNegated: isNegated, resultOnNull: resultOnNull)
    }

    private mutating func leaf(
        _ check: ConditionCheck, _ field: ConditionField, _ test: ConditionTest, isNegated: Bool, resultOnNull: Bool
    ) -> ConditionLeaf {
        let name = names.firstIndex(of: field.name) ?? names.count
        if name == names.count { names.append(field.name) }
        let first = transformers.count
        transformers += check.field.transformers
        return ConditionLeaf(
            place: place(of: field, test), name: Int32(name), test: test, isNegated: isNegated,
            resultOnNull: resultOnNull, firstTransformer: UInt16(first),
            transformerCount: UInt8(check.field.transformers.count))
    }

    /// `evt.time` is the alert's time where numbers are compared, and Falco's text where a text is looked at.
    private func place(of field: ConditionField, _ test: ConditionTest) -> ConditionField.Place {
        guard field.place == .time else { return field.place }
        switch test {
        case .equal, .order, .member, .exists: return .time
        default: return .field
        }
    }

    private func last<Element>(_ table: [Element]) -> Int32 { Int32(table.count - 1) }

    // MARK: Tests

    private mutating func test(
        _ operator: ConditionOperator, _ values: [WrittenValue]
    ) throws(ConditionError) -> ConditionTest {
        if `operator`.takesList { return listTest(`operator`, values) }
        guard let value = values.first else { return .exists }
        switch `operator` {
        case .less: return .order(.less, try number(value))
        case .lessOrEqual: return .order(.lessOrEqual, try number(value))
        case .greater: return .order(.greater, try number(value))
        case .greaterOrEqual: return .order(.greaterOrEqual, try number(value))
        case .contains: return .contains(search(value.bytes))
        case .icontains: return .contains(search(value.bytes, .ignored))
        case .bcontains: return .contains(search(try hexadecimal(value)))
        case .startswith: return .startsWith(search(value.bytes))
        case .bstartswith: return .startsWith(search(try hexadecimal(value)))
        case .endswith: return .endsWith(search(value.bytes))
        case .glob, .iglob:
            globs.append(Glob(shell: value.bytes, `operator` == .iglob ? .ignored : .exact))
            return .glob(last(globs))
        case .regex: return .expression(try expression(value))
        case .equal, .notEqual, .in, .intersects, .pmatch, .exists:
            literals.append(ConditionLiteral(value.bytes))
            return .equal(last(literals))
        }
    }

    private mutating func listTest(_ operator: ConditionOperator, _ values: [WrittenValue]) -> ConditionTest {
        if `operator` == .pmatch {
            paths.append(PathPrefixes(values.map(\.bytes)))
            return .path(last(paths))
        }
        sets.append(LiteralSet(values.map { ConditionLiteral($0.bytes) }))
        return .member(last(sets), every: `operator` == .in)
    }

    private mutating func search(_ bytes: [UInt8], _ letterCase: LetterCase = .exact) -> Int32 {
        searches.append(SubstringSearch(bytes, letterCase))
        return last(searches)
    }

    private mutating func number(_ value: WrittenValue) throws(ConditionError) -> Int32 {
        guard let number = ExactNumber(literal: value.bytes) else {
            throw ConditionError(at: value.offset, "\(quoted(value.bytes)) is no number", expected: "a number")
        }
        numbers.append(number)
        return last(numbers)
    }

    private func hexadecimal(_ value: WrittenValue) throws(ConditionError) -> [UInt8] {
        let digits = value.bytes.compactMap(\.hexadecimalDigit)
        guard digits.count == value.bytes.count, digits.count.isMultiple(of: 2), !digits.isEmpty else {
            throw ConditionError(
                at: value.offset, "\(quoted(value.bytes)) names no bytes",
                expected: "pairs of hexadecimal digits, cafe00")
        }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private mutating func expression(_ value: WrittenValue) throws(ConditionError) -> Int32 {
        guard expressions.count < ConditionLimit.regularExpressions else {
            throw ConditionError(at: value.offset, "more than \(ConditionLimit.regularExpressions) regular expressions")
        }
        do throws(RegularExpression.Malformed) {
            expressions.append(try RegularExpression(value.bytes))
        } catch {
            throw ConditionError(
                at: value.offset, "\(quoted(value.bytes)) is no regular expression: \(error.reason)",
                expected: "RE2's syntax")
        }
        return last(expressions)
    }
}
