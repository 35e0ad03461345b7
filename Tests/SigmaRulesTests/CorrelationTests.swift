// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Testing

@testable import SigmaRules

struct CorrelationTests {
    private static let detections = ["a", "b", "c"].map { name in
        """
        title: \(name)
        name: \(name)
        id: id-\(name)
        logsource: {product: falco}
        detection: {sel: {rule: \(name)}, condition: sel}
        ---

        """
    }.joined()

    /// The one correlation over the detections a, b and c.
    private func rule(_ correlation: String, _ settings: String = "") throws -> CorrelationRule {
        let body = correlation.split(separator: "\n").map { "  \($0)\n" }.joined()
        let outcome = read(Self.detections + "title: t\nname: t\n\(settings)\ncorrelation:\n\(body)")
        guard let rules = outcome.rules else { throw Refused(problems: outcome.problems) }
        return try #require(rules.correlations.last)
    }

    @Test(arguments: [
        ("{gte: 3}", Bounds(gte: 3)), ("{gt: 2, lte: 5}", Bounds(gt: 2, lte: 5)), ("{eq: 4}", Bounds(eq: 4)),
        ("{neq: 4}", Bounds(neq: 4)), ("{lt: 1.5}", Bounds(lt: 1.5)),
    ])
    func `bounds of a count`(_ condition: String, _ bounds: Bounds) throws {
        let rule = try rule("type: event_count\nrules: [a]\ngroup-by: [x.y]\ntimespan: 90m\ncondition: \(condition)")
        guard case .eventCount(let found) = rule.kind else { throw Refused(problems: []) }
        #expect(found == bounds)
        #expect(rule.timespan == .seconds(5_400))
    }

    @Test func `fields of the value types`() throws {
        let head = "rules: [a]\ngroup-by: [hostname]\ntimespan: 1h\n"
        let count = try rule("type: value_count\n\(head)condition: {field: [fd.sip, fd.sport], gte: 3}")
        guard case .valueCount(let fields, _) = count.kind else { throw Refused(problems: []) }
        #expect(fields == [FactName("fd.sip"), FactName("fd.sport")])
        let percentile = try rule("type: value_percentile\n\(head)condition: {field: x.y, percentile: 95, gt: 10}")
        guard case .valuePercentile(let field, let value, let bounds) = percentile.kind else {
            throw Refused(problems: [])
        }
        #expect(field == FactName("x.y") && value == 95 && bounds == Bounds(gt: 10))
        for (type, name) in [("value_sum", "value_sum"), ("value_avg", "value_avg"), ("value_median", "value_median")] {
            #expect(try rule("type: \(type)\n\(head)condition: {field: x.y, gt: 10}").kind.name == name)
        }
    }

