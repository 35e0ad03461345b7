// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

/// `value_count`, `value_sum` and `event_count` with lower bounds, in any windows: numbers that only grow as alerts come.
///
/// A group holds its alerts in order of time, and of the window that ends at the latest one its count, sum and distinct
/// values, so an alert in order costs the same however many the window holds. Distinct values are counted by reference:
/// each (group, value) has one slot that knows how many of the window's alerts have it. An alert out of order goes to its
/// place, and the windows that end at it or right of it are looked at by walking them once, unless all that the group
/// holds could not satisfy the condition.
struct GrowingWindow: RuleState {
    enum Measure: Sendable { case count, distinct, sum }

    /// One distinct value of one group.
    struct Value: CorrelationGroup {
        var key: Fingerprint
        var next = UInt32.max
        /// Entries held, entries in the latest window, and a count for walks.
        var held: UInt32 = 0
        var inWindow: UInt32 = 0
        var walked: UInt32 = 0
    }

    struct Payload: Sendable {
        /// Of a sum; otherwise the slot in `values`.
        var number: Double

        var value: UInt32 { UInt32(number.bitPattern & 0xffff_ffff) }
        init(number: Double) { self.number = number }
        init(value: UInt32) { number = Double(bitPattern: UInt64(value)) }
    }

    struct Member: CorrelationGroup {
        var key: Fingerprint
        var next = UInt32.max
        var list = TimeList()
        /// The first entry of the window that ends at the tail.
        var start = UInt32.max
        /// Of that window.
        var size: UInt32 = 0
        var distinct: UInt32 = 0
        var sum = 0.0
        /// Distinct values of all entries held.
        var heldValues: UInt32 = 0
        /// The sum of all entries held.
        var heldSum = 0.0
        var tactics = Tactics()
        var hasFired = false
        var isApproximate = false
        /// No alert before this can be placed: entries up to it were dropped at the cap.
        var floor = Int64.min
    }

    let frame: WindowFrame
    let measure: Measure
    let bounds: Bounds
    private let cap: UInt32
    var table = GroupTable<Member>()
    var values = GroupTable<Value>()
    var entries = TimeEntries<Payload>()
    var watermark = Int64.min
    var lostUntil = Int64.min

    init(_ rule: CorrelationRule, _ limits: StateLimits) {
        frame = WindowFrame(rule.window, timespan: rule.timespan.wholeNanoseconds)
        cap = UInt32(clamping: max(4, limits.timesPerGroup))
        switch rule.kind {
        case .valueCount(_, let bounds): (measure, self.bounds) = (.distinct, bounds)
        case .valueSum(_, let bounds): (measure, self.bounds) = (.sum, bounds)
        case .eventCount(let bounds): (measure, self.bounds) = (.count, bounds)
        default: (measure, bounds) = (.count, Bounds(gt: .infinity))
        }
    }

    var byteCount: Int {
        table.count * GroupTable<Member>.bytesPerGroup + values.count * GroupTable<Value>.bytesPerGroup
            + entries.count * TimeEntries<Payload>.bytesPerEntry
    }
    var groupCount: Int { table.count }

    var horizon: Int64 { watermark.subtractingClamped(frame.reach) }

    mutating func observe(_ observation: Observation, key: [UInt8], _ firings: inout FiringBuffer) -> Placement {
        if measure == .distinct, observation.tuple == nil { return .placed }
        let time = observation.time.nanoseconds
        var slot = table.find(observation.key)
        if slot != UInt32.max { dropOld(slot) }
        guard isPlaceable(time, slot) else { return .unplaced }
        if slot == UInt32.max {
            sweep(2)
            slot = table.insert(Member(key: observation.key), .oneHit)
        }
        table[slot].tactics.formUnion(observation.tactics)
        let isLatest = table[slot].list.tail == UInt32.max || time >= entries[table[slot].list.tail].time
        let entry = insert(observation, time, slot)
        if isLatest {
            slide(slot)
            lookAtLatest(slot, entry, &firings)
        } else {
            placeInWindow(entry, slot)
            lookAround(slot, entry, &firings)
        }
        while table[slot].list.length > cap {
            table[slot].isApproximate = true
            table[slot].floor = entries[table[slot].list.head].time
            removeHead(slot)
        }
        return .placed
    }

