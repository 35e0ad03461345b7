// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

/// A `temporal` rule whose condition has no `not`: fires as soon as a window that holds the new alert satisfies it.
///
///     group   [ links · key · class, flags, hits · first, last match · deadline · count · floor · session · mark · latest times ]
///     match   [ links · time · reference and counted bit · mask ]   a list per group, in order of time
///
/// An alert *ends* a satisfying window when the alerts of the window up to it satisfy the condition; such times are the
/// incident's satisfying times, and every alert in one of these windows counts. In order, the latest time of each
/// reference decides; out of order, the alert is put in its place and every window that holds it is looked at. An `until`
/// match parts what lies at or before it from what comes later.
///
/// What a group that made room had seen goes into `ForgottenChains`. It counts again, approximately, for a group that has
/// alerts of two references by itself; a flood of one-hit keys would otherwise fire where the filter is wrong.
struct TemporalState: RuleState {
    enum Word {
        static let flags = 3
        static let list = 4
        static let deadline = 5
        static let count = 6
        /// The latest `until` match.
        static let floor = 7
        /// Where the session began that the last match is in.
        static let session = 8
        /// What `ForgottenChains` finds it by.
        static let mark = 9
        static let latest = 10
    }
    static let countedBit: UInt64 = 1 << 63
    static let firedFlag: UInt64 = 1 << 16
    static let approximateFlag: UInt64 = 1 << 17

    let references: Int
    let span: WindowSpan
    let cap: Int
    var program: ConditionProgram
    var slots = GroupSlots()
    var groups: Slab
    var matches = Slab(stride: 4)
    /// By class: one hit, then by references seen, then fired; the oldest first.
    var classes: [SlabList]
    var watermark = Int64.min
    var latest = Int64.min
    /// The latest time when a group last lost its state to make room, while something could still come of it.
    var lastLoss = Int64.min
    var forgotten: ForgottenChains
    // Of `look`: how often each reference is in the window.
    private var counts: [Int]

    init(_ rule: CorrelationRule, _ limits: StateLimits) {
        var condition = TemporalCondition.all(rule.references.count)
        if case .temporal(let given) = rule.kind { condition = given }
        self.init(
            references: rule.references.count, condition,
            WindowSpan(rule.window, timespan: rule.timespan.wholeNanoseconds), cap: limits.timesPerGroup,
            forgottenBytes: limits.forgottenBytes)
    }

    init(
        references: Int, _ condition: TemporalCondition, _ span: WindowSpan, cap: Int,
        forgottenBytes: Int = StateLimits().forgottenBytes
    ) {
        forgotten = ForgottenChains(timespan: span.timespan, bytes: forgottenBytes)
        self.references = min(references, 63)
        self.span = span
        self.cap = max(4, cap)
        program = ConditionProgram(condition)
        groups = Slab(stride: Word.latest + self.references)
        classes = [SlabList](repeating: SlabList(), count: self.references + 2)
        counts = [Int](repeating: 0, count: self.references)
    }

    // MARK: - One alert

    mutating func observe(_ observation: Observation, key: [UInt8], _ firings: inout FiringBuffer) -> Placement {
        let time = observation.time.nanoseconds
        guard time >= watermark.subtractingClamped(span.timespan) else { return .unplaced }
        latest = max(latest, time)
        let known = slots.find(observation.key, groups)
        let group = known ?? makeGroup(observation.key, ForgottenChains.mark(key))
        if !forgotten.isEmpty { recall(group, observation.references, at: time) }
        let isInOrder = insert(
            group, StepMatch(time: time, reference: observation.reference.packed, mask: observation.references),
            &firings)
        // An `until` alone satisfies nothing.
        if !isInOrder, observation.references & ~Observation.untilBit != 0 { look(group, around: time, &firings) }
        trim(group)
        classify(group, isListed: known != nil)
        return .placed
    }

    func wantsKey(_ observation: Observation) -> Bool { slots.find(observation.key, groups) == nil }

    mutating func reset(_ key: Fingerprint) {
        guard let group = slots.find(key, groups) else { return }
        classes[classOf(group)].remove(group, &groups)
        free(group)
    }

