// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// One match of a temporal rule, as it waits for its place in time.
struct StepMatch: Hashable, Sendable {
    var time: Int64
    /// `AlertReference.packed`.
    var reference: UInt64
    /// As `Observation.references`.
    var mask: UInt64

    var isUntil: Bool { mask & Observation.untilBit != 0 }
}

/// A chain of alerts that went through all steps.
struct FiredChain: Hashable, Sendable {
    var first: Int64 = 0
    var last: Int64 = 0
    /// One alert per step; of more than 16 steps the first and the last 8.
    var alerts: [Contribution] = []
    /// Steps that only `ForgottenChains` knows of: no alert of theirs is among `alerts`.
    var forgotten = 0

    func uses(_ reference: UInt64) -> Bool {
        for alert in alerts where alert.reference.packed == reference { return true }
        return false
    }
}

/// How far an ordered rule has come in one group: for every prefix of its steps the partial match that began last.
///
///     state   [ floor · prefix 1 · prefix 2 · … · prefix steps−1 ]
///     prefix  [ time and reference of its alerts, one per step: at most 16, the first and the last 8 ]
///
/// A later start is as good as an earlier one for everything that can still come, so one partial match per length is
/// enough. No chain may start at or before the floor: an `until` match or a firing lies there.
struct PrefixSteps: Sendable {
    static let none = Int64.min
    /// In place of the references of a revived prefix: of the first alert with the prefix's length below. No alert has it.
    static let forgotten: UInt64 = 0xffff_ffff_ffff_ff00
    static let shown = FiringBuffer.shown

    let steps: Int
    /// Nanoseconds; the last alert is at most this much later than the first.
    let timespan: Int64
    /// Where prefix `length` begins, by its length; of no use at 0.
    private let offsets: [Int]
    let stateWords: Int

    /// What completed last.
    private(set) var fired = FiredChain()
    /// An `apply` since it was set to false made or lengthened a partial match.
    var didChange = false
    // Of `applyTied`: kept to be used again.
    private var old: [UInt64]
    private var alertOfStep: [Int]
    private var stepOfAlert: [Int] = []
    private var visited: [Bool] = []

    init(steps: Int, timespan: Int64) {
        self.steps = steps
        self.timespan = timespan
        var offsets = [0, 1]
        for length in 1 ..< max(2, steps) { offsets.append(offsets[length] + 2 * min(length, Self.shown)) }
        self.offsets = offsets
        stateWords = steps < 2 ? 1 : offsets[steps]
        old = [UInt64](repeating: 0, count: stateWords)
        alertOfStep = [Int](repeating: -1, count: steps)
        fired.alerts.reserveCapacity(Self.shown)
    }

    // MARK: - One state

    /// No partial match, and none forbidden.
    func clear(_ words: inout [UInt64], _ base: Int) {
        words[base] = UInt64(bitPattern: Self.none)
        clearPrefixes(&words, base)
    }

    private func clearPrefixes(_ words: inout [UInt64], _ base: Int) {
        for length in stride(from: 1, to: steps, by: 1) {
            words[base + offsets[length]] = UInt64(bitPattern: Self.none)
        }
    }

    @inline(__always)
    func start(_ words: [UInt64], _ base: Int, _ length: Int) -> Int64 {
        Int64(bitPattern: words[base + offsets[length]])
    }

    @inline(__always)
    private func end(_ words: [UInt64], _ base: Int, _ length: Int) -> Int64 {
        Int64(bitPattern: words[base + offsets[length] + 2 * min(length, Self.shown) - 2])
    }

    /// The longest prefix that there is; 0 for none.
    func progress(_ words: [UInt64], _ base: Int) -> Int {
        var length = steps - 1
        while length > 0, start(words, base, length) == Self.none { length -= 1 }
        return length
    }

    /// The latest start of all prefixes; `none` without any.
    func latestStart(_ words: [UInt64], _ base: Int) -> Int64 {
        var latest = Self.none
        for length in stride(from: 1, to: steps, by: 1) { latest = max(latest, start(words, base, length)) }
        return latest
    }

    /// The last time at which a partial match may still complete; `none` without any.
    func deadline(_ words: [UInt64], _ base: Int) -> Int64 {
        let latest = latestStart(words, base)
        return latest == Self.none
            ? latest : EventTime(nanoseconds: latest).advanced(byNanoseconds: timespan).nanoseconds
    }

    /// Drops partial matches that would have had to complete at or before a time.
    func expire(_ words: inout [UInt64], _ base: Int, at time: Int64) {
        for length in stride(from: 1, to: steps, by: 1) {
            let began = start(words, base, length)
            guard began != Self.none,
                EventTime(nanoseconds: began).advanced(byNanoseconds: timespan).nanoseconds <= time
            else { continue }
            words[base + offsets[length]] = UInt64(bitPattern: Self.none)
        }
    }

    func holds(_ words: [UInt64], _ base: Int, _ length: Int) -> Bool { start(words, base, length) != Self.none }