    private func isPlaceable(_ time: Int64, _ slot: UInt32) -> Bool {
        guard slot != UInt32.max else { return time >= horizon }
        if time < table[slot].floor { return false }
        // A session may reach further back than its gap.
        return time >= horizon || table[slot].list.head != UInt32.max && time >= entries[table[slot].list.head].time
    }

    mutating func insert(_ observation: Observation, _ time: Int64, _ slot: UInt32) -> UInt32 {
        guard measure == .distinct, let tuple = observation.tuple else {
            table[slot].heldSum += observation.number
            return entries.insert(
                time, observation.reference.packed, Payload(number: observation.number), into: &table[slot].list)
        }
        let key = Fingerprint(
            low: observation.key.low ^ (tuple.low << 17 | tuple.low >> 47),
            high: observation.key.high ^ (tuple.high << 31 | tuple.high >> 33))
        var value = values.find(key)
        if value == UInt32.max { value = values.insert(Value(key: key), nil) }
        if values[value].held == 0 { table[slot].heldValues += 1 }
        values[value].held += 1
        return entries.insert(time, observation.reference.packed, Payload(value: value), into: &table[slot].list)
    }

    // MARK: - The latest window

    /// The tail was just added: takes it in, and lets go what its window does not hold.
    private mutating func slide(_ slot: UInt32) {
        let tail = table[slot].list.tail
        let end = entries[tail].time
        if table[slot].start == UInt32.max { table[slot].start = tail }
        if frame.kind == .session, entries[tail].previous != UInt32.max,
            end.subtractingClamped(entries[entries[tail].previous].time) > frame.reach
        {
            while table[slot].start != tail { letGo(slot) }
        }
        takeIn(tail, slot)
        guard frame.kind != .session else { return }
        while table[slot].start != tail, !frame.holds(entries[table[slot].start].time, upTo: end, next: end) {
            letGo(slot)
        }
    }

    mutating func takeIn(_ entry: UInt32, _ slot: UInt32) {
        table[slot].size += 1
        if measure == .distinct {
            let value = entries[entry].payload.value
            if values[value].inWindow == 0 { table[slot].distinct += 1 }
            values[value].inWindow += 1
        } else {
            table[slot].sum += entries[entry].payload.number
        }
    }

    /// The first entry of the window leaves it.
    mutating func letGo(_ slot: UInt32) {
        let entry = table[slot].start
        table[slot].start = entries[entry].next
        table[slot].size -= 1
        if measure == .distinct {
            let value = entries[entry].payload.value
            values[value].inWindow -= 1
            if values[value].inWindow == 0 { table[slot].distinct -= 1 }
        } else {
            table[slot].sum = table[slot].size == 0 ? 0 : table[slot].sum - entries[entry].payload.number
        }
    }

    /// An entry that is not the tail was added: the latest window may hold it, and (a session) more before it.
    private mutating func placeInWindow(_ entry: UInt32, _ slot: UInt32) {
        let end = entries[table[slot].list.tail].time
        if entries[entry].time >= entries[table[slot].start].time {
            takeIn(entry, slot)
            return
        }
        var first = entry
        // Only an entry right before the window's first can widen it.
        guard entries[first].next == table[slot].start else { return }
        while first != UInt32.max,
            frame.holds(entries[first].time, upTo: end, next: entries[entries[first].next].time)
        {
            takeIn(first, slot)
            table[slot].start = first
            first = entries[first].previous
        }
    }

    func number(_ slot: UInt32) -> Double {
        switch measure {
        case .count: Double(table[slot].size)
        case .distinct: Double(table[slot].distinct)
        case .sum: table[slot].sum
        }
    }

    private mutating func lookAtLatest(_ slot: UInt32, _ entry: UInt32, _ firings: inout FiringBuffer) {
        let value = number(slot)
        guard bounds.contains(value) else { return }
        let time = entries[entry].time
        fire(slot, from: time, until: time, table[slot].start, entry, value, stopsAtCounted: true, &firings)
    }

    // MARK: - Windows around an alert out of order

