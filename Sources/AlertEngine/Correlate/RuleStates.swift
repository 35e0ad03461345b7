// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

/// The states of all rules, one array per type, so that a rule's state is changed in place and called without existentials.
struct RuleStates: Sendable {
    private enum Place: Sendable {
        case eventCount(Int)
        case growing(Int)
        case verdict(Int)
        case ordered(Int)
        case temporal(Int)
        case temporalVerdict(Int)
        /// A rule of a type that nothing here runs; the loader refuses it.
        case none
    }

    private var places: [Place] = []
    private var eventCounts: [EventCount] = []
    private var growing: [GrowingWindow] = []
    private var verdicts: [VerdictWindow] = []
    private var ordered: [OrderedState] = []
    private var temporal: [TemporalState] = []
    private var temporalVerdicts: [TemporalVerdict] = []

    init(_ rules: [CorrelationRule], _ limits: StateLimits) {
        for rule in rules { places.append(add(rule, limits)) }
    }

    private mutating func add(_ rule: CorrelationRule, _ limits: StateLimits) -> Place {
        switch rule.kind {
        case .eventCount(let bounds) where bounds.isMonotone && rule.window == .sliding:
            eventCounts.append(EventCount(rule, limits))
            return .eventCount(eventCounts.count - 1)
        case .eventCount(let bounds) where bounds.isMonotone, .valueCount(_, let bounds) where bounds.isMonotone,
            .valueSum(_, let bounds) where bounds.isMonotone:
            growing.append(GrowingWindow(rule, limits))
            return .growing(growing.count - 1)
        case .eventCount, .valueCount, .valueSum, .valueAverage, .valuePercentile:
            verdicts.append(VerdictWindow(rule, limits))
            return .verdict(verdicts.count - 1)
        case .temporalOrdered:
            ordered.append(OrderedState(rule, limits))
            return .ordered(ordered.count - 1)
        case .temporal(let condition) where condition.isMonotone:
            temporal.append(TemporalState(rule, limits))
            return .temporal(temporal.count - 1)
        case .temporal:
            temporalVerdicts.append(TemporalVerdict(rule, limits))
            return .temporalVerdict(temporalVerdicts.count - 1)
        case .newValue, .absence, .risk: return .none
        }
    }

    /// Whether the rule fires when time passes, so that it must be given its groups' keys.
    static func keepsKeys(_ rule: CorrelationRule) -> Bool {
        switch rule.kind {
        case .eventCount(let bounds), .valueCount(_, let bounds), .valueSum(_, let bounds): !bounds.isMonotone
        case .valueAverage, .valuePercentile, .absence: true
        case .temporal(let condition): !condition.isMonotone
        case .temporalOrdered, .newValue, .risk: false
        }
    }

    @inline(__always)
    mutating func observe(
        _ rule: Int, _ observation: Observation, key: [UInt8], _ firings: inout FiringBuffer
    ) -> Placement {
        switch places[rule] {
        case .eventCount(let place): eventCounts[place].observe(observation, key: key, &firings)
        case .growing(let place): growing[place].observe(observation, key: key, &firings)
        case .verdict(let place): verdicts[place].observe(observation, key: key, &firings)
        case .ordered(let place): ordered[place].observe(observation, key: key, &firings)
        case .temporal(let place): temporal[place].observe(observation, key: key, &firings)
        case .temporalVerdict(let place): temporalVerdicts[place].observe(observation, key: key, &firings)
        case .none: .placed
        }
    }

    mutating func advance(_ rule: Int, to watermark: EventTime, _ firings: inout FiringBuffer) {
        switch places[rule] {
        case .eventCount(let place): eventCounts[place].advance(to: watermark, &firings)
        case .growing(let place): growing[place].advance(to: watermark, &firings)
        case .verdict(let place): verdicts[place].advance(to: watermark, &firings)
        case .ordered(let place): ordered[place].advance(to: watermark, &firings)
        case .temporal(let place): temporal[place].advance(to: watermark, &firings)
        case .temporalVerdict(let place): temporalVerdicts[place].advance(to: watermark, &firings)
        case .none: break
        }
    }

    mutating func evict(_ rule: Int, _ rank: EvictionRank) -> Bool {
        switch places[rule] {
        case .eventCount(let place): eventCounts[place].evict(rank)
        case .growing(let place): growing[place].evict(rank)
        case .verdict(let place): verdicts[place].evict(rank)
        case .ordered(let place): ordered[place].evict(rank)
        case .temporal(let place): temporal[place].evict(rank)
        case .temporalVerdict(let place): temporalVerdicts[place].evict(rank)
        case .none: false
        }
    }

    mutating func reset(_ rule: Int, _ key: Fingerprint) {
        switch places[rule] {
        case .eventCount(let place): eventCounts[place].reset(key)
        case .growing(let place): growing[place].reset(key)
        case .verdict(let place): verdicts[place].reset(key)
        case .ordered(let place): ordered[place].reset(key)
        case .temporal(let place): temporal[place].reset(key)
        case .temporalVerdict(let place): temporalVerdicts[place].reset(key)
        case .none: break
        }
    }

    @inline(__always)
    func byteCount(_ rule: Int) -> Int {
        switch places[rule] {
        case .eventCount(let place): eventCounts[place].byteCount
        case .growing(let place): growing[place].byteCount
        case .verdict(let place): verdicts[place].byteCount
        case .ordered(let place): ordered[place].byteCount
        case .temporal(let place): temporal[place].byteCount
        case .temporalVerdict(let place): temporalVerdicts[place].byteCount
        case .none: 0
        }
    }

    func groupCount(_ rule: Int) -> Int {
        switch places[rule] {
        case .eventCount(let place): eventCounts[place].groupCount
        case .growing(let place): growing[place].groupCount
        case .verdict(let place): verdicts[place].groupCount
        case .ordered(let place): ordered[place].groupCount
        case .temporal(let place): temporal[place].groupCount
        case .temporalVerdict(let place): temporalVerdicts[place].groupCount
        case .none: 0
        }
    }

    func write(_ rule: Int, to writer: inout ByteWriter) {
        switch places[rule] {
        case .eventCount(let place): eventCounts[place].write(to: &writer)
        case .growing(let place): growing[place].write(to: &writer)
        case .verdict(let place): verdicts[place].write(to: &writer)
        case .ordered(let place): ordered[place].write(to: &writer)
        case .temporal(let place): temporal[place].write(to: &writer)
        case .temporalVerdict(let place): temporalVerdicts[place].write(to: &writer)
        case .none: break
        }
    }

    mutating func restore(_ rule: Int, from reader: inout ByteReader) throws(MalformedBytes) {
        switch places[rule] {
        case .eventCount(let place): try eventCounts[place].restore(from: &reader)
        case .growing(let place): try growing[place].restore(from: &reader)
        case .verdict(let place): try verdicts[place].restore(from: &reader)
        case .ordered(let place): try ordered[place].restore(from: &reader)
        case .temporal(let place): try temporal[place].restore(from: &reader)
        case .temporalVerdict(let place): try temporalVerdicts[place].restore(from: &reader)
        case .none: break
        }
    }
}