    /// A prefix that was forgotten stands again: it began no later than `time`, with alerts that nobody knows.
    func revive(_ words: inout [UInt64], _ base: Int, _ length: Int, at time: Int64) {
        let place = base + offsets[length]
        for index in 0 ..< min(length, Self.shown) {
            words[place + 2 * index] = UInt64(bitPattern: time)
            words[place + 2 * index + 1] = Self.forgotten | UInt64(length)
        }
    }

    func floor(_ words: [UInt64], _ base: Int) -> Int64 { Int64(bitPattern: words[base]) }

    /// An `until` match: every partial match that began at or before it is over.
    func end(_ words: inout [UInt64], _ base: Int, at time: Int64) {
        for length in stride(from: 1, to: steps, by: 1) where start(words, base, length) <= time {
            words[base + offsets[length]] = UInt64(bitPattern: Self.none)
        }
        words[base] = UInt64(bitPattern: max(Int64(bitPattern: words[base]), time))
    }

    /// What the chain that fired has used is gone: its alerts, and every partial match that began no later than it.
    func consumeFired(_ words: inout [UInt64], _ base: Int) {
        words[base] = UInt64(bitPattern: max(Int64(bitPattern: words[base]), fired.first))
        for length in stride(from: 1, to: steps, by: 1) {
            let began = start(words, base, length)
            if began == Self.none || began > fired.first && !sharesFired(words, base, length) { continue }
            words[base + offsets[length]] = UInt64(bitPattern: Self.none)
        }
    }

    private func sharesFired(_ words: [UInt64], _ base: Int, _ length: Int) -> Bool {
        let first = base + offsets[length] + 1
        for index in stride(from: first, to: first + 2 * min(length, Self.shown), by: 2) where fired.uses(words[index])
        {
            return true
        }
        return false
    }

    // MARK: - One alert

    /// One alert whose time no other waiting alert shares. True when it completed a chain, which is then `fired`; its
    /// `until` bit is the caller's.
    @inline(__always)
    mutating func apply(_ match: StepMatch, to words: inout [UInt64], _ base: Int) -> Bool {
        let time = match.time
        var length = steps
        // From the back: one alert fills one step of a chain.
        while length > 0 {
            if match.mask & 1 << UInt64(length - 1) != 0 {
                if length == 1 {
                    if time > Int64(bitPattern: words[base]) {
                        if steps == 1 {
                            setFired(words, base, 0, time)
                            append(match)
                            return true
                        }
                        if time > start(words, base, 1) { begin(&words, base, match) }
                    }
                } else {
                    let before = start(words, base, length - 1)
                    if before != Self.none, isNear(before, time), end(words, base, length - 1) <= time {
                        if length == steps {
                            setFired(words, base, length - 1, time)
                            append(match)
                            return true
                        }
                        let known = start(words, base, length)
                        if before > known || before == known && time < end(words, base, length) {
                            extend(&words, base, from: length - 1, match)
                        }
                    }
                }
            }
            length -= 1
        }
        return false
    }

    /// At most `timespan` apart; times come from outside, so their difference may not fit.
    @inline(__always)
    private func isNear(_ earlier: Int64, _ later: Int64) -> Bool {
        let (distance, overflow) = later.subtractingReportingOverflow(earlier)
        return !overflow && distance <= timespan
    }

    @inline(__always)
    private mutating func begin(_ words: inout [UInt64], _ base: Int, _ match: StepMatch) {
        didChange = true
        let place = base + offsets[1]
        words[place] = UInt64(bitPattern: match.time)
        words[place + 1] = match.reference
    }

    /// Prefix `length` and one alert more become prefix `length + 1`.
    @inline(__always)
    private mutating func extend(_ words: inout [UInt64], _ base: Int, from length: Int, _ match: StepMatch) {
        didChange = true
        let source = base + offsets[length]
        let target = base + offsets[length + 1]
        let end = 2 * min(length, Self.shown - 1)
        if length < Self.shown {
            for index in 0 ..< end { words[target + index] = words[source + index] }
        } else {
            for index in 0 ..< Self.shown { words[target + index] = words[source + index] }
            for index in Self.shown ..< end { words[target + index] = words[source + index + 2] }
        }
        words[target + end] = UInt64(bitPattern: match.time)
        words[target + end + 1] = match.reference
    }

    /// `fired` becomes prefix `length`, completed at `time` by alerts that the caller appends.
    private mutating func setFired(_ words: [UInt64], _ base: Int, _ length: Int, _ time: Int64) {
        fired.first = length == 0 ? time : start(words, base, length)
        fired.last = time
        fired.alerts.removeAll(keepingCapacity: true)
        fired.forgotten = 0
        let first = base + offsets[length]
        for index in stride(from: first, to: first + 2 * min(length, Self.shown), by: 2) {
            if words[index + 1] >= Self.forgotten {
                fired.forgotten = max(fired.forgotten, Int(words[index + 1] & 0xff))
            } else {
                append(StepMatch(time: Int64(bitPattern: words[index]), reference: words[index + 1], mask: 0))
            }
        }
    }

