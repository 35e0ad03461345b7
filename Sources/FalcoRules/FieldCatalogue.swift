// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// The names that Falco's own fields start with: enough to tell a misspelt name from one that a plugin adds.
enum FieldCatalogue {
    /// First parts of the fields that Falco itself, its container plugin and Creance have.
    private static let prefixes = [
        "container", "evt", "fd", "fdlist", "fs", "group", "k8s", "ka", "proc", "syscall", "thread", "user", "falco",
        "scap", "rule", "incident", "storm", "attack", "geo", "threat",
    ]

    /// Why a name cannot be meant; nil for every name that an alert may have.
    ///
    /// A name without a dot is none of Falco's fields. A name with a dot may come from a plugin, or from a newer Falco
    /// than the list here, and is refused only when its first part is a misspelling and the corrected name is known.
    static func problem(_ expression: FieldExpression) -> ConditionError? {
        let parts = expression.name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ isIdentifier($0) }) else {
            return ConditionError(
                at: expression.offset, "\(quoted(expression.name.utf8)) is no field name",
                expected: "words of letters, digits and \"_\" with dots between them")
        }
        guard parts.count > 1 else {
            return ConditionError(
                at: expression.offset, "unknown field \(quoted(expression.name.utf8))",
                expected: "a field of Falco's, which has a dot, or one of "
                    + ConditionField.words.joined(separator: ", "),
                suggestion: Nearest.to(expression.name, among: ConditionField.words))
        }
        let first = String(parts[0])
        guard !prefixes.contains(first), let meant = Nearest.to(first, among: prefixes) else { return nil }
        let corrected = meant + expression.name.dropFirst(first.count)
        guard FieldName(corrected).id != 0 || ConditionField.recordNames.contains(corrected) else { return nil }
        return ConditionError(
            at: expression.offset, "unknown field \(quoted(expression.name.utf8))", suggestion: corrected)
    }

    private static func isIdentifier(_ part: Substring) -> Bool {
        guard let first = part.utf8.first else { return false }
        return (first | 32) &- 97 < 26
    }

    /// Fields whose name is one letter away from one of Falco's and is none itself.
    static func warnings(_ tree: ConditionTree) -> [ConditionError] {
        switch tree {
        case .and(let members), .or(let members): members.flatMap(warnings)
        case .not(let inner): warnings(inner)
        case .check(let check):
            if case .field(let other) = check.operand {
                [warning(check.field), warning(other)].compactMap(\.self)
            } else {
                [warning(check.field)].compactMap(\.self)
            }
        }
    }

    private static func warning(_ expression: FieldExpression) -> ConditionError? {
        let name = expression.name
        guard !ConditionField.recordNames.contains(name), let meant = FieldName.meant(by: name) else { return nil }
        return ConditionError(
            at: expression.offset, "\(quoted(name.utf8)) is no field of Falco's", suggestion: meant)
    }
}
