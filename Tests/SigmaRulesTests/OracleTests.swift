// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CAllocations
import Testing

@testable import SigmaRules

struct OracleTests {
    @Test(arguments: 1 ... 60)
    func `compiled rules match what the oracle says`(_ seed: Int) throws {
        var dice = Dice(seed: UInt64(seed))
        let oracles = (0 ..< 1 + dice.below(80)).map { _ in OracleRule.random(&dice) }
        let text = oracles.enumerated().map { $1.yaml($0) }.joined(separator: "---\n")
        let outcome = read(text)
        let rules = try #require(outcome.rules, "seed \(seed): \(outcome.problems)")
        let alerts = (0 ..< 40).map { _ in Oracle.alert(&dice) }
        let batch = batch(alerts)
        var matches = rules.makeMatchSet()
        var byKind = rules.makeMatchSet()
        var memory = MatchMemory()
        var kinds: [String: Int] = [:]
        for (index, alert) in alerts.enumerated() {
            rules.match(AlertFacts(batch.alert(at: index)), into: &matches)
            // Known or not, a kind makes no difference.
            let kind = kinds[Self.kind(of: batch.alert(at: index)), default: kinds.count]
            kinds[Self.kind(of: batch.alert(at: index))] = kind
            for _ in 0 ..< 2 {
                rules.match(AlertFacts(batch.alert(at: index)), kind: kind, &memory, into: &byKind)
                #expect(byKind.words == matches.words, "seed \(seed), alert \(index)")
            }
            for (place, oracle) in oracles.enumerated() where matches.contains(place) != oracle.matches(alert) {
                Issue.record(
                    "seed \(seed): \(oracle.yaml(place)) \(matches.contains(place)) for \(String(decoding: alert.json, as: UTF8.self))"
                )
            }
        }
    }

    private static func kind(of alert: AlertView) -> String {
        var parts = [[UInt8](_span: alert.rule), [UInt8](_span: alert.source), [alert.priority.rawValue]]
        for index in 0 ..< alert.tagCount { parts.append([UInt8](_span: alert.tag(at: index))) }
        return "\(parts)"
    }

    @Test func `matching allocates nothing once it is warm`() throws {
        var dice = Dice(seed: 4_711)
        // Letters beyond ASCII in a rule are compared by code that allocates where it is not optimised.
        let oracles = (0 ..< 200).map { _ in OracleRule.random(&dice) }.filter { rule in
            rule.yaml(0).utf8.allSatisfy { $0 < 128 }
        }
        #expect(oracles.count > 30)
        let text = oracles.enumerated().map { $1.yaml($0) }.joined(separator: "---\n")
        let rules = try #require(read(text).rules)
        let batch = batch((0 ..< 200).map { _ in Oracle.alert(&dice) })
        var matches = rules.makeMatchSet()
        func pass() {
            for index in 0 ..< batch.count { rules.match(AlertFacts(batch.alert(at: index)), into: &matches) }
        }
        let cold = allocations_of_this_thread()
        pass()
        #expect(allocations_of_this_thread() > cold, "the counter counts")
        let warm = allocations_of_this_thread()
        pass()
        #expect(allocations_of_this_thread() == warm)
    }
}
