// SPDX-License-Identifier: Apache-2.0
import SigmaRules

/// Why correlation rules cannot run together.
public enum CorrelationProblem: Error, Hashable, Sendable {
    /// These rules, by index, refer to each other in a circle.
    case cycle([Int])
    /// The rule of this index refers to more rules than an observation has bits.
    case tooManyReferences(Int)
}

/// Which rules look at which, and the order in which a chain is followed.
struct CorrelationOrder: Sendable {
    /// One reference of a rule to an alert's match.
    struct Route: Sendable {
        let rule: Int
        /// Of `Observation.references`.
        let bit: UInt64
    }

    static let referenceLimit = 62

    /// By detection.
    private(set) var ofDetection: [[Route]] = []
    /// By correlation: who hears when it fires.
    private(set) var ofCorrelation: [[Route]]
    /// All rules, each behind those that it refers to.
    private(set) var order: [Int] = []
    /// By rule: how far its watermark stands behind the engine's, in nanoseconds, because rules that it refers to give
    /// their verdicts that much after the alerts.
    private(set) var lags: [Int64]

    /// What is wrong with the rules, if anything is. The loader refuses such rules; here a reference that would close a
    /// circle, or lies beyond the limit, is left out.
    private(set) var problem: CorrelationProblem?

    init(_ rules: [CorrelationRule]) {
        ofCorrelation = [[Route]](repeating: [], count: rules.count)
        lags = [Int64](repeating: 0, count: rules.count)
        var position = [Int](repeating: .max, count: rules.count)
        while order.count < rules.count {
            // The first rule whose references are all done; rules are few and this runs at load.
            let waiting = rules.indices.filter { position[$0] == .max }
            let ready = waiting.first { rule in
                Self.children(rules[rule]).allSatisfy { $0 < rules.count && position[$0] != .max }
            }
            if ready == nil { problem = problem ?? .cycle(waiting) }
            guard let next = ready ?? waiting.first else { break }
            position[next] = order.count
            order.append(next)
        }
        for (index, rule) in rules.enumerated() {
            if rule.references.count > Self.referenceLimit { problem = problem ?? .tooManyReferences(index) }
            for (place, reference) in rule.references.prefix(Self.referenceLimit).enumerated() {
                add(reference, index, 1 << UInt64(place), position)
            }
            if let until = rule.until { add(until, index, Observation.untilBit, position) }
        }
        for next in order {
            for child in Self.children(rules[next]) where child < rules.count && position[child] < position[next] {
                lags[next] = max(lags[next], lags[child].addingClamped(Self.delay(rules[child])))
            }
        }
    }

    private mutating func add(_ reference: RuleReference, _ rule: Int, _ bit: UInt64, _ position: [Int]) {
        switch reference {
        case .detection(let index):
            while ofDetection.count <= index { ofDetection.append([]) }
            ofDetection[index].append(Route(rule: rule, bit: bit))
        case .correlation(let index):
            if index < ofCorrelation.count, position[index] < position[rule] {
                ofCorrelation[index].append(Route(rule: rule, bit: bit))
            }
        }
    }

    private static func children(_ rule: CorrelationRule) -> [Int] {
        (rule.references + (rule.until.map { [$0] } ?? [])).compactMap {
            if case .correlation(let index) = $0 { index } else { nil }
        }
    }

    /// How long after an alert's time a rule can still fire because of it.
    private static func delay(_ rule: CorrelationRule) -> Int64 {
        let timespan = rule.timespan.wholeNanoseconds
        let session: Int64
        if case .session(let gap) = rule.window { session = gap.wholeNanoseconds } else { session = 0 }
        switch rule.kind {
        case .eventCount(let bounds), .valueCount(_, let bounds), .valueSum(_, let bounds):
            return bounds.isMonotone ? 0 : max(timespan, session)
        case .valueAverage, .valuePercentile: return max(timespan, session)
        case .temporal(let condition): return condition.isMonotone ? 0 : max(timespan, session)
        case .absence: return timespan
        case .temporalOrdered, .newValue, .risk: return 0
        }
    }
}
