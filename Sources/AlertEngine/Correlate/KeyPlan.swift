// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

/// How one rule reads the key of a group: which fields, for each of its references.
///
/// Every value is typed and length-prefixed, so no two different tuples read the same. `container.id: host` reads as
/// `host@<hostname>`: every node has a `host`. A class, made once per rule, so that asking it for an alert copies no arrays.
final class KeyPlan: Sendable {
    /// Distinct field lists; references without aliases share one.
    let lists: [[FactName]]
    /// By reference; the last is the `until` rule's.
    private let listOfReference: [Int]
    /// Which references (as bits, 63 the `until` rule) read which list.
    let bitsOfList: [UInt64]
    let names: [String]
    let nameBytes: [[UInt8]]
    let groupsNulls: Bool

    init(_ rule: CorrelationRule) {
        names = rule.groupBy.map(\.name)
        nameBytes = rule.groupBy.map { Array($0.name.utf8) }
        groupsNulls = rule.groupsNulls
        var lists: [[FactName]] = []
        var listOfReference: [Int] = []
        var bits: [UInt64] = []
        for index in 0 ... rule.references.count {
            let isUntil = index == rule.references.count
            let list = rule.groupBy.map { isUntil || index >= $0.fields.count ? $0.untilField : $0.fields[index] }
            let place = lists.firstIndex(of: list) ?? lists.count
            if place == lists.count {
                lists.append(list)
                bits.append(0)
            }
            bits[place] |= isUntil ? Observation.untilBit : 1 << UInt64(min(index, 62))
            listOfReference.append(place)
        }
        self.lists = lists
        self.listOfReference = listOfReference
        bitsOfList = bits
    }

    /// The group of an alert by one of the lists; nil when a null keeps the alert out.
    func hash(_ facts: borrowing AlertFacts, list: Int, _ secret: HashKey) -> Fingerprint? {
        var hasher = KeyedHasher(key: secret)
        for index in lists[list].indices {
            guard hasher.combine(fact: lists[list][index], of: facts) || groupsNulls else { return nil }
        }
        return hasher.finalize()
    }

    /// The same of a fired correlation, whose key stands for an alert's fields.
    func hash(_ fields: [KeyField], list: Int, _ secret: HashKey) -> Fingerprint? {
        var hasher = KeyedHasher(key: secret)
        for name in lists[list] {
            guard hasher.combine(value: Self.value(name, fields)) || groupsNulls else { return nil }
        }
        return hasher.finalize()
    }

    /// The key with its names, for records.
    func fields(_ facts: borrowing AlertFacts, list: Int) -> [KeyField] {
        var fields: [KeyField] = []
        for index in names.indices {
            fields.append(KeyField(name: names[index], value: Self.value(lists[list][index], facts)))
        }
        return fields
    }

    func fields(_ fields: [KeyField], list: Int) -> [KeyField] {
        names.indices.map { KeyField(name: names[$0], value: Self.value(lists[list][$0], fields)) }
    }

    /// A key in the form that ids are made of and that states keep.
    static func canonical(_ fields: [KeyField]) -> [UInt8] {
        var writer = ByteWriter()
        for field in fields { writer.put(field) }
        return writer.bytes
    }

    /// What `canonical` wrote; empty for bytes that are not a key.
    static func fields(canonical bytes: [UInt8]) -> [KeyField] {
        var reader = ByteReader(bytes)
        var fields: [KeyField] = []
        while !reader.isAtEnd {
            guard let field = try? reader.takeKeyField() else { return [] }
            fields.append(field)
        }
        return fields
    }

    static func value(_ name: FactName, _ fields: [KeyField]) -> FieldValue {
        let text =
            switch name {
            case .rule: "rule"
            case .priority: "priority"
            case .source: "source"
            case .hostname: "hostname"
            case .output: "output"
            case .tags: "tags"
            case .field(let field): field.name
            }
        return fields.first { $0.name == text }?.value ?? .null
    }

