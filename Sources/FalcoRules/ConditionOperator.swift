// SPDX-License-Identifier: Apache-2.0

/// What stands between a field and its operand.
enum ConditionOperator: String, CaseIterable, Hashable, Sendable {
    case equal = "="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case contains, icontains, bcontains, startswith, bstartswith, endswith
    case glob, iglob, regex
    case `in`, intersects, pmatch
    case exists

    /// As written; `==` is another way to write `=`.
    init?(_ text: String) {
        guard let known = ConditionOperator(rawValue: text == "==" ? "=" : text) else { return nil }
        self = known
    }

    /// Asks for an order, not for equality.
    var isOrdering: Bool {
        switch self {
        case .less, .lessOrEqual, .greater, .greaterOrEqual: true
        default: false
        }
    }

    var takesList: Bool { self == .in || self == .intersects || self == .pmatch }

    /// May the right side be another field?
    var takesField: Bool {
        switch self {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .contains, .icontains, .startswith,
            .endswith, .in, .intersects:
            true
        case .bcontains, .bstartswith, .glob, .iglob, .regex, .pmatch, .exists: false
        }
    }

    /// The words and signs users write.
    static let names = allCases.map(\.rawValue)
}

/// A function of Falco's over a field's value, `tolower(proc.name)`.
enum FieldTransformer: String, CaseIterable, Hashable, Sendable {
    case tolower, toupper, b64, basename, len
}
