// SPDX-License-Identifier: Apache-2.0
public import AlertEngine
import AlertModel
import FalcoRules
import SigmaRules

/// One generation of configuration, made from a seed; under any key of the tables.
public struct WorldSettings: Sendable {
    public var engine: EngineSettings
    public let rulesText: String
    public let digest: String

    /// - Parameter comparable: only what no order of arrival may change.
    public init(_ seed: UInt64, number: Int, comparable: Bool = false) {
        var chance = Chance(seed)
        digest = "generation-\(number)"
        rulesText = WorldRules.text(&chance, comparable: comparable)
        engine = EngineSettings(rules: WorldRules.rules(rulesText), installation: 0xabcd)
        engine.time.allowedLateness = .milliseconds(chance.pick([0, 500, 2_000, 5_000]))
        engine.correlate.updateEvery = .seconds(chance.pick([1, 20, 600]))
        guard !comparable else {
            engine.time.allowedLateness = .seconds(2)
            engine.correlate.memoryBytes = 8 << 20
            engine.deduplicate = DeduplicateSettings(
                quiet: .seconds(chance.pick([1, 5, 60])), maxOpen: .seconds(3_600), memoryBytes: 1 << 20)
            return
        }
        engine.correlate.memoryBytes = chance.pick([1 << 12, 1 << 14, 1 << 16, 8 << 20])
        engine.correlate.timesPerGroup = chance.pick([4, 64, 4096])
        engine.correlate.incidentLimit = chance.pick([3, 1_000])
        if chance.below(4) > 0 { engine.identity = IdentitySettings(limit: chance.pick([3, 64, 4096])) }
        if chance.below(5) > 0 {
            engine.deduplicate = DeduplicateSettings(
                quiet: .seconds(chance.pick([1, 5, 60])), maxOpen: .seconds(chance.pick([2, 30, 600])),
                variants: chance.pick([1, 2, 8]), memoryBytes: chance.pick([1 << 13, 1 << 15, 1 << 20]))
        }
        if chance.oneIn(2) {
            engine.enrich = EnrichSettings(
                backfill: chance.oneIn(2), backfillMemory: chance.pick([1 << 12, 1 << 16]), attack: chance.oneIn(2))
        }
        if chance.oneIn(3) {
            engine.storm = StormSettings(
                perRule: .init(burst: 1 + chance.below(5), count: 1, per: .seconds(1)),
                perScope: .init(burst: 1 + chance.below(9), count: 1, per: .seconds(2)),
                overall: .init(burst: 5 + chance.below(30), count: 5, per: .seconds(1)),
                quiet: .seconds(chance.pick([1, 10])))
        }
        do {
            if chance.oneIn(2) { engine.inhibit = InhibitSettings(rules: try Self.inhibitions(&chance)) }
            if chance.oneIn(3) {
                engine.silence = SilenceSettings([
                    SilenceSettings.Configured(
                        try Condition("proc.name = p1 and rule = Scan"),
                        until: EventTime(nanoseconds: World.start + chance.upTo(600) * World.second), reason: "known")
                ])
            }
            if chance.oneIn(2) { engine.router = try Self.router(&chance) }
        } catch {
            preconditionFailure("the world's settings must be readable: \(error)")
        }
        engine.hasSinks = !chance.oneIn(15)
    }

    private static func inhibitions(_ chance: inout Chance) throws -> [InhibitSettings.Rule] {
        var rules = [
            InhibitSettings.Rule(
                when: try Condition("kind = incident and rule.title startswith Rule"),
                hold: try Condition("priority <= warning and rule in (Read, Write)"), equal: ["hostname"])
        ]
        if chance.oneIn(2) {
            rules.append(
                InhibitSettings.Rule(
                    when: try Condition("rule = Drop"), hold: try Condition("rule = Scan"),
                    equal: chance.oneIn(2) ? [] : ["container.id"], duration: .seconds(chance.pick([1, 30]))))
        }
        return rules
    }

    private static func router(_ chance: inout Chance) throws -> Router {
        var rules = [
            RouteSettings.Rule(
                when: try Condition("priority >= error or kind = incident"), to: ["pager", "archive"],
                continues: chance.oneIn(2))
        ]
        if chance.oneIn(2) { rules.append(RouteSettings.Rule(when: try Condition("rule = Write"), to: [])) }
        if chance.below(3) > 0 { rules.append(RouteSettings.Rule(to: ["archive"])) }
        return try Router(RouteSettings(rules: rules), sinks: ["archive", "pager", "siem"])
    }

    /// The same under another secret.
    public func keyed(_ key: UInt64) -> EngineSettings {
        var settings = engine
        settings.hashKey = HashKey(low: key, high: ~key &* 31)
        return settings
    }
}
