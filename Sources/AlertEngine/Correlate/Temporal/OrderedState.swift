// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

/// A `temporal_ordered` rule: per group, how far the alerts have come through its steps in the order of their times.
///
///     group   [ links · key · recent, class, hits · deadline · mark · prefixes with every match that is known ]
///     recent  [ links · group, count · first, last match · deadline · settled to · prefixes up to the watermark ]
///     match   [ links · time · reference · mask ]
///
/// A group's state is O(steps): `PrefixSteps`. Matches after the watermark are kept beside it, sorted by time, so that
/// one that comes out of order finds its place: the prefixes up to the watermark are taken again and the recent matches
/// go over them anew. When the watermark has passed the last of them, only the prefixes stay. A match at or before the
/// watermark extends what is there, forward only.
///
/// What a group that made room had come to goes into `ForgottenChains`. A match that may follow it revives it, so a flood
/// of keys hides no chain: it fires, and says that it is approximate.
struct OrderedState: RuleState {
    static let recentWord = 3
    static let deadlineWord = 4
    /// Where the prefixes begin, in groups and in recents.
    static let stateWord = 6
    static let recentStateWord = 5
    static let settledWord = 4
    /// Of groups: what `ForgottenChains` finds them by.
    static let markWord = 5
    /// Recent matches of one group. Beyond it the oldest counts as settled, and order before it is no longer exact.
    static let recentLimit = 64

    var prefix: PrefixSteps
    var slots = GroupSlots()
    var groups: Slab
    var recents: Slab
    var matches = Slab(stride: 4)
    /// By class: nothing begun, one hit, then by the longest prefix; the oldest first.
    var classes: [SlabList]
    /// Groups with recent matches, in the order in which the watermark will pass them.
    var settling = SlabList()
    /// Everything at or before it is settled: the watermark, less a nanosecond.
    var settled = Int64.min
    /// The latest time seen.
    var latest = Int64.min
    /// The latest time when a group last lost its state to make room, while something could still come of it.
    var lastLoss = Int64.min
    var forgotten: ForgottenChains
    /// The group that `wantsKey` found; -1 without any.
    private var sought = -1
    private var tied: [StepMatch] = []

    init(_ rule: CorrelationRule, _ limits: StateLimits) {
        self.init(
            steps: rule.references.count, timespan: rule.timespan.wholeNanoseconds,
            forgottenBytes: limits.forgottenBytes)
    }

    init(steps: Int, timespan: Int64, forgottenBytes: Int = StateLimits().forgottenBytes) {
        forgotten = ForgottenChains(timespan: timespan, bytes: forgottenBytes)
        prefix = PrefixSteps(steps: steps, timespan: timespan)
        groups = Slab(stride: Self.stateWord + prefix.stateWords)
        recents = Slab(stride: Self.recentStateWord + prefix.stateWords)
        classes = [SlabList](repeating: SlabList(), count: steps + 1)
    }

    // MARK: - One alert

    private mutating func find(_ key: Fingerprint) -> Int? {
        let group = sought
        sought = -1
        return group >= 0 && self.key(group) == key ? group : slots.find(key, groups)
    }

    mutating func observe(_ observation: Observation, key: [UInt8], _ firings: inout FiringBuffer) -> Placement {
        let match = StepMatch(
            time: observation.time.nanoseconds, reference: observation.reference.packed, mask: observation.references)
        latest = max(latest, match.time)
        var isNew = false
        let group: Int
        if let known = find(observation.key) {
            group = known
            if groups[group, Self.markWord] == 0, needsMark(match.mask) {
                groups[group, Self.markWord] = ForgottenChains.mark(key)
            }
            settle(group)
        } else {
            let mark = needsMark(match.mask) ? ForgottenChains.mark(key) : 0
            // Behind the watermark only a first step can begin something, or what follows a chain that was forgotten.
            if match.time <= settled, match.mask & 1 == 0, !follows(match, mark) {
                return match.isUntil ? .placed : .unplaced
            }
            group = makeGroup(observation.key, mark)
            isNew = true
        }
        if !forgotten.isEmpty { revive(group, match) }
        let isPlaced = place(group, match, &firings)
        if match.mask & ~Observation.untilBit != 0 { countHit(group) }
        classify(group, isListed: !isNew)
        return isPlaced ? .placed : .unplaced
    }