    @Test func `temporal conditions are postfix`() throws {
        func steps(_ condition: String) throws -> [TemporalCondition.Step] {
            let rule = try rule("type: temporal\nrules: [a, b, c]\ntimespan: 5m\n\(condition)")
            guard case .temporal(let temporal) = rule.kind else { throw Refused(problems: []) }
            return temporal.steps
        }
        let all: [TemporalCondition.Step] = [.reference(0), .reference(1), .and, .reference(2), .and]
        #expect(try steps("") == all)
        #expect(try steps("condition: a AND b AND c") == all)
        #expect(try steps("condition: {gte: 3}") == all)
        #expect(
            try steps("condition: a and not (b or c)") == [
                .reference(0), .reference(1), .reference(2), .or, .not, .and,
            ])
        #expect(try steps("condition: 1 of them") == [.reference(0), .reference(1), .or, .reference(2), .or])
        // Two of three, for every combination.
        let two = try steps("condition: {gte: 2}")
        for mask in 0 ..< 8 {
            var stack: [Bool] = []
            for step in two {
                switch step {
                case .reference(let index): stack.append(mask & 1 << index != 0)
                case .not: stack.append(!stack.removeLast())
                case .and: stack.append([stack.removeLast(), stack.removeLast()].allSatisfy { $0 })
                case .or: stack.append([stack.removeLast(), stack.removeLast()].contains(true))
                }
            }
            #expect(stack == [mask.nonzeroBitCount >= 2])
        }
    }

    @Test func `an ordered rule may repeat a step, and be ended by another`() throws {
        let chain = try rule("type: temporal_ordered\nrules: [a, a, b]\ntimespan: 5m", "x-creance: {until: c}")
        #expect(chain.references == [.detection(0), .detection(0), .detection(1)])
        #expect(chain.until == .detection(2))
        let negated = try rule("type: temporal_ordered\nrules: [a, b, c]\ntimespan: 5m\ncondition: a and not b and c")
        #expect(negated.references == [.detection(0), .detection(2)])
        #expect(negated.until == .detection(1))
    }

    @Test func `references by name, by id and to Falco's rules`() throws {
        let outcome = read(
            Self.detections
                + "title: t\ncorrelation:\n  type: event_count\n  rules: [b, id-c, 'falco:Write below etc', 'falco:*']\n"
                + "  timespan: 5m\n  condition: {gte: 1}\n")
        let rules = try #require(outcome.rules)
        #expect(rules.correlations[0].references == [.detection(1), .detection(2), .detection(3), .detection(4)])
        #expect(rules.detections[3].isShortForm && rules.detections[3].title == "Write below etc")
        #expect(matching(rules, TestAlert(rule: "Write below etc")) == ["falco:Write below etc", "falco:*"])
        #expect(matching(rules, TestAlert(rule: "write below ETC")) == ["falco:*"])
    }

    @Test func `group fields follow aliases and the field map`() throws {
        let rules = try #require(
            read(
                """
                title: p
                name: p
                logsource: {category: process_creation, product: linux}
                detection: {sel: {CommandLine|contains: curl}, condition: sel}
                ---
                title: n
                name: n
                logsource: {category: network_connection, product: linux}
                detection: {sel: {DestinationPort: 4444}, condition: sel}
                ---
                title: t
                correlation:
                  type: temporal
                  rules: [p, n]
                  group-by: [Image, who, container.id]
                  aliases: {who: {p: User, n: user.loginname}}
                  timespan: 1d
                """
            ).rules)
        let groups = rules.correlations[0].groupBy
        #expect(groups.map(\.name) == ["Image", "who", "container.id"])
        #expect(groups[0].fields == [FactName("proc.exepath"), FactName("proc.exepath")])
        #expect(groups[1].fields == [FactName("user.name"), FactName("user.loginname")])
        #expect(groups[2].fields == [FactName("container.id"), FactName("container.id")])
        var alert = TestAlert(fields: [("evt.type", .text("connect")), ("fd.sport", .integer(4_444))])
        #expect(matching(rules, alert) == ["n"])
        alert.fields[0] = ("evt.type", .text("openat"))
        #expect(matching(rules, alert) == [])
    }

    @Test func `settings of ours`() throws {
        let head = "type: event_count\nrules: [a]\ntimespan: 5m\ncondition: {gte: 1}"
        let plain = try rule(head)
        #expect(plain.window == .sliding && plain.emit == .once && !plain.groupsNulls && plain.makesIncidents)
        let set = try rule(head, "x-creance: {window: session, gap: 30s, emit: reset, on_null: group}")
        #expect(set.window == .session(gap: .seconds(30)) && set.emit == .reset && set.groupsNulls)
        #expect(try rule(head, "x-creance: {window: tumbling, emit: every}").window == .tumbling)
    }

    @Test func `types of ours`() throws {
        let new = try rule(
            "rules: [a]\ngroup-by: [k8s.ns.name]",
            "x-creance: {new_value: {fields: [rule], history: 30d, learning: 1d}}")
        guard case .newValue(let fields, let history, let learning) = new.kind else { throw Refused(problems: []) }
        #expect(fields == [.rule] && history == .seconds(30 * 86_400) && learning == .seconds(86_400))
        let absence = try rule("group-by: [hostname]", "x-creance: {absence: {anchor: a, expected: b, within: 5m}}")
        #expect(absence.kind.name == "absence" && absence.references == [.detection(0), .detection(1)])
        #expect(absence.timespan == .seconds(300))
        let spelt = try rule(
            "type: absence\nrules: [a, b]\ngroup-by: [hostname]\ntimespan: 5m",
            "x-creance: {absence: {anchor: a, expected: b}}")
        #expect(spelt.timespan == .seconds(300) && spelt.references == absence.references)
        let risk = try rule(
            "group-by: [container.id]",
            "x-creance: {risk: {priority: {error: 50}, tags: {mitre_execution: 7}, threshold: 90, tactics: 4, span: 12h}}"
        )
        guard case .risk(let scores, let threshold, let tactics) = risk.kind else { throw Refused(problems: []) }
        #expect(scores.byPriority[3] == 50 && scores.byTag == ["mitre_execution": 7] && threshold == 90 && tactics == 4)
        #expect(risk.timespan == .seconds(43_200))
        let standard = try rule("group-by: [container.id]", "x-creance: {risk: {}}")
        #expect(standard.timespan == .seconds(86_400) && standard.references.count == 1)
    }

    @Test func `chains stand after what they need, and feed without incidents unless generate says so`() throws {
        func chain(_ generate: Bool) throws -> SigmaRuleSet {
            try #require(
                read(
                    "title: top\nname: top\ncorrelation: {type: temporal, rules: [many, c], timespan: 1h, generate: \(generate)}\n---\n"
                        + "title: many\nname: many\ncorrelation: {type: event_count, rules: [a], timespan: 5m, condition: {gte: 3}}\n---\n"
                        + Self.detections
                ).rules)
        }
        let silent = try chain(false)
        #expect(silent.correlations.map(\.name) == ["many", "top"])
        #expect(silent.correlations.map(\.index) == [0, 1])
        #expect(silent.correlations[1].references == [.correlation(0), .detection(2)])
        #expect(silent.correlations.map(\.makesIncidents) == [false, true])
        #expect(silent.detections.map(\.isStandalone) == [false, true, false])
        let loud = try chain(true)
        #expect(loud.correlations.map(\.makesIncidents) == [true, true])
        #expect(loud.detections.map(\.isStandalone) == [false, true, true])
    }

    @Test func `a rule's body changes with its content only`() throws {
        func body(_ text: String) throws -> SubjectID {
            try #require(read(text).rules?.detections.first).body
        }
        let one = try body("title: t\nlogsource: {product: falco}\ndetection: {sel: {rule: a}, condition: sel}\n")
        let same = try body(
            "# why\ntitle: 't'\ndetection:\n  condition: sel\n  sel:\n    rule: \"a\"\n\nlogsource:\n  product: falco\n"
        )
        let other = try body("title: t\nlogsource: {product: falco}\ndetection: {sel: {rule: b}, condition: sel}\n")
        #expect(one == same)
        #expect(one != other)
    }

    @Test func `filters narrow the rules they name`() throws {
        let filter =
            "title: f\nlogsource: {product: falco}\nfilter:\n  rules: [a]\n  admin: {user.name|startswith: adm_}\n  condition: not admin\n"
        let rules = try #require(read(Self.detections + filter).rules)
        let admin = TestAlert(rule: "a", fields: [("user.name", .text("adm_eve"))])
        #expect(matching(rules, admin) == [])
        #expect(matching(rules, TestAlert(rule: "a")) == ["a"])
        #expect(matching(rules, TestAlert(rule: "b", fields: admin.fields)) == ["b"])
        let every = filter.replacing("rules: [a]", with: "rules: any")
        let all = try #require(read(Self.detections + every).rules)
        #expect(matching(all, TestAlert(rule: "b", fields: admin.fields)) == [])
    }
}
