// SPDX-License-Identifier: Apache-2.0

/// What the rules of a set are called: by `name`, by `id`, and by title where they have neither.
struct RuleNames {
    private var table: [String: RuleReference] = [:]
    private var places: [String: RulePlace] = [:]
    /// In order, for suggestions.
    private(set) var all: [String] = []

    subscript(_ name: String) -> RuleReference? { table[name] }

    mutating func add(_ head: RuleHead, _ reference: RuleReference, _ problems: inout ProblemList) {
        var handles = [head.name, head.id].compactMap { $0 }
        if handles.isEmpty { handles = [head.title] }
        for handle in handles where !handle.isEmpty {
            if let first = places[handle] {
                problems.error(
                    head.place, "another rule is called \(quoted(handle)) too: \(first.file), line \(first.line)")
                continue
            }
            table[handle] = reference
            places[handle] = head.place
            all.append(handle)
        }
    }
}

/// The detections that `falco:NAME` makes, each once.
struct ShortForms {
    static let prefix = "falco:"
    private(set) var detections: [ParsedDetection] = []
    private var indexes: [String: Int] = [:]
    private let first: Int

    /// - Parameter first: the index of the first of them among all detections.
    init(first: Int) { self.first = first }

    /// `falco:*` is every alert.
    mutating func reference(_ text: String, at place: RulePlace) -> RuleReference {
        let rule = String(text.dropFirst(Self.prefix.count))
        if let known = indexes[rule] { return .detection(first + known) }
        let literal = Literal(bytes: Array(rule.utf8), anchor: .whole, letterCase: .exact)
        let head = RuleHead(
            place: place, title: rule, id: text, name: text, level: .medium, tags: [],
            body: RuleNode(.scalar(text, plain: false), at: place).digest)
        let condition: Expression = rule == "*" ? .all([]) : .test(.rule, .literals([literal]))
        indexes[rule] = detections.count
        detections.append(
            ParsedDetection(
                head: head, source: LogSource(), selections: [(text, condition)], condition: .selection(0),
                isShortForm: true))
        return .detection(first + detections.count - 1)
    }
}
