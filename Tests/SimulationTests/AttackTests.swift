// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import EngineSimulation
import FalcoRules
import SigmaRules
import Testing

@Suite struct AttackTests {
    private func settings(_ names: [String], _ correlations: String) throws -> EngineSettings {
        EngineSettings(rules: try EngineRun.rules(EngineRun.detections(names) + correlations))
    }

    private func alert(_ rule: String, _ time: Int64, host: String = "node-1", arrival: Int64? = nil) -> WorldAlert {
        var alert = WorldAlert(
            time: time, arrival: arrival, rule: rule,
            fields: [.init("container.id", "c1"), .init("proc.name", "sh")])
        alert.hostname = host
        return alert
    }

    @Test func `a flood of one-hit keys does not flush a slow chain that has come two steps`() throws {
        let result = try Attacks.flood(20_000, .afterTwoSteps, budget: 1 << 20)
        #expect(result.evictions > 0)
        #expect(result.victimFired)
        #expect(result.largestByteCount <= result.budget)
        #expect(result.total == 20_003 + 2 * result.bystanders)
    }

    @Test func `a flood after the first step flushes it, and it fires and is marked all the same`() throws {
        let result = try Attacks.flood(20_000, .afterOneStep, budget: 1 << 20)
        #expect(result.evictions > 10_000)
        #expect(result.victimFired && result.isMarked)
        #expect(result.largestByteCount <= result.budget)
        // What looks like it fires seldom, and never without saying that it is approximate.
        #expect(result.bystandersFired < result.bystanders / 10 && result.bystandersUnmarked == 0)
        let roomy = try Attacks.flood(2_000, .afterOneStep, budget: 8 << 20)
        #expect(roomy.victimFired && !roomy.isMarked && roomy.evictions == 0 && roomy.bystandersFired == 0)
    }

    @Test func `what a flooded rule says depends on no secret`() throws {
        var said: [Attacks.FloodResult] = []
        for secret in [HashKey(low: 1, high: 2), HashKey(low: 77, high: .max)] {
            said.append(try Attacks.flood(8_000, .afterOneStep, budget: 1 << 18, secret: secret))
        }
        #expect(said[0].evictions > 0 && said[0].victimFired && said[0].isMarked)
        #expect(said[0].incidents == said[1].incidents)
    }

    @Test func `every alert of a gigantic group is in its summary, and a count beyond the cap says so`() throws {
        let result = try Attacks.giant(20_000, timesPerGroup: 1_000)
        #expect(result.passed == 1 && result.suppressed == 19_999)
        #expect(result.summary?.total == 20_000 && result.summary?.suppressed == 19_999)
        #expect(result.incident?.isApproximate == true)
        let exact = try Attacks.giant(900, timesPerGroup: 1_000)
        #expect(exact.incident?.isApproximate == false && exact.incident?.value == 900)
    }

    @Test func `a node an hour ahead and one an hour behind change nothing for the others`() throws {
        let rules = """
            title: Chain
            correlation: {type: temporal_ordered, rules: [shell, read, connect], group-by: [hostname], timespan: 10s}
            ---
            title: Few
            correlation: {type: event_count, rules: [shell], group-by: [hostname], timespan: 10s, condition: {lt: 2}}

            """
        let hour: Int64 = 3_600 * World.second
        func incidents(_ hosts: [(name: String, skew: Int64)]) throws -> [String] {
            var run = EngineRun(try settings(["Shell", "Read", "Connect"], rules))
            for step in 0 ..< 60 {
                let now = World.start + Int64(step) * World.second
                let rule = ["Shell", "Read", "Connect"][step % 3]
                run.feed(hosts.map { alert(rule, now + $0.skew, host: $0.name, arrival: now) })
            }
            if hosts.count > 1 {
                #expect(run.skewed == 60)
                #expect(run.late >= 50 && run.late <= 60)
            }
            run.end()
            return run.incidents.filter { $0.group.first?.value == .text("good") && $0.state != .update }.map {
                "\($0.state) \($0.ruleTitle) \($0.first) \($0.last) \($0.value)"
            }
        }
        let alone = try incidents([("good", 0)])
        #expect(!alone.isEmpty)
        #expect(try incidents([("ahead", hour), ("good", 0), ("behind", -hour)]) == alone)
    }

