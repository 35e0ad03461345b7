// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

/// Rules whose condition can become false again as alerts come: upper bounds, equality, averages, percentiles. One verdict
/// per window, when the watermark passes its end; never revised.
///
/// Sliding windows are anchored at the group's first alert and do not overlap: [t, t + timespan], the next one begins at
/// the first alert behind it. Tumbling windows and sessions as `WindowFrame` says; only windows with alerts get a verdict.
struct VerdictWindow: RuleState {
    enum Measure: Sendable { case count, distinct, sum, average, percentile(Double) }

    struct Payload: Sendable {
        var number: Double
        var tuple: Fingerprint
    }

    struct Member: CorrelationGroup {
        var key: Fingerprint
        var next = UInt32.max
        var list = TimeList()
        /// Into `keys`.
        var text = KeyStore.none
        /// Of the timer that is waited for.
        var timer = UInt64.max
        /// No alert up to this can be placed: a verdict was given.
        var decided = Int64.min
        /// Alerts beyond the cap: counted, their values unknown.
        var overflow: UInt32 = 0
        var tactics = Tactics()
    }

    let frame: WindowFrame
    let measure: Measure
    let bounds: Bounds
    let limits: StateLimits
    var table = GroupTable<Member>()
    var entries = TimeEntries<Payload>()
    var keys = KeyStore()
    var timers = TimerQueue()
    var nextDue: Int64 { timers.firstDue }
    var watermark = Int64.min
    var lostUntil = Int64.min
    private var scratch: [Double] = []
    private var tuples: [Fingerprint] = []
    private var keyBytes: [UInt8] = []

    init(_ rule: CorrelationRule, _ limits: StateLimits) {
        frame = WindowFrame(rule.window, timespan: rule.timespan.wholeNanoseconds)
        self.limits = limits
        switch rule.kind {
        case .valueCount(_, let bounds): (measure, self.bounds) = (.distinct, bounds)
        case .valueSum(_, let bounds): (measure, self.bounds) = (.sum, bounds)
        case .valueAverage(_, let bounds): (measure, self.bounds) = (.average, bounds)
        case .valuePercentile(_, let percentile, let bounds): (measure, self.bounds) = (.percentile(percentile), bounds)
        case .eventCount(let bounds): (measure, self.bounds) = (.count, bounds)
        default: (measure, bounds) = (.count, Bounds(gt: .infinity))
        }
    }

    var byteCount: Int {
        table.count * (GroupTable<Member>.bytesPerGroup + TimerQueue.bytesPerTimer)
            + entries.count * TimeEntries<Payload>.bytesPerEntry + keys.byteCount
    }
    var groupCount: Int { table.count }

    var horizon: Int64 { watermark.subtractingClamped(frame.reach) }

    mutating func observe(_ observation: Observation, key: [UInt8], _ firings: inout FiringBuffer) -> Placement {
        if case .distinct = measure, observation.tuple == nil { return .placed }
        let time = observation.time.nanoseconds
        var slot = table.find(observation.key)
        if slot != UInt32.max, time <= table[slot].decided { return .unplaced }
        let head = slot == UInt32.max ? UInt32.max : table[slot].list.head
        guard time >= horizon || head != UInt32.max && time >= entries[head].time else { return .unplaced }
        if slot == UInt32.max {
            sweep(2)
            slot = table.insert(
                Member(key: observation.key, text: keys.store(key, limit: limits.keyBytes)), .oneHit)
        }
        table[slot].tactics.formUnion(observation.tactics)
        guard Int(table[slot].list.length) < limits.timesPerGroup else {
            table[slot].overflow += 1
            return .placed
        }
        let payload = Payload(number: observation.number, tuple: observation.tuple ?? Fingerprint(low: 0, high: 0))
        _ = entries.insert(time, observation.reference.packed, payload, into: &table[slot].list)
        // Only the first window's end is waited for. It moves when its first alert does, or a session grows: the timer
        // asks again when it comes up.
        if table[slot].timer == UInt64.max || table[slot].list.head != head { arm(slot) }
        return .placed
    }

    /// Waits for the end of the group's first window; of a session for the earliest that it can end.
    private mutating func arm(_ slot: UInt32) {
        guard table[slot].list.head != UInt32.max else {
            table[slot].timer = UInt64.max
            return
        }
        let first = entries[table[slot].list.head].time
        let due = frame.kind == .tumbling ? frame.bucketEnd(first) : first.addingClamped(frame.reach)
        table[slot].timer = timers.set(due, slot)
    }

