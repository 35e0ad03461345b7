// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// Finds the alert that came before by the same or another transport (semantics.md, 2): the same hostname, event time,
/// rule, source and output body within 60 s of arrival.
///
/// Pure. A ring of the latest alerts by keyed 128-bit hash; its memory is reserved when it is made and touched as it is
/// used, and that of its index grows with it. An alert without a time of its own is never taken for another: its arrival says nothing about which alert it is.
public struct TransportIdentity: Sendable {
    public struct Counters: Hashable, Sendable {
        public var duplicates = 0
        /// Forgotten for lack of room while their 60 s were not over.
        public var pushedOut = 0
        /// Alerts remembered now.
        public var held = 0

        public init() {}
    }

    struct Entry: Sendable {
        var hash: Fingerprint
        var arrival: Int64
        var reference: UInt64
    }

    /// Alerts that the index has room for at first.
    private static let firstRoom = 4096
    /// How far apart in arrival the same alert may come twice, ns.
    static let window: Int64 = 60_000_000_000
    let hashKey: HashKey
    let limit: Int
    /// A ring: the oldest at `first`, `count` of them.
    var entries: [Entry] = []
    var first = 0
    var count = 0
    var index: HashIndex
    var counts = Counters()
    /// Hashes of the batch under decision, and how many of them were asked for.
    private var prepared: [Fingerprint] = []
    private var asked = 0
    /// Keeps what `prepare` reads from being left out.
    private var touched: UInt32 = 0

    public init(_ settings: IdentitySettings = IdentitySettings(), key: HashKey) {
        hashKey = key
        limit = min(max(1, settings.limit), 1 << 30)
        entries.reserveCapacity(self.limit)
        index = HashIndex(limit: min(self.limit, Self.firstRoom))
    }

    public var counters: Counters {
        var counters = counts
        counters.held = count
        return counters
    }

    /// Hashes a batch whose alerts `original` is then asked for, each once and in order, and reads the places where they
    /// will be looked for: those lie far apart in memory, and here no look-up waits for the one before.
    mutating func prepare(_ batch: AlertBatch) {
        prepared.removeAll(keepingCapacity: true)
        asked = 0
        for index in 0 ..< batch.count {
            let alert = batch.alert(at: index)
            // Those without a time of their own are never asked for.
            let hash = alert.isTimeFromArrival ? Fingerprint(low: 0, high: 0) : hash(of: alert)
            touched ^= self.index[self.index.start(hash.low)]
            prepared.append(hash)
        }
    }

    private mutating func takeHash(of alert: AlertView) -> Fingerprint {
        guard asked < prepared.count else { return hash(of: alert) }
        asked += 1
        return prepared[asked - 1]
    }

    /// The alert that this one is the same as; nil for a new one, which is remembered.
    public mutating func original(of context: borrowing AlertContext) -> AlertReference? {
        let alert = context.facts.alert
        let hash = takeHash(of: alert)
        if alert.isTimeFromArrival { return nil }
        let arrival = context.arrival.nanoseconds
        forget(before: arrival)
        var place = index.start(hash.low)
        while index[place] != 0 {
            let entry = Int(index[place]) - 1
            if entries[entry].hash == hash {
                if abs(GroupTimes.distance(from: entries[entry].arrival, to: arrival)) <= Self.window {
                    counts.duplicates += 1
                    return AlertReference(packed: entries[entry].reference)
                }
                // Too long ago to be the same: the newer one is the one to remember.
                entries[entry].arrival = arrival
                entries[entry].reference = context.reference.packed
                return nil
            }
            place = index.next(place)
        }
        remember(Entry(hash: hash, arrival: arrival, reference: context.reference.packed))
        return nil
    }

    private func hash(of alert: AlertView) -> Fingerprint {
        var hasher = KeyedHasher(key: hashKey)
        hasher.combine(UInt64(bitPattern: alert.eventTime.nanoseconds))
        hasher.combine(alert.hostname)
        hasher.combine(alert.rule)
        hasher.combine(alert.source)
        hasher.combine(alert.outputBody)
        return hasher.finalize()
    }

    mutating func remember(_ entry: Entry) {
        if count == limit {
            counts.pushedOut += 1
            forgetOldest()
        }
        if count == index.limit { growIndex() }
        let place = first + count < limit ? first + count : first + count - limit
        if place == entries.count { entries.append(entry) } else { entries[place] = entry }
        count += 1
        index.insert(UInt32(place + 1), hash: entry.hash.low)
    }

    private mutating func growIndex() {
        index = HashIndex(limit: min(limit, index.limit * 2))
        for offset in 0 ..< count {
            let place = first + offset < limit ? first + offset : first + offset - limit
            index.insert(UInt32(place + 1), hash: entries[place].hash.low)
        }
    }

    /// Forgets from the oldest on what is further back than the window.
    private mutating func forget(before arrival: Int64) {
        while count > 0, GroupTimes.distance(from: entries[first].arrival, to: arrival) > Self.window { forgetOldest() }
    }

    private mutating func forgetOldest() {
        var place = index.start(entries[first].hash.low)
        while index[place] != UInt32(first + 1) { place = index.next(place) }
        do {
            let entries = entries
            index.remove(at: place) { entries[Int($0) - 1].hash.low }
        }
        first = first + 1 < limit ? first + 1 : 0
        count -= 1
    }
}
