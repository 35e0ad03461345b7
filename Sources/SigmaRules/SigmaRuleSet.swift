// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// A set of Sigma rules, checked and compiled: detections that match one alert, correlations that the engine runs.
///
/// Immutable: any number of threads may match with it at the same time, each with a `MatchSet` of its own.
public struct SigmaRuleSet: Sendable {
    /// In order of files; the short forms `falco:NAME` of correlations stand last.
    public let detections: [DetectionRule]
    /// A rule stands after those it refers to.
    public let correlations: [CorrelationRule]
    private let program: MatchProgram

    /// No rules.
    public init() {
        detections = []
        correlations = []
        program = MatchProgram()
    }

    /// Reads and checks rule files, in their order.
    ///
    /// - Parameter expansions: the values that the modifier `expand` puts in place of `%name%`, by name.
    public static func read(_ files: [RuleFile], expansions: [String: [String]] = [:]) -> RuleOutcome {
        RuleAssembly.read(files, expansions: expansions)
    }

    init(
        _ parsed: [ParsedDetection], standalone: [Bool], correlations: [CorrelationRule],
        _ problems: inout ProblemList
    ) {
        var compiler = MatchCompiler()
        for rule in parsed {
            do throws(MatchCompiler.TooLarge) {
                try compiler.add(rule.whole, selections: rule.selections.map(\.expression))
            } catch {
                problems.error(
                    rule.head.place, "this rule's condition is too large: more than \(RuleLimit.steps) tests")
            }
        }
        program = compiler.finish()
        self.correlations = correlations
        detections = parsed.enumerated().map { index, rule in
            DetectionRule(
                index: index, id: rule.head.id ?? rule.head.handle, name: rule.head.handle, title: rule.head.title,
                level: rule.head.level, tags: rule.head.tags, body: rule.head.body, file: rule.head.place.file,
                line: rule.head.place.line, selections: rule.selections.map(\.name), isShortForm: rule.isShortForm,
                isStandalone: standalone[index])
        }
    }

    /// Room for the matches of this set.
    public func makeMatchSet() -> MatchSet { MatchSet(count: detections.count) }

    /// Sets the bits of the detections that match an alert, and clears the others.
    ///
    /// - Parameter matches: a set made for at least `detections.count` rules. It is best used again and again: the first
    ///   match allocates, those after it do not.
    public func match(_ facts: borrowing AlertFacts, into matches: inout MatchSet) {
        matches.removeAll()
        guard !detections.isEmpty else { return }
        matches.match(facts, program)
    }

    /// What detections read beside rule, source, priority, tags, hostname and output fields: texts and times that no two
    /// alerts share.
    public var readsMoments: Bool {
        program.slots.contains { [.output, .time, .keywords, .manipulation].contains($0.kind) }
    }

    /// Whether a detection reads a field of Falco's list, by its number.
    public func reads(_ id: UInt16) -> Bool { Int(id) >= MatchProgram.idLimit || program.slotOfID[Int(id)] >= 0 }

    /// The same for an alert whose kind has a number: what rule, source, priority and tags decide is in `memory` once it
    /// was worked out. All alerts of one number have the same rule, source, priority and tags.
    public func match(
        _ facts: borrowing AlertFacts, kind: Int, _ memory: inout MatchMemory, into matches: inout MatchSet
    ) {
        guard !detections.isEmpty else { return matches.removeAll() }
        matches.match(facts, kind: kind, &memory, program)
    }

    /// The search identifiers of a detection that match an alert, in order, whether the rule as a whole does or not.
    public func explain(_ facts: borrowing AlertFacts, detection: Int, using matches: inout MatchSet) -> [String] {
        matches.selections(facts, program, program.selectionEntries[detection]).map {
            detections[detection].selections[$0]
        }
    }
}
