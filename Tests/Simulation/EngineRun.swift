// SPDX-License-Identifier: Apache-2.0
public import AlertEngine
public import AlertModel
public import SigmaRules

/// An engine with everything it has said, for attacks made by hand.
public struct EngineRun {
    public private(set) var engine: AlertEngine
    public private(set) var records: [EngineRecord] = []
    /// How many alerts had these marks.
    public private(set) var late = 0
    public private(set) var skewed = 0
    private var place: Int64 = 1

    public init(_ settings: EngineSettings) { engine = AlertEngine(settings) }

    /// Rules from YAML text; the first problem when they are refused.
    public static func rules(_ text: String) throws(RuleProblem) -> SigmaRuleSet {
        let outcome = SigmaRuleSet.read([RuleFile(name: "attack.yml", bytes: Array(text.utf8))])
        if let rules = outcome.rules { return rules }
        throw outcome.problems.first
            ?? RuleProblem(severity: .error, file: "attack.yml", line: 1, column: 1, message: "refused")
    }

    /// A detection for each of these Falco rules, named by its lower-case name.
    public static func detections(_ names: [String]) -> String {
        names.map {
            "title: \($0)\nname: \($0.lowercased())\nlogsource: {product: falco}\n"
                + "detection: {sel: {rule: \($0)}, condition: sel}\n---\n"
        }.joined()
    }

    public mutating func feed(_ alerts: [WorldAlert]) {
        take(
            engine.process(
                JournalEntry(place: place, epoch: 1, source: "node", content: .alerts(.of(alerts)))))
        place += Int64(alerts.count)
    }

    public mutating func tick(at time: Int64) {
        let content = JournalEntry.Content.tick(EventTime(nanoseconds: time))
        take(engine.process(JournalEntry(place: place, epoch: 1, source: "", content: content)))
        place += 1
    }

    /// Another configuration comes into force; returns the titles of rules that it drops.
    @discardableResult
    public mutating func configure(_ settings: EngineSettings, _ generation: String) -> [String] {
        let dropped = adopt(settings, generation)
        decideConfiguration(generation)
        return dropped
    }

    /// What comes before the entry is decided.
    @discardableResult
    public mutating func adopt(_ settings: EngineSettings, _ generation: String) -> [String] {
        engine.adopt(settings, generation: generation)
    }

    public mutating func decideConfiguration(_ generation: String) {
        take(engine.process(JournalEntry(place: place, epoch: 1, source: "", content: .configuration(generation))))
        place += 1
    }

    /// Goes on from a checkpoint; false when it cannot be read.
    public mutating func restart(_ settings: EngineSettings) -> Bool {
        guard let restored = AlertEngine(settings, checkpoint: engine.checkpoint()) else { return false }
        engine = restored
        return true
    }

    public mutating func end() { take(engine.end(at: place)) }

    private mutating func take(_ decision: EntryDecision) {
        records += decision.notes.records.map(\.record)
        for mark in decision.notes.marks {
            if mark.flags.contains(.late) { late += 1 }
            if mark.flags.contains(.skewed) { skewed += 1 }
        }
    }

    public var incidents: [IncidentRecord] {
        records.compactMap { if case .incident(let incident) = $0 { incident } else { nil } }
    }

    public var summaries: [GroupSummary] {
        records.compactMap { if case .summary(let summary) = $0 { summary } else { nil } }
    }
}
