// SPDX-License-Identifier: Apache-2.0
import AlertModel

/// How much each rule's groups take of the one budget.
struct CorrelateMemory: Sendable {
    var used = 0
    var byRule: [Int] = []
}

/// What happened to a rule's alerts.
public struct CorrelationCounters: Hashable, Sendable {
    /// Alerts (and fired correlations) that match one of its references.
    public var alerts = 0
    /// Kept out because a group field is null.
    public var nullKeys = 0
    /// Skipped because the value is no number (or a negative one where sums must only grow).
    public var notNumbers = 0
    /// Kept out because they came too late for what the rule still held.
    public var unplaced = 0
    public var firings = 0
    /// Groups forgotten to make room, by `EvictionRank.rawValue`: expired, one hit, little, much, full.
    public var evictions = [Int](repeating: 0, count: 5)

    public init() {}
}

extension Correlator {
    /// Takes note of what a rule's groups take now, and makes room when all of them together take too much.
    mutating func account(_ rule: Int) {
        if memory.byRule.isEmpty { memory.byRule = [Int](repeating: 0, count: rules.count) }
        let bytes = states.byteCount(rule)
        memory.used += bytes - memory.byRule[rule]
        memory.byRule[rule] = bytes
        if byteCount > settings.memoryBytes { makeRoom() }
    }

    /// Forgets groups: expired ones, those with one hit, then those with the least progress, oldest first; of equal ranks
    /// the rule's that takes most, so that a flood in one rule flushes its own groups first.
    private mutating func makeRoom() {
        for rank in EvictionRank.allCases {
            var isEmpty = [Bool](repeating: false, count: rules.count)
            while byteCount > settings.memoryBytes {
                var largest: Int?
                for rule in rules.indices where !isEmpty[rule] && memory.byRule[rule] > 0 {
                    if largest.map({ memory.byRule[rule] > memory.byRule[$0] }) ?? true { largest = rule }
                }
                guard let rule = largest else { break }
                guard states.evict(rule, rank) else {
                    isEmpty[rule] = true
                    continue
                }
                ruleCounters[rule].evictions[Int(rank.rawValue)] += 1
                let bytes = states.byteCount(rule)
                memory.used += bytes - memory.byRule[rule]
                memory.byRule[rule] = bytes
            }
            if byteCount <= settings.memoryBytes { return }
        }
    }
}
