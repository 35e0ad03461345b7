// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

/// The states of all rules, one array per type, so that a rule's state is changed in place and called without existentials.
struct RuleStates: Sendable {
    private enum Place: Sendable {
        case eventCount(Int)
        case unsupported
    }

    private var places: [Place] = []
    private var eventCounts: [EventCount] = []

    init(_ rules: [CorrelationRule], _ limits: StateLimits) {
        for rule in rules {
            switch rule.kind {
            case .eventCount(let bounds) where bounds.isMonotone && rule.window == .sliding:
                places.append(.eventCount(eventCounts.count))
                eventCounts.append(EventCount(rule, limits))
            default: places.append(.unsupported)
            }
        }
    }

    /// Whether the rule fires when time passes, so that it must be given its groups' keys.
    func keepsKeys(_ rule: CorrelationRule) -> Bool {
        switch rule.kind {
        case .eventCount(let bounds), .valueCount(_, let bounds), .valueSum(_, let bounds): !bounds.isMonotone
        case .valueAverage, .valuePercentile, .absence: true
        case .temporal(let condition): !condition.isMonotone
        case .temporalOrdered, .newValue, .risk: false
        }
    }

    mutating func observe(
        _ rule: Int, _ observation: Observation, key: [UInt8], _ firings: inout FiringBuffer
    ) -> Placement {
        switch places[rule] {
        case .eventCount(let place): eventCounts[place].observe(observation, key: key, &firings)
        case .unsupported: .placed
        }
    }

    mutating func advance(_ rule: Int, to watermark: EventTime, _ firings: inout FiringBuffer) {
        switch places[rule] {
        case .eventCount(let place): eventCounts[place].advance(to: watermark, &firings)
        case .unsupported: break
        }
    }

    mutating func evict(_ rule: Int, _ rank: EvictionRank) -> Bool {
        switch places[rule] {
        case .eventCount(let place): eventCounts[place].evict(rank)
        case .unsupported: false
        }
    }

    mutating func reset(_ rule: Int, _ key: Fingerprint) {
        switch places[rule] {
        case .eventCount(let place): eventCounts[place].reset(key)
        case .unsupported: break
        }
    }

    func byteCount(_ rule: Int) -> Int {
        switch places[rule] {
        case .eventCount(let place): eventCounts[place].byteCount
        case .unsupported: 0
        }
    }

    func groupCount(_ rule: Int) -> Int {
        switch places[rule] {
        case .eventCount(let place): eventCounts[place].groupCount
        case .unsupported: 0
        }
    }

    func write(_ rule: Int, to writer: inout ByteWriter) {
        switch places[rule] {
        case .eventCount(let place): eventCounts[place].write(to: &writer)
        case .unsupported: break
        }
    }

    mutating func restore(_ rule: Int, from reader: inout ByteReader) throws(MalformedBytes) {
        switch places[rule] {
        case .eventCount(let place): try eventCounts[place].restore(from: &reader)
        case .unsupported: break
        }
    }
}
