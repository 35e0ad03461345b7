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
        case newValue(Int)
        case absence(Int)
        case risk(Int)
    }

    private var places: [Place] = []
    private var eventCounts: [EventCount] = []
    private var growing: [GrowingWindow] = []
    private var verdicts: [VerdictWindow] = []
    private var ordered: [OrderedState] = []
    private var temporal: [TemporalState] = []
    private var temporalVerdicts: [TemporalVerdict] = []
    private var newValues: [NewValueState] = []
    private var absences: [AbsenceState] = []
    private var risks: [RiskState] = []

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
        case .newValue:
            newValues.append(NewValueState(rule, limits))
            return .newValue(newValues.count - 1)
        case .absence:
            absences.append(AbsenceState(rule, limits))
            return .absence(absences.count - 1)
        case .risk:
            risks.append(RiskState(rule, limits))
            return .risk(risks.count - 1)
        }
    }

    /// Whether the rule must be given its groups' keys: it fires when time passes, or marks what it forgets.
    static func keepsKeys(_ rule: CorrelationRule) -> Bool {
        switch rule.kind {
        case .eventCount(let bounds), .valueCount(_, let bounds), .valueSum(_, let bounds): !bounds.isMonotone
        case .valueAverage, .valuePercentile, .absence, .newValue: true
        case .temporal, .temporalOrdered: true
        case .risk: false
        }
    }

    /// A rule's share for what it forgets: an eighth of the budget, a quarter for all together.
    static func forgottenBytes(_ rules: [CorrelationRule], _ budget: Int) -> Int {
        let sharing = rules.count { rule in
            switch rule.kind {
            case .temporalOrdered: true
            case .temporal(let condition): condition.isMonotone
            default: false
            }
        }
        return min(budget / 8, budget / 4 / max(1, sharing))
    }

    /// Whether the rule has to know the key of an observation's group: of one that it does not know yet.
    mutating func wantsKey(_ rule: Int, _ observation: Observation) -> Bool {
        switch places[rule] {
        case .eventCount, .growing, .risk: false
        case .ordered(let place): ordered[place].wantsKey(observation)
        case .temporal(let place): temporal[place].wantsKey(observation)
        case .verdict(let place): verdicts[place].wantsKey(observation)
        case .temporalVerdict(let place): temporalVerdicts[place].wantsKey(observation)
        case .newValue(let place): newValues[place].wantsKey(observation)
        case .absence(let place): absences[place].wantsKey(observation)
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
        case .newValue(let place): newValues[place].observe(observation, key: key, &firings)
        case .absence(let place): absences[place].observe(observation, key: key, &firings)
        case .risk(let place): risks[place].observe(observation, key: key, &firings)
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
        case .newValue(let place): newValues[place].advance(to: watermark, &firings)
        case .absence(let place): absences[place].advance(to: watermark, &firings)
        case .risk(let place): risks[place].advance(to: watermark, &firings)
        }
    }

    /// Of a rule that fires when the watermark passes a time: the earliest such time; `.max` without any.
    func nextDue(_ rule: Int) -> Int64 {
        switch places[rule] {
        case .eventCount, .growing, .ordered, .temporal, .risk: .max
        case .verdict(let place): verdicts[place].nextDue
        case .temporalVerdict(let place): temporalVerdicts[place].nextDue
        case .newValue(let place): newValues[place].nextDue
        case .absence(let place): absences[place].nextDue
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
        case .newValue(let place): newValues[place].evict(rank)
        case .absence(let place): absences[place].evict(rank)
        case .risk(let place): risks[place].evict(rank)
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
        case .newValue(let place): newValues[place].reset(key)
        case .absence(let place): absences[place].reset(key)
        case .risk(let place): risks[place].reset(key)
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
        case .newValue(let place): newValues[place].byteCount
        case .absence(let place): absences[place].byteCount
        case .risk(let place): risks[place].byteCount
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
        case .newValue(let place): newValues[place].groupCount
        case .absence(let place): absences[place].groupCount
        case .risk(let place): risks[place].groupCount
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
        case .newValue(let place): newValues[place].write(to: &writer)
        case .absence(let place): absences[place].write(to: &writer)
        case .risk(let place): risks[place].write(to: &writer)
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
        case .newValue(let place): try newValues[place].restore(from: &reader)
        case .absence(let place): try absences[place].restore(from: &reader)
        case .risk(let place): try risks[place].restore(from: &reader)
        }
    }
}
