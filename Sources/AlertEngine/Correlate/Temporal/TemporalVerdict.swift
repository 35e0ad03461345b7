// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

/// A `temporal` rule whose condition has a `not`: one verdict for every window, when the watermark has passed its end.
///
///     group   [ … · matches · count · judged to · when its timer is due · its order ]
///
/// Sliding windows begin at the group's first alert and do not overlap: the next begins at the first alert behind. An
/// alert on time that lies before the first moves the window; which window it is, is settled when the watermark is there.
/// A verdict once given is never revised: what comes later for its window is kept out. An `until` match leaves of its
/// window only what comes after it.
struct TemporalVerdict: RuleState {
    enum Word {
        static let list = ClassedGroups.ownWord
        static let count = ClassedGroups.ownWord + 1
        static let judged = ClassedGroups.ownWord + 2
        static let due = ClassedGroups.ownWord + 3
        static let timer = ClassedGroups.ownWord + 4
    }
    /// Classes: judged and empty, one hit, less than half of the references, more.
    private enum Class { static let empty = 0, oneHit = 1, little = 2, much = 3 }

    private let references: Int
    private let span: WindowSpan
    private let cap: Int
    private var program: ConditionProgram
    private var groups = ClassedGroups(words: 5, classes: 4)
    private var matches = MatchLists()
    private var timers = TimerQueue()
    var nextDue: Int64 { timers.firstDue }
    private var watermark = Int64.min
    private var latest = Int64.min
    private var lastLoss = Int64.min

    init(_ rule: CorrelationRule, _ limits: StateLimits) {
        var condition = TemporalCondition.all(rule.references.count)
        if case .temporal(let given) = rule.kind { condition = given }
        self.init(
            references: rule.references.count, condition,
            WindowSpan(rule.window, timespan: rule.timespan.wholeNanoseconds), cap: limits.timesPerGroup)
    }

    init(references: Int, _ condition: TemporalCondition, _ span: WindowSpan, cap: Int) {
        self.references = min(references, 63)
        self.span = span
        self.cap = max(4, cap)
        program = ConditionProgram(condition)
    }

    var groupCount: Int { groups.count }
    var byteCount: Int { groups.byteCount + matches.byteCount + groups.count * TimerQueue.bytesPerTimer }

    // MARK: - One alert

    func wantsKey(_ observation: Observation) -> Bool { groups.find(observation.key) == nil }

    mutating func observe(_ observation: Observation, key: [UInt8], _ firings: inout FiringBuffer) -> Placement {
        let time = observation.time.nanoseconds
        let match = StepMatch(
            time: time, reference: observation.reference.packed, mask: observation.references)
        let known = groups.find(observation.key)
        if time < watermark {
            // Behind the watermark: into a window that is open, or can still be.
            let judged = known.map { groups.slab.time($0, Word.judged) } ?? .min
            guard time > judged, span.latest(after: time) >= watermark else { return .unplaced }
        }
        latest = max(latest, time)
        let group = known ?? makeGroup(observation.key, key)
        var list = SlabList(packed: groups.slab[group, Word.list])
        if count(group) >= cap, addsNothing(match, list) {
            groups.slab[group, Word.count] |= 1 << 63
            return .placed
        }
        let head = list.head
        matches.insert(match, into: &list)
        groups.slab[group, Word.list] = list.packed
        groups.slab[group, Word.count] += 1
        if list.head != head { setTimer(group, list) }
        classify(group, list)
        return .placed
    }

    private func count(_ group: Int) -> Int { Int(groups.slab[group, Word.count] & 0xffff_ffff) }

    private func addsNothing(_ match: StepMatch, _ list: SlabList) -> Bool {
        var index = list.head
        var present: UInt64 = 0
        while index >= 0 {
            present |= matches.mask(index)
            index = matches.next(index)
        }
        return match.mask & ~present == 0
    }

    private mutating func makeGroup(_ key: Fingerprint, _ bytes: [UInt8]) -> Int {
        let group = groups.make(key, bytes: bytes, class: Class.oneHit)
        groups.slab[group, Word.list] = SlabList().packed
        groups.slab.setTime(group, Word.judged, .min)
        groups.slab[group, Word.timer] = .max
        return group
    }

    private mutating func classify(_ group: Int, _ list: SlabList) {
        if list.head == list.tail {
            groups.move(group, to: list.isEmpty ? Class.empty : Class.oneHit)
            return
        }
        if groups.classOf(group) == Class.much { return }
        var seen: UInt64 = 0
        var index = list.tail
        // A glance at the latest is enough to rank by.
        for _ in 0 ..< 8 where index >= 0 {
            seen |= matches.mask(index)
            index = SlabList.previous(matches.slab, index)
        }
        groups.move(group, to: seen.nonzeroBitCount * 2 < references ? Class.little : Class.much)
    }

    mutating func reset(_ key: Fingerprint) {
        guard let group = groups.find(key) else { return }
        var list = SlabList(packed: groups.slab[group, Word.list])
        while !list.isEmpty { matches.removeHead(of: &list) }
        groups.slab[group, Word.list] = list.packed
        groups.slab[group, Word.count] = 0
        groups.move(group, to: Class.empty)
        groups.slab.setTime(group, Word.judged, max(groups.slab.time(group, Word.judged), watermark))
        setTimer(group, list)
    }

