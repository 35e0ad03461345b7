// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

/// `x-creance: absence`: an anchor that no expected alert followed within the timespan.
///
///     group   [ … · matches · count · latest expected · when its timer is due · its order ]
///
/// An anchor at t is met by another alert of the expected rule from t up to t + timespan, both included; an alert that is
/// both meets the anchors before it and waits for one behind. Each anchor gets one verdict, when the watermark has passed
/// the end of its time. Kept are anchors that are not met, and expected alerts that an anchor on time may still precede.
struct AbsenceState: RuleState {
    private enum Word {
        static let list = ClassedGroups.ownWord
        static let count = ClassedGroups.ownWord + 1
        static let expected = ClassedGroups.ownWord + 2
        static let due = ClassedGroups.ownWord + 3
        static let timer = ClassedGroups.ownWord + 4
    }
    private static let anchorBit: UInt64 = 1
    private static let expectedBit: UInt64 = 2

    private let within: Int64
    private let cap: Int
    // Classes: no anchor waits, one does, several do.
    private var groups = ClassedGroups(words: 5, classes: 3)
    private var matches = MatchLists()
    private var timers = TimerQueue()
    var nextDue: Int64 { timers.firstDue }
    private var watermark = Int64.min
    private var latest = Int64.min
    private var lastLoss = Int64.min

    init(_ rule: CorrelationRule, _ limits: StateLimits) {
        self.init(within: rule.timespan.wholeNanoseconds, cap: limits.timesPerGroup)
    }

    init(within: Int64, cap: Int) {
        self.within = within
        self.cap = max(4, cap)
    }

    var groupCount: Int { groups.count }
    var byteCount: Int { groups.byteCount + matches.byteCount + groups.count * TimerQueue.bytesPerTimer }

    // MARK: - One alert

    func wantsKey(_ observation: Observation) -> Bool { groups.find(observation.key) == nil }

    mutating func observe(_ observation: Observation, key: [UInt8], _ firings: inout FiringBuffer) -> Placement {
        let time = observation.time.nanoseconds
        var mask = observation.references & (Self.anchorBit | Self.expectedBit)
        latest = max(latest, time)
        let known = groups.find(observation.key)
        if time < watermark {
            // Whether a late anchor was met is not known any more; a late expected alert still meets those that wait.
            let isAnchor = mask & Self.anchorBit != 0
            mask &= ~Self.anchorBit
            if isAnchor && mask == 0 || known == nil { return .unplaced }
        }
        guard mask != 0 else { return .placed }
        let group = known ?? makeGroup(observation.key, key)
        var list = SlabList(packed: groups.slab[group, Word.list])
        matches.insert(
            StepMatch(time: time, reference: observation.reference.packed, mask: mask), into: &list, at: &inserted)
        groups.slab[group, Word.count] += 1
        if mask & Self.expectedBit != 0 {
            groups.slab.setTime(group, Word.expected, max(groups.slab.time(group, Word.expected), time))
            meetAnchors(before: inserted)
        }
        if mask & Self.anchorBit != 0, time <= groups.slab.time(group, Word.expected), isMet(inserted) {
            matches.slab[inserted, 3] &= ~Self.anchorBit
        }
        tidy(group, list)
        return .placed
    }

    /// The record inserted last.
    private var inserted = -1

    /// An expected alert meets what waits before it, back to the expected alert before, which met what was before that.
    private mutating func meetAnchors(before expected: Int) {
        let time = matches.time(expected)
        // Those of its own time may stand on either side.
        var index = matches.next(expected)
        while index >= 0, matches.time(index) == time {
            matches.slab[index, 3] &= ~Self.anchorBit
            index = matches.next(index)
        }
        index = SlabList.previous(matches.slab, expected)
        while index >= 0, time.subtractingClamped(matches.time(index)) <= within {
            matches.slab[index, 3] &= ~Self.anchorBit
            if matches.mask(index) & Self.expectedBit != 0, matches.time(index) < time { break }
            index = SlabList.previous(matches.slab, index)
        }
    }

    private func isMet(_ anchor: Int) -> Bool {
        let time = matches.time(anchor)
        var index = SlabList.previous(matches.slab, anchor)
        while index >= 0, matches.time(index) == time {
            if matches.mask(index) & Self.expectedBit != 0 { return true }
            index = SlabList.previous(matches.slab, index)
        }
        index = matches.next(anchor)
        while index >= 0, matches.time(index).subtractingClamped(time) <= within {
            if matches.mask(index) & Self.expectedBit != 0 { return true }
            index = matches.next(index)
        }
        return false
    }

    /// Drops from the front what no anchor on time can need, and sees to the timer.
    private mutating func tidy(_ group: Int, _ given: SlabList) {
        var list = given
        while !list.isEmpty {
            let mask = matches.mask(list.head)
            let isWaiting = mask & Self.anchorBit != 0
            let isBehind = matches.time(list.head) < watermark
            if isWaiting && groups.slab[group, Word.count] <= UInt64(cap) || !isWaiting && !isBehind && mask != 0 {
                break
            }
            if isWaiting { lastLoss = latest }
            matches.removeHead(of: &list)
            groups.slab[group, Word.count] -= 1
        }
        groups.slab[group, Word.list] = list.packed
        guard !list.isEmpty else {
            free(group)
            return
        }
        groups.move(group, to: matches.mask(list.head) & Self.anchorBit == 0 ? 0 : list.head == list.tail ? 1 : 2)
        let due = due(list)
        if groups.slab[group, Word.timer] == .max || due < groups.slab.time(group, Word.due) { setTimer(group, due) }
    }