    static func value(_ name: FactName, _ facts: borrowing AlertFacts) -> FieldValue {
        func text(_ span: Span<UInt8>) -> FieldValue {
            span.isEmpty ? .null : .text(String(decoding: [UInt8](_span: span), as: UTF8.self))
        }
        switch name {
        case .rule: return text(facts.alert.rule)
        case .priority: return .text(facts.alert.priority.name)
        case .source: return text(facts.alert.source)
        case .hostname: return text(facts.alert.hostname)
        case .output: return text(facts.alert.output)
        case .tags:
            var tags: [String] = []
            for index in 0 ..< facts.alert.tagCount {
                tags.append(String(decoding: [UInt8](_span: facts.alert.tag(at: index)), as: UTF8.self))
            }
            return tags.isEmpty ? .null : .text(tags.joined(separator: ","))
        case .field(let field):
            guard let value = facts.value(field) else { return .null }
            if field == KnownField.containerID, value.text.equals("host") {
                return .text("host@" + String(decoding: [UInt8](_span: facts.alert.hostname), as: UTF8.self))
            }
            switch value.kind {
            case .null, .notAvailable, .empty: return .null
            case .string, .json: return text(value.text)
            case .int64: return .integer(Int64(bitPattern: value.bits))
            case .uint64: return .unsigned(value.bits)
            case .double: return .double(Double(bitPattern: value.bits))
            case .bool: return .bool(value.bits != 0)
            }
        }
    }
}

enum KnownField {
    static let containerID = FieldName("container.id")
}

/// The types of a key's parts; the numbers go into hashes only.
private enum KeyPart: UInt8 {
    case null = 0, text, integer, unsigned, double, bool
}

extension KeyedHasher {
    /// Adds a value of an alert, typed and with its length; false for null.
    mutating func combine(fact name: borrowing FactName, of facts: borrowing AlertFacts) -> Bool {
        switch copy name {
        case .rule: return combine(keyText: facts.alert.rule)
        case .priority: return combine(priority: facts.alert.priority)
        case .source: return combine(keyText: facts.alert.source)
        case .hostname: return combine(keyText: facts.alert.hostname)
        case .output: return combine(keyText: facts.alert.output)
        case .tags: return combine(tagsOf: facts.alert)
        case .field(let field):
            guard let value = facts.value(field) else { return combineNull() }
            if field.id == KnownField.containerID.id, field.id != 0, value.text.equals("host") {
                return combine(hostNamed: facts.alert.hostname)
            }
            return combine(value)
        }
    }

    mutating func combine(tagsOf alert: AlertView) -> Bool {
        combine(byte: KeyPart.text.rawValue)
        combine(UInt64(alert.tagCount))
        for index in 0 ..< alert.tagCount { combine(alert.tag(at: index)) }
        return alert.tagCount > 0
    }

    mutating func combine(_ value: borrowing ValueView) -> Bool {
        switch value.kind {
        case .null, .notAvailable, .empty: return combineNull()
        case .string, .json: return combine(keyText: value.text)
        case .int64: return combine(.integer, value.bits)
        case .uint64: return combine(.unsigned, value.bits)
        case .double: return combine(.double, value.bits)
        case .bool: return combine(.bool, value.bits)
        }
    }

    /// The same of a value that stands in a key already.
    mutating func combine(value: FieldValue) -> Bool {
        switch value {
        case .null: return combineNull()
        case .text(let text):
            let bytes = Array(text.utf8)
            return combine(keyText: bytes.span)
        case .integer(let number): return combine(.integer, UInt64(bitPattern: number))
        case .unsigned(let number): return combine(.unsigned, number)
        case .double(let number): return combine(.double, number.bitPattern)
        case .bool(let flag): return combine(.bool, flag ? 1 : 0)
        }
    }

    mutating func combine(priority: Priority) -> Bool {
        // A priority: the key shows its name.
        let name = Array(priority.name.utf8)
        return combine(keyText: name.span)
    }

    mutating func combine(hostNamed hostname: Span<UInt8>) -> Bool {
        combine(byte: KeyPart.text.rawValue)
        let prefix = TalkerName.hostPrefix
        combine(prefix.span, followedBy: hostname)
        return true
    }

    mutating func combineNull() -> Bool {
        combine(byte: KeyPart.null.rawValue)
        return false
    }

    mutating func combine(keyText text: Span<UInt8>) -> Bool {
        guard !text.isEmpty else { return combineNull() }
        combine(byte: KeyPart.text.rawValue)
        combine(text)
        return true
    }

    private mutating func combine(_ part: KeyPart, _ bits: UInt64) -> Bool {
        combine(byte: part.rawValue)
        combine(bits)
        return true
    }
}
