// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

/// `x-creance: new_value`: a tuple of values that its group has not shown within the history.
///
///     value   [ … · latest time ]   one for each tuple of each group
///
/// Judged in the order of times, when the watermark is there, so that of two alerts with a new value the earlier one is
/// the first whichever came first. A late alert is judged at once, by what is known. Nothing fires within `learning` of
/// the rule's first alert. `emit: reset` changes nothing here: a value that was seen stays seen.
struct NewValueState: RuleState {
    private enum Word {
        static let latest = ClassedGroups.ownWord
    }

    /// An alert with a value that is not known, until the watermark is there.
    private struct Waiting: Sendable {
        var reference: UInt64
        var value: Fingerprint
        var key: Fingerprint
        var bytes: [UInt8]
    }

    /// How many values are looked at when time passes: which are older than the history.
    private static let sweep = 64

    private let history: Int64
    private let learning: Int64
    // Classes: seen once, seen again.
    private var values = ClassedGroups(words: 1, classes: 2)
    private var waiting: [Waiting] = []
    private var freeWaiting: [UInt32] = []
    private var timers = TimerQueue()
    var nextDue: Int64 { timers.firstDue }
    private var keyByteCount = 0
    private var watermark = Int64.min
    private var latest = Int64.min
    /// The time of the rule's first alert.
    private var start = Int64.max
    private var lastLoss = Int64.min

    init(_ rule: CorrelationRule, _ limits: StateLimits) {
        var history = Duration.zero
        var learning = Duration.zero
        if case .newValue(_, let given, let taken) = rule.kind { (history, learning) = (given, taken) }
        self.init(history: history.wholeNanoseconds, learning: learning.wholeNanoseconds)
    }

    /// Nanoseconds; `history` 0: for ever.
    init(history: Int64, learning: Int64) {
        self.history = history == 0 ? .max : history
        self.learning = learning
    }

    var groupCount: Int { values.count }
    var byteCount: Int {
        values.byteCount + timers.count * (TimerQueue.bytesPerTimer + MemoryLayout<Waiting>.stride) + keyByteCount
    }

    // MARK: - One alert

    /// Only a value that is not known needs the key of its group.
    func wantsKey(_ observation: Observation) -> Bool {
        guard let tuple = observation.tuple else { return false }
        return !isKnown(Self.value(tuple, of: observation.key), at: observation.time.nanoseconds)
    }

    mutating func observe(_ observation: Observation, key: [UInt8], _ firings: inout FiringBuffer) -> Placement {
        let time = observation.time.nanoseconds
        latest = max(latest, time)
        if time >= watermark || start == .max { start = min(start, time) }
        guard let tuple = observation.tuple else { return .placed }
        let value = Self.value(tuple, of: observation.key)
        if isKnown(value, at: time) {
            see(value, at: time)
        } else if time < watermark {
            judge(observation.key, value, time, observation.reference.packed, [], &firings)
        } else {
            let entry = Waiting(
                reference: observation.reference.packed, value: value, key: observation.key, bytes: key)
            keyByteCount += key.count
            if let slot = freeWaiting.popLast() {
                waiting[Int(slot)] = entry
                timers.set(time, slot)
            } else {
                waiting.append(entry)
                timers.set(time, UInt32(waiting.count - 1))
            }
        }
        return .placed
    }

    /// Both are keyed hashes: nobody can choose two that meet.
    private static func value(_ tuple: Fingerprint, of key: Fingerprint) -> Fingerprint {
        Fingerprint(
            low: key.low ^ tuple.low &* 0x9e37_79b9_7f4a_7c15, high: key.high &+ (tuple.high << 17 | tuple.high >> 47))
    }

    /// Seen at most `history` before, or after (by an alert that came before this one).
    private func isKnown(_ value: Fingerprint, at time: Int64) -> Bool {
        guard let known = values.find(value) else { return false }
        return time.subtractingClamped(values.slab.time(known, Word.latest)) <= history
    }

    private mutating func see(_ value: Fingerprint, at time: Int64) {
        guard let known = values.find(value) else {
            let new = values.make(value, bytes: [], class: 0)
            values.slab.setTime(new, Word.latest, time)
            return
        }
        values.slab.setTime(known, Word.latest, max(values.slab.time(known, Word.latest), time))
        values.move(known, to: 1)
    }