    private mutating func append(_ match: StepMatch) {
        if fired.alerts.count == Self.shown { fired.alerts.remove(at: Self.shown / 2) }
        fired.alerts.append(
            Contribution(
                time: EventTime(nanoseconds: match.time), reference: AlertReference(packed: match.reference)))
    }

    // MARK: - Several alerts of one time

    /// All matches of one time, an `until` among them last: a chain that completes at its time is complete.
    mutating func applyAll(_ matches: [StepMatch], to words: inout [UInt64], _ base: Int) -> Bool {
        if matches.count == 1 ? apply(matches[0], to: &words, base) : applyTied(matches, to: &words, base) {
            return true
        }
        for match in matches where match.isUntil { end(&words, base, at: match.time) }
        return false
    }

    /// Alerts of one time, in any order: they may follow each other in a chain, each used once in it.
    ///
    /// For every length the least number of steps that must have been taken before is found by matching steps with
    /// alerts (augmenting paths); the fewer, the later the start.
    private mutating func applyTied(_ matches: [StepMatch], to words: inout [UInt64], _ base: Int) -> Bool {
        let time = matches[0].time
        for index in 0 ..< stateWords { old[index] = words[base + index] }
        for step in 0 ..< steps { alertOfStep[step] = -1 }
        stepOfAlert.removeAll(keepingCapacity: true)
        visited.removeAll(keepingCapacity: true)
        for _ in matches {
            stepOfAlert.append(-1)
            visited.append(false)
        }
        var taken = 0
        for length in 1 ... steps {
            while taken < length, !fill(length - 1, from: taken, matches) {
                free(taken)
                taken += 1
            }
            if taken == length { continue }
            guard let origin = bestOrigin(taken ..< length, time) else { continue }
            if length == steps {
                setFired(old, 0, origin, time)
                for step in origin ..< length { append(matches[alertOfStep[step]]) }
                return true
            }
            let began = origin == 0 ? time : start(old, 0, origin)
            let known = start(old, 0, length)
            guard began > known || began == known && time < end(old, 0, length) else { continue }
            write(&words, base, length, origin, time, matches)
        }
        return false
    }

    /// The origin among several with the latest start; of equal ones the one with the fewest steps.
    private func bestOrigin(_ lengths: Range<Int>, _ time: Int64) -> Int? {
        var best: Int?
        var bestStart = Self.none
        for length in lengths {
            let began = length == 0 ? time : start(old, 0, length)
            if length == 0 {
                if time <= Int64(bitPattern: old[0]) { continue }
            } else if began == Self.none || !isNear(began, time) || end(old, 0, length) > time {
                continue
            }
            if best == nil || began > bestStart {
                best = length
                bestStart = began
            }
        }
        return best
    }

    private mutating func write(
        _ words: inout [UInt64], _ base: Int, _ length: Int, _ origin: Int, _ time: Int64, _ matches: [StepMatch]
    ) {
        didChange = true
        var place = base + offsets[length]
        for step in 0 ..< length where isKept(step, of: length) {
            if step < origin {
                let source = offsets[origin] + 2 * self.place(of: step, in: origin)
                words[place] = old[source]
                words[place + 1] = old[source + 1]
            } else {
                words[place] = UInt64(bitPattern: time)
                words[place + 1] = matches[alertOfStep[step]].reference
            }
            place += 2
        }
    }

    /// Of more than 16 alerts the first and the last 8 are kept.
    private func isKept(_ step: Int, of length: Int) -> Bool {
        length <= Self.shown || step < 8 || step >= length - 8
    }

    /// Where the alert of a step stands among a prefix's references.
    private func place(of step: Int, in length: Int) -> Int {
        length <= Self.shown || step < 8 ? step : max(8, step - (length - Self.shown))
    }

    private mutating func free(_ step: Int) {
        let alert = alertOfStep[step]
        if alert >= 0 { stepOfAlert[alert] = -1 }
        alertOfStep[step] = -1
    }

    /// Finds an alert for a step, moving alerts of other steps where that helps.
    private mutating func fill(_ step: Int, from first: Int, _ matches: [StepMatch]) -> Bool {
        if alertOfStep[step] >= 0 { return true }
        for index in visited.indices { visited[index] = false }
        return augment(step, matches)
    }

    private mutating func augment(_ step: Int, _ matches: [StepMatch]) -> Bool {
        for alert in matches.indices where matches[alert].mask & 1 << UInt64(step) != 0 && !visited[alert] {
            visited[alert] = true
            if stepOfAlert[alert] < 0 || augment(stepOfAlert[alert], matches) {
                stepOfAlert[alert] = step
                alertOfStep[step] = alert
                return true
            }
        }
        return false
    }
}
