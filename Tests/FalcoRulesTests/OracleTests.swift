// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import FalcoRules

struct OracleTests {
    @Test(arguments: 0 ..< 60)
    func `a tree that is written and read again is the same tree`(_ seed: UInt64) throws {
        var source = RandomCondition(random: SeededRandom(seed: seed))
        var printer = ConditionPrinter(random: SeededRandom(seed: seed + 1_000_000))
        for _ in 0 ..< 50 {
            let tree = source.tree(depth: 4)
            let text = printer.text(tree)
            let read = try ConditionParser.parse(text)
            #expect(read == tree, "seed \(seed): \(String(decoding: text, as: UTF8.self))")
        }
    }

    @Test(arguments: 0 ..< 60)
    func `evaluation agrees with the naive oracle`(_ seed: UInt64) throws {
        var source = RandomCondition(random: SeededRandom(seed: seed))
        var printer = ConditionPrinter(random: SeededRandom(seed: seed + 1_000_000))
        let alerts = (0 ..< 20).map { _ in source.alert() }
        let batch = sampleBatch(alerts)
        for _ in 0 ..< 40 {
            let tree = source.tree(depth: 3)
            let text = String(decoding: printer.text(tree), as: UTF8.self)
            let condition = try Condition(text)
            for (index, alert) in alerts.enumerated() {
                let actual = condition.matches(batch, index)
                let expected = NaiveOracle(alert: alert).holds(tree)
                #expect(actual == expected, "seed \(seed), alert \(index) \(alert): \(text)")
            }
        }
    }

    @Test(arguments: 0 ..< 30)
    func `every single comparison agrees with the naive oracle`(_ seed: UInt64) throws {
        var source = RandomCondition(random: SeededRandom(seed: seed))
        var printer = ConditionPrinter(random: SeededRandom(seed: seed + 1_000_000))
        let alerts = (0 ..< 20).map { _ in source.alert() }
        let batch = sampleBatch(alerts)
        for _ in 0 ..< 100 {
            let tree = source.tree(depth: 0)
            let text = String(decoding: printer.text(tree), as: UTF8.self)
            let condition = try Condition(text)
            for (index, alert) in alerts.enumerated() {
                let actual = condition.matches(batch, index)
                let expected = NaiveOracle(alert: alert).holds(tree)
                #expect(actual == expected, "seed \(seed), alert \(alert): \(text)")
            }
        }
    }
}
