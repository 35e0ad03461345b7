// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import EngineSimulation
import FalcoRules
import SigmaRules
import Testing

/// What is open when another configuration comes into force.
@Suite struct ConfigurationChangeTests {
    private static func pairs(_ id: String, span: String = "1m", rule: String = "shell") -> String {
        """
        ---
        title: \(id) pairs
        id: \(id)
        level: high
        tags: [attack.execution]
        correlation: {type: event_count, rules: [\(rule)], group-by: [hostname], timespan: \(span), condition: {gte: 2}}

        """
    }

    private static func settings(_ rules: String...) throws -> EngineSettings {
        let text = EngineRun.detections(["Shell", "Read"]) + rules.joined()
        return EngineSettings(rules: try EngineRun.rules(text.replacing("---\n---\n", with: "---\n")))
    }

    private func alerts(_ rule: String = "Shell", at seconds: Int64..., process: String = "sh") -> [WorldAlert] {
        seconds.map {
            let time = World.start + $0 * World.second
            var alert = WorldAlert(time: time, arrival: time, rule: rule)
            alert.hostname = "node-1"
            alert.fields = [WorldAlert.Field("proc.name", process)]
            return alert
        }
    }

    private func restart(_ run: inout EngineRun, _ settings: EngineSettings) throws {
        let isRead = run.restart(settings)
        try #require(isRead)
    }

    @Test(arguments: [false, true])
    func `an incident of a rule that changed closes with the entry that changes it`(isRestarted: Bool) throws {
        var run = EngineRun(try Self.settings(Self.pairs("one")))
        run.tick(at: World.start)
        run.feed(alerts(at: 0, 1, 2))
        #expect(run.incidents.map(\.state) == [.open])
        let changed = try Self.settings(Self.pairs("one", span: "2m"))
        let dropped = run.adopt(changed, "second")
        #expect(dropped == ["one pairs"])
        if isRestarted { try restart(&run, changed) }
        #expect(run.incidents.count == 1)
        run.decideConfiguration("second")
        #expect(run.incidents.map(\.state) == [.open, .close])
        let (open, close) = (run.incidents[0], run.incidents[1])
        #expect(close.incident == open.incident && close.id != open.id && close.revision == 1)
        #expect(close.ruleTitle == "one pairs" && close.level == .high && close.group == open.group)
        #expect(close.ruleType == open.ruleType && close.tags == open.tags && close.attack == open.attack)
        #expect(close.value == 3 && close.alerts.map(\.place) == [2, 3, 4] && close.alerts[0].epoch == 1)
        #expect(close.mayBeUndercounted && run.engine.stages.correlator.incidentCounters.closed == 1)
        run.end()
        #expect(run.incidents.count == 2)
    }

    @Test func `incidents of removed rules close in order of opening, those of others go on`() throws {
        var run = EngineRun(
            try Self.settings(Self.pairs("one"), Self.pairs("kept"), Self.pairs("two", rule: "read")))
        run.feed(alerts(at: 0, 1))
        run.feed(alerts("Read", at: 2, 3))
        run.configure(try Self.settings(Self.pairs("kept")), "second")
        let closed = run.incidents.filter { $0.state == .close }
        #expect(closed.map(\.ruleID) == ["one", "two"])
        #expect(run.engine.stages.correlator.openIncidents == 1)
        run.end()
        #expect(run.incidents.filter { $0.state == .close }.map(\.ruleID) == ["one", "two", "kept"])
    }

    private static func inhibition(_ when: String, _ hold: String) throws -> InhibitSettings.Rule {
        InhibitSettings.Rule(when: try Condition(when), hold: try Condition(hold), equal: ["hostname"])
    }

    @Test func `what an incident inhibits is let go when its rule is removed`() throws {
        var before = try Self.settings(Self.pairs("one"))
        before.inhibit = InhibitSettings(rules: [try Self.inhibition("kind = incident", "rule = Scan")])
        var after = try Self.settings()
        after.inhibit = before.inhibit
        var run = EngineRun(before)
        run.feed(alerts(at: 0, 1))
        run.feed(alerts("Scan", at: 2))
        #expect(run.engine.counts[.inhibited] == 1)
        run.configure(after, "second")
        run.feed(alerts("Scan", at: 3))
        #expect(run.engine.counts[.inhibited] == 1)
    }

    @Test func `an inhibition in force stays so when others come before it in the list`() throws {
        var before = try Self.settings(Self.pairs("one"))
        let kept = try Self.inhibition("kind = incident", "rule = Scan")
        before.inhibit = InhibitSettings(rules: [kept])
        var after = before
        after.inhibit = InhibitSettings(rules: [try Self.inhibition("rule = Read", "rule = Write"), kept])
        var run = EngineRun(before)
        run.feed(alerts(at: 0, 1))
        run.configure(after, "second")
        run.feed(alerts("Scan", at: 2))
        #expect(run.engine.counts[.inhibited] == 1)
        run.tick(at: World.start + 3_600 * World.second)
        run.feed(alerts("Scan", at: 3_601))
        #expect(run.engine.counts[.inhibited] == 1)
    }

    @Test(arguments: [false, true])
    func `groups close with their summaries when deduplication is switched off`(isRestarted: Bool) throws {
        var on = EngineSettings()
        on.deduplicate = DeduplicateSettings()
        var run = EngineRun(on)
        run.feed(alerts(at: 0, 1, 2))
        run.feed(alerts("Read", at: 0, 3))
        run.feed(alerts("Write", at: 4))
        run.adopt(EngineSettings(), "off")
        if isRestarted { try restart(&run, EngineSettings()) }
        #expect(run.summaries.isEmpty)
        run.decideConfiguration("off")
        #expect(run.summaries.map(\.state) == [.close, .close])
        #expect(run.summaries.map(\.suppressed) == [2, 1])
        run.feed(alerts(at: 5, 6))
        #expect(run.engine.counts[.suppressed] == 3)
        run.configure(on, "on")
        run.feed(alerts(at: 7, 8))
        run.end()
        #expect(run.summaries.map(\.suppressed) == [2, 1, 1])
    }

    @Test(arguments: [false, true])
    func `storms end with their record when storm control is switched off`(isRestarted: Bool) throws {
        var on = EngineSettings()
        on.storm = StormSettings(perRule: .init(burst: 1, count: 1, per: .seconds(60)))
        var run = EngineRun(on)
        run.feed(alerts(at: 0, 1, 2))
        run.adopt(EngineSettings(), "off")
        if isRestarted { try restart(&run, EngineSettings()) }
        run.decideConfiguration("off")
        let storms = run.records.compactMap { if case .storm(let storm) = $0 { storm } else { nil } }
        #expect(storms.map(\.state) == [.open, .close] && storms.map(\.held) == [1, 2])
        run.feed(alerts(at: 3, 4))
        #expect(run.engine.counts[.held] == 2)
    }

    @Test func `the configuration in force already changes nothing`() throws {
        var run = EngineRun(try Self.settings(Self.pairs("one")))
        run.configure(try Self.settings(Self.pairs("one")), "first")
        run.feed(alerts(at: 0, 1))
        let before = run.engine.checkpoint()
        let dropped = run.adopt(try Self.settings(), "first")
        #expect(dropped.isEmpty)
        #expect(run.engine.checkpoint() == before)
        run.decideConfiguration("first")
        #expect(run.incidents.map(\.state) == [.open])
    }
}