    // MARK: - Verdicts

    /// The end of the window that the first match begins.
    private func end(_ list: SlabList) -> Int64 {
        let limit = span.latest(after: matches.time(list.head))
        guard span.isSession else { return limit }
        var index = list.head
        var last = matches.time(index)
        while true {
            index = matches.next(index)
            if index < 0 || matches.time(index) > limit || span.isCut(last, matches.time(index)) { break }
            last = matches.time(index)
        }
        return min(limit, last.addingClamped(span.hold))
    }

    private mutating func setTimer(_ group: Int, _ list: SlabList) {
        // An empty group remembers what was judged until nothing that old can begin a window.
        let due = list.isEmpty ? groups.slab.time(group, Word.judged).addingClamped(span.timespan) : end(list)
        setTimer(group, due: due)
    }

    private mutating func setTimer(_ group: Int, due: Int64) {
        groups.slab.setTime(group, Word.due, due)
        groups.slab[group, Word.timer] = timers.set(due, UInt32(group))
    }

    mutating func advance(to watermark: EventTime, _ firings: inout FiringBuffer) {
        self.watermark = max(self.watermark, watermark.nanoseconds)
        while let timer = timers.popDue(before: self.watermark) {
            let group = Int(timer.slot)
            // Timers that another one took the place of say nothing.
            guard groups.slab[group, Word.timer] == timer.order else { continue }
            let list = SlabList(packed: groups.slab[group, Word.list])
            if list.isEmpty {
                free(group)
            } else if end(list) < self.watermark {
                judge(group, list, &firings)
            } else {
                setTimer(group, list)
            }
        }
    }

    private mutating func judge(_ group: Int, _ all: SlabList, _ firings: inout FiringBuffer) {
        var list = all
        let end = end(list)
        var present: UInt64 = 0
        var count = 0
        var first = end
        var last = end
        var parted: Int64?
        // An `until` match counts for what comes after its time.
        var index = list.head
        while index >= 0, matches.time(index) <= end {
            if let time = parted, matches.time(index) > time { (present, count, parted) = (0, 0, nil) }
            if matches.mask(index) & Observation.untilBit != 0 { parted = matches.time(index) }
            if matches.mask(index) & ~Observation.untilBit != 0 {
                if count == 0 { first = matches.time(index) }
                last = matches.time(index)
                present |= matches.mask(index) & ~Observation.untilBit
                count += 1
            }
            index = matches.next(index)
        }
        let holds = count > 0 && program.holds(present)
        let isApproximate = groups.slab[group, Word.count] >> 63 != 0
        firings.beginContributions()
        while !list.isEmpty, matches.time(list.head) <= end {
            if holds, matches.time(list.head) >= first, matches.mask(list.head) & ~Observation.untilBit != 0 {
                firings.addBackwards(matches.contribution(list.head))
            }
            matches.removeHead(of: &list)
            groups.slab[group, Word.count] -= 1
        }
        let alerts = firings.endContributions()
        groups.slab[group, Word.count] &= 0xffff_ffff
        groups.slab[group, Word.list] = list.packed
        groups.slab.setTime(group, Word.judged, end)
        if holds {
            firings.add(
                Firing(
                    key: groups.key(group), from: EventTime(nanoseconds: end), until: EventTime(nanoseconds: end),
                    first: EventTime(nanoseconds: first), last: EventTime(nanoseconds: last),
                    value: Double(present.nonzeroBitCount), count: count, alerts: alerts,
                    keyBytes: firings.add(key: groups.keyBytes(group)), isApproximate: isApproximate,
                    mayBeUndercounted: lastLoss != .min && first.subtractingClamped(span.timespan) <= lastLoss))
        }
        if list.isEmpty { groups.move(group, to: Class.empty) } else { classify(group, list) }
        setTimer(group, list)
    }

    // MARK: - Forgetting

    mutating func evict(_ rank: EvictionRank) -> Bool {
        let index =
            switch rank {
            case .expired: Class.empty
            case .oneHit: Class.oneHit
            case .little: Class.little
            case .much: Class.much
            case .full: -1
            }
        guard index >= 0, !groups.lists[index].isEmpty else { return false }
        let group = groups.lists[index].head
        if index != Class.empty { lastLoss = latest }
        var list = SlabList(packed: groups.slab[group, Word.list])
        while !list.isEmpty { matches.removeHead(of: &list) }
        groups.slab[group, Word.list] = list.packed
        free(group)
        return true
    }

    private mutating func free(_ group: Int) {
        groups.slab[group, Word.timer] = .max
        groups.free(group)
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
            matches.write(SlabList(packed: groups.slab[group, Word.list]), count: count(group), to: &writer)
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
            guard restored.count == count(group) else { throw MalformedBytes() }
            groups.slab[group, Word.list] = restored.list.packed
            due.append((order, group))
        }
        // New timers in the old order.
        due.sort { ($0.order, $0.group) < ($1.order, $1.group) }
        for (_, group) in due { setTimer(group, due: groups.slab.time(group, Word.due)) }
    }
}