    private mutating func judge(
        _ key: Fingerprint, _ value: Fingerprint, _ time: Int64, _ reference: UInt64, _ bytes: [UInt8],
        _ firings: inout FiringBuffer
    ) {
        let isNew = !isKnown(value, at: time)
        see(value, at: time)
        guard isNew, time >= start.addingClamped(learning) else { return }
        let at = EventTime(nanoseconds: time)
        let first = firings.alertEnd
        firings.add(Contribution(time: at, reference: AlertReference(packed: reference)))
        firings.add(
            Firing(
                key: key, from: at, until: at, first: at, last: at, value: 1, adds: true, count: 1,
                alerts: first ..< firings.alertEnd, keyBytes: firings.add(key: bytes),
                mayBeUndercounted: lastLoss != .min && time.subtractingClamped(lastLoss) <= history))
    }

    mutating func reset(_ key: Fingerprint) {}

    // MARK: - Time

    mutating func advance(to watermark: EventTime, _ firings: inout FiringBuffer) {
        self.watermark = max(self.watermark, watermark.nanoseconds)
        while let timer = timers.popDue(before: self.watermark) {
            let entry = take(timer.slot)
            judge(entry.key, entry.value, timer.due, entry.reference, entry.bytes, &firings)
        }
        if history == .max { return }
        let horizon = self.watermark.subtractingClamped(history)
        for list in 0 ..< 2 {
            for _ in 0 ..< Self.sweep where !values.lists[list].isEmpty {
                let head = values.lists[list].head
                if values.slab.time(head, Word.latest) < horizon { values.free(head) } else { values.renew(head) }
            }
        }
    }

    private mutating func take(_ slot: UInt32) -> Waiting {
        let entry = waiting[Int(slot)]
        waiting[Int(slot)].bytes = []
        keyByteCount -= entry.bytes.count
        freeWaiting.append(slot)
        return entry
    }

    /// Values seen once, then alerts that wait: a flood of new values must not stay because nothing was judged yet.
    mutating func evict(_ rank: EvictionRank) -> Bool {
        let list = rank == .oneHit ? 0 : rank == .much ? 1 : -1
        guard list >= 0 else { return false }
        guard !values.lists[list].isEmpty else {
            guard rank == .oneHit, let timer = timers.popDue(before: .max) else { return false }
            lastLoss = latest
            _ = take(timer.slot)
            return true
        }
        lastLoss = latest
        values.free(values.lists[list].head)
        return true
    }

    // MARK: - Checkpoint

    /// Watermark, latest, start, last loss; the values in order; the alerts that wait, in order of time.
    func write(to writer: inout ByteWriter) {
        for time in [watermark, latest, start, lastLoss] { writer.put(time) }
        let all = values.all
        writer.put(UInt32(all.count))
        for value in all { values.write(value, hidden: [], to: &writer) }
        let due = timers.timers.sorted { ($0.due, $0.order) < ($1.due, $1.order) }
        writer.put(due) { writer, timer in
            let entry = waiting[Int(timer.slot)]
            writer.put(timer.due)
            writer.put(entry.reference)
            for word in [entry.value.low, entry.value.high, entry.key.low, entry.key.high] { writer.put(word) }
            writer.put(entry.bytes)
        }
    }

    mutating func restore(from reader: inout ByteReader) throws(MalformedBytes) {
        watermark = try reader.take(Int64.self)
        latest = try reader.take(Int64.self)
        start = try reader.take(Int64.self)
        lastLoss = try reader.take(Int64.self)
        for _ in 0 ..< (try reader.take(UInt32.self)) { _ = try values.restore(from: &reader) }
        for _ in 0 ..< (try reader.take(UInt32.self)) {
            let time = try reader.take(Int64.self)
            let reference = try reader.take(UInt64.self)
            let value = Fingerprint(low: try reader.take(UInt64.self), high: try reader.take(UInt64.self))
            let key = Fingerprint(low: try reader.take(UInt64.self), high: try reader.take(UInt64.self))
            let entry = Waiting(reference: reference, value: value, key: key, bytes: try reader.takeBytes())
            keyByteCount += entry.bytes.count
            waiting.append(entry)
            timers.set(time, UInt32(waiting.count - 1))
        }
    }
}
