// SPDX-License-Identifier: Apache-2.0
public import AlertModel
public import FalcoRules

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