    @Test func `equal timestamps count as ordered and as together`() throws {
        let rules = """
            title: Chain
            correlation: {type: temporal_ordered, rules: [shell, read, connect], group-by: [container.id], timespan: 1s}
            ---
            title: Three
            correlation: {type: event_count, rules: [shell, read, connect], group-by: [container.id], timespan: 1s, condition: {gte: 3}}
            ---
            title: All
            correlation: {type: temporal, rules: [shell, read, connect], group-by: [container.id], timespan: 1s}

            """
        for order in [["Shell", "Read", "Connect"], ["Connect", "Read", "Shell"], ["Read", "Connect", "Shell"]] {
            var run = EngineRun(try settings(["Shell", "Read", "Connect"], rules))
            run.feed(order.map { alert($0, World.start) })
            run.end()
            let opened = run.incidents.filter { $0.state == .open }.map(\.ruleTitle).sorted()
            #expect(opened == ["All", "Chain", "Three"], "in the order \(order)")
        }
    }

    @Test(arguments: [
        "type: event_count, rules: [shell, read], condition: {gte: 2}",
        "type: temporal, rules: [shell, read]", "type: temporal_ordered, rules: [shell, read]",
        "type: value_count, rules: [shell, read], condition: {field: rule, gte: 2}",
    ])
    func `a window ends at exactly its timespan`(_ rule: String) throws {
        let text = "title: T\ncorrelation: {\(rule), group-by: [container.id], timespan: 10s}\n"
        for (distance, fires) in [(-1, true), (0, true), (1, false)] as [(Int64, Bool)] {
            var run = EngineRun(try settings(["Shell", "Read"], text))
            run.feed([alert("Shell", World.start), alert("Read", World.start + 10 * World.second + distance)])
            run.end()
            #expect(run.incidents.contains { $0.state == .open } == fires, "\(distance) ns")
        }
    }

    /// A matcher that backtracks would need 2 to the power of thousands steps: this test would never end.
    @Test func `expressions that explode elsewhere are matched in one pass`() throws {
        let rules = """
            title: T
            name: t
            logsource: {product: falco}
            detection: {sel: {proc.cmdline|re: '^(a+)+$'}, condition: sel}
            ---
            title: C
            correlation: {type: event_count, rules: [t], group-by: [container.id], timespan: 1s, condition: {gte: 1}}

            """
        var settings = EngineSettings(rules: try EngineRun.rules(rules))
        settings.silence = SilenceSettings([
            .init(try Condition("proc.cmdline regex '(a|aa)+b'"), until: EventTime(nanoseconds: .max), reason: "r")
        ])
        var run = EngineRun(settings)
        for (number, end) in ["", "!", "b"].enumerated() {
            var hostile = WorldAlert(time: World.start + Int64(number), rule: "Shell")
            hostile.fields = [
                .init("container.id", "c\(number)"), .init("proc.cmdline", String(repeating: "a", count: 20_000) + end),
            ]
            run.feed([hostile])
        }
        run.end()
        #expect(
            run.incidents.filter { $0.state == .open }.map(\.group) == [
                [.init(name: "container.id", value: .text("c0"))]
            ])
        #expect(run.engine.counts[.silenced] == 1)
    }

    @Test func `rules that refer to each other in a circle are refused`() {
        let text =
            EngineRun.detections(["Shell"]) + """
                title: One
                name: one
                correlation: {type: temporal, rules: [shell, three], timespan: 1m}
                ---
                title: Two
                name: two
                correlation: {type: temporal, rules: [shell, one], timespan: 1m}
                ---
                title: Three
                name: three
                correlation: {type: event_count, rules: [two], timespan: 1m, condition: {gte: 2}}

                """
        var message = ""
        do throws(RuleProblem) { _ = try EngineRun.rules(text) } catch { message = error.message }
        #expect(message.contains("circle"))
    }
}
