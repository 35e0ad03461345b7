// SPDX-License-Identifier: Apache-2.0
import AlertModel
import FalcoRules
import Testing

@testable import AlertEngine

@Suite struct RouteTests {
    private typealias Rule = RouteSettings.Rule

    private func sinks(_ router: Router, _ alert: SampleAlert) -> [String]? {
        withContext(alert) { context in router.route(context.facts).map { router.sets[Int($0)] } }
    }

    private let names = ["archive", "pager", "siem"]

    @Test func `without a list everything goes to every sink`() throws {
        let router = try Router(RouteSettings(), sinks: names)
        #expect(router.isEverything && router.routes([0]).isEverything)
    }

    @Test func `the first rule that matches decides`() throws {
        let rules = [Rule(when: try Condition("priority >= error"), to: ["pager", "archive"]), Rule(to: ["archive"])]
        let router = try Router(RouteSettings(rules: rules), sinks: names)
        #expect(sinks(router, SampleAlert(1, priority: .critical)) == ["archive", "pager"])
        #expect(sinks(router, SampleAlert(1, priority: .warning)) == ["archive"])
    }

    @Test func `continue adds the sinks of the rules behind`() throws {
        let rules = [
            Rule(when: try Condition("priority >= error"), to: ["pager"], continues: true),
            Rule(when: try Condition("hostname = node-1"), to: ["siem"]), Rule(to: ["archive"]),
        ]
        let router = try Router(RouteSettings(rules: rules), sinks: names)
        #expect(sinks(router, SampleAlert(1, priority: .error)) == ["pager", "siem"])
        #expect(sinks(router, SampleAlert(1, priority: .error, hostname: "b")) == ["archive", "pager"])
        #expect(sinks(router, SampleAlert(1, hostname: "b")) == ["archive"])
    }

    @Test func `what no rule matches is wanted by none, and so is what a rule sends nowhere`() throws {
        let rules = [
            Rule(when: try Condition("hostname = a"), to: []),
            Rule(when: try Condition("priority = error"), to: ["siem"]),
        ]
        let router = try Router(RouteSettings(rules: rules), sinks: names)
        #expect(sinks(router, SampleAlert(1, priority: .error, hostname: "a")) == nil)
        #expect(sinks(router, SampleAlert(1, hostname: "b")) == nil)
        #expect(sinks(router, SampleAlert(1, priority: .error, hostname: "b")) == ["siem"])
        #expect(try sinks(Router(RouteSettings(rules: []), sinks: names), SampleAlert(1)) == nil)
    }

    @Test func `records and gaps have routes of their own`() throws {
        let rules = [
            Rule(when: try Condition("kind = incident"), to: ["pager"]),
            Rule(when: try Condition("kind = gap"), to: ["siem"]),
        ]
        let router = try Router(RouteSettings(rules: rules), sinks: names)
        let gap = Gap(source: "node", from: seconds(1), to: seconds(2), reason: .reconnected)
        #expect(router.route(incident(.open, group: [])).map { router.sets[Int($0)] } == ["pager"])
        #expect(router.route(gap).map { router.sets[Int($0)] } == ["siem"])
        #expect(sinks(router, SampleAlert(1)) == nil)
        #expect(router.sets[Int(Router.nowhere)] == [])
    }

    @Test func `an entry's routes hold only the sets that occur, in the order of their use`() throws {
        let rules = [Rule(when: try Condition("priority >= error"), to: ["pager", "archive"]), Rule(to: ["archive"])]
        let router = try Router(RouteSettings(rules: rules), sinks: names)
        let (low, high) = withContext(SampleAlert(1)) { low in
            (router.route(low.facts), withContext(SampleAlert(1, priority: .error)) { router.route($0.facts) })
        }
        let (plain, urgent) = (try #require(low), try #require(high))
        let routes = router.routes([urgent, plain, urgent, Router.nowhere])
        #expect(routes.sets == [["archive", "pager"], ["archive"], []])
        #expect(routes.perOutput == [0, 1, 0, 2])
        #expect(routes.contains("pager", at: 2) && !routes.contains("pager", at: 1) && !routes.contains("siem", at: 0))
    }

    @Test func `a list whose sets cannot be known beforehand is refused`() throws {
        let many = (0 ..< 11).map { "s\($0)" }
        let rules = try many.map { Rule(when: try Condition("hostname = \($0)"), to: [$0], continues: true) }
        #expect(throws: Router.Refusal.tooManySets) { try Router(RouteSettings(rules: rules), sinks: many) }
        let ten = try Router(RouteSettings(rules: Array(rules.prefix(10))), sinks: many)
        #expect(ten.sets.count == 1024)
        let wide = (0 ..< 65).map { "s\($0)" }
        #expect(throws: Router.Refusal.tooManySinks(65)) {
            try Router(RouteSettings(rules: [Rule(to: wide)]), sinks: wide)
        }
    }

    @Test(arguments: 0 ..< 60 as Range<UInt64>)
    func `every alert gets what the rules say when read one by one`(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let rules = try (0 ..< Int.random(in: 1 ... 8, using: &random)).map { _ in
            Rule(
                when: Bool.random(using: &random)
                    ? try Condition(
                        ["priority >= error", "hostname = a", "hostname = b and priority <= notice"]
                            .randomElement(using: &random) ?? "") : nil,
                to: names.filter { _ in Bool.random(using: &random) }, continues: Bool.random(using: &random))
        }
        let router = try Router(RouteSettings(rules: rules), sinks: names)
        for priority in Priority.allCases {
            for host in ["a", "b", "c"] {
                let alert = SampleAlert(1, priority: priority, hostname: host)
                var expected: [String] = []
                for rule in rules {
                    let isMatch =
                        switch rule.when?.text {
                        case nil: true
                        case "priority >= error": priority >= .error
                        case "hostname = a": host == "a"
                        default: host == "b" && priority <= .notice
                        }
                    guard isMatch else { continue }
                    expected += rule.to
                    if !rule.continues { break }
                }
                let set = names.filter(expected.contains)
                #expect(sinks(router, alert) == (set.isEmpty ? nil : set))
            }
        }
    }
}