    /// The first anchor's end; without one, when the first expected alert is of no use any more.
    private func due(_ list: SlabList) -> Int64 {
        matches.time(list.head).addingClamped(matches.mask(list.head) & Self.anchorBit == 0 ? 0 : within)
    }

    private mutating func setTimer(_ group: Int, _ due: Int64) {
        groups.slab.setTime(group, Word.due, due)
        groups.slab[group, Word.timer] = timers.set(due, UInt32(group))
    }

    private mutating func makeGroup(_ key: Fingerprint, _ bytes: [UInt8]) -> Int {
        let group = groups.make(key, bytes: bytes, class: 0)
        groups.slab[group, Word.list] = SlabList().packed
        groups.slab.setTime(group, Word.expected, .min)
        groups.slab[group, Word.timer] = .max
        return group
    }

    private mutating func free(_ group: Int) {
        var list = SlabList(packed: groups.slab[group, Word.list])
        while !list.isEmpty { matches.removeHead(of: &list) }
        groups.slab[group, Word.timer] = .max
        groups.free(group)
    }

    mutating func reset(_ key: Fingerprint) {
        if let group = groups.find(key) { free(group) }
    }

    // MARK: - Verdicts

    mutating func advance(to watermark: EventTime, _ firings: inout FiringBuffer) {
        self.watermark = max(self.watermark, watermark.nanoseconds)
        while let timer = timers.popDue(before: self.watermark) {
            let group = Int(timer.slot)
            // Timers that another one took the place of say nothing.
            guard groups.slab[group, Word.timer] == timer.order else { continue }
            groups.slab[group, Word.timer] = .max
            var list = SlabList(packed: groups.slab[group, Word.list])
            let head = list.head
            if matches.mask(head) & Self.anchorBit != 0, matches.time(head).addingClamped(within) < self.watermark {
                fire(group, head, &firings)
                matches.slab[head, 3] &= ~Self.anchorBit
                if matches.mask(head) == 0 {
                    matches.removeHead(of: &list)
                    groups.slab[group, Word.count] -= 1
                }
            }
            tidy(group, list)
        }
    }

    private func fire(_ group: Int, _ anchor: Int, _ firings: inout FiringBuffer) {
        let start = firings.alertEnd
        firings.add(matches.contribution(anchor))
        let time = EventTime(nanoseconds: matches.time(anchor))
        let end = time.advanced(byNanoseconds: within)
        firings.add(
            Firing(
                key: groups.key(group), from: end, until: end, first: time, last: time, value: 1, adds: true, count: 1,
                alerts: start ..< firings.alertEnd, keyBytes: firings.add(key: groups.keyBytes(group)),
                mayBeUndercounted: lastLoss != .min && time.nanoseconds.subtractingClamped(within) <= lastLoss))
    }

    mutating func evict(_ rank: EvictionRank) -> Bool {
        let index = rank == .expired ? 0 : rank == .oneHit ? 1 : rank == .much ? 2 : -1
        guard index >= 0, !groups.lists[index].isEmpty else { return false }
        if index > 0 { lastLoss = latest }
        free(groups.lists[index].head)
        return true
    }

    // MARK: - Checkpoint

    /// Watermark, latest, last loss; the groups with their matches.
    func write(to writer: inout ByteWriter) {
        writer.put(watermark)
        writer.put(latest)
        writer.put(lastLoss)
        let all = groups.all
        let ranks = groups.ranks(all, Word.timer)
        writer.put(UInt32(all.count))
        for group in all {
            groups.write(group, hidden: [Word.list, Word.timer], to: &writer)
            writer.put(ranks[group] ?? 0)
            matches.write(
                SlabList(packed: groups.slab[group, Word.list]), count: Int(groups.slab[group, Word.count]), to: &writer
            )
        }
    }

    mutating func restore(from reader: inout ByteReader) throws(MalformedBytes) {
        watermark = try reader.take(Int64.self)
        latest = try reader.take(Int64.self)
        lastLoss = try reader.take(Int64.self)
        var due: [(order: UInt32, group: Int)] = []
        for _ in 0 ..< (try reader.take(UInt32.self)) {
            let group = try groups.restore(from: &reader)
            let order = try reader.take(UInt32.self)
            let restored = try matches.restore(from: &reader)
            guard restored.count > 0, UInt64(restored.count) == groups.slab[group, Word.count] else {
                throw MalformedBytes()
            }
            groups.slab[group, Word.list] = restored.list.packed
            due.append((order, group))
        }
        // New timers in the old order.
        due.sort { ($0.order, $0.group) < ($1.order, $1.group) }
        for (_, group) in due { setTimer(group, groups.slab.time(group, Word.due)) }
    }
}
