// SPDX-License-Identifier: Apache-2.0

/// A comparison of a condition that cannot be.
struct RuleCheckMistake: Hashable {
    /// Told of one condition.
    static let limit = 20

    let message: String
    let place: ExpressionPlace
    let suggestion: String?

    /// In the order of the condition.
    static func all(in expression: RuleExpression, source: String, sources: RuleSources) -> [RuleCheckMistake] {
        var all: [RuleCheckMistake] = []
        expression.forEachCheck { check in
            guard all.count < limit else { return }
            let unknown = check.fields.filter { !sources.hasField($0.name, in: source) }
            for field in unknown {
                all.append(
                    RuleCheckMistake(
                        message: "filter_check called with nonexistent field \(field.key)", place: field.place,
                        suggestion: sources.meant(by: field.name)))
            }
            guard unknown.isEmpty, source == "syscall", check.field.name == "evt.type",
                check.field.transformers.isEmpty,
                ["=", "==", "!=", "in", "intersects"].contains(check.operator),
                let type = check.values.first(where: { !EventTypes.all.contains($0) })
            else { return }
            all.append(
                RuleCheckMistake(
                    message: "unknown event type \(type)", place: check.place,
                    suggestion: Nearest.to(type, among: EventTypes.all.sorted())))
        }
        return all
    }
}
