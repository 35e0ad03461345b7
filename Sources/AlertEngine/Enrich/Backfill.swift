// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Fills null `k8s.*` and `container.*` fields of an alert from earlier alerts of the same container on the same host.
///
/// Falco learns a container's metadata a moment after the container starts, so the first alerts of a container often lack
/// what later ones have, and some lack it for good. Whatever an alert says about its container teaches: the last value
/// that is not null counts. Null is absent, JSON null, "" and `<NA>`.
struct Backfill: Sendable {
    /// Longer values are not learnt, in bytes.
    static let valueLimit = 4_096
    /// What is learnt about one container, in bytes.
    static let memoryLimit = 16 << 10

    private(set) var names = BackfillNames()
    private(set) var table: ContainerTable
    private let seed: TextHash.Seed
    private let wanted: WantedFields
    /// By number: the field is read by something.
    private var wantedMask: UInt64 = 0
    /// The container of the alert that was visited last; -1 for none.
    private var current = -1

    init(limitBytes: Int, wanted: WantedFields, key: HashKey) {
        seed = TextHash.Seed(key)
        table = ContainerTable(limitBytes: limitBytes, seed)
        self.wanted = wanted
        wantedMask = Self.mask(names, wanted)
    }

    /// Whether anything reads a field that could be filled.
    var isWanted: Bool {
        switch wanted {
        case .all: true
        case .only(let names):
            names.contains { name in
                let text = name.text
                return BackfillNames.isOfContainer(text.span)
            }
        }
    }

    mutating func visit(_ alert: AlertView, into added: inout AddedFields, _ counters: inout EnrichCounters) {
        current = -1
        // Which numbers the alert has at all, which of them are not null, which of those are short enough, and where.
        var seen: UInt64 = 0
        var present: UInt64 = 0
        var learnable: UInt64 = 0
        var places = InlineArray<64, UInt16>(repeating: 0)
        var idPlace = -1
        for index in 0 ..< alert.fieldCount {
            let field = alert.field(at: index)
            let id = Int(field.keyID)
            let number: Int
            if id != 0 {
                guard id < names.numbers.count else { continue }
                let found = names.numbers[id]
                if found == 0 { continue }
                if found >= BackfillNames.shortID {
                    // The short form is preferred.
                    if !field.kind.isNull, found == BackfillNames.shortID || idPlace < 0 { idPlace = index }
                    continue
                }
                number = Int(found) - 1
            } else {
                guard let other = names.number(ofOther: field) ?? self.number(ofNew: field, &counters) else { continue }
                number = other
            }
            let bit: UInt64 = 1 << UInt64(number)
            guard seen & bit == 0 else { continue }
            seen |= bit
            guard !field.kind.isNull else { continue }
            present |= bit
            places[number] = UInt16(truncatingIfNeeded: index)
            if field.text.count <= Self.valueLimit { learnable |= bit } else { counters.unlearnt += 1 }
        }
        guard idPlace >= 0, let id = alert.field(at: idPlace).text.containerKey, alert.hostname.count <= 1_024 else {
            return
        }
        let hash = table.hash(host: alert.hostname, id: id)
        guard let index = table.find(hash, host: alert.hostname, id: id) else {
            guard learnable != 0 else { return }
            let memory = memory(alert, id: id, learnable, places, old: [], 0, &counters)
            guard let forgotten = table.insert(hash, memory: memory.bytes, valuesOffset: memory.valuesOffset) else {
                counters.unlearnt += 1
                return
            }
            counters.containers += 1
            counters.forgotten += forgotten
            return
        }
        table.touch(index)
        current = index
        let memory = table.entries[index].memory
        let offset = Int(table.entries[index].valuesOffset)
        if fill(alert, from: memory.span, offset, present, learnable, places, into: &added, &counters) {
            let learnt = self.memory(alert, id: id, learnable, places, old: memory, offset, &counters)
            if learnt.bytes != memory {
                counters.forgotten += table.replace(index, memory: learnt.bytes)
                if table.entries[index].memory.isEmpty { current = -1 }
            }
        }
    }

    /// What the memory has for a field of the container that was visited last, as a part of its bytes; for lookup tables.
    func value(of name: FieldName) -> (memory: [UInt8], text: Range<Int>)? {
        guard current >= 0 else { return nil }
        let memory = table.entries[current].memory
        var reader = BackfillValues(offset: Int(table.entries[current].valuesOffset))
        while let value = reader.next(in: memory.span) {
            let found = names.names[value.number]
            if name.id != 0 ? found.id == name.id : found.text == name.text { return (memory, value.text) }
        }
        return nil
    }

