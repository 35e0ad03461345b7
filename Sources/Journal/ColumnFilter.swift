// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// A query's conditions on what a block's columns say: decides without opening the block.
struct ColumnFilter {
    private let from: Int64
    private let through: Int64
    private let leastSevere: UInt8
    private let values: [(column: AlertQuery.Column, values: [[UInt8]])]
    /// Some value is as long as columns can hold: only the alert itself can tell.
    let needsAlert: Bool

    static let containerField = FieldName("container.id")
    static let namespaceField = FieldName("k8s.ns.name")

    init(_ query: AlertQuery) {
        from = query.from?.nanoseconds ?? .min
        through = query.through?.nanoseconds ?? .max
        leastSevere = query.atLeast?.rawValue ?? .max
        values = AlertQuery.Column.allCases.compactMap { column in
            guard let values = query.values[column], !values.isEmpty else { return nil }
            return (column, values.map { Array($0.utf8) })
        }
        needsAlert = values.contains { $0.values.contains { $0.count >= ColumnDictionary.valueLimit } }
    }

    /// The indexes of the block's alerts that match, in ascending order.
    func matches(_ block: BlockColumns) -> [Int] {
        var wanted: [(column: BlockColumns.Dictionary, allowed: [Bool])] = []
        for (column, values) in values {
            let dictionary = block[column]
            let cut = values.map { Array($0.prefix(ColumnDictionary.valueLimit)) }
            let allowed = [false] + dictionary.values.map(cut.contains)
            guard allowed.contains(true) else { return [] }
            wanted.append((dictionary, allowed))
        }
        return (0 ..< block.count).filter { index in
            block.eventTimes[index] >= from && block.eventTimes[index] <= through
                && block.priorities[index] <= leastSevere
                && wanted.allSatisfy { $0.allowed[$0.column.index(at: index)] }
        }
    }

    /// All of it on a decoded alert.
    func admits(_ alert: borrowing AlertView) -> Bool {
        let time = alert.eventTime.nanoseconds
        return time >= from && time <= through && alert.priority.rawValue <= leastSevere && matches(alert)
    }

    /// The values on a decoded alert: some are longer than columns hold.
    func matches(_ alert: borrowing AlertView) -> Bool {
        for (column, values) in values {
            guard let value = Self.value(alert, column), values.contains(value) else { return false }
        }
        return true
    }

    private static func value(_ alert: borrowing AlertView, _ column: AlertQuery.Column) -> [UInt8]? {
        switch column {
        case .rule: [UInt8](_span: alert.rule)
        case .source: [UInt8](_span: alert.source)
        case .hostname: [UInt8](_span: alert.hostname)
        case .container: fieldText(alert, "container.id")
        case .namespace: fieldText(alert, "k8s.ns.name")
        }
    }

    private static func fieldText(_ alert: borrowing AlertView, _ name: StaticString) -> [UInt8]? {
        for index in 0 ..< alert.fieldCount {
            let field = alert.field(at: index)
            if [UInt8](_span: field.key) == Array(name.description.utf8), !field.kind.isNull {
                return [UInt8](_span: field.text)
            }
        }
        return nil
    }
}

extension BlockColumns {
    subscript(column: AlertQuery.Column) -> Dictionary {
        switch column {
        case .rule: rules
        case .source: sources
        case .hostname: hosts
        case .container: containers
        case .namespace: namespaces
        }
    }
}
