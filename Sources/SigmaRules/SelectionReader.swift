// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Matching

/// Turns the search identifiers of a rule into expressions.
struct SelectionReader {
    let source: LogSource
    let expansions: Expansions

    /// A map (all of its fields), or a list of maps or keywords (one of them).
    func read(_ node: RuleNode, _ problems: inout ProblemList) -> Expression? {
        switch node.content {
        case .map(let pairs): return readMap(pairs, at: node.place, &problems)
        case .list(let items):
            guard !items.isEmpty else { break }
            var terms: [Expression?] = []
            for item in items {
                switch item.content {
                case .map(let pairs): terms.append(readMap(pairs, at: item.place, &problems))
                case .scalar: terms.append(readKeywords([item], ValueModifiers(), &problems))
                case .list:
                    problems.error(item.place, "a list inside a list; a selection is a list of maps or of keywords")
                    terms.append(nil)
                }
            }
            return Self.complete(terms).map { Self.merged($0) }
        case .scalar where !node.isNull: return readKeywords([node], ValueModifiers(), &problems)
        case .scalar: break
        }
        problems.error(node.place, "this selection is empty; it is a map of fields, or a list of maps or keywords")
        return nil
    }

    private func readMap(_ pairs: [RuleNode.Pair], at place: RulePlace, _ problems: inout ProblemList) -> Expression? {
        guard !pairs.isEmpty else {
            problems.error(place, "this selection is empty")
            return nil
        }
        var terms: [Expression?] = []
        for pair in pairs { terms.append(readField(pair, &problems)) }
        return Self.complete(terms).map { $0.count == 1 ? $0[0] : .all($0) }
    }

    private func readField(_ pair: RuleNode.Pair, _ problems: inout ProblemList) -> Expression? {
        let key = FieldKey(pair)
        guard let modifiers = ValueModifiers.read(key.modifiers, &problems) else { return nil }
        let values: [RuleNode]
        switch pair.value.content {
        case .scalar: values = [pair.value]
        case .list(let items): values = items
        case .map:
            problems.error(pair.value.place, "\(quoted(key.name)) has a map; its value is a text, a number or a list")
            return nil
        }
        guard !values.isEmpty else {
            problems.error(pair.value.place, "the list of \(quoted(key.name)) is empty")
            return nil
        }
        if key.name.isEmpty || key.name == "keywords" && !key.modifiers.isEmpty {
            return readKeywords(values, modifiers, &problems)
        }
        if modifiers.linksAll, values.count == 1, !key.name.isEmpty {
            problems.warning(pair.place, "`all` means nothing with a single value")
        }
        guard let subjects = subjects(key.name, at: pair.place, &problems) else { return nil }
        return link(values, subjects, modifiers, &problems)
    }

    private func readKeywords(
        _ values: [RuleNode], _ modifiers: ValueModifiers, _ problems: inout ProblemList
    ) -> Expression? {
        var modifiers = modifiers
        guard modifiers.kind == .text || modifiers.kind == .regex else {
            problems.error(values[0].place, "keywords are texts; this modifier needs a field")
            return nil
        }
        if modifiers.kind == .text, modifiers.anchor == nil { modifiers.anchor = .anywhere }
        return link(values, [.keywords], modifiers, &problems)
    }

    func subjects(_ name: String, at place: RulePlace, _ problems: inout ProblemList) -> [Subject]? {
        if let subjects = FieldMap.subjects(name, in: source) {
            FieldRemark.on(subjects, at: place, &problems)
            return subjects
        }
        problems.error(
            place, "\(quoted(name)) has no field of Falco's that stands for it",
            suggestion: Spelling.closest(to: name, among: FieldMap.known(in: source)))
        return nil
    }

    /// One of the values, or with `all` every one.
    private func link(
        _ values: [RuleNode], _ subjects: [Subject], _ modifiers: ValueModifiers, _ problems: inout ProblemList
    ) -> Expression? {
        var terms: [Expression?] = []
        var count = 0
        for value in values {
            let reader = ValueReader(modifiers: modifiers, subjects: subjects, selection: self)
            let alternatives = reader.read(value, &problems)
            count += alternatives?.count ?? 0
            terms.append(alternatives.map { $0.count == 1 ? $0[0] : Self.merged($0) })
        }
        guard count <= RuleLimit.values else {
            problems.error(values[0].place, "\(count) values; at most \(RuleLimit.values) are allowed")
            return nil
        }
        guard let complete = Self.complete(terms) else { return nil }
        let linked = complete.count == 1 ? complete[0] : modifiers.linksAll ? .all(complete) : Self.merged(complete)
        return modifiers.isNegated ? .not(linked) : linked
    }

    private static func complete(_ terms: [Expression?]) -> [Expression]? {
        let found = terms.compactMap { $0 }
        return found.count == terms.count ? found : nil
    }

    /// One of `terms`; texts looked for in the same value become one test.
    static func merged(_ terms: [Expression]) -> Expression {
        var result: [Expression] = []
        var places: [Subject: Int] = [:]
        for term in terms {
            guard case .test(let subject, .literals(let literals)) = term else {
                result.append(term)
                continue
            }
            if let place = places[subject], case .test(_, .literals(let before)) = result[place] {
                result[place] = .test(subject, .literals(before + literals))
            } else {
                places[subject] = result.count
                result.append(term)
            }
        }
        return result.count == 1 ? result[0] : .any(result)
    }
}
