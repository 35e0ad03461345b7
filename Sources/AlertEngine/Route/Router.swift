// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import FalcoRules

/// Finds the sinks of every output: the first rule that matches decides, and those behind it while rules say `continue`.
///
/// Pure and without state. Sinks are bits of a word; every set that can come of the list is known beforehand, so that
/// routing an alert allocates nothing and two runs number their sets alike. What no rule matches goes nowhere.
public struct Router: Sendable {
    /// The sets cannot be known: more sinks or sets than the limits.
    public enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        case tooManySinks(Int)
        case tooManySets

        public var description: String {
            switch self {
            case .tooManySinks(let count): "names \(count) sinks; up to \(RouteSettings.Limit.sinks) can be told apart"
            case .tooManySets:
                "comes to more than \(RouteSettings.Limit.sets) different sets of sinks; use fewer rules with continue"
            }
        }
    }

    private struct Rule {
        let when: Condition?
        let sinks: UInt64
        let continues: Bool
    }

    /// nil: no list is configured.
    private let rules: [Rule]?
    /// Ascending.
    private let masks: [UInt64]
    /// Every set that can come of the list, at the index that `route` returns; the empty set first. Names in order of the
    /// configured sinks. Empty when everything goes everywhere.
    public let sets: [[String]]

    /// The index of the set without sinks.
    public static let nowhere: UInt16 = 0

    public var isEverything: Bool { rules == nil }

    /// Everything goes everywhere.
    public init() { self.init(rules: nil, masks: [], sets: []) }

    private init(rules: [Rule]?, masks: [UInt64], sets: [[String]]) {
        self.rules = rules
        self.masks = masks
        self.sets = sets
    }

    /// - Parameter sinks: the names of all sinks in the order of the configuration; a rule's other names count for nothing
    ///   (the check step has refused them).
    public init(_ settings: RouteSettings, sinks: [String]) throws(Refusal) {
        guard let list = settings.rules else {
            self.init()
            return
        }
        let named = sinks.filter { name in list.contains { $0.to.contains(name) } }
        guard named.count <= RouteSettings.Limit.sinks else { throw .tooManySinks(named.count) }
        let rules = list.map { rule in
            Rule(
                when: rule.when,
                sinks: named.enumerated().reduce(0) { rule.to.contains($1.element) ? $0 | 1 << UInt64($1.offset) : $0 },
                continues: rule.continues)
        }
        let masks = try Self.reachable(rules)
        let sets = masks.map { mask in
            named.enumerated().filter { mask & 1 << UInt64($0.offset) != 0 }.map(\.element)
        }
        self.init(rules: rules, masks: masks, sets: sets)
    }

    /// Every set that some alert could get, ascending, the empty one included.
    private static func reachable(_ rules: [Rule]) throws(Refusal) -> [UInt64] {
        var open: Set<UInt64> = [0]
        var ended: Set<UInt64> = [0]
        for rule in rules {
            let joined = Set(open.map { $0 | rule.sinks })
            if !rule.continues { ended.formUnion(joined) }
            if rule.when == nil {
                open = rule.continues ? joined : []
            } else if rule.continues {
                open.formUnion(joined)
            }
            guard open.count <= RouteSettings.Limit.sets, ended.count <= RouteSettings.Limit.sets else {
                throw .tooManySets
            }
        }
        let all = ended.union(open)
        guard all.count <= RouteSettings.Limit.sets else { throw .tooManySets }
        return all.sorted()
    }

    /// The index of the alert's set in `sets`; nil: no route wants it. Not to be asked when `isEverything`.
    public func route(_ facts: borrowing AlertFacts) -> UInt16? {
        guard let rules else { return nil }
        var mask: UInt64 = 0
        for index in rules.indices {
            if let when = rules[index].when, !when.matches(facts) { continue }
            mask |= rules[index].sinks
            if !rules[index].continues { break }
        }
        return index(of: mask)
    }

    public func route(_ record: EngineRecord) -> UInt16? { route { $0.matches(record) } }

    public func route(_ gap: Gap) -> UInt16? { route { $0.matches(gap) } }

    private func route(_ matches: (Condition) -> Bool) -> UInt16? {
        guard let rules else { return nil }
        var mask: UInt64 = 0
        for rule in rules {
            if let when = rule.when, !matches(when) { continue }
            mask |= rule.sinks
            if !rule.continues { break }
        }
        return index(of: mask)
    }

    private func index(of mask: UInt64) -> UInt16? {
        guard mask != 0 else { return nil }
        var low = 0
        var high = masks.count
        while low < high {
            let middle = (low + high) / 2
            if masks[middle] < mask { low = middle + 1 } else { high = middle }
        }
        return UInt16(truncatingIfNeeded: low)
    }

    /// The routes of one entry's outputs: only the sets that occur, numbered in the order of their first use.
    ///
    /// - Parameter indexes: one per output; `nowhere` for a record that no rule matched.
    public func routes(_ indexes: [UInt16]) -> OutputRoutes {
        var routes = OutputRoutes()
        guard !isEverything, !indexes.isEmpty else { return routes }
        var used: [UInt16] = []
        for index in indexes {
            if let known = used.firstIndex(of: index) {
                routes.perOutput.append(UInt16(truncatingIfNeeded: known))
            } else {
                routes.perOutput.append(UInt16(truncatingIfNeeded: used.count))
                used.append(index)
                routes.sets.append(sets[Int(index)])
            }
        }
        return routes
    }
}
