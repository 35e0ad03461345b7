// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

/// `x-creance: risk`: the scores of an entity's alerts, summed over the timespan; or how many ATT&CK tactics they name.
///
///     entity  [ … · alerts · count, flags · first alert of the latest window · its score · latest time per tactic ]
///     alert   [ links · time · reference · counted, score, tactics ]
///
/// Scores are summed in whole thousandths, so that no order of adding changes a sum. An alert *ends* a satisfying window
/// when the alerts within the timespan up to it reach the threshold or the number of tactics; out of order, every window
/// that holds the new alert is looked at.
struct RiskState: RuleState {
    private enum Word {
        static let list = ClassedGroups.ownWord
        static let count = ClassedGroups.ownWord + 1
        static let low = ClassedGroups.ownWord + 2
        static let score = ClassedGroups.ownWord + 3
        static let tactics = ClassedGroups.ownWord + 4
    }
    private static let countedBit: UInt64 = 1 << 63
    private static let approximateBit: UInt64 = 1 << 32
    private static let scale = 1000.0
    /// Of one alert, in thousandths: 40 bits.
    private static let scoreLimit = 1_099_511_627_775.0
    private static let tacticCount = 14

    private let timespan: Int64
    private let threshold: Int64
    private let tacticsNeeded: Int
    private let cap: Int
    // Classes: one hit, less than half of the score, more, fired.
    private var groups = ClassedGroups(words: 4 + tacticCount, classes: 4)
    private var matches = MatchLists()
    private var watermark = Int64.min
    private var latest = Int64.min
    private var lastLoss = Int64.min

    init(_ rule: CorrelationRule, _ limits: StateLimits) {
        var threshold = Double.infinity
        var tactics = Int.max
        if case .risk(_, let given, let needed) = rule.kind { (threshold, tactics) = (given, needed) }
        self.init(
            timespan: rule.timespan.wholeNanoseconds, threshold: threshold, tactics: tactics, cap: limits.timesPerGroup)
    }

    /// `tactics`: how many different ones fire, whatever the score.
    init(timespan: Int64, threshold: Double, tactics: Int, cap: Int) {
        self.timespan = timespan
        self.threshold = threshold < Self.scoreLimit / Self.scale ? Int64((threshold * Self.scale).rounded()) : .max
        tacticsNeeded = max(1, tactics)
        self.cap = max(4, cap)
    }

    var groupCount: Int { groups.count }
    var byteCount: Int { groups.byteCount + matches.byteCount }

    // MARK: - One alert

    mutating func observe(_ observation: Observation, key: [UInt8], _ firings: inout FiringBuffer) -> Placement {
        let time = observation.time.nanoseconds
        guard time >= watermark.subtractingClamped(timespan) else { return .unplaced }
        latest = max(latest, time)
        let score = UInt64(max(0, min(observation.number * Self.scale, Self.scoreLimit)).rounded())
        let tactics = UInt64(observation.tactics.rawValue)
        if score == 0 && tactics == 0 { return .placed }
        let known = groups.find(observation.key)
        let group = known ?? makeGroup(observation.key)
        var list = SlabList(packed: groups.slab[group, Word.list])
        let match = StepMatch(time: time, reference: observation.reference.packed, mask: score << 16 | tactics)
        var index = -1
        matches.insert(match, into: &list, at: &index)
        groups.slab[group, Word.list] = list.packed
        groups.slab[group, Word.count] += 1
        for tactic in 0 ..< Self.tacticCount
        where tactics & 1 << UInt64(tactic) != 0 && time > groups.slab.time(group, Word.tactics + tactic) {
            groups.slab.setTime(group, Word.tactics + tactic, time)
        }
        if index == list.tail { lookAtLast(group, list, &firings) } else { look(group, list, time, &firings) }
        trim(group)
        classify(group)
        return .placed
    }

    private func score(_ index: Int) -> Int64 { Int64(matches.mask(index) >> 16 & (1 << 40 - 1)) }

    private mutating func makeGroup(_ key: Fingerprint) -> Int {
        let group = groups.make(key, bytes: [], class: 0)
        groups.slab[group, Word.list] = SlabList().packed
        for tactic in 0 ..< Self.tacticCount { groups.slab.setTime(group, Word.tactics + tactic, .min) }
        return group
    }

    private func isReached(_ score: Int64, _ tactics: Int) -> Bool { score >= threshold || tactics >= tacticsNeeded }

