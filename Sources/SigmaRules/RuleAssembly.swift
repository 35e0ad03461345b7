// SPDX-License-Identifier: Apache-2.0

/// A rule file's bytes, and its name as messages should show it.
public struct RuleFile: Sendable {
    public var name: String
    public var bytes: [UInt8]

    public init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }
}

/// What came of reading rules: a set when there was no error, and everything there is to say about them.
public struct RuleOutcome: Sendable {
    /// Absent when `problems` holds an error.
    public let rules: SigmaRuleSet?
    /// In order of files and places.
    public let problems: [RuleProblem]

    public init(rules: SigmaRuleSet?, problems: [RuleProblem]) {
        self.rules = rules
        self.problems = problems
    }

    public var hasErrors: Bool { problems.contains { $0.severity == .error } }
}

/// Puts the documents of all files together: names, filters, references, chains.
struct RuleAssembly {
    private let expansions: Expansions
    private var detections: [ParsedDetection] = []
    private var filters: [ParsedFilter] = []
    private var drafts: [CorrelationDraft] = []
    private var problems = ProblemList()
    private var documents = 0
    private var bytes = 0

    static func read(_ files: [RuleFile], expansions: [String: [String]]) -> RuleOutcome {
        var assembly = RuleAssembly(expansions: Expansions(values: expansions))
        for file in files { assembly.add(file) }
        let rules = assembly.assemble()
        let order = Dictionary(files.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        let problems = assembly.problems.sorted(fileOrder: order)
        return RuleOutcome(rules: assembly.problems.errorCount == 0 ? rules : nil, problems: problems)
    }

    private init(expansions: Expansions) { self.expansions = expansions }

    // MARK: Documents

    private mutating func add(_ file: RuleFile) {
        let start = RulePlace(file: file.name, line: 1, column: 1)
        bytes += file.bytes.count
        guard bytes <= RuleLimit.totalBytes else {
            problems.error(start, "all rule files together have more than \(RuleLimit.totalBytes) bytes")
            return
        }
        let trees = RuleYAML.read(file.bytes, file: file.name, into: &problems)
        documents += trees.count
        guard documents <= RuleLimit.documents else {
            problems.error(start, "more than \(RuleLimit.documents) rules")
            return
        }
        for tree in trees { add(tree) }
    }

    private mutating func add(_ document: RuleNode) {
        guard let pairs = document.pairs else {
            problems.error(document.place, "a rule is a map of keys, not \(document.description)")
            return
        }
        if let action = document["action"] {
            let known = ["global", "repeat", "reset", "correlation"]
            let what = action.value.text.flatMap { known.contains($0) ? $0 : nil } ?? "…"
            problems.error(
                action.place,
                "`action: \(what)` is Sigma's old form and not read; write each rule whole, and correlations as such")
            return
        }
        let reader = DetectionReader(expansions: expansions)
        let kinds = ["detection", "correlation", "filter"].filter { document[$0] != nil }
        if kinds.count > 1 {
            problems.error(document.place, "a rule has `\(kinds[0])` or `\(kinds[1])`, not both")
        } else if kinds == ["detection"] {
            if let rule = reader.readDetection(document, &problems) { detections.append(rule) }
        } else if kinds == ["correlation"] {
            if let draft = CorrelationReader.read(document, &problems) { drafts.append(draft) }
        } else if kinds == ["filter"] {
            if let filter = reader.readFilter(document, &problems) { filters.append(filter) }
        } else {
            let known = ["detection", "correlation", "filter"]
            let meant = pairs.compactMap { pair in
                Spelling.closest(to: pair.key, among: known).map { (pair.place, $0) }
            }.first
            problems.error(
                meant?.0 ?? document.place, "a rule needs `detection`, `correlation` or `filter`",
                suggestion: meant?.1)
        }
    }

    // MARK: Between documents

    private mutating func assemble() -> SigmaRuleSet {
        var names = RuleNames()
        for (index, rule) in detections.enumerated() { names.add(rule.head, .detection(index), &problems) }
        for (index, draft) in drafts.enumerated() { names.add(draft.head, .correlation(index), &problems) }
        applyFilters(names)
        var resolver = CorrelationResolver(
            names: names, sources: detections.map(\.source), shortForms: ShortForms(first: detections.count))
        // Indexes of correlations are those of `drafts` until `order` renumbers them.
        var resolved: [CorrelationRule?] = []
        for draft in drafts { resolved.append(resolver.resolve(draft, &problems)) }
        detections += resolver.shortForms.detections
        let correlations = order(resolved)
        var standalone = [Bool](repeating: true, count: detections.count)
        for (index, rule) in detections.enumerated() {
            standalone[index] = !rule.isShortForm && !isSilent(.detection(index), in: resolved)
        }
        let rules = SigmaRuleSet(detections, standalone: standalone, correlations: correlations, &problems)
        return rules
    }

    /// Rules of which another says, by `generate: false`, that they only feed it.
    private func isSilent(_ reference: RuleReference, in resolved: [CorrelationRule?]) -> Bool {
        var isReferred = false
        for (rule, draft) in zip(resolved, drafts) where rule?.references.contains(reference) ?? false {
            if draft.generates { return false }
            isReferred = true
        }
        return isReferred
    }

    private mutating func applyFilters(_ names: RuleNames) {
        for filter in filters {
            var targets: [Int] = []
            if let rules = filter.rules {
                for (text, place) in rules {
                    guard case .detection(let index)? = names[text] else {
                        let isRule = names[text] != nil
                        problems.error(
                            place,
                            isRule
                                ? "a filter narrows detection rules; \(quoted(text)) is a correlation"
                                : "there is no rule \(quoted(text))",
                            suggestion: isRule ? nil : Spelling.closest(to: text, among: names.all))
                        continue
                    }
                    if detections[index].source.isCovered(by: filter.source) {
                        targets.append(index)
                    } else {
                        problems.warning(
                            place, "\(quoted(text)) has another log source than this filter, which leaves it alone")
                    }
                }
            } else {
                targets = detections.indices.filter { detections[$0].source.isCovered(by: filter.source) }
            }
            for target in targets { detections[target].filters.append(filter.condition) }
        }
    }

    /// A correlation stands after those it refers to, else in order of files; circles are refused.
    private mutating func order(_ resolved: [CorrelationRule?]) -> [CorrelationRule] {
        var order: [Int] = []
        var isPlaced = [Bool](repeating: false, count: resolved.count)
        func needs(_ index: Int) -> [Int] {
            guard let rule = resolved[index] else { return [] }
            return (rule.references + (rule.until.map { [$0] } ?? [])).compactMap { reference in
                if case .correlation(let other) = reference { other } else { nil }
            }
        }
        var waiting = resolved.indices.filter { resolved[$0] != nil }
        while !waiting.isEmpty {
            let ready = waiting.filter { index in
                needs(index).allSatisfy { isPlaced[$0] || resolved[$0] == nil }
            }
            guard !ready.isEmpty else {
                let circle = Self.circle(from: waiting[0]) { needs($0).filter(waiting.contains) }
                let path = circle.map { quoted(drafts[$0].head.handle) }.joined(separator: " → ")
                problems.error(drafts[circle[0]].section.place, "rules refer to each other in a circle: \(path)")
                return []
            }
            for index in ready { isPlaced[index] = true }
            order += ready
            waiting.removeAll { isPlaced[$0] }
        }
        var place = [Int](repeating: 0, count: resolved.count)
        for (new, old) in order.enumerated() { place[old] = new }
        func moved(_ reference: RuleReference) -> RuleReference {
            if case .correlation(let old) = reference { .correlation(place[old]) } else { reference }
        }
        return order.compactMap { old in
            guard var rule = resolved[old] else { return nil }
            rule.index = place[old]
            rule.references = rule.references.map(moved)
            rule.until = rule.until.map(moved)
            rule.makesIncidents = !isSilent(.correlation(old), in: resolved)
            return rule
        }
    }

    /// The rules along one circle, its first again at the end.
    private static func circle(from start: Int, _ needs: (Int) -> [Int]) -> [Int] {
        var path = [start]
        while true {
            // Whoever waits needs someone who waits: a rule that is in no circle leads to one.
            guard let last = path.last, let next = needs(last).first else { return path }
            if let first = path.firstIndex(of: next) { return Array(path[first...]) + [next] }
            path.append(next)
        }
    }
}

extension LogSource {
    /// Every alert of this log source is one of `other` too.
    func isCovered(by other: LogSource) -> Bool {
        (other.service == nil || other.service == service) && (other.category == nil || other.category == category)
    }
}
