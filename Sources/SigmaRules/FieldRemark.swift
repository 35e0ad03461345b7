// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// What is odd about a field's name in a rule. A field that no alert has is a null everywhere: the rule never matches, or a
/// `not` of it always does. It stays a warning, because plugins, tables and Falco's `append_output` make names of their own.
enum FieldRemark {
    /// First parts of the names that are Falco's own; `plugin.field` of a plugin may be anything.
    private static let families = [
        "container", "evt", "fd", "fdlist", "fs", "group", "k8s", "ka", "proc", "syscall", "thread", "user",
    ]
    /// What an alert has beside its output fields.
    private static let words = [
        "rule", "priority", "source", "hostname", "output", "tags", "time", "manipulation_suspected",
    ]

    /// nil for a name that is known, and for one that only its maker can know.
    static func on(_ field: FieldName) -> (message: String, suggestion: String?)? {
        let name = field.name
        guard !field.isFalcos else { return nil }
        guard name.contains(".") else {
            let sigma = FieldMap.fields(ofSigma: name)?.first
            return (
                "alerts have no field \(quoted(name)): Falco's names have a dot"
                    + (sigma == nil ? "" : ", and Sigma's are for rules with a category"),
                sigma ?? Spelling.closest(to: name, among: words)
            )
        }
        if let meant = FieldName.meant(by: name) { return ("\(quoted(name)) is no field of Falco's", meant) }
        guard families.contains(String(name.prefix { $0 != "." })) else { return nil }
        return ("\(quoted(name)) is not in the list of Falco's fields", nil)
    }

    static func on(_ subjects: [Subject], at place: RulePlace, _ problems: inout ProblemList) {
        for subject in subjects {
            if case .field(let field) = subject { note(field, at: place, &problems) }
        }
    }

    /// Each once.
    static func on(_ facts: [FactName], at place: RulePlace, _ problems: inout ProblemList) {
        for (index, fact) in facts.enumerated() where !facts[..<index].contains(fact) {
            if case .field(let field) = fact { note(field, at: place, &problems) }
        }
    }

    private static func note(_ field: FieldName, at place: RulePlace, _ problems: inout ProblemList) {
        guard let remark = on(field) else { return }
        problems.warning(place, remark.message, suggestion: remark.suggestion)
    }
}