    /// The latest alert: its window is the one before, moved on.
    private mutating func lookAtLast(_ group: Int, _ list: SlabList, _ firings: inout FiringBuffer) {
        let time = matches.time(list.tail)
        let earliest = time.subtractingClamped(timespan)
        var low = Int(groups.slab[group, Word.low]) - 1
        if low < 0 { low = list.head }
        var score = Int64(bitPattern: groups.slab[group, Word.score]) &+ score(list.tail)
        while matches.time(low) < earliest {
            score &-= self.score(low)
            low = matches.next(low)
        }
        groups.slab[group, Word.low] = UInt64(low + 1)
        groups.slab[group, Word.score] = UInt64(bitPattern: score)
        var tactics: UInt16 = 0
        for tactic in 0 ..< Self.tacticCount where groups.slab.time(group, Word.tactics + tactic) >= earliest {
            tactics |= 1 << UInt16(tactic)
        }
        guard isReached(score, tactics.nonzeroBitCount) else { return }
        var found = Found(from: time, until: time, first: time, score: score, tactics: tactics)
        firings.beginContributions()
        var index = list.tail
        // What lies before an alert that counted has counted, too.
        while index >= 0, matches.time(index) >= earliest {
            if !take(index, &found, &firings) { break }
            found.first = matches.time(index)
            index = SlabList.previous(matches.slab, index)
        }
        add(group, found, &firings)
    }

    /// Looks at every window that holds a time.
    private mutating func look(_ group: Int, _ list: SlabList, _ time: Int64, _ firings: inout FiringBuffer) {
        var low = list.tail
        while matches.time(low) > time { low = SlabList.previous(matches.slab, low) }
        var next = matches.next(low)
        let earliest = time.subtractingClamped(timespan)
        var before = SlabList.previous(matches.slab, low)
        while before >= 0, matches.time(before) >= earliest {
            low = before
            before = SlabList.previous(matches.slab, low)
        }
        var counts = InlineArray<14, Int>(repeating: 0)
        var score: Int64 = 0
        var index = low
        while index != next {
            change(index, 1, &score, &counts)
            index = matches.next(index)
        }
        var end = time
        var unmarked = low
        var found: Found?
        firings.beginContributions()
        while true {
            var tactics: UInt16 = 0
            for tactic in 0 ..< Self.tacticCount where counts[tactic] > 0 { tactics |= 1 << UInt16(tactic) }
            if isReached(score, tactics.nonzeroBitCount) {
                var now =
                    found ?? Found(from: end, until: end, first: matches.time(low), score: score, tactics: tactics)
                now.until = end
                now.score = max(now.score, score)
                now.tactics |= tactics
                while unmarked != next {
                    _ = take(unmarked, &now, &firings)
                    unmarked = matches.next(unmarked)
                }
                found = now
            }
            guard next >= 0, matches.time(next).subtractingClamped(time) <= timespan else { break }
            end = matches.time(next)
            while next >= 0, matches.time(next) == end {
                change(next, 1, &score, &counts)
                next = matches.next(next)
            }
            let bound = end.subtractingClamped(timespan)
            while matches.time(low) < bound {
                change(low, -1, &score, &counts)
                if unmarked == low { unmarked = matches.next(low) }
                low = matches.next(low)
            }
        }
        if let found { add(group, found, &firings) } else { _ = firings.endContributions() }
        measureLast(group, list)
    }

    /// The window of the latest alert, from scratch.
    private mutating func measureLast(_ group: Int, _ list: SlabList) {
        let earliest = matches.time(list.tail).subtractingClamped(timespan)
        var low = list.tail
        var score: Int64 = 0
        var index = list.tail
        while index >= 0, matches.time(index) >= earliest {
            score &+= self.score(index)
            low = index
            index = SlabList.previous(matches.slab, index)
        }
        groups.slab[group, Word.low] = UInt64(low + 1)
        groups.slab[group, Word.score] = UInt64(bitPattern: score)
    }

    private func change(_ index: Int, _ amount: Int64, _ score: inout Int64, _ counts: inout InlineArray<14, Int>) {
        score &+= amount &* self.score(index)
        for tactic in 0 ..< Self.tacticCount where matches.mask(index) & 1 << UInt64(tactic) != 0 {
            counts[tactic] += Int(amount)
        }
    }

    // MARK: - Firing

    private struct Found {
        var from: Int64
        var until: Int64
        var first: Int64
        var score: Int64
        var tactics: UInt16
        var added = 0
        var joins = false
    }

    /// Counts an alert; false when it has counted before.
    private mutating func take(_ index: Int, _ found: inout Found, _ firings: inout FiringBuffer) -> Bool {
        if matches.mask(index) & Self.countedBit != 0 {
            found.joins = true
            return false
        }
        matches.slab[index, 3] |= Self.countedBit
        firings.addBackwards(matches.contribution(index))
        found.added += 1
        return true
    }

