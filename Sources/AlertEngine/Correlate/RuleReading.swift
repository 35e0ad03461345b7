// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules

/// How the rules read an alert, in flat tables beside the rules: which lists of facts are keys, and what else is wanted.
struct RuleReading: Sendable {
    /// What a rule reads beside its groups.
    enum Value: UInt8, Sendable {
        case nothing, tuple, other
    }

    struct Row: Sendable {
        /// Of `lists` and `bits`: one for each distinct list of the rule's references.
        let lists: Range<Int>
        let groupsNulls: Bool
        let keepsKeys: Bool
        let value: Value
        /// The list of a tuple.
        let tuple: Int
    }

    private(set) var rows: [Row] = []
    /// Numbers of `FactLists`.
    private(set) var lists: [Int] = []
    /// Which references read that list.
    private(set) var bits: [UInt64] = []
    /// By detection: a run of `routes`.
    private(set) var routesOfDetection: [Range<Int>] = []
    private(set) var routes: [CorrelationOrder.Route] = []
    var facts = FactLists()

    init(_ plans: [KeyPlan], _ values: [ValuePlan], keepsKeys: [Bool], _ order: CorrelationOrder) {
        for (index, plan) in plans.enumerated() {
            let first = lists.count
            for (list, names) in plan.lists.enumerated() {
                lists.append(facts.number(of: names))
                bits.append(plan.bitsOfList[list])
            }
            var (value, tuple) = (Value.other, -1)
            switch values[index] {
            case .nothing: value = .nothing
            case .tuple(let names): (value, tuple) = (.tuple, facts.number(of: names))
            case .number, .risk: break
            }
            rows.append(
                Row(
                    lists: first ..< lists.count, groupsNulls: plan.groupsNulls, keepsKeys: keepsKeys[index],
                    value: value, tuple: tuple))
        }
        for found in order.ofDetection {
            routesOfDetection.append(routes.count ..< routes.count + found.count)
            routes += found
        }
    }

    /// The group of an alert by one of the lists; nil when a null keeps the alert out.
    @inline(__always)
    mutating func group(
        _ place: Int, _ row: Row, _ alert: borrowing AlertFacts, _ secret: HashKey
    ) -> Fingerprint? {
        let reading = facts.read(lists[place], alert, secret)
        return reading.hasNull && !row.groupsNulls ? nil : reading.hash
    }
}