    /// Puts a match into its group's list. True when it was the latest and its windows are looked at already.
    private mutating func insert(_ group: Int, _ match: StepMatch, _ firings: inout FiringBuffer) -> Bool {
        let index = matches.take()
        matches.setTime(index, 1, match.time)
        matches[index, 2] = match.reference
        matches[index, 3] = match.mask
        var list = list(group)
        var before = list.tail
        while before >= 0, matches.time(before, 1) > match.time { before = SlabList.previous(matches, before) }
        let isLast = before == list.tail
        list.insert(index, after: before, &matches)
        setList(group, list)
        groups[group, Word.count] += 1
        if groups[group, Word.flags] & 0xff < 2 { groups[group, Word.flags] += 1 }

        var present: UInt64 = 0
        if span.isSession { noteSession(group, before, isLast: isLast, match.time) }
        let earliest = max(
            span.earliest(before: match.time), groups.time(group, Word.floor).addingClamped(1),
            groups.time(group, Word.session))
        for reference in 0 ..< references {
            if match.mask & 1 << UInt64(reference) != 0, match.time > groups.time(group, Word.latest + reference) {
                groups.setTime(group, Word.latest + reference, match.time)
            }
            if groups.time(group, Word.latest + reference) >= earliest { present |= 1 << UInt64(reference) }
        }
        let floor = groups.time(group, Word.floor)
        if match.mask & Observation.untilBit != 0 { groups.setTime(group, Word.floor, max(floor, match.time)) }
        if !isLast || floor >= match.time { return false }
        if match.mask & ~Observation.untilBit != 0, program.holds(present) {
            fireLast(group, earliest, present, &firings)
        }
        return true
    }

    private mutating func noteSession(_ group: Int, _ before: Int, isLast: Bool, _ time: Int64) {
        if isLast, before >= 0 {
            if span.isCut(matches.time(before, 1), time) { groups.setTime(group, Word.session, time) }
            return
        }
        var index = list(group).tail
        var previous = SlabList.previous(matches, index)
        while previous >= 0, !span.isCut(matches.time(previous, 1), matches.time(index, 1)) {
            index = previous
            previous = SlabList.previous(matches, index)
        }
        groups.setTime(group, Word.session, matches.time(index, 1))
    }

    // MARK: - Firing

    /// The latest match ends a satisfying window: what lies in it and has not counted yet counts.
    private mutating func fireLast(
        _ group: Int, _ earliest: Int64, _ present: UInt64, _ firings: inout FiringBuffer
    ) {
        var index = list(group).tail
        let time = matches.time(index, 1)
        var found = Found(from: time, until: time, first: time, value: present.nonzeroBitCount)
        firings.beginContributions()
        // What lies before a match that counted has counted, too.
        while index >= 0, matches.time(index, 1) >= earliest {
            if matches[index, 2] & Self.countedBit != 0 {
                found.joins = true
                break
            }
            if count(index, &firings) {
                found.added += 1
                found.first = matches.time(index, 1)
            }
            index = SlabList.previous(matches, index)
        }
        add(group, found, &firings)
    }

    /// Counts a match. False of one that is nothing but an `until`.
    private mutating func count(_ index: Int, _ firings: inout FiringBuffer) -> Bool {
        if matches[index, 3] & ~Observation.untilBit == 0 { return false }
        firings.addBackwards(
            Contribution(
                time: EventTime(nanoseconds: matches.time(index, 1)),
                reference: AlertReference(packed: matches[index, 2])))
        matches[index, 2] |= Self.countedBit
        return true
    }

    /// Satisfying windows that make one firing.
    private struct Found {
        var from: Int64
        var until: Int64
        var first: Int64
        var value = 0
        var added = 0
        var joins = false
    }

