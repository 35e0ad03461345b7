// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// What every Sigma document says about itself.
struct RuleHead: Sendable {
    let place: RulePlace
    let title: String
    let id: String?
    let name: String?
    let level: IncidentLevel
    let tags: [String]
    /// SHA-256 of the document's content, cut to 128 bits.
    let body: SubjectID

    static func read(_ document: RuleNode, _ problems: inout ProblemList) -> RuleHead {
        func text(_ key: String) -> String? {
            guard let pair = document[key], !pair.value.isNull else { return nil }
            guard case .scalar(let text, _) = pair.value.content else {
                problems.error(pair.value.place, "`\(key)` is a text, not \(pair.value.description)")
                return nil
            }
            guard text.utf8.count <= RuleLimit.valueBytes else {
                problems.error(pair.value.place, "`\(key)` has more than \(RuleLimit.valueBytes) bytes")
                return nil
            }
            return text
        }
        let title = text("title")
        if title?.isEmpty ?? true, document["title"].map({ $0.value.isNull || title != nil }) ?? true {
            problems.error(document.place, "a rule needs a `title`")
        }
        var level = IncidentLevel.medium
        if let name = text("level"), let place = document["level"]?.value.place {
            let names = IncidentLevel.allCases.map(\.name)
            if let known = IncidentLevel(name: name) {
                level = known
            } else {
                problems.error(
                    place, "\(quoted(name)) is no level: \(choices(names))",
                    suggestion: Spelling.closest(to: name, among: names))
            }
        }
        return RuleHead(
            place: document.place, title: title ?? "", id: text("id"), name: text("name"), level: level,
            tags: texts(document["tags"]?.value, "tags", &problems) ?? [], body: document.digest)
    }

    /// A list of texts, or one alone. nil where there is nothing.
    static func texts(_ node: RuleNode?, _ key: String, _ problems: inout ProblemList) -> [String]? {
        places(node, key, &problems)?.map(\.text)
    }

    static func places(
        _ node: RuleNode?, _ key: String, _ problems: inout ProblemList
    ) -> [(text: String, place: RulePlace)]? {
        guard let node, !node.isNull else { return nil }
        let items = if case .list(let items) = node.content { items } else { [node] }
        var result: [(text: String, place: RulePlace)] = []
        for item in items {
            if let text = item.text, !text.isEmpty {
                result.append((text, item.place))
            } else {
                problems.error(item.place, "`\(key)` is a list of texts; this is \(item.description)")
            }
        }
        return result
    }

    /// What other rules may call it by.
    var handle: String { name ?? id ?? title }
}

/// A detection rule, as those who list, explain or test rules see it.
public struct DetectionRule: Sendable {
    /// Where it stands among the detections of its `SigmaRuleSet`: its bit in a `MatchSet`.
    public let index: Int
    /// The rule's `id`; its `name`, else its title, where it has none.
    public let id: String
    /// What other rules call it.
    public let name: String
    public let title: String
    public let level: IncidentLevel
    public let tags: [String]
    /// SHA-256 of the rule's text, cut to 128 bits.
    public let body: SubjectID
    public let file: String
    public let line: Int
    /// Its search identifiers, in order.
    public let selections: [String]
    /// Made for a `falco:NAME` of a correlation.
    public let isShortForm: Bool
    /// It stands for itself: no correlation refers to it, or one that says `generate: true`.
    public internal(set) var isStandalone: Bool
}
