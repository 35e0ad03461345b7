// SPDX-License-Identifier: Apache-2.0
import AlertModel
import SigmaRules
import Testing

@testable import AlertEngine

/// Temporal and entity rules as the correlator runs them: keys, incidents, checkpoints.
@Suite struct TemporalCorrelatorTests {
    private let three: [RuleReference] = [.detection(0), .detection(1), .detection(2)]

    private func alert(
        _ time: Int64, _ matches: [Int], _ number: Int64, name: String = "sh", tags: [String] = [],
        priority: Priority = .warning, exe: String = "/bin/sh"
    ) -> CorrelateAlert {
        CorrelateAlert(
            time: time * second, matches: matches, fields: ["proc.name": name, "proc.exepath": exe], tags: tags,
            priority: priority, number: number)
    }

    @Test func `a chain opens an incident of its group and closes when its time is over`() throws {
        var run = CorrelateRun([.sample(.temporalOrdered, references: three)])
        run.take(alert(100, [0], 1))
        run.take(alert(101, [1], 2))
        try run.restart()
        run.take(alert(102, [2], 3, name: "bash"))
        #expect(run.records.isEmpty)
        run.take(alert(103, [2], 4))
        #expect(run.records.map(\.state) == [.open])
        #expect(run.records.first?.value == 3)
        #expect(run.records.first?.alerts.map(\.place) == [1, 2, 4])
        #expect(run.records.first?.group == [KeyField(name: "proc.name", value: .text("sh"))])
        run.end()
        #expect(run.records.map(\.state) == [.open, .close])
        #expect(run.records.last?.first.nanoseconds == 100 * second)
        #expect(run.records.last?.last.nanoseconds == 103 * second)
    }

    @Test func `an until rule has a bit and a key of its own`() {
        var run = CorrelateRun([.sample(.temporalOrdered, references: three, until: .detection(5))])
        run.take(alert(100, [0], 1))
        run.take(alert(101, [1], 2))
        run.take(alert(101, [5], 3, name: "bash"))
        run.take(alert(102, [0], 4, name: "zsh"))
        run.take(alert(103, [1], 5, name: "zsh"))
        run.take(alert(104, [5], 6, name: "zsh"))
        run.take(alert(105, [2], 7))
        run.take(alert(105, [2], 8, name: "zsh"))
        #expect(run.records.map { $0.alerts.map(\.place) } == [[1, 2, 7]])
    }

    @Test func `a verdict names its group without an alert to read it from`() throws {
        let condition = TemporalCondition(steps: [.reference(0), .reference(1), .not, .and])
        var run = CorrelateRun([.sample(.temporal(condition), references: [.detection(0), .detection(1)])])
        run.take(alert(100, [0], 1))
        run.take(alert(101, [0], 2))
        try run.restart()
        run.end()
        #expect(run.records.map(\.state) == [.open, .close])
        #expect(run.records.first?.group == [KeyField(name: "proc.name", value: .text("sh"))])
        #expect(run.records.first?.alerts.map(\.place) == [1, 2])
    }

    @Test func `silence after a sign of life is an incident of its group`() {
        var run = CorrelateRun([.sample(.absence, references: [.detection(0), .detection(0)])])
        for time in 0 ..< 5 { run.take(alert(100 + Int64(time) * 5, [0], Int64(time))) }
        #expect(run.records.isEmpty)
        run.take(alert(200, [0], 9, name: "other"))
        #expect(run.records.map(\.state) == [.open, .close])
        #expect(run.records.first?.group == [KeyField(name: "proc.name", value: .text("sh"))])
        #expect(run.records.first?.alerts.map(\.place) == [4])
    }