    private mutating func add(_ group: Int, _ found: Found, _ firings: inout FiringBuffer) {
        groups[group, Word.flags] |= Self.firedFlag
        // A session's windows may overlap those of the incident before.
        let alerts = firings.endContributions()
        firings.add(
            Firing(
                key: key(group), from: EventTime(nanoseconds: found.from), until: EventTime(nanoseconds: found.until),
                first: EventTime(nanoseconds: found.first), last: EventTime(nanoseconds: found.until),
                value: Double(found.value), count: found.added, joinsOnly: found.joins && !span.isSession,
                alerts: alerts,
                isApproximate: groups[group, Word.flags] & Self.approximateFlag != 0,
                mayBeUndercounted: lastLoss != .min && found.from.subtractingClamped(span.timespan) <= lastLoss))
    }

    /// Looks at every window that holds a time, in order of their ends.
    private mutating func look(_ group: Int, around time: Int64, _ firings: inout FiringBuffer) {
        for reference in 0 ..< references { counts[reference] = 0 }
        var low = list(group).tail
        while matches.time(low, 1) > time { low = SlabList.previous(matches, low) }
        var next = SlabList.next(matches, low)
        low = lowest(before: low, time)
        var end = time
        var hasUntil = false
        var holdsMatch = false
        var index = low
        while index != next {
            take(index, end, &hasUntil, &holdsMatch)
            index = SlabList.next(matches, index)
        }
        var found: Found?
        var unmarked = low
        firings.beginContributions()
        while true {
            var present: UInt64 = 0
            for reference in 0 ..< references where counts[reference] > 0 { present |= 1 << UInt64(reference) }
            if holdsMatch, program.holds(present) {
                if let before = found, end.subtractingClamped(before.until) > span.hold {
                    add(group, before, &firings)
                    firings.beginContributions()
                    found = nil
                }
                var now = found ?? Found(from: end, until: end, first: matches.time(low, 1))
                now.until = end
                now.value = max(now.value, present.nonzeroBitCount)
                while unmarked != next {
                    if matches[unmarked, 2] & Self.countedBit != 0 {
                        now.joins = true
                    } else if count(unmarked, &firings) {
                        now.added += 1
                    }
                    unmarked = SlabList.next(matches, unmarked)
                }
                found = now
            }
            // On to the next end, unless it is too far, or a session or an `until` lies between.
            guard next >= 0, !hasUntil, matches.time(next, 1) <= span.latest(after: time),
                !span.isCut(end, matches.time(next, 1))
            else { break }
            end = matches.time(next, 1)
            holdsMatch = false
            while next >= 0, matches.time(next, 1) == end {
                take(next, end, &hasUntil, &holdsMatch)
                next = SlabList.next(matches, next)
            }
            let bound = span.earliest(before: end)
            while matches.time(low, 1) < bound {
                change(low, by: -1)
                if unmarked == low { unmarked = SlabList.next(matches, low) }
                low = SlabList.next(matches, low)
            }
        }
        if let found { add(group, found, &firings) }
    }

    /// A match comes into the window that ends at `end`.
    private mutating func take(_ index: Int, _ end: Int64, _ hasUntil: inout Bool, _ holdsMatch: inout Bool) {
        change(index, by: 1)
        guard matches.time(index, 1) == end else { return }
        if isUntil(index) { hasUntil = true }
        if matches[index, 3] & ~Observation.untilBit != 0 { holdsMatch = true }
    }

    /// The first match of the window that ends with the last match of `time`.
    private func lowest(before last: Int, _ time: Int64) -> Int {
        let earliest = span.earliest(before: time)
        var low = last
        var parted = Int64.min
        while true {
            let before = SlabList.previous(matches, low)
            if before < 0 { break }
            let at = matches.time(before, 1)
            if at < earliest || span.isCut(at, matches.time(low, 1)) { break }
            if isUntil(before), at < time {
                parted = at
                break
            }
            low = before
        }
        while matches.time(low, 1) <= parted { low = SlabList.next(matches, low) }
        return low
    }

    private func isUntil(_ index: Int) -> Bool { matches[index, 3] & Observation.untilBit != 0 }

    private mutating func change(_ index: Int, by amount: Int) {
        var rest = matches[index, 3] & ~Observation.untilBit
        while rest != 0 {
            let reference = rest.trailingZeroBitCount
            if reference < references { counts[reference] += amount }
            rest &= rest - 1
        }
    }
}
