// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

/// What one correlation rule remembers of its groups, and when it fires (semantics.md, 3).
///
/// Used as a constraint, never as an existential: `RuleStateKind` holds one concrete struct per rule. Single-threaded and
/// pure: everything it does follows from the calls, in their order. Nothing it gives out may depend on the values of
/// keys' hashes (no order by hash, no iteration over a hash table).
protocol RuleState: Sendable {
    init(_ rule: CorrelationRule, _ limits: StateLimits)

    /// Takes one alert (or fired correlation) of one group. Puts what fires into `firings`.
    ///
    /// `key` is the canonical form of the group's key (`KeyBytes`); empty unless the rule `keepsKeys`. A rule that fires
    /// in `advance` needs it, because then there is no alert to read the key from.
    mutating func observe(_ observation: Observation, key: [UInt8], _ firings: inout FiringBuffer) -> Placement

    /// Verdicts of the windows that the watermark passed, in order of time; then forgets what has expired.
    mutating func advance(to watermark: EventTime, _ firings: inout FiringBuffer)

    /// Forgets the next group of a rank, oldest first; false when the rule has none of that rank.
    mutating func evict(_ rank: EvictionRank) -> Bool

    /// The group begins anew: `emit: reset` after a firing.
    mutating func reset(_ key: Fingerprint)

    /// What live groups take: the rule's share of `correlate.memory`. O(1).
    var byteCount: Int { get }
    var groupCount: Int { get }

    func write(to writer: inout ByteWriter)
    /// State as `write` left it, into a new state of the same rule. The bytes may be hostile.
    mutating func restore(from reader: inout ByteReader) throws(MalformedBytes)
}

/// One alert as a rule sees it.
struct Observation: Sendable {
    /// The time that decides.
    var time: EventTime
    var reference: AlertReference
    /// Bit i: `references[i]` matched. Bit 63: the `until` rule.
    var references: UInt64
    /// The group.
    var key: Fingerprint
    /// Behind the rule's watermark.
    var isLate: Bool
    /// `value_count`, `new_value`: the tuple of values; nil for a null in all of them.
    var tuple: Fingerprint?
    /// `value_sum` and its like: the number; `risk`: the score.
    var number = 0.0
    /// The ATT&CK tactics of the alert's tags, a bit each (`Tactics`).
    var tactics = Tactics()

    static let untilBit: UInt64 = 1 << 63
}

/// What became of an observation.
enum Placement: Sendable {
    case placed
    /// Too late for what the rule still holds: kept out of the rule, counted, and the alert is marked.
    case unplaced
}

/// Limits on what one group may hold.
struct StateLimits: Sendable {
    /// Times kept per group; beyond it counts are approximate and say so.
    var timesPerGroup = 262_144
    /// Bytes of the canonical key kept per group; a longer key is cut for display.
    var keyBytes = 4096
    /// Bytes of what a rule keeps of groups that it forgot (`ForgottenChains`).
    var forgottenBytes = 1 << 16
}

/// In which order groups are forgotten when memory runs out (semantics.md, 3: Limits).
enum EvictionRank: UInt8, CaseIterable, Sendable {
    /// Can no longer matter.
    case expired
    case oneHit
    /// Less than half of the way.
    case little
    /// Half of the way or more.
    case much
    /// Fired.
    case full
}

/// A rule's condition holds for a group.
struct Firing: Sendable {
    var key: Fingerprint
    /// The satisfying times: of a monotone rule the first and the last alert that ends a satisfying window; of a verdict
    /// the window's end. Two firings belong to one incident when these are at most `hold` apart, and to two otherwise, so
    /// no order of arrival within the lateness changes which (new ones never lie behind the watermark).
    var from: EventTime
    var until: EventTime
    /// The contributing alerts' times.
    var first: EventTime
    var last: EventTime
    var value: Double
    /// The value adds to the incident's (alerts, sums); otherwise the greater of both stands (distinct values, steps).
    var adds = false
    /// How many alerts newly count; `alerts` names at most 16 of them.
    var count: Int
    /// Some of the satisfying alerts counted before: it joins their incident, or nothing when that closed (a late alert).
    var joinsOnly = false
    /// Into `FiringBuffer.alerts`, in order of time: the first 8 and the last 8.
    var alerts: Range<Int>
    /// Into `FiringBuffer.keys`: the canonical key; empty when the alert under decision has it.
    var keyBytes: Range<Int> = 0 ..< 0
    var tactics = Tactics()
    var isApproximate = false
    var mayBeUndercounted = false
}

/// One contributing alert.
struct Contribution: Hashable, Sendable {
    var time: EventTime
    var reference: AlertReference
}

/// Where states put what fires: emptied and filled again, without allocation in steady state.
struct FiringBuffer: Sendable {
    private(set) var firings: [Firing] = []
    private(set) var alerts: [Contribution] = []
    private(set) var keys: [UInt8] = []

    static let shown = 16

    var isEmpty: Bool { firings.isEmpty }

    mutating func removeAll() {
        if firings.isEmpty && alerts.isEmpty && keys.isEmpty { return }
        firings.removeAll(keepingCapacity: true)
        alerts.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
    }

    /// Adds a contributing alert of the firing that is added next.
    mutating func add(_ contribution: Contribution) { alerts.append(contribution) }

    /// The number of contributions so far: the lower bound of the next firing's `alerts`.
    var alertEnd: Int { alerts.count }

    /// Adds a key's canonical bytes; the result goes into `Firing.keyBytes`.
    mutating func add(key: some Collection<UInt8>) -> Range<Int> {
        let start = keys.count
        keys.append(contentsOf: key)
        return start ..< keys.count
    }

    mutating func add(_ firing: Firing) { firings.append(firing) }

    // Contributions met from the last to the first, of which 8 and 8 are kept.
    private var start = 0
    private var met = 0

    mutating func beginContributions() {
        start = alerts.count
        met = 0
    }

    /// The next one before those already added.
    mutating func addBackwards(_ contribution: Contribution) {
        met += 1
        if met <= Self.shown {
            alerts.append(contribution)
        } else {
            // The last eight stand in front; behind them a ring of the eight met latest.
            alerts[start + 8 + (met - 9) % 8] = contribution
        }
    }

    /// The kept ones in order of time.
    mutating func endContributions() -> Range<Int> {
        // By insertion, at most 16: a slice's own sort would copy the array.
        var end = start + 1
        while end < alerts.count {
            var place = end
            while place > start, alerts[place - 1].follows(alerts[place]) {
                alerts.swapAt(place - 1, place)
                place -= 1
            }
            end += 1
        }
        return start ..< alerts.count
    }
}
