// SPDX-License-Identifier: Apache-2.0

extension ExceptionItem {
    private func fail(_ message: String) -> LoadError { LoadError(.validate, message, context) }

    /// Fills in the comparisons that were left out, and checks them and the fields.
    mutating func check(fieldsOf source: String, _ sources: RuleSources?) throws(LoadError) {
        guard let fields else {
            throw fail("Rule exception item must have fields property with a list of fields")
        }
        switch fields {
        case .list(let names):
            let given = comparisons ?? .list(names.map { _ in .text("=") })
            guard given.isList, given.items.count == names.count else {
                throw fail("Fields and comps lists must have equal length")
            }
            for comparison in given.items where !RuleConditionParser.operators.contains(comparison.text) {
                throw LoadError(
                    .validate, "'\(comparison.text)' is not a supported comparison operator", context,
                    suggestion: Nearest.to(comparison.text, among: RuleConditionParser.operators))
            }
            comparisons = given
            for name in names { try check(field: name.text, of: source, sources) }
        case .text(let name):
            let given = comparisons ?? .text("in")
            guard !given.isList else { throw fail("Fields and comps must both be strings") }
            guard ["in", "pmatch", "intersects"].contains(given.text) else {
                throw fail("When fields is a single value, comps must be one of (in, pmatch, intersects)")
            }
            comparisons = given
            try check(field: name, of: source, sources)
        }
    }

    private func check(
        field: String, of source: String, _ sources: RuleSources?
    ) throws(LoadError) {
        let name = String(field.prefix { $0 != "[" })
        guard let sources, !sources.hasField(name, in: source)
        else { return }
        throw LoadError(
            .validate, "'\(field)' is not a supported filter field", context, suggestion: sources.meant(by: name))
    }

    /// The part of the rule's condition that it is, without the `not`; empty when it has no values.
    func condition() throws(LoadError) -> String {
        guard let fields, let comparisons else { return "" }
        guard case .list(let names) = fields else {
            var members: [String] = []
            for value in values {
                guard !value.isList else { throw fail("Expected values array to contain a list of strings") }
                members.append(Self.quotedItem(value.text))
            }
            if members.isEmpty { return "" }
            return "(\(fields.text) \(comparisons.text) (" + members.joined(separator: ", ") + "))"
        }
        var rows: [String] = []
        for value in values {
            guard value.items.count == names.count else {
                throw fail("Fields and values lists must have equal length")
            }
            var checks: [String] = []
            for (index, name) in names.enumerated() {
                let comparison = comparisons.items[index].text
                let written: String
                switch value.items[index] {
                case .list(let items):
                    written = "(" + items.map { Self.quotedItem($0.text) }.joined(separator: ", ") + ")"
                case .text(let text) where RuleConditionParser.listOperators.contains(comparison):
                    written = text.hasPrefix("(") ? text : "(\(text))"
                case .text(let text): written = Self.quotedItem(text)
                }
                checks.append(" \(name.text) \(comparison) \(written)")
            }
            rows.append("(" + checks.joined(separator: " and ") + ")")
        }
        return rows.isEmpty ? "" : "(" + rows.joined(separator: " or ") + ")"
    }

    /// In quotes when it has a blank and no quotes yet.
    static func quotedItem(_ text: String) -> String {
        guard text.contains(" "), !text.hasPrefix("\""), !text.hasPrefix("'") else { return text }
        return "\"\(text)\""
    }
}
