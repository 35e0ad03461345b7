// SPDX-License-Identifier: Apache-2.0
import AlertModel
import FalcoRules
import Testing

/// Conditions over what the engine says itself.
struct RecordTests {
    static let incident = EngineRecord.incident(
        IncidentRecord(
            incident: SubjectID(high: 1, low: 2), state: .open, revision: 0, ruleID: "c1a9",
            ruleTitle: "Container escape",
            ruleType: "temporal_ordered", level: .high, tags: ["attack.t1611"],
            group: [
                KeyField(name: "container.id", value: .text("abc")), KeyField(name: "k8s.ns.name", value: .null),
                KeyField(name: "user.uid", value: .integer(1000)),
            ], value: 3, first: EventTime(nanoseconds: 1), last: EventTime(nanoseconds: 2), alerts: [],
            attack: ["privilege-escalation"], isApproximate: true))

    static let summary = EngineRecord.summary(
        GroupSummary(
            group: SubjectID(high: 3, low: 4), opened: EventTime(nanoseconds: 0), state: .close, revision: 2,
            fields: [
                KeyField(name: "rule", value: .text("Noise")), KeyField(name: "source", value: .text("syscall")),
                KeyField(name: "container.id", value: .text("abc")),
            ], total: 1_000, suppressed: 992, variants: 8, first: EventTime(nanoseconds: 1),
            last: EventTime(nanoseconds: 2), byPriority: [0, 0, 0, 5, 995, 0, 0, 0], samples: []))

    static let storm = EngineRecord.storm(
        StormRecord(
            storm: SubjectID(high: 5, low: 6), state: .update, revision: 1, scope: .rule, key: "Noise", held: 12_000,
            top: [], first: EventTime(nanoseconds: 1), last: EventTime(nanoseconds: 2), samples: []))

    static let gap = Gap(
        source: "node", from: EventTime(nanoseconds: 1), to: EventTime(nanoseconds: 2), reason: .reconnected)

    @Test(arguments: [
        ("kind = incident", true), ("kind in (summary, incident)", true), ("kind = alert", false),
        ("state = open", true),
        ("rule.title = \"Container escape\"", true), ("rule = \"Container escape\"", true), ("rule.id = c1a9", true),
        ("rule.type = temporal_ordered", true), ("rule.level = high", true), ("rule.level >= medium", true),
        ("rule.level >= critical", false), ("rule.level != low", true), ("rule.level in (high, critical)", true),
        ("priority >= error", true), ("priority > error", false), ("container.id = abc", true),
        ("user.uid = 1000", true),
        ("user.uid in (0, 1000)", true), ("k8s.ns.name exists", false), ("k8s.ns.name = ''", true),
        ("tags intersects (attack.t1611)", true), ("attack = privilege-escalation", true), ("len(attack) = 1", true),
        ("value >= 3", true), ("value = 3", true), ("approximate = true", true), ("gap = true", false),
        ("incident.id = 00000000000000010000000000000002", true), ("total exists", false), ("source = creance", true),
        ("tolower(rule.title) startswith container", true), ("rule = val(rule.title)", true), ("proc.name = a", false),
        ("not proc.name = a", true), ("evt.time = 2", true), ("output exists", false),
    ])
    func `an incident`(_ text: String, _ expected: Bool) throws {
        #expect(try Condition(text).matches(Self.incident) == expected, "\(text)")
    }

    @Test(arguments: [
        ("kind = summary and state = close", true), ("rule = Noise", true), ("source = syscall", true),
        ("total > 999", true), ("suppressed = 992", true), ("variants < 9", true), ("priority = error", true),
        ("group.id = 00000000000000030000000000000004", true), ("container.id startswith ab", true),
        ("rule.title exists", false), ("value exists", false),
    ])
    func `a summary`(_ text: String, _ expected: Bool) throws {
        #expect(try Condition(text).matches(Self.summary) == expected, "\(text)")
    }

    @Test(arguments: [
        ("kind = storm", true), ("storm.scope = rule", true), ("storm.key = Noise", true), ("rule = Noise", true),
        ("held >= 10000", true), ("state = update", true), ("priority >= warning", true), ("kind = gap", false),
    ])
    func `a storm`(_ text: String, _ expected: Bool) throws {
        #expect(try Condition(text).matches(Self.storm) == expected, "\(text)")
    }

    @Test(arguments: [
        ("kind = gap", true), ("source = node", true), ("reason = reconnected", true), ("priority = notice", true),
        ("priority >= warning", false), ("state exists", false), ("kind != gap", false),
    ])
    func `a gap`(_ text: String, _ expected: Bool) throws {
        #expect(try Condition(text).matches(Self.gap) == expected, "\(text)")
    }
}
