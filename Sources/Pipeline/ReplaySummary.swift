// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// What a configuration made of recorded alerts: the answer of a back-test.
public struct ReplaySummary: Sendable, Equatable {
    public var alerts = 0
    public var rejects = 0
    /// Records that left: alerts, summaries, incidents, storms, gaps.
    public var outputs = 0
    public var late = 0
    public var arrivalTimed = 0
    public var first: EventTime?
    public var last: EventTime?
    /// Alerts by `Fate.rawValue`.
    public var fates = [Int](repeating: 0, count: Fate.allCases.count)
    /// Records of the engine's own.
    public var summaries = 0
    public var storms = 0
    /// Incidents opened, by the title of their rule.
    public var incidents: [String: Int] = [:]
    /// Alerts by Falco's rule.
    public var rules: [String: RuleCount] = [:]

    public struct RuleCount: Sendable, Equatable {
        public var alerts = 0
        public var passed = 0
    }

    public subscript(fate: Fate) -> Int { fates[Int(fate.rawValue)] }

    /// Something was there, and none of it was an alert: the wrong file, or one of another program. An input without
    /// anything in it is no mistake.
    public var isUnreadable: Bool { alerts == 0 && rejects > 0 }

    public var openedIncidents: Int { incidents.values.reduce(0, +) }

    /// The rules with the most alerts; equal ones in order of their names.
    public func topRules(_ limit: Int) -> [(name: String, count: RuleCount)] {
        rules.sorted { $0.value.alerts != $1.value.alerts ? $0.value.alerts > $1.value.alerts : $0.key < $1.key }
            .prefix(limit).map { ($0.key, $0.value) }
    }

    mutating func count(_ batch: AlertBatch, _ decision: EntryDecision) {
        alerts += batch.count
        guard batch.count > 0 else { return }
        first = min(first ?? batch.alert(at: 0).arrivalTime, batch.alert(at: 0).arrivalTime)
        last = batch.alert(at: batch.count - 1).arrivalTime
        // Alerts come in runs of one rule: its name is looked up once for each run.
        var start = 0
        while start < batch.count {
            let run = batch.alert(at: start).rule
            var tally = RuleCount()
            var index = start
            while index < batch.count, batch.alert(at: index).rule.equals(run) {
                let fate = decision.fates.isEmpty ? Fate.passed.rawValue : decision.fates[index]
                fates[Int(fate)] += 1
                tally.alerts += 1
                if fate == Fate.passed.rawValue { tally.passed += 1 }
                index += 1
            }
            let name = String(decoding: [UInt8](_span: run), as: UTF8.self)
            rules[name, default: RuleCount()].alerts += tally.alerts
            rules[name, default: RuleCount()].passed += tally.passed
            start = index
        }
    }

    mutating func count(_ records: [PlacedRecord]) {
        for placed in records {
            switch placed.record {
            case .summary: summaries += 1
            case .incident(let incident):
                if incident.state == .open { incidents[incident.ruleTitle, default: 0] += 1 }
            case .storm(let storm): if storm.state == .open { storms += 1 }
            }
        }
    }
}
