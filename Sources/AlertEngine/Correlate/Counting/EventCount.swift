// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

/// `event_count` with a lower bound in sliding windows: fires as soon as `needed` alerts lie within the timespan.
///
/// A group of one or two alerts is 64 bytes and holds both in itself; from the third on its alerts are a list in order of
/// time. The list keeps what a window with an alert that may still come can need: the `needed` − 1 alerts before the
/// watermark and everything behind it, nothing older than the timespan. An alert *ends* a satisfying window when
/// `needed` alerts lie within the timespan up to it; such alerts are the incident's satisfying times, and everything
/// within the timespan before one of them counts.
struct EventCount: RuleState {
    struct Member: CorrelationGroup {
        var key: Fingerprint
        /// The first two alerts, in order; with a list: nothing, and the latest time.
        var time0, time1: Int64
        var reference0, reference1: UInt64
        var next = UInt32.max
        /// Into `lists`; `none` while the group is small.
        var list = UInt32.max
        /// Alerts so far; saturates.
        var hits: UInt32 = 1
        var tactics: Tactics
        var flags: Flags = []
    }

    struct Flags: OptionSet, Sendable {
        let rawValue: UInt16
        /// At least one alert of it counted in an incident.
        static let hasFired = Flags(rawValue: 1)
        /// Alerts were left out of the list at the cap.
        static let isApproximate = Flags(rawValue: 2)
    }

    /// The list of a group, with the two entries that windows are measured from.
    struct Long: Sendable {
        var list = TimeList()
        /// `needed` − 1 entries before the tail.
        var nth = UInt32.max
        /// `needed` − 1 entries behind the head.
        var ahead = UInt32.max
        /// No alert before this can be placed any more: entries up to it were dropped because nothing on time needs them.
        var floor = Int64.min
    }

    private let timespan: Int64
    /// How many list entries satisfy the condition.
    let needed: UInt32
    /// Alerts that one entry stands for: more than 1 only where the threshold exceeds the cap.
    private let weight: UInt32
    private let cap: Int
    var table = GroupTable<Member>()
    var entries = TimeEntries<NoPayload>()
    var lists: [Long] = []
    var freeLists: [UInt32] = []
    private var watermark = Int64.min
    /// The latest alert of a group that was forgotten while it mattered.
    var lostUntil = Int64.min

    init(_ rule: CorrelationRule, _ limits: StateLimits) {
        timespan = rule.timespan.wholeNanoseconds
        var threshold = 1.0
        if case .eventCount(let bounds) = rule.kind { threshold = bounds.leastInteger }
        cap = max(4, limits.timesPerGroup)
        let exact = UInt32(min(threshold, Double(Int32.max)))
        weight = max(1, (exact + UInt32(cap) - 1) / UInt32(cap))
        needed = (exact + weight - 1) / weight
    }

    var byteCount: Int {
        table.count * GroupTable<Member>.bytesPerGroup + entries.count * TimeEntries<NoPayload>.bytesPerEntry
            + (lists.count - freeLists.count) * MemoryLayout<Long>.stride
    }
    var groupCount: Int { table.count }
    var isSmallUseful: Bool { needed > 2 && weight == 1 }

    mutating func observe(_ observation: Observation, key: [UInt8], _ firings: inout FiringBuffer) -> Placement {
        let time = observation.time.nanoseconds
        guard time >= horizon else { return .unplaced }
        var slot = table.find(observation.key)
        if slot != GroupTable<Member>.none, table[slot].time1 < horizon {
            // All of it is out of reach: the group begins anew, in the place in its queue that it has.
            clear(slot)
        } else if slot == GroupTable<Member>.none {
            sweep(2)
            let member = Member(
                key: observation.key, time0: time, time1: time, reference0: observation.reference.packed, reference1: 0,
                hits: 0, tactics: observation.tactics)
            slot = table.insert(member, .oneHit)
        }
        table[slot].tactics.formUnion(observation.tactics)
        if table[slot].hits < UInt32.max { table[slot].hits += 1 }
        if isSmallUseful, table[slot].list == UInt32.max, table[slot].hits <= 2 {
            insertSmall(slot, time, observation.reference.packed)
            return .placed
        }
        return insertLong(slot, time, observation, &firings)
    }

    var horizon: Int64 { watermark.subtractingClamped(timespan) }