    private mutating func lookAround(_ slot: UInt32, _ entry: UInt32, _ firings: inout FiringBuffer) {
        let most: Double
        switch measure {
        case .count: most = Double(table[slot].list.length)
        case .distinct: most = Double(table[slot].heldValues)
        case .sum: most = table[slot].heldSum
        }
        // A sum of doubles is not exact: a little less must not keep the walk from deciding.
        guard bounds.contains(measure == .sum ? most * 1.000001 : most) else { return }
        var low = entry
        var walk = Walk()
        enter(entry, &walk)
        while entries[low].previous != UInt32.max,
            frame.holds(
                entries[entries[low].previous].time, upTo: entries[entry].time, next: entries[low].time)
        {
            low = entries[low].previous
            enter(low, &walk)
        }
        var high = entry
        var found: (low: UInt32, from: Int64, high: UInt32, value: Double)?
        while true {
            let value = number(walk)
            if bounds.contains(value) {
                found = (
                    found?.low ?? low, found?.from ?? entries[high].time, high, max(found?.value ?? value, value)
                )
            }
            let next = entries[high].next
            guard next != UInt32.max,
                frame.kind == .session
                    ? entries[next].time.subtractingClamped(entries[high].time) <= frame.reach
                    : frame.holds(entries[entry].time, upTo: entries[next].time, next: entries[next].time)
            else { break }
            high = next
            enter(high, &walk)
            while frame.kind == .sliding, entries[high].time.subtractingClamped(entries[low].time) > frame.timespan {
                leave(low, &walk)
                low = entries[low].next
            }
        }
        while low != UInt32.max {
            leave(low, &walk)
            if low == high { break }
            low = entries[low].next
        }
        guard let found else { return }
        fire(
            slot, from: found.from, until: entries[found.high].time, found.low, found.high, found.value,
            stopsAtCounted: false, &firings)
    }

    private struct Walk {
        var size = 0
        var distinct = 0
        var sum = 0.0
    }

    private func number(_ walk: Walk) -> Double {
        switch measure {
        case .count: Double(walk.size)
        case .distinct: Double(walk.distinct)
        case .sum: walk.sum
        }
    }

    private mutating func enter(_ entry: UInt32, _ walk: inout Walk) {
        walk.size += 1
        guard measure == .distinct else {
            walk.sum += entries[entry].payload.number
            return
        }
        let value = entries[entry].payload.value
        if values[value].walked == 0 { walk.distinct += 1 }
        values[value].walked += 1
    }

    private mutating func leave(_ entry: UInt32, _ walk: inout Walk) {
        walk.size -= 1
        guard measure == .distinct else {
            walk.sum -= entries[entry].payload.number
            return
        }
        let value = entries[entry].payload.value
        values[value].walked -= 1
        if values[value].walked == 0 { walk.distinct -= 1 }
    }

    // MARK: - Firing

    private mutating func fire(
        _ slot: UInt32, from: Int64, until: Int64, _ low: UInt32, _ high: UInt32, _ value: Double,
        stopsAtCounted: Bool, _ firings: inout FiringBuffer
    ) {
        var added = 0
        var sum = 0.0
        var isJoining = false
        var entry = high
        firings.beginContributions()
        while true {
            if entries[entry].isCounted {
                isJoining = true
                if stopsAtCounted { break }
            } else {
                added += 1
                if measure == .sum { sum += entries[entry].payload.number }
                firings.addBackwards(entries[entry].contribution)
                entries[entry].reference |= TimeEntry<Payload>.countedBit
            }
            if entry == low { break }
            entry = entries[entry].previous
        }
        table[slot].hasFired = true
        let alerts = firings.endContributions()
        // A session is one incident, from its first alert on; other windows satisfy at the alerts that end them.
        let isSession = frame.kind == .session
        let first = EventTime(nanoseconds: entries[low].time)
        firings.add(
            Firing(
                key: table[slot].key, from: isSession ? first : EventTime(nanoseconds: from),
                until: EventTime(nanoseconds: until), first: first,
                last: EventTime(nanoseconds: entries[high].time),
                value: measure == .distinct ? value : measure == .sum ? sum : Double(added),
                adds: measure != .distinct, count: added, joinsOnly: isJoining, alerts: alerts,
                tactics: table[slot].tactics, isApproximate: table[slot].isApproximate,
                mayBeUndercounted: from.subtractingClamped(frame.reach) <= lostUntil))
    }
}
