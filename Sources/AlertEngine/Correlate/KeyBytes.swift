// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

/// A key's canonical form written from an alert into memory that is used again: what `KeyPlan.canonical` makes of the
/// rendered fields, without rendering them.
struct KeyBytes: Sendable {
    private(set) var bytes: [UInt8] = []

    mutating func removeAll() {
        if !bytes.isEmpty { bytes.removeAll(keepingCapacity: true) }
    }

    mutating func write(_ facts: borrowing AlertFacts, _ plan: borrowing KeyPlan, list: Int) {
        removeAll()
        for index in plan.nameBytes.indices {
            let name = plan.nameBytes[index]
            put(name.span)
            put(plan.lists[list][index], facts)
        }
    }

    private mutating func put(_ name: borrowing FactName, _ facts: borrowing AlertFacts) {
        switch copy name {
        case .rule: put(text: facts.alert.rule)
        case .source: put(text: facts.alert.source)
        case .hostname: put(text: facts.alert.hostname)
        case .output: put(text: facts.alert.output)
        case .priority, .tags:
            var writer = ByteWriter()
            writer.put(KeyField(name: "", value: KeyPlan.value(copy name, facts)))
            // The name's length and nothing stand in front.
            bytes.append(contentsOf: writer.bytes.dropFirst(4))
        case .field(let field):
            guard let value = facts.value(field) else { return bytes.append(0) }
            if field == KnownField.containerID, value.text.equals("host") {
                bytes.append(1)
                put(UInt32(facts.alert.hostname.count + 5))
                bytes.append(contentsOf: [104, 111, 115, 116, 64])
                append(facts.alert.hostname)
                return
            }
            switch value.kind {
            case .null, .notAvailable, .empty: bytes.append(0)
            case .string, .json: put(text: value.text)
            case .int64: put(2, value.bits)
            case .uint64: put(3, value.bits)
            case .double: put(4, value.bits)
            case .bool:
                bytes.append(5)
                bytes.append(value.bits != 0 ? 1 : 0)
            }
        }
    }

    private mutating func put(text: Span<UInt8>) {
        guard !text.isEmpty else { return bytes.append(0) }
        bytes.append(1)
        put(text)
    }

    private mutating func put(_ text: Span<UInt8>) {
        put(UInt32(text.count))
        append(text)
    }

    private mutating func append(_ text: Span<UInt8>) {
        bytes.append(_span: text)
    }

    private mutating func put(_ tag: UInt8, _ number: UInt64) {
        bytes.append(tag)
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    private mutating func put(_ count: UInt32) {
        for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
    }
}
