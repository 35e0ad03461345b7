// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// The fields of an inhibition whose values must be the same on both sides.
///
/// Values are compared by their text, so that an incident's key and an alert's field agree whatever transport they came by;
/// doubles by their bits. `container.id: host` stands for `host@<hostname>`, as in the keys of incidents.
struct EqualKey: Sendable {
    private enum Part {
        case hostname, rule, source, priority
        case container(FieldName)
        case field(FieldName)
    }

    let names: [String]
    private let parts: [Part]

    init(_ names: [String]) {
        self.names = names
        parts = names.map {
            switch $0 {
            case "hostname": .hostname
            case "rule": .rule
            case "source": .source
            case "priority": .priority
            case "container.id": .container(FieldName($0))
            default: .field(FieldName($0))
            }
        }
    }

    /// Adds an alert's values; false: one of them is null.
    func combine(_ facts: borrowing AlertFacts, into hasher: inout KeyedHasher) -> Bool {
        for index in parts.indices {
            guard combine(part: index, of: facts, into: &hasher) else { return false }
        }
        return true
    }

    /// Adds the values of a record; false: one of them is null or is no field of it.
    func combine(_ record: EngineRecord, into hasher: inout KeyedHasher) -> Bool {
        names.allSatisfy { Self.combine(name: $0, of: record, into: &hasher) }
    }

    /// The same, with what the record does not have taken from the alert that brought it about.
    func combine(_ record: EngineRecord, causedBy facts: borrowing AlertFacts, into hasher: inout KeyedHasher) -> Bool {
        for index in parts.indices {
            if Self.combine(name: names[index], of: record, into: &hasher) { continue }
            guard combine(part: index, of: facts, into: &hasher) else { return false }
        }
        return true
    }

    private func combine(part index: Int, of facts: borrowing AlertFacts, into hasher: inout KeyedHasher) -> Bool {
        switch parts[index] {
        case .hostname: return hasher.combine(valueText: facts.alert.hostname)
        case .rule: return hasher.combine(valueText: facts.alert.rule)
        case .source: return hasher.combine(valueText: facts.alert.source)
        case .priority:
            hasher.combine(byte: 2)
            hasher.combine(byte: facts.alert.priority.rawValue)
            return true
        case .container(let name):
            guard let value = facts.value(name) else { return false }
            guard value.text.equals("host") else { return hasher.combine(valueText: value.text) }
            hasher.combine(byte: 1)
            let prefix = TalkerName.hostPrefix
            hasher.combine(prefix.span, followedBy: facts.alert.hostname)
            return true
        case .field(let name):
            guard let value = facts.value(name) else { return false }
            switch value.kind {
            case .double: hasher.combine(bits: value.bits)
            case .bool: return hasher.combine(value: value.bits != 0)
            default: return hasher.combine(valueText: value.text)
            }
            return true
        }
    }

    private static func combine(name: String, of record: EngineRecord, into hasher: inout KeyedHasher) -> Bool {
        let fields: [KeyField] =
            switch record {
            case .incident(let incident): incident.group
            case .summary(let summary): summary.fields
            case .storm(let storm): storm.scope == .rule ? [KeyField(name: "rule", value: .text(storm.key))] : []
            }
        guard let value = fields.first(where: { $0.name == name })?.value else { return false }
        switch value {
        case .null: return false
        case .text(let text): return hasher.combine(value: text)
        case .integer(let number): return hasher.combine(value: String(number))
        case .unsigned(let number): return hasher.combine(value: String(number))
        case .bool(let flag): return hasher.combine(value: flag)
        case .double(let number):
            hasher.combine(bits: number.bitPattern)
            return true
        }
    }
}

extension KeyedHasher {
    /// A text with its length in front; false: it is empty, which is null.
    fileprivate mutating func combine(valueText text: Span<UInt8>) -> Bool {
        guard !text.isEmpty else { return false }
        combine(byte: 1)
        combine(text)
        return true
    }

    fileprivate mutating func combine(value text: String) -> Bool {
        let bytes = Array(text.utf8)
        return combine(valueText: bytes.span)
    }

    fileprivate mutating func combine(value flag: Bool) -> Bool {
        combine(byte: 4)
        combine(byte: flag ? 1 : 0)
        return true
    }

    fileprivate mutating func combine(bits: UInt64) {
        combine(byte: 3)
        combine(bits)
    }
}
