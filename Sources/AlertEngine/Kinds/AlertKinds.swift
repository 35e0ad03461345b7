// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// Gives alerts of the same rule, source, priority and tags one number, their *kind*: what follows from these alone is
/// worked out once for each kind, not for each alert.
///
/// Rules of Falco are few, and so are kinds; names and tags come from outside, so their number is bounded: beyond `limit`
/// an alert has none, until `patience` alerts later the table starts over. Only a memory: no decision depends on
/// whether an alert's kind is known. Told apart by keyed 128-bit hash, like everything an outsider could choose.
struct AlertKinds: Sendable {
    static let limit = 1_024
    /// Alerts between two beginnings, so that made-up kinds cannot make every alert pay for learning one.
    static let patience = 64 * limit
    /// The number of an alert that has no kind.
    static let none = -1

    private struct Kind: Sendable {
        let hash: Fingerprint
        let tactics: Tactics
        /// Deduplication reads all its fields.
        let isOfPlugin: Bool
    }

    private let key: HashKey
    private var kinds: [Kind] = []
    /// Open addressing: one more than an index into `kinds`, 0 for a free slot.
    private var slots = [UInt16](repeating: 0, count: 4 * AlertKinds.limit)
    private var alertsSinceStart = 0
    /// How often the table began.
    private(set) var generation: UInt64 = 0
    /// Of the batch that was looked at last.
    private var numbers: [Int16] = []

    init(_ key: HashKey) { self.key = key }

    /// Numbers the alerts of a batch. True when the table has started over: numbers mean other kinds than before.
    mutating func number(_ batch: AlertBatch) -> Bool {
        let startsOver = kinds.count >= Self.limit && alertsSinceStart >= Self.patience
        if startsOver {
            kinds.removeAll(keepingCapacity: true)
            for slot in slots.indices { slots[slot] = 0 }
            alertsSinceStart = 0
            generation += 1
        }
        alertsSinceStart += batch.count
        numbers.removeAll(keepingCapacity: true)
        for index in 0 ..< batch.count { numbers.append(number(batch.alert(at: index))) }
        return startsOver
    }

    /// The kind of an alert of that batch, below `limit`; or `none`.
    func number(at index: Int) -> Int { Int(numbers[index]) }

    /// The tactics that the kind's tags name.
    func tactics(of number: Int) -> Tactics { kinds[number].tactics }

    /// Its alerts come from a plugin that is not the Kubernetes audit log.
    func isOfPlugin(_ number: Int) -> Bool { kinds[number].isOfPlugin }

    private mutating func number(_ alert: AlertView) -> Int16 {
        var hasher = KeyedHasher(key: key)
        hasher.combine(UInt64(alert.priority.rawValue) | UInt64(truncatingIfNeeded: alert.tagCount) << 8)
        hasher.combine(alert.rule)
        hasher.combine(alert.source)
        for index in 0 ..< alert.tagCount { hasher.combine(alert.tag(at: index)) }
        let hash = hasher.finalize()
        var slot = Int(truncatingIfNeeded: hash.low) & (slots.count - 1)
        while slots[slot] != 0 {
            let number = Int(slots[slot]) - 1
            if kinds[number].hash == hash { return Int16(truncatingIfNeeded: number) }
            slot = (slot + 1) & (slots.count - 1)
        }
        guard kinds.count < Self.limit else { return Int16(Self.none) }
        let isSystem = alert.source.isEmpty || alert.source.equals("syscall") || alert.source.equals("k8s_audit")
        kinds.append(Kind(hash: hash, tactics: Tactics(of: alert), isOfPlugin: !isSystem))
        slots[slot] = UInt16(kinds.count)
        return Int16(truncatingIfNeeded: kinds.count - 1)
    }
}