    /// Adds what the alert lacks. True when it says something that the memory does not have.
    private func fill(
        _ alert: AlertView, from memory: Span<UInt8>, _ offset: Int, _ present: UInt64, _ learnable: UInt64,
        _ places: borrowing InlineArray<64, UInt16>, into added: inout AddedFields, _ counters: inout EnrichCounters
    ) -> Bool {
        var known: UInt64 = 0
        var isChanged = false
        var reader = BackfillValues(offset: offset)
        while let value = reader.next(in: memory) {
            let bit: UInt64 = 1 << UInt64(value.number)
            known |= bit
            if present & bit != 0 {
                guard learnable & bit != 0 else { continue }
                let field = alert.field(at: Int(places[value.number]))
                if field.kind != value.kind || !field.text.equals(memory.extracting(value.text)) { isChanged = true }
            } else if wantedMask & bit != 0 {
                added.add(
                    names.names[value.number], memory.extracting(value.text), kind: value.kind, bits: value.bits)
                counters.backfilled += 1
            }
        }
        return isChanged || learnable & ~known != 0
    }

    /// A container's memory after this alert: what the alert says, and for the rest what was known.
    private func memory(
        _ alert: AlertView, id: Span<UInt8>, _ learnable: UInt64, _ places: borrowing InlineArray<64, UInt16>,
        old: [UInt8], _ offset: Int, _ counters: inout EnrichCounters
    ) -> (bytes: [UInt8], valuesOffset: Int) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(max(old.count, 256))
        bytes.append(UInt8(truncatingIfNeeded: alert.hostname.count))
        bytes.append(UInt8(truncatingIfNeeded: alert.hostname.count >> 8))
        bytes.append(UInt8(truncatingIfNeeded: id.count))
        for index in alert.hostname.indices { bytes.append(alert.hostname[index]) }
        for index in id.indices { bytes.append(id[index]) }
        let valuesOffset = bytes.count
        var reader = BackfillValues(offset: offset)
        var pending = reader.next(in: old.span)
        for number in names.names.indices {
            let kept = pending?.number == number ? pending : nil
            if kept != nil { pending = reader.next(in: old.span) }
            if learnable & 1 << UInt64(number) != 0 {
                let field = alert.field(at: Int(places[number]))
                if bytes.count + field.text.count < Self.memoryLimit {
                    BackfillValues.append(number, field.kind, field.bits, field.text, to: &bytes)
                    continue
                }
                counters.unlearnt += 1
            }
            if let kept, bytes.count + kept.text.count < Self.memoryLimit {
                BackfillValues.append(number, kept.kind, kept.bits, old.span.extracting(kept.text), to: &bytes)
            }
        }
        return (bytes, valuesOffset)
    }

    private mutating func number(ofNew field: borrowing FieldView, _ counters: inout EnrichCounters) -> Int? {
        guard BackfillNames.isNew(field), !field.kind.isNull else { return nil }
        guard let number = names.learn(field.key) else {
            counters.unlearnt += 1
            return nil
        }
        wantedMask = Self.mask(names, wanted)
        return number
    }

    private static func mask(_ names: BackfillNames, _ wanted: WantedFields) -> UInt64 {
        var mask: UInt64 = 0
        for number in names.names.indices where wanted.contains(names.names[number]) { mask |= 1 << UInt64(number) }
        return mask
    }
}

// Checkpoints: names that are not Falco's own, then the containers, the one not seen for longest first.
extension Backfill {
    func write(to writer: inout ByteWriter) {
        writer.put(Array(names.others)) { $0.put($1.text) }
        writer.put(UInt32(table.count))
        table.forEachFromOldest { writer.put($0.memory) }
    }

    init(
        limitBytes: Int, wanted: WantedFields, key: HashKey, from reader: inout ByteReader
    ) throws(MalformedBytes) {
        self.init(limitBytes: limitBytes, wanted: wanted, key: key)
        for name in try reader.takeList({ reader throws(MalformedBytes) in try reader.takeString() }) {
            guard learnName(name) else { throw MalformedBytes() }
        }
        let count = Int(try reader.take(UInt32.self))
        for _ in 0 ..< count {
            guard take(try reader.takeBytes()) else { throw MalformedBytes() }
        }
    }

    @discardableResult
    private mutating func learnName(_ name: String) -> Bool {
        guard names.learn(name) != nil else { return false }
        wantedMask = Self.mask(names, wanted)
        return true
    }

    /// Puts in a container as a table wrote it; false when the bytes are not one.
    private mutating func take(_ memory: [UInt8]) -> Bool {
        guard memory.count >= 3, memory.count <= 2 * Self.memoryLimit else { return false }
        let idOffset = 3 + (Int(memory[0]) | Int(memory[1]) << 8)
        let valuesOffset = idOffset + Int(memory[2])
        guard valuesOffset <= memory.count,
            BackfillValues.areSound(memory.span, from: valuesOffset, below: names.names.count)
        else { return false }
        let host = memory.span.extracting(3 ..< idOffset)
        let id = memory.span.extracting(idOffset ..< valuesOffset)
        let hash = table.hash(host: host, id: id)
        guard table.find(hash, host: host, id: id) == nil else { return false }
        // A smaller limit than before forgets the oldest, which come first.
        _ = table.insert(hash, memory: memory, valuesOffset: valuesOffset)
        return true
    }
}