    @Test func `a value is new to its group once`() throws {
        var run = CorrelateRun([
            .sample(.newValue(fields: [FactName("proc.exepath")], history: .zero, learning: .seconds(5)), emit: .every)
        ])
        run.take(alert(100, [0], 1))
        run.take(alert(110, [0], 2))
        run.take(alert(120, [0], 3, exe: "/tmp/x"))
        try run.restart()
        run.take(alert(140, [0], 4, exe: "/tmp/x"))
        run.end()
        #expect(run.records.map { $0.alerts.map(\.place) } == [[3], [3]])
        #expect(run.records.first?.group == [KeyField(name: "proc.name", value: .text("sh"))])
    }

    @Test func `risk adds priorities and tags up, and knows tactics`() {
        var scores = [Double](repeating: 0, count: 8)
        scores[Int(Priority.warning.rawValue)] = 20
        let risk = CorrelationKind.risk(
            RiskScores(byPriority: scores, byTag: ["exfil": 50]), threshold: 90, tactics: 3)
        var run = CorrelateRun([.sample(risk)])
        run.take(alert(100, [0], 1))
        run.take(alert(101, [0], 2))
        run.take(alert(102, [0], 3, tags: ["exfil"]))
        #expect(run.records.map(\.value) == [110])
        run.take(alert(103, [0], 4, name: "b", tags: ["mitre_execution", "mitre_discovery"], priority: .debug))
        run.take(alert(104, [0], 5, name: "b", tags: ["attack.execution", "attack.impact"], priority: .debug))
        #expect(run.records.count == 2)
        #expect(run.records.last?.attack == ["discovery", "execution", "impact"])
    }

    @Test func `a chain of rules of both kinds fires through`() {
        let chained = CorrelationRule.sample(
            .temporalOrdered, index: 1, references: [.correlation(0), .detection(3)], timespan: .seconds(60))
        var run = CorrelateRun([.sample(.temporal(.all(2)), references: [.detection(0), .detection(1)]), chained])
        run.take(alert(100, [1], 1))
        run.take(alert(101, [0], 2))
        run.take(alert(110, [3], 3))
        #expect(run.records.map(\.ruleTitle).filter { $0 == "Rule 1" } == ["Rule 1"])
    }

    @Test func `incidents at close do not depend on the order of arrival within the lateness`() {
        let condition = TemporalCondition(steps: [.reference(0), .reference(1), .not, .and])
        let kinds: [CorrelationKind] = [
            .temporal(.all(2)), .temporal(condition), .absence,
            .newValue(fields: [FactName("proc.exepath")], history: .zero, learning: .zero),
            .risk(
                RiskScores(byPriority: [Double](repeating: 10, count: 8), byTag: [:]), threshold: 35, tactics: 9),
        ]
        for (place, kind) in kinds.enumerated() {
            var closed = 0
            for number in 0 ..< 40 {
                var seed = TemporalSeed(state: UInt64(place << 20 + number))
                var alerts: [CorrelateAlert] = []
                var time: Int64 = 1000 * second
                for number in 0 ..< 40 {
                    time += Int64(seed.below(4)) * second / 2 + (seed.below(12) == 0 ? 30 * second : 0)
                    alerts.append(
                        CorrelateAlert(
                            time: time, matches: [seed.below(2)],
                            fields: ["proc.name": "p\(seed.below(2))", "proc.exepath": "/bin/\(seed.below(6))"],
                            number: Int64(number)))
                }
                var shuffled = alerts.map { (place: $0.time + Int64(seed.below(4)) * second / 2, alert: $0) }
                shuffled.sort { ($0.place, $1.alert.number) < ($1.place, $0.alert.number) }
                var results: [[String]] = []
                for order in [alerts, shuffled.map(\.alert)] {
                    var run = CorrelateRun([.sample(kind, references: [.detection(0), .detection(1)])])
                    for alert in order { run.take(alert) }
                    run.end()
                    let closes = run.records.filter { $0.state == .close && $0.mergedInto == nil }
                    results.append(
                        closes.map { "\($0.group) \($0.first) \($0.last) \($0.value)" }.sorted())
                }
                #expect(results[0] == results[1], "kind \(kind.name), seed \(number)")
                closed += results[0].count
            }
            #expect(closed > 20, "kind \(kind.name)")
        }
    }
}