    private mutating func insertSmall(_ slot: UInt32, _ time: Int64, _ reference: UInt64) {
        if table[slot].hits == 1 {
            table[slot].time0 = time
            table[slot].reference0 = reference
            table[slot].time1 = time
        } else if time >= table[slot].time0 {
            table[slot].time1 = time
            table[slot].reference1 = reference
        } else {
            table[slot].time1 = table[slot].time0
            table[slot].reference1 = table[slot].reference0
            table[slot].time0 = time
            table[slot].reference0 = reference
        }
    }

    private mutating func insertLong(
        _ slot: UInt32, _ time: Int64, _ observation: Observation, _ firings: inout FiringBuffer
    ) -> Placement {
        if table[slot].list == UInt32.max { makeLong(slot) }
        let list = Int(table[slot].list)
        guard time >= lists[list].floor else { return .unplaced }
        if time > table[slot].time1 { table[slot].time1 = time }
        // Where an entry stands for several alerts, the last of them makes it.
        if weight > 1, table[slot].hits % weight != 0 { return .placed }
        let entry = append(list, time, observation.reference.packed)
        look(from: entry, list, slot, firings: &firings)
        trim(list, slot)
        return .placed
    }

    /// Moves what a small group holds into a list.
    private mutating func makeLong(_ slot: UInt32) {
        let list = newList()
        table[slot].list = list
        guard isSmallUseful else { return }
        // The alert under decision is counted already.
        let held = min(2, table[slot].hits - 1)
        if held >= 1 { _ = append(Int(list), table[slot].time0, table[slot].reference0) }
        if held >= 2 { _ = append(Int(list), table[slot].time1, table[slot].reference1) }
    }

    private mutating func newList() -> UInt32 {
        guard let reused = freeLists.popLast() else {
            lists.append(Long())
            return UInt32(lists.count - 1)
        }
        lists[Int(reused)] = Long()
        return reused
    }

    /// Adds an entry and keeps the two measuring entries where they belong.
    private mutating func append(_ list: Int, _ time: Int64, _ reference: UInt64) -> UInt32 {
        let entry = entries.insert(time, reference, NoPayload(), into: &lists[list].list)
        let length = lists[list].list.length
        if length == needed {
            lists[list].nth = lists[list].list.head
            lists[list].ahead = lists[list].list.tail
        } else if length > needed {
            // An entry stands behind all that are not later.
            if time >= entries[lists[list].nth].time { lists[list].nth = entries[lists[list].nth].next }
            if time < entries[lists[list].ahead].time { lists[list].ahead = entries[lists[list].ahead].previous }
        }
        return entry
    }

    /// Looks at the windows that hold a new entry and fires when one is satisfied.
    private mutating func look(from entry: UInt32, _ list: Int, _ slot: UInt32, firings: inout FiringBuffer) {
        guard lists[list].list.length >= needed else { return }
        let time = entries[entry].time
        if entry == lists[list].list.tail {
            let start = lists[list].nth
            guard time.subtractingClamped(entries[start].time) <= timespan else { return }
            fire(slot, from: time, until: time, start, entry, stopsAtCounted: true, &firings)
            return
        }
        // Windows of `needed` entries that hold the new one: the first ends at it, or where there are enough before.
        var start = entry
        var steps: UInt32 = 1
        while steps < needed, entries[start].previous != UInt32.max {
            start = entries[start].previous
            steps += 1
        }
        var end = entry
        while steps < needed {
            end = entries[end].next
            steps += 1
        }
        var found: (low: UInt32, from: Int64, high: UInt32)?
        while entries[end].time.subtractingClamped(time) <= timespan {
            if entries[end].time.subtractingClamped(entries[start].time) <= timespan {
                found = (found?.low ?? start, found?.from ?? entries[end].time, end)
            }
            if start == entry || entries[end].next == UInt32.max { break }
            start = entries[start].next
            end = entries[end].next
        }
        guard let found else { return }
        fire(
            slot, from: found.from, until: entries[found.high].time, found.low, found.high, stopsAtCounted: false,
            &firings)
    }

