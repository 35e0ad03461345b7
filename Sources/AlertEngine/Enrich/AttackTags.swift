// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Turns the tags of alerts into the value of `attack`, and remembers it: rules have few distinct sets of tags.
///
/// The memory holds no decision: with it or without it the bytes are the same. Bounded by `entryLimit` and `byteLimit`;
/// a set of tags that would go beyond makes it start over.
struct AttackTags: Sendable {
    static let entryLimit = 1_024
    static let byteLimit = 1 << 20
    /// Techniques named for one alert; more are left out.
    static let techniqueLimit = 64

    private struct Entry {
        let hash: UInt64
        let key: Range<Int>
        let value: Range<Int>
    }

    private let names = AttackNames()
    private let seed: TextHash.Seed
    private var entries: [Entry] = []
    /// Open addressing: one more than an index into `entries`, 0 for a free slot.
    private var slots = [UInt16](repeating: 0, count: 4 * AttackTags.entryLimit)
    private var bytes: [UInt8] = []
    private var techniques: [UInt32] = []

    init(_ key: HashKey) { seed = TextHash.Seed(key) }

    /// By kind of alert, one more than an index into `entries`; 0 for a kind that was not met since the memory began.
    private var entryOfKind: [UInt16] = []

    /// The numbers of kinds mean others from here on.
    mutating func forgetKinds() { entryOfKind.removeAll(keepingCapacity: true) }

    /// Adds `attack` to the alert that is open in `added`; false when its tags say nothing about ATT&CK. All alerts of one
    /// kind have the same tags.
    mutating func add(_ alert: AlertView, kind: Int, _ name: FieldName, to added: inout AddedFields) -> Bool {
        guard alert.tagCount > 0 else { return false }
        if kind >= 0, kind < entryOfKind.count, entryOfKind[kind] != 0 {
            return add(Int(entryOfKind[kind]) - 1, name, to: &added)
        }
        guard let entry = entry(of: alert) else { return false }
        if kind >= 0 {
            while entryOfKind.count <= kind { entryOfKind.append(0) }
            entryOfKind[kind] = UInt16(entry + 1)
        }
        return add(entry, name, to: &added)
    }

    private func add(_ entry: Int, _ name: FieldName, to added: inout AddedFields) -> Bool {
        let value = entries[entry].value
        guard !value.isEmpty else { return false }
        added.add(name, bytes.span.extracting(value), kind: .json)
        return true
    }

    /// nil: the tags are too long to be remembered.
    private mutating func entry(of alert: AlertView) -> Int? {
        var hasher = TextHash(seed)
        var length = 0
        for index in 0 ..< alert.tagCount {
            let tag = alert.tag(at: index)
            hasher.combine(tag)
            length += tag.count + 2
        }
        guard length <= Self.byteLimit / 16 else { return nil }
        return find(alert, hasher.value) ?? learn(alert, hasher.value)
    }

    private func find(_ alert: AlertView, _ hash: UInt64) -> Int? {
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let entry = Int(slots[slot]) - 1
            if entries[entry].hash == hash, isKey(entries[entry].key, of: alert) { return entry }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Keys are the tags, each with its length in two bytes in front.
    private func isKey(_ key: Range<Int>, of alert: AlertView) -> Bool {
        let known = bytes.span.extracting(key)
        var place = 0
        for index in 0 ..< alert.tagCount {
            let tag = alert.tag(at: index)
            guard known.count - place >= tag.count + 2, known[place] == UInt8(truncatingIfNeeded: tag.count),
                known[place + 1] == UInt8(truncatingIfNeeded: tag.count >> 8),
                known.extracting(place + 2 ..< place + 2 + tag.count).equals(tag)
            else { return false }
            place += tag.count + 2
        }
        return place == known.count
    }

    private mutating func learn(_ alert: AlertView, _ hash: UInt64) -> Int {
        if entries.count >= Self.entryLimit || bytes.count > Self.byteLimit {
            entries.removeAll(keepingCapacity: true)
            bytes.removeAll(keepingCapacity: true)
            for slot in slots.indices { slots[slot] = 0 }
            forgetKinds()
        }
        let start = bytes.count
        for index in 0 ..< alert.tagCount {
            let tag = alert.tag(at: index)
            bytes.append(UInt8(truncatingIfNeeded: tag.count))
            bytes.append(UInt8(truncatingIfNeeded: tag.count >> 8))
            for place in tag.indices { bytes.append(tag[place]) }
        }
        let middle = bytes.count
        compose(alert)
        entries.append(Entry(hash: hash, key: start ..< middle, value: middle ..< bytes.count))
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt16(entries.count)
        return entries.count - 1
    }

    /// `[{"tactic":"execution"},{"technique":"T1059","name":"…"}]`: tactics in the order of the matrix, then techniques
    /// by number, each once. Nothing at all when there is neither.
    private mutating func compose(_ alert: AlertView) {
        var tactics: UInt32 = 0
        techniques.removeAll(keepingCapacity: true)
        for index in 0 ..< alert.tagCount {
            switch AttackTag(alert.tag(at: index)) {
            case .tactic(let tactic): tactics |= 1 << UInt32(tactic)
            case .technique(let number):
                let place = techniques.firstIndex { $0 >= number } ?? techniques.count
                if place < techniques.count, techniques[place] == number { continue }
                if techniques.count < Self.techniqueLimit { techniques.insert(number, at: place) }
            case nil: continue
            }
        }
        guard tactics != 0 || !techniques.isEmpty else { return }
        var separator = UInt8(ascii: "[")
        for index in AttackTable.tactics.indices where tactics & 1 << UInt32(index) != 0 {
            bytes.append(separator)
            separator = UInt8(ascii: ",")
            put("{\"tactic\":\"")
            put(AttackTable.tactics[index].name)
            put("\"}")
        }
        for number in techniques {
            bytes.append(separator)
            separator = UInt8(ascii: ",")
            put("{\"technique\":\"T")
            put(number / 1_000, digits: 4)
            if number % 1_000 != 0 {
                bytes.append(UInt8(ascii: "."))
                put(number % 1_000, digits: 3)
            }
            if let known = names.index(of: number) {
                put("\",\"name\":\"")
                bytes += names.name(at: known)
            }
            put("\"}")
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func put(_ text: String) { bytes += text.utf8 }

    private mutating func put(_ number: UInt32, digits: Int) {
        var divisor: UInt32 = digits == 4 ? 1_000 : 100
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
    }
}
