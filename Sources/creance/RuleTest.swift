// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

/// What rules made of recorded alerts, gathered entry by entry as the engine decides them.
struct RuleTest {
    /// A detection that an alert matched.
    struct Match {
        let time: EventTime
        let detection: Int
        let selections: [String]
        let alertRule: String
        let hostname: String
    }

    /// An incident as its newest record has it.
    struct Incident {
        let rule: Int
        var record: IncidentRecord
    }

    let outcome: RuleOutcome
    let expectations: [RuleExpectation]
    private let shownLimit: Int
    private var notes: MatchSet
    private var rulesByID: [String: Int] = [:]
    /// Places in `incidents` of those that are open.
    private var open: [String: Int] = [:]
    private(set) var alertCount = 0
    var unreadableCount = 0
    /// Alerts that had come before, in another file: they are not looked at again.
    private(set) var duplicateCount = 0
    private(set) var matchedAlertCount = 0
    /// Alerts, by detection.
    private(set) var counts: [Int]
    private(set) var matches: [Match] = []
    /// Incidents opened, by correlation.
    private(set) var incidentCounts: [Int]
    private(set) var incidents: [Incident] = []

    init(outcome: RuleOutcome, expectations: [RuleExpectation], shownLimit: Int) {
        self.outcome = outcome
        self.expectations = expectations
        self.shownLimit = shownLimit
        notes = outcome.rules?.makeMatchSet() ?? MatchSet(count: 0)
        counts = [Int](repeating: 0, count: outcome.rules?.detections.count ?? 0)
        incidentCounts = [Int](repeating: 0, count: outcome.rules?.correlations.count ?? 0)
        for rule in outcome.rules?.correlations ?? [] where rulesByID[rule.id] == nil {
            rulesByID[rule.id] = rule.index
        }
    }

    /// One entry and what the engine decided on it, in order.
    mutating func take(_ entry: JournalEntry, _ decision: EntryDecision) {
        if case .alerts(let batch) = entry.content, let set = outcome.rules { take(batch, decision, set) }
        for placed in decision.notes.records {
            if case .incident(let record) = placed.record { take(record) }
        }
    }

    private mutating func take(_ batch: AlertBatch, _ decision: EntryDecision, _ set: SigmaRuleSet) {
        for index in 0 ..< batch.count {
            alertCount += 1
            if !decision.fates.isEmpty, decision.fates[index] == Fate.transportDuplicate.rawValue {
                duplicateCount += 1
                continue
            }
            // What rules see: the alert, and what enrichment added.
            let facts = AlertFacts(batch.alert(at: index), decision.notes.added, at: index)
            set.match(facts, into: &notes)
            if notes.isEmpty { continue }
            matchedAlertCount += 1
            let hits = set.detections.indices.filter { notes.contains($0) }
            for detection in hits {
                counts[detection] += 1
                guard matches.count < shownLimit else { continue }
                matches.append(
                    Match(
                        time: facts.alert.eventTime, detection: detection,
                        selections: set.explain(facts, detection: detection, using: &notes),
                        alertRule: String(decoding: [UInt8](_span: facts.alert.rule), as: UTF8.self),
                        hostname: String(decoding: [UInt8](_span: facts.alert.hostname), as: UTF8.self)))
            }
        }
    }

    private mutating func take(_ record: IncidentRecord) {
        // `emit: every` makes several of one incident; the alert that fired tells them apart.
        let name = "\(record.incident)\(record.firing.map { " \($0)" } ?? "")"
        if record.state == .open {
            guard let rule = rulesByID[record.ruleID] else { return }
            incidentCounts[rule] += 1
            guard incidents.count < shownLimit else { return }
            open[name] = incidents.count
            incidents.append(Incident(rule: rule, record: record))
        } else if let place = open[name] {
            incidents[place].record = record
            if record.state == .close { open[name] = nil }
        }
    }

    // MARK: Expectations

    /// What an expectation can be about.
    enum Subject {
        case detection(Int)
        case correlation(Int)
    }

    func subject(of expectation: RuleExpectation) -> Subject? {
        guard let set = outcome.rules else { return nil }
        if let rule = set.detections.first(where: { $0.name == expectation.rule || $0.id == expectation.rule }) {
            return .detection(rule.index)
        }
        return set.correlations.first { $0.name == expectation.rule || $0.id == expectation.rule }
            .map { .correlation($0.index) }
    }

    var isMet: Bool { expectations.allSatisfy { $0.isMet(by: count(of: $0)) } }

    /// Alerts that a detection matched; incidents that a correlation opened.
    func count(of expectation: RuleExpectation) -> Int {
        switch subject(of: expectation) {
        case .detection(let index)?: counts[index]
        case .correlation(let index)?: incidentCounts[index]
        case nil: 0
        }
    }
}