    /// Counts the entries from `low` to `high`, and says which are new.
    private mutating func fire(
        _ slot: UInt32, from: Int64, until: Int64, _ low: UInt32, _ high: UInt32, stopsAtCounted: Bool,
        _ firings: inout FiringBuffer
    ) {
        var size = 0
        var added = 0
        var entry = high
        firings.beginContributions()
        while true {
            size += 1
            if entries[entry].isCounted {
                if stopsAtCounted { break }
            } else {
                added += 1
                firings.addBackwards(entries[entry].contribution)
                entries[entry].reference |= TimeEntry<NoPayload>.countedBit
            }
            if entry == low { break }
            entry = entries[entry].previous
        }
        table[slot].flags.insert(.hasFired)
        let alerts = firings.endContributions()
        firings.add(
            Firing(
                key: table[slot].key, from: EventTime(nanoseconds: from), until: EventTime(nanoseconds: until),
                first: EventTime(nanoseconds: entries[low].time), last: EventTime(nanoseconds: entries[high].time),
                value: Double(added) * Double(weight), adds: true, count: added, joinsOnly: size > added,
                alerts: alerts,
                tactics: table[slot].tactics, isApproximate: weight > 1 || table[slot].flags.contains(.isApproximate),
                mayBeUndercounted: from.subtractingClamped(timespan) <= lostUntil))
    }

    /// Drops what no window with an alert on time can need.
    private mutating func trim(_ list: Int, _ slot: UInt32) {
        let oldest = horizon
        while lists[list].list.length > 1 {
            let head = lists[list].list.head
            if entries[head].time < oldest {
                removeHead(list)
            } else if lists[list].list.length > needed, entries[lists[list].ahead].time < watermark {
                lists[list].floor = entries[head].time
                removeHead(list)
            } else if lists[list].list.length > cap {
                lists[list].floor = entries[head].time
                table[slot].flags.insert(.isApproximate)
                removeHead(list)
            } else {
                break
            }
        }
    }

    private mutating func removeHead(_ list: Int) {
        let length = lists[list].list.length
        if length > needed {
            lists[list].ahead = entries[lists[list].ahead].next
        } else if length == needed {
            lists[list].nth = UInt32.max
            lists[list].ahead = UInt32.max
        }
        entries.removeHead(of: &lists[list].list)
    }

    /// Empties a group; its place in the table stays.
    mutating func clear(_ slot: UInt32) {
        dropList(slot)
        table[slot].hits = 0
        table[slot].tactics = []
        table[slot].flags = []
        table[slot].time0 = .min
        table[slot].time1 = .min
    }

    mutating func dropList(_ slot: UInt32) {
        let list = table[slot].list
        guard list != UInt32.max else { return }
        entries.removeAll(of: &lists[Int(list)].list)
        freeLists.append(list)
        table[slot].list = UInt32.max
    }

    mutating func reset(_ key: Fingerprint) {
        let slot = table.find(key)
        if slot != GroupTable<Member>.none { clear(slot) }
    }

    func writeClock(to writer: inout ByteWriter) {
        writer.put(watermark)
        writer.put(lostUntil)
    }

    mutating func restoreClock(from reader: inout ByteReader) throws(MalformedBytes) {
        watermark = try reader.take(Int64.self)
        lostUntil = try reader.take(Int64.self)
    }

    /// A list of a checkpoint into a group that has none; times that go back are no list of ours.
    mutating func restoreList(
        of slot: UInt32, _ count: Int, from reader: inout ByteReader
    ) throws(MalformedBytes) {
        let list = newList()
        table[slot].list = list
        var latest = Int64.min
        for _ in 0 ..< count {
            let time = try reader.take(Int64.self)
            guard time >= latest else { throw MalformedBytes() }
            latest = time
            _ = append(Int(list), time, try reader.take(UInt64.self))
        }
    }

    mutating func advance(to watermark: EventTime, _ firings: inout FiringBuffer) {
        self.watermark = watermark.nanoseconds
        sweep(4096)
    }
}

extension Bounds {
    /// The least whole number above all lower bounds; at least 1.
    var leastInteger: Double {
        max(1, gte.map { $0.rounded(.up) } ?? 1, gt.map { $0.rounded(.down) + 1 } ?? 1)
    }
}

extension Int64 {
    /// Without overflow: the ends of the range stand for "never".
    @inline(__always)
    func subtractingClamped(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other > 0 ? .min : .max) : difference
    }

    @inline(__always)
    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }
}