    /// The end of the group's first window, and the last entry in it.
    private func end(ofWindowAt slot: UInt32) -> (end: Int64, last: UInt32) {
        let head = table[slot].list.head
        var last = head
        switch frame.kind {
        case .sliding, .tumbling:
            let end =
                frame.kind == .sliding
                ? entries[head].time.addingClamped(frame.timespan) : frame.bucketEnd(entries[head].time)
            while entries[last].next != UInt32.max, entries[entries[last].next].time <= end {
                last = entries[last].next
            }
            return (end, last)
        case .session:
            while entries[last].next != UInt32.max,
                entries[entries[last].next].time.subtractingClamped(entries[last].time) <= frame.reach
            {
                last = entries[last].next
            }
            return (entries[last].time.addingClamped(frame.reach), last)
        }
    }

    mutating func advance(to watermark: EventTime, _ firings: inout FiringBuffer) {
        self.watermark = watermark.nanoseconds
        while let timer = timers.popDue(before: self.watermark) {
            guard timer.slot < table.slotCount, table[timer.slot].timer == timer.order,
                table[timer.slot].list.head != UInt32.max
            else { continue }
            let window = end(ofWindowAt: timer.slot)
            if window.end < self.watermark {
                decide(timer.slot, window.end, window.last, &firings)
                arm(timer.slot)
            } else {
                table[timer.slot].timer = timers.set(window.end, timer.slot)
            }
        }
        sweep(4096)
    }

    /// The verdict on a group's first window, which then goes.
    private mutating func decide(_ slot: UInt32, _ end: Int64, _ last: UInt32, _ firings: inout FiringBuffer) {
        let value = value(slot, upTo: last)
        let holds = value.map { bounds.contains($0) } ?? false
        let first = entries[table[slot].list.head].time
        let latest = entries[last].time
        var count = 0
        firings.beginContributions()
        // From the last to the first, as contributions are given.
        var entry = holds ? last : UInt32.max
        while entry != UInt32.max {
            count += 1
            firings.addBackwards(entries[entry].contribution)
            entry = entries[entry].previous
        }
        let alerts = firings.endContributions()
        if holds, let value {
            keyBytes.removeAll(keepingCapacity: true)
            keys.append(table[slot].text, to: &keyBytes)
            let isSession = frame.kind == .session
            firings.add(
                Firing(
                    key: table[slot].key, from: EventTime(nanoseconds: isSession ? first : end),
                    until: EventTime(nanoseconds: isSession ? latest : end), first: EventTime(nanoseconds: first),
                    last: EventTime(nanoseconds: latest), value: value, count: count, alerts: alerts,
                    keyBytes: firings.add(key: keyBytes), tactics: table[slot].tactics,
                    isApproximate: table[slot].overflow > 0, mayBeUndercounted: first <= lostUntil))
        }
        table[slot].decided = max(table[slot].decided, end)
        table[slot].overflow = 0
        while table[slot].list.head != UInt32.max, entries[table[slot].list.head].time <= latest {
            entries.removeHead(of: &table[slot].list)
        }
        if table[slot].list.length == 0 { table[slot].tactics = [] }
    }

    private mutating func value(_ slot: UInt32, upTo last: UInt32) -> Double? {
        scratch.removeAll(keepingCapacity: true)
        tuples.removeAll(keepingCapacity: true)
        var count = 0
        var entry = table[slot].list.head
        while true {
            count += 1
            switch measure {
            case .count: break
            case .distinct: tuples.append(entries[entry].payload.tuple)
            case .sum, .average, .percentile: scratch.append(entries[entry].payload.number)
            }
            if entry == last { break }
            entry = entries[entry].next
        }
        switch measure {
        case .count: return Double(count + Int(table[slot].overflow))
        case .distinct:
            // Sorted by hash only to be counted: the number does not depend on the order.
            tuples.sort { ($0.high, $0.low) < ($1.high, $1.low) }
            return Double(tuples.indices.reduce(0) { $1 > 0 && tuples[$1] == tuples[$1 - 1] ? $0 : $0 + 1 })
        case .sum, .average:
            // In order of size: equal for every order of arrival.
            scratch.sort()
            let sum = scratch.reduce(0, +)
            if case .average = measure { return sum / Double(count) }
            return sum
        case .percentile(let percentile):
            scratch.sort()
            return Self.percentile(percentile, of: scratch)
        }
    }

    /// Linear interpolation between the two nearest ranks; 0 is the least, 100 the greatest.
    static func percentile(_ percentile: Double, of sorted: [Double]) -> Double? {
        guard !sorted.isEmpty else { return nil }
        let rank = min(max(percentile, 0), 100) / 100 * Double(sorted.count - 1)
        let below = Int(rank.rounded(.down))
        guard below + 1 < sorted.count else { return sorted[below] }
        return sorted[below] + (rank - Double(below)) * (sorted[below + 1] - sorted[below])
    }

    mutating func reset(_ key: Fingerprint) {
        // A verdict took its window away already: the group begins with what lies behind it.
    }
}
