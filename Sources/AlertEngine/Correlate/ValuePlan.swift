// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Matching
import SigmaRules

/// What a rule reads of an alert beside its group.
enum ValuePlan: Sendable {
    case nothing
    /// The tuple whose distinct values count.
    case tuple([FactName])
    /// The number that is summed or averaged. `isNonNegative`: the rule relies on sums that only grow.
    case number(FactName, isNonNegative: Bool)
    case risk([Double], [TagScore])

    struct TagScore: Sendable {
        let tag: [UInt8]
        let score: Double
    }

    /// What came of reading.
    enum Reading: Sendable {
        case read
        /// No number, or a negative one where sums must only grow: the alert is skipped and counted.
        case notANumber
    }

    init(_ rule: CorrelationRule) {
        switch rule.kind {
        case .valueCount(let fields, _), .newValue(let fields, _, _): self = .tuple(fields)
        case .valueSum(let field, let bounds): self = .number(field, isNonNegative: bounds.isMonotone)
        case .valueAverage(let field, _), .valuePercentile(let field, _, _):
            self = .number(field, isNonNegative: false)
        case .risk(let scores, _, _):
            let tags = scores.byTag.sorted { $0.key < $1.key }
            self = .risk(scores.byPriority, tags.map { TagScore(tag: Array($0.key.utf8), score: $0.value) })
        case .eventCount, .temporal, .temporalOrdered, .absence: self = .nothing
        }
    }

    /// Reads an alert's part into an observation.
    func read(
        _ facts: borrowing AlertFacts, into observation: inout Observation, _ secret: HashKey
    ) -> Reading {
        switch self {
        case .nothing: return .read
        case .tuple(let names):
            var hasher = KeyedHasher(key: secret)
            var isNull = true
            for index in names.indices where hasher.combine(fact: names[index], of: facts) { isNull = false }
            observation.tuple = isNull ? nil : hasher.finalize()
            return .read
        case .number(let name, let isNonNegative):
            guard case .field(let field) = name, let value = facts.value(field), let exact = ExactNumber(value)
            else { return .notANumber }
            return take(exact.double, isNonNegative, &observation)
        case .risk(let byPriority, let tags):
            let priority = Int(facts.alert.priority.rawValue)
            var score = priority < byPriority.count ? byPriority[priority] : 0
            for index in 0 ..< facts.alert.tagCount {
                let text = facts.alert.tag(at: index)
                for tag in tags.indices where Self.equals(tags[tag].tag, text) { score += tags[tag].score }
            }
            observation.number = score
            return .read
        }
    }

    /// The same of a fired correlation: its key's fields.
    func read(_ fields: [KeyField], into observation: inout Observation, _ secret: HashKey) -> Reading {
        switch self {
        case .nothing: return .read
        case .tuple(let names):
            var hasher = KeyedHasher(key: secret)
            var isNull = true
            for name in names where hasher.combine(value: KeyPlan.value(name, fields)) { isNull = false }
            observation.tuple = isNull ? nil : hasher.finalize()
            return .read
        case .number(let name, let isNonNegative):
            switch KeyPlan.value(name, fields) {
            case .integer(let number): return take(Double(number), isNonNegative, &observation)
            case .unsigned(let number): return take(Double(number), isNonNegative, &observation)
            case .double(let number): return take(number, isNonNegative, &observation)
            case .text(let text):
                let bytes = Array(text.utf8)
                guard let exact = ExactNumber(text: bytes.span) else { return .notANumber }
                return take(exact.double, isNonNegative, &observation)
            case .null, .bool: return .notANumber
            }
        case .risk: return .notANumber
        }
    }

    private static func equals(_ tag: [UInt8], _ text: Span<UInt8>) -> Bool { tag.span.equals(text) }

    private func take(_ number: Double, _ isNonNegative: Bool, _ observation: inout Observation) -> Reading {
        guard number.isFinite, !isNonNegative || number >= 0 else { return .notANumber }
        observation.number = number
        return .read
    }
}

extension ExactNumber {
    /// The nearest double: sums and averages are doubles.
    fileprivate var double: Double {
        switch self {
        case .integer(let number): Double(number)
        case .unsigned(let number): Double(number)
        case .double(let number): number
        }
    }
}
