// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Counts opened alerts by anything that they say.
struct AlertCounting {
    let keys: [AggregateQuery.Key]
    private(set) var table: GroupTable
    private(set) var matched = GroupTable.Count()
    private var bytes = GroupBytes()

    init(by keys: [AggregateQuery.Key], limit: Int) {
        self.keys = keys
        table = GroupTable(limit: limit)
    }

    mutating func add(_ facts: borrowing AlertFacts, _ fate: Fate?) throws(QueryProblem) {
        matched.add(facts.alert.eventTime.nanoseconds)
        bytes.clear()
        try add(facts, fate, from: 0)
    }

    /// Appends the values of the keys from one on, and counts; a tag goes through all of them.
    private mutating func add(
        _ facts: borrowing AlertFacts, _ fate: Fate?, from first: Int
    ) throws(QueryProblem) {
        for position in first ..< keys.count {
            switch keys[position] {
            case .column(let column): append(column, facts)
            case .priority: bytes.append(priority: facts.alert.priority.rawValue)
            case .fate: bytes.append(fate: fate)
            case .time(let width):
                bytes.append(time: TimeBuckets(width).start(of: facts.alert.eventTime.nanoseconds))
            case .field(let name):
                if let value = facts.value(name) { bytes.append(text: value.text) } else { bytes.appendNull() }
            case .tag:
                let length = bytes.bytes.count
                for tag in 0 ..< facts.alert.tagCount {
                    bytes.shorten(to: length)
                    bytes.append(text: facts.alert.tag(at: tag))
                    try add(facts, fate, from: position + 1)
                }
                guard facts.alert.tagCount == 0 else { return }
                bytes.appendNull()
            }
        }
        var one = GroupTable.Count()
        one.add(facts.alert.eventTime.nanoseconds)
        try table.add(bytes.bytes, one)
    }

    /// What columns hold, from the alert itself: a value that was added by enrichment is none of theirs.
    private mutating func append(_ column: AlertQuery.Column, _ facts: borrowing AlertFacts) {
        switch column {
        case .rule: bytes.append(text: facts.alert.rule)
        case .source: bytes.append(text: facts.alert.source)
        case .hostname: bytes.append(text: facts.alert.hostname)
        case .container: append(ColumnFilter.containerField, facts)
        case .namespace: append(ColumnFilter.namespaceField, facts)
        }
    }

    private mutating func append(_ name: FieldName, _ facts: borrowing AlertFacts) {
        // The last one of that name, as the columns take it.
        for index in (0 ..< facts.alert.fieldCount).reversed() {
            let field = facts.alert.field(at: index)
            guard field.keyID == name.id else { continue }
            if field.kind.isNull { break }
            return bytes.append(text: field.text)
        }
        bytes.appendNull()
    }
}