    /// Whether a mark has to be made. `observe`, which comes next, has not to look for the group again.
    mutating func wantsKey(_ observation: Observation) -> Bool {
        sought = slots.find(observation.key, groups) ?? -1
        return needsMark(observation.references) && (sought < 0 || groups[sought, Self.markWord] == 0)
    }

    /// Only what has begun is ever forgotten, and only what was forgotten is asked for.
    private func needsMark(_ mask: UInt64) -> Bool { mask & 1 != 0 || !forgotten.isEmpty }

    mutating func reset(_ key: Fingerprint) {
        guard let group = slots.find(key, groups) else { return }
        classes[classOf(group)].remove(group, &groups)
        free(group)
    }

    private mutating func place(_ group: Int, _ match: StepMatch, _ firings: inout FiringBuffer) -> Bool {
        var recent = recent(of: group)
        if recent >= 0, count(recent) >= Self.recentLimit, match.time > settled { settleOldest(group) }
        recent = self.recent(of: group)
        let floor = recent >= 0 ? max(settled, recents.time(recent, Self.settledWord)) : settled
        if match.time <= floor { return placeSettled(group, match, &firings) }
        if recent < 0 { recent = makeRecent(of: group, until: match.time) }

        let index = matches.take()
        matches.setTime(index, 1, match.time)
        matches[index, 2] = match.reference
        matches[index, 3] = match.mask
        var list = list(recent)
        let tail = list.tail
        var before = tail
        while before >= 0, matches.time(before, 1) > match.time { before = SlabList.previous(matches, before) }
        list.insert(index, after: before, &matches)
        setList(recent, list, count: count(recent) + 1)
        if tail >= 0, matches.time(tail, 1) >= match.time {
            replay(group, &firings)
            return true
        }
        let base = groups.stride * group + Self.stateWord
        if prefix.apply(match, to: &groups.words, base) {
            fire(group, &firings)
            replay(group, &firings)
        } else if match.isUntil {
            prefix.end(&groups.words, base, at: match.time)
        }
        return true
    }

    /// A match whose place is among what is settled: forward only. False when nothing came of it.
    private mutating func placeSettled(_ group: Int, _ match: StepMatch, _ firings: inout FiringBuffer) -> Bool {
        prefix.didChange = false
        let recent = recent(of: group)
        var hasFired = false
        if recent >= 0 {
            let base = recents.stride * recent + Self.recentStateWord
            hasFired = prefix.apply(match, to: &recents.words, base)
            if hasFired { fire(group, &firings) }
            if match.isUntil { prefix.end(&recents.words, base, at: match.time) }
        } else {
            let base = groups.stride * group + Self.stateWord
            hasFired = prefix.apply(match, to: &groups.words, base)
            if hasFired { fire(group, &firings) }
            if match.isUntil { prefix.end(&groups.words, base, at: match.time) }
        }
        let isPlaced = hasFired || prefix.didChange || match.isUntil
        if isPlaced, recent >= 0 { replay(group, &firings) }
        return isPlaced
    }

    // MARK: - Firing

