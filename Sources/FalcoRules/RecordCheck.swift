// SPDX-License-Identifier: Apache-2.0

/// Finds what only the engine's own records can satisfy, in a condition that is asked of alerts alone.
extension ConditionTree {
    /// The first check that no alert passes, and why; nil when there is none.
    var recordCheck: ConditionError? {
        switch self {
        case .and(let members), .or(let members): members.lazy.compactMap(\.recordCheck).first
        case .not(let inner): inner.recordCheck
        case .check(let check): check.recordCheck
        }
    }
}

extension ConditionCheck {
    fileprivate var recordCheck: ConditionError? {
        if let refused = Self.refused(field) { return refused }
        switch operand {
        case .none: return nil
        case .field(let other): return Self.refused(other)
        case .values(let values):
            guard field.key == "kind", field.transformers.isEmpty else { return nil }
            let names = values.map(\.text)
            let isForRecords =
                switch `operator` {
                case .equal, .in, .intersects: !names.contains("alert")
                case .notEqual: names.contains("alert")
                default: false
                }
            guard isForRecords else { return nil }
            return ConditionError(
                at: field.offset, "every alert's `kind` is alert, and only alerts are looked at here",
                expected: "a condition over alerts")
        }
    }

    private static func refused(_ field: FieldExpression) -> ConditionError? {
        guard let known = try? ConditionField(field), known.place == .recordOnly else { return nil }
        return ConditionError(
            at: field.offset, "alerts have no \(quoted(field.key.utf8)), and only alerts are looked at here",
            expected: "a condition over alerts")
    }
}
