// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

@testable import AlertEngine

/// A small random source with a seed (SplitMix64), so that a failing stream can be made again.
struct TemporalSeed: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0 ..< bound, using: &self) }
}

/// One alert as the oracles see it: what it matched, when, and who it is.
struct TemporalAlert: Hashable {
    var time: Int64
    var mask: UInt64
    var number: UInt64
    var group: UInt64 = 0

    var isUntil: Bool { mask & Observation.untilBit != 0 }
    func matches(_ reference: Int) -> Bool { mask & 1 << UInt64(reference) != 0 }
}

/// Alerts in the order of their arrival; none is more than `lateness` behind one that came before.
func temporalStream(
    _ seed: inout TemporalSeed, count: Int, references: Int, spread: Int, lateness: Int64, groups: Int = 1,
    until: Bool = false, single: Bool = false, distinct: Bool = false
) -> [TemporalAlert] {
    var alerts: [TemporalAlert] = []
    var time: Int64 = 1000
    for number in 0 ..< count {
        time += Int64(seed.below(spread)) + (distinct ? 1 : 0)
        var mask: UInt64 = 1 << UInt64(seed.below(references))
        if !single, seed.below(3) == 0 { mask |= 1 << UInt64(seed.below(references)) }
        if until, seed.below(8) == 0 {
            mask = seed.below(2) == 0 && !single ? mask | Observation.untilBit : Observation.untilBit
        }
        alerts.append(
            TemporalAlert(time: time, mask: mask, number: UInt64(number), group: UInt64(seed.below(groups))))
    }
    if lateness == 0 { return alerts }
    // Moving an alert back by no more than the lateness keeps every disorder within it.
    var keyed = alerts.map { (place: $0.time + Int64(seed.below(Int(lateness) + 1)), alert: $0) }
    keyed.sort { ($0.place, $0.alert.number) < ($1.place, $1.alert.number) }
    return keyed.map(\.alert)
}

/// Runs a state over alerts, one an entry; the watermark follows `lateness` behind.
struct TemporalRun<State: RuleState> {
    struct Fired: Hashable {
        var group: UInt64
        var from: Int64
        var until: Int64
        var first: Int64
        var last: Int64
        var value: Double
        var count: Int
        var alerts: [UInt64]
        var mayBeUndercounted = false
        var isApproximate = false
    }

    var state: State
    var lateness: Int64
    var watermark = Int64.min
    var fired: [Fired] = []
    var unplaced = 0
    /// Keys are hashes: what comes out must not depend on them.
    var salt: UInt64 = 0
    private var buffer = FiringBuffer()

    init(_ state: State, lateness: Int64, salt: UInt64 = 0) {
        self.state = state
        self.lateness = lateness
        self.salt = salt
    }

    func key(_ group: UInt64) -> Fingerprint {
        var seed = TemporalSeed(state: group &* 0x1234_5678_9abc_def1 ^ salt)
        return Fingerprint(low: seed.next(), high: group)
    }

    /// What fired because of this alert alone.
    @discardableResult
    mutating func take(
        _ alert: TemporalAlert, number: Double = 0, tuple: Fingerprint? = nil, tactics: Tactics = Tactics()
    )
        -> [Fired]
    {
        let before = fired.count
        var observation = Observation(
            time: EventTime(nanoseconds: alert.time), reference: AlertReference(packed: alert.number),
            references: alert.mask, key: key(alert.group), isLate: alert.time < watermark)
        observation.number = number
        observation.tuple = tuple
        observation.tactics = tactics
        var name = ByteWriter()
        name.put(alert.group)
        if state.observe(observation, key: name.bytes, &buffer) == .unplaced { unplaced += 1 }
        collect()
        let result = Array(fired[before...])
        if alert.time - lateness > watermark { advance(to: alert.time - lateness) }
        return result
    }

    mutating func advance(to time: Int64) {
        watermark = time
        state.advance(to: EventTime(nanoseconds: time), &buffer)
        collect()
    }

    private mutating func collect() {
        for firing in buffer.firings {
            fired.append(
                Fired(
                    group: firing.key.high, from: firing.from.nanoseconds, until: firing.until.nanoseconds,
                    first: firing.first.nanoseconds, last: firing.last.nanoseconds, value: firing.value,
                    count: firing.count, alerts: firing.alerts.map { buffer.alerts[$0].reference.packed },
                    mayBeUndercounted: firing.mayBeUndercounted, isApproximate: firing.isApproximate))
        }
        buffer.removeAll()
    }
}

func nanoseconds(_ count: Int64) -> Duration { .nanoseconds(count) }
