// SPDX-License-Identifier: Apache-2.0
public import AlertModel
public import FalcoRules
public import Journal

/// Which outputs somebody wants.
public struct LogSelection: Sendable {
    let alert: @Sendable (borrowing AlertFacts) -> Bool
    let record: @Sendable (EngineRecord) -> Bool
    let gap: @Sendable (Gap) -> Bool

    /// Asked on the task that looks.
    public init(
        alert: @escaping @Sendable (borrowing AlertFacts) -> Bool,
        record: @escaping @Sendable (EngineRecord) -> Bool = { _ in false },
        gap: @escaping @Sendable (Gap) -> Bool = { _ in false }
    ) {
        self.alert = alert
        self.record = record
        self.gap = gap
    }

    /// Everything that left, as far as it is that severe or more and meets the condition.
    public init(atLeast priority: Priority? = nil, when condition: Condition? = nil) {
        self.init(
            alert: { facts in
                if let priority, facts.alert.priority < priority { return false }
                return condition?.matches(facts) ?? true
            },
            record: { record in
                if let priority, record.priority < priority { return false }
                return condition?.matches(record) ?? true
            },
            // A gap is never less severe than what is asked for: it says that something may be missing.
            gap: { condition?.matches($0) ?? true })
    }

    /// Alerts and incidents of exactly this priority.
    init(exactly priority: Priority) {
        self.init(
            alert: { $0.alert.priority == priority },
            record: { if case .incident = $0 { $0.priority == priority } else { false } })
    }

    /// Alerts that a query asks for, and incidents that fit it as far as they have what it asks about: their level, their
    /// rule, and what they are grouped by; none where it asks for text.
    ///
    /// - Parameter incidents: what else holds for them, since the query's own condition is about alerts; nil for none.
    public init(_ query: AlertQuery, incidents: (@Sendable (EngineRecord) -> Bool)?) {
        let matcher = AlertMatcher(query)
        self.init(
            alert: { matcher.matches($0, fate: .passed) },
            record: { record in
                guard let incidents, case .incident(let incident) = record else { return false }
                return Self.matches(incident, query) && incidents(record)
            })
    }

    private static func matches(_ incident: IncidentRecord, _ query: AlertQuery) -> Bool {
        if let least = query.atLeast, incident.level.priority < least { return false }
        guard query.text == nil else { return false }
        return query.values.allSatisfy { column, wanted in
            if wanted.isEmpty { return true }
            if column == .rule { return wanted.contains(incident.ruleTitle) || wanted.contains(incident.ruleID) }
            return incident.group.contains { field in
                guard field.name == column.rawValue, case .text(let text) = field.value else { return false }
                return wanted.contains(text)
            }
        }
    }

    public func contains(_ output: EntryOutput, of entry: DecidedEntry) -> Bool {
        switch (output, entry.content) {
        case (.alert(let index), .alerts(let batch)):
            let view = batch.alert(at: index)
            guard entry.notes.added.alertCount > 0 else { return alert(AlertFacts(view)) }
            return alert(AlertFacts(view, entry.notes.added, at: index))
        case (.gap, .gap(let lost)): return gap(lost)
        case (.record(let index), _): return record(entry.notes.records[index].record)
        default: return false
        }
    }
}
