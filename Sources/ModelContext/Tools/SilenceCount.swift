// SPDX-License-Identifier: Apache-2.0
import AlertModel
import FalcoRules
import Journal
import MCPProtocol
import Synchronization

/// What a condition would have matched lately.
struct SilenceCount: Sendable {
    /// How long is counted at most.
    private static let patience = Duration.seconds(5)
    private static let ruleLimit = 8
    /// Distinct rules that are told apart.
    fileprivate static let tableLimit = 1_000

    fileprivate struct Tally {
        var total = 0
        var byPriority = [Int](repeating: 0, count: Priority.allCases.count)
        var byRule: [String: Int] = [:]
    }

    private let tally: Tally
    /// The whole time was looked at.
    private let isExact: Bool

    init(_ condition: Condition, from: EventTime, through: EventTime, _ reader: JournalReader) throws {
        let tally = Mutex(Tally())
        var query = AlertQuery()
        (query.from, query.through) = (from, through)
        query.blockLimit = 64
        query.limit = 1
        // Counts and keeps none: no page is filled.
        query.condition = { facts in
            guard condition.matches(facts) else { return false }
            tally.withLock { $0.add(facts) }
            return false
        }
        let deadline = ContinuousClock.now + Self.patience
        var hasMore = true
        while hasMore, ContinuousClock.now < deadline {
            let page = try reader.search(query)
            query.after = page.next
            hasMore = page.next != nil
        }
        isExact = !hasMore
        self.tally = tally.withLock { $0 }
    }

    func json(_ from: EventTime, _ through: EventTime) -> JSONObject {
        var priorities = JSONObject()
        for priority in Priority.allCases where tally.byPriority[Int(priority.rawValue)] > 0 {
            priorities[priority.name] = .integer(Int64(tally.byPriority[Int(priority.rawValue)]))
        }
        let rules = tally.byRule.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
        return [
            "from": .string(from.description), "to": .string(through.description),
            "count": .integer(Int64(tally.total)), "exact": .bool(isExact), "by_priority": .object(priorities),
            "by_rule": .array(
                rules.prefix(Self.ruleLimit).map {
                    ["rule": .string(Label.of($0.key)), "count": .integer(Int64($0.value))]
                }),
            "rules": .integer(Int64(rules.count)),
        ]
    }

    static let schema = Schema.object([
        SchemaField("from", .text, required: true), SchemaField("to", .text, required: true),
        SchemaField("count", .wholeNumber, required: true),
        SchemaField("exact", .boolean, required: true, "false: at least so many; counting took too long."),
        SchemaField("by_priority", .map(.wholeNumber), required: true),
        SchemaField(
            "by_rule",
            .list(
                .object([
                    SchemaField("rule", .text, required: true), SchemaField("count", .wholeNumber, required: true),
                ]), atMost: ruleLimit), required: true),
        SchemaField("rules", .wholeNumber, required: true, "How many rules."),
    ])
}

fileprivate extension SilenceCount.Tally {
    mutating func add(_ facts: borrowing AlertFacts) {
        total += 1
        byPriority[Int(facts.alert.priority.rawValue) % byPriority.count] += 1
        let rule = String(decoding: [UInt8](_span: facts.alert.rule), as: UTF8.self)
        if byRule[rule] != nil || byRule.count < SilenceCount.tableLimit { byRule[rule, default: 0] += 1 }
    }
}
