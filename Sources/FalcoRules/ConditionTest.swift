// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Matching

/// What one comparison asks of a value; numbers are indexes into the tables of its program.
enum ConditionTest {
    case exists
    /// A bit per priority or level.
    case mask(UInt8)
    /// `literals`
    case equal(Int32)
    /// `numbers`
    case order(NumberOrder, Int32)
    /// `searches`
    case contains(Int32)
    case startsWith(Int32)
    case endsWith(Int32)
    /// `globs`
    case glob(Int32)
    /// `expressions`
    case expression(Int32)
    /// `sets`; every element of a list has to be a member, or one is enough.
    case member(Int32, every: Bool)
    /// `paths`
    case path(Int32)
    /// `comparisons`
    case field(Int32)
}

enum NumberOrder {
    case less, lessOrEqual, greater, greaterOrEqual

    func holds(_ left: ExactNumber, _ right: ExactNumber) -> Bool {
        switch self {
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        }
    }
}

/// One comparison of a condition, compiled: small and without references.
struct ConditionLeaf {
    let place: ConditionField.Place
    /// Index into `names`.
    let name: Int32
    let test: ConditionTest
    /// `!=`
    let isNegated: Bool
    /// What it is when the field is null: `= ""` and `= "<NA>"` hold then, everything else does not.
    let resultOnNull: Bool
    /// A range of `transformers`.
    let firstTransformer: UInt16
    let transformerCount: UInt8
    /// Where to go on: the index of a leaf, or `ConditionProgram.accept` or `.refuse`.
    var onTrue: Int32 = 0
    var onFalse: Int32 = 0
}

/// The right side `val(field)`.
struct FieldComparison {
    let `operator`: ConditionOperator
    let place: ConditionField.Place
    let name: FieldName
    let transformers: [FieldTransformer]
}

/// A value to compare with.
struct ConditionLiteral: Sendable {
    let text: [UInt8]
    let number: ExactNumber?
    let block: CIDRBlock?

    init(_ text: [UInt8]) {
        self.text = text
        number = ExactNumber(literal: text)
        block = CIDRBlock(text.span)
    }

    /// `""` and `<NA>` are written for null.
    var isNull: Bool { text.isEmpty || text == Array("<NA>".utf8) }

    func equals(_ value: borrowing ValueView) -> Bool {
        if value.text.equals(text.span) { return true }
        switch value.kind {
        case .int64, .uint64, .double:
            guard let number, let other = ExactNumber(value) else { return false }
            return number == other
        case .string: return block?.contains(value.text) ?? false
        case .null, .notAvailable, .empty, .bool, .json: return false
        }
    }
}

extension ExactNumber {
    /// A number as conditions write it: decimal, or `0x1f`.
    init?(literal text: [UInt8]) {
        guard text.count > 2, text[0] == UInt8(ascii: "0"), text[1] | 32 == UInt8(ascii: "x") else {
            self.init(text: text.span)
            return
        }
        guard text.count <= 18, let value = UInt64(String(decoding: text[2...], as: UTF8.self), radix: 16),
            text[2] != UInt8(ascii: "+")
        else { return nil }
        self.init(value)
    }
}