    private mutating func add(_ group: Int, _ found: Found, _ firings: inout FiringBuffer) {
        groups.move(group, to: 3)
        let alerts = firings.endContributions()
        firings.add(
            Firing(
                key: groups.key(group), from: EventTime(nanoseconds: found.from),
                until: EventTime(nanoseconds: found.until), first: EventTime(nanoseconds: found.first),
                last: EventTime(nanoseconds: found.until), value: Double(found.score) / Self.scale, count: found.added,
                joinsOnly: found.joins, alerts: alerts, tactics: Tactics(rawValue: found.tactics),
                isApproximate: groups.slab[group, Word.count] & Self.approximateBit != 0,
                mayBeUndercounted: lastLoss != .min && found.from.subtractingClamped(timespan) <= lastLoss))
    }

    mutating func reset(_ key: Fingerprint) {
        if let group = groups.find(key) { free(group) }
    }

    // MARK: - Forgetting

    private mutating func classify(_ group: Int) {
        if groups.classOf(group) == 3 || groups.slab[group, Word.count] & 0xffff_ffff < 2 { return }
        let score = Int64(bitPattern: groups.slab[group, Word.score])
        groups.move(group, to: score < threshold / 2 ? 1 : 2)
    }

    private mutating func trim(_ group: Int) {
        let horizon = watermark.subtractingClamped(timespan)
        var list = SlabList(packed: groups.slab[group, Word.list])
        while !list.isEmpty {
            let head = list.head
            if matches.time(head) >= horizon {
                if groups.slab[group, Word.count] & 0xffff_ffff <= UInt64(cap) { break }
                groups.slab[group, Word.count] |= Self.approximateBit
            }
            if Int(groups.slab[group, Word.low]) - 1 == head {
                groups.slab[group, Word.low] = UInt64(matches.next(head) + 1)
                groups.slab[group, Word.score] &-= UInt64(bitPattern: score(head))
            }
            matches.removeHead(of: &list)
            groups.slab[group, Word.count] -= 1
        }
        groups.slab[group, Word.list] = list.packed
    }

    private mutating func free(_ group: Int) {
        var list = SlabList(packed: groups.slab[group, Word.list])
        while !list.isEmpty { matches.removeHead(of: &list) }
        groups.free(group)
    }

    /// How many entities of a class are looked at when time passes: which have nothing within the timespan.
    private static let sweep = 64

    mutating func advance(to watermark: EventTime, _ firings: inout FiringBuffer) {
        self.watermark = max(self.watermark, watermark.nanoseconds)
        for list in 0 ..< 4 {
            for _ in 0 ..< Self.sweep where !groups.lists[list].isEmpty {
                let head = groups.lists[list].head
                trim(head)
                if SlabList(packed: groups.slab[head, Word.list]).isEmpty {
                    groups.free(head)
                } else {
                    groups.renew(head)
                }
            }
        }
    }

    mutating func evict(_ rank: EvictionRank) -> Bool {
        let index =
            switch rank {
            case .expired: -1
            case .oneHit: 0
            case .little: 1
            case .much: 2
            case .full: 3
            }
        guard index >= 0, !groups.lists[index].isEmpty else { return false }
        lastLoss = latest
        free(groups.lists[index].head)
        return true
    }

    // MARK: - Checkpoint

    /// Watermark, latest, last loss; the entities with their alerts.
    func write(to writer: inout ByteWriter) {
        for time in [watermark, latest, lastLoss] { writer.put(time) }
        let all = groups.all
        writer.put(UInt32(all.count))
        for group in all {
            groups.write(group, hidden: [Word.list, Word.low], to: &writer)
            matches.write(
                SlabList(packed: groups.slab[group, Word.list]),
                count: Int(groups.slab[group, Word.count] & 0xffff_ffff),
                to: &writer)
        }
    }

    mutating func restore(from reader: inout ByteReader) throws(MalformedBytes) {
        watermark = try reader.take(Int64.self)
        latest = try reader.take(Int64.self)
        lastLoss = try reader.take(Int64.self)
        for _ in 0 ..< (try reader.take(UInt32.self)) {
            let group = try groups.restore(from: &reader)
            let restored = try matches.restore(from: &reader)
            guard restored.count > 0, UInt64(restored.count) == groups.slab[group, Word.count] & 0xffff_ffff else {
                throw MalformedBytes()
            }
            groups.slab[group, Word.list] = restored.list.packed
            measureLast(group, restored.list)
        }
    }
}