    /// `prefix.fired` leaves, and what it used goes.
    private mutating func fire(_ group: Int, _ firings: inout FiringBuffer) {
        let chain = prefix.fired
        let start = firings.alertEnd
        for index in chain.alerts.indices { firings.add(chain.alerts[index]) }
        let last = EventTime(nanoseconds: chain.last)
        let first = chain.forgotten > 0 ? chain.alerts.first?.time : nil
        firings.add(
            Firing(
                key: key(group), from: last, until: last, first: first ?? EventTime(nanoseconds: chain.first),
                last: last, value: Double(prefix.steps), count: prefix.steps - min(chain.forgotten, prefix.steps - 1),
                alerts: start ..< firings.alertEnd, isApproximate: chain.forgotten > 0,
                mayBeUndercounted: chain.forgotten > 0 || lastLoss != .min && isNear(lastLoss, chain.last)))

        let recent = recent(of: group)
        guard recent >= 0 else {
            prefix.consumeFired(&groups.words, groups.stride * group + Self.stateWord)
            return
        }
        prefix.consumeFired(&recents.words, recents.stride * recent + Self.recentStateWord)
        var list = list(recent)
        var count = count(recent)
        var index = list.head
        while index >= 0 {
            let next = SlabList.next(matches, index)
            if chain.uses(matches[index, 2]) {
                if matches[index, 3] & Observation.untilBit != 0 {
                    // It goes on ending what begins before it.
                    matches[index, 3] = Observation.untilBit
                } else {
                    list.remove(index, &matches)
                    matches.give(index)
                    count -= 1
                }
            }
            index = next
        }
        setList(recent, list, count: count)
    }

    private func isNear(_ one: Int64, _ other: Int64) -> Bool {
        let (distance, overflow) = max(one, other).subtractingReportingOverflow(min(one, other))
        return !overflow && distance <= prefix.timespan
    }

    /// The recent matches go over the prefixes that stand at the watermark.
    private mutating func replay(_ group: Int, _ firings: inout FiringBuffer) {
        // Every turn but the last consumes the match that completed a chain.
        while true {
            let recent = recent(of: group)
            groups.copy(prefix.stateWords, to: group, Self.stateWord, from: recents, recent, Self.recentStateWord)
            var index = list(recent).head
            var hasFired = false
            while index >= 0, !hasFired {
                index = collectTied(index)
                hasFired = prefix.applyAll(tied, to: &groups.words, groups.stride * group + Self.stateWord)
            }
            if !hasFired { return }
            fire(group, &firings)
        }
    }

    /// All matches that have the time of the one at `first` become `tied`; gives the one behind them.
    private mutating func collectTied(_ first: Int) -> Int {
        tied.removeAll(keepingCapacity: true)
        let time = matches.time(first, 1)
        var index = first
        while index >= 0, matches.time(index, 1) == time {
            tied.append(stepMatch(index))
            index = SlabList.next(matches, index)
        }
        return index
    }

    private func stepMatch(_ index: Int) -> StepMatch {
        StepMatch(time: matches.time(index, 1), reference: matches[index, 2], mask: matches[index, 3])
    }

    // MARK: - Settling

    /// Takes recent matches at or before the watermark into the prefixes that stand there.
    mutating func settle(_ group: Int) {
        let recent = recent(of: group)
        if recent < 0 { return }
        let list = list(recent)
        if list.isEmpty || matches.time(list.tail, 1) <= settled {
            // The group's own prefixes are those with every match.
            freeRecent(group)
            return
        }
        while matches.time(self.list(recent).head, 1) <= settled { settleFirst(recent) }
    }

    private mutating func settleOldest(_ group: Int) {
        let recent = recent(of: group)
        recents.setTime(recent, Self.settledWord, matches.time(list(recent).head, 1))
        settleFirst(recent)
    }

    /// Settles the first match and those of its time. They complete nothing: a chain fires when the last of it comes.
    private mutating func settleFirst(_ recent: Int) {
        var list = list(recent)
        var count = count(recent)
        let rest = collectTied(list.head)
        _ = prefix.applyAll(tied, to: &recents.words, recents.stride * recent + Self.recentStateWord)
        while list.head != rest {
            let head = list.head
            list.remove(head, &matches)
            matches.give(head)
            count -= 1
        }
        setList(recent, list, count: count)
    }
}
