// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Matching

extension ConditionCompiler {
    /// The test of a priority or a level as a set of them; nil when a text is looked at, or another field.
    func mask(
        _ check: ConditionCheck, _ vocabulary: ConditionField.Vocabulary?, _ values: [WrittenValue]
    ) throws(ConditionError) -> UInt8? {
        let ranks: [(name: String, rank: UInt8)]
        switch vocabulary {
        case .priority: ranks = Priority.allCases.map { ($0.name.lowercased(), $0.rawValue) } + [("info", 6)]
        case .level: ranks = IncidentLevel.allCases.map { ($0.name, $0.rawValue) }
        default: return nil
        }
        guard check.operator.isOrdering || [.equal, .notEqual, .in, .intersects].contains(check.operator) else {
            return nil
        }
        var mask: UInt8 = 0
        for value in values {
            let text = value.text.lowercased()
            guard let rank = ranks.first(where: { $0.name == text })?.rank else {
                let names = ranks.map(\.name)
                throw ConditionError(
                    at: value.offset,
                    "\(quoted(value.bytes)) is no \(check.field.key == "priority" ? "priority" : "level")",
                    expected: "one of " + names.joined(separator: ", "), suggestion: Nearest.to(text, among: names))
            }
            for other in ranks where holds(check.operator, other.rank, rank) { mask |= 1 << other.rank }
        }
        return mask
    }

    /// Ranks count down in severity: 0 is the most severe.
    private func holds(_ operator: ConditionOperator, _ left: UInt8, _ right: UInt8) -> Bool {
        switch `operator` {
        case .less: left > right
        case .lessOrEqual: left >= right
        case .greater: left < right
        case .greaterOrEqual: left <= right
        default: left == right
        }
    }

    /// Throws when an equality with one of the values can never hold.
    func require(
        _ vocabulary: ConditionField.Vocabulary, of check: ConditionCheck, _ values: [WrittenValue]
    ) throws(ConditionError) {
        guard [.equal, .notEqual, .in, .intersects].contains(check.operator) else { return }
        for value in values where !ConditionLiteral(value.bytes).isNull {
            let key = quoted(check.field.key.utf8)
            switch vocabulary {
            case .number where ExactNumber(literal: value.bytes) == nil:
                throw ConditionError(
                    at: value.offset, "\(key) holds a number, never \(quoted(value.bytes))", expected: "a number")
            case .bool where value.text != "true" && value.text != "false":
                throw ConditionError(
                    at: value.offset, "\(key) is true or false, never \(quoted(value.bytes))",
                    expected: "true or false")
            case .words(let words) where !words.contains(value.text):
                throw ConditionError(
                    at: value.offset, "\(key) is never \(quoted(value.bytes))",
                    expected: "one of " + words.joined(separator: ", "),
                    suggestion: Nearest.to(value.text, among: words))
            default: break
            }
        }
    }
}
