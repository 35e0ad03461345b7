// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel

/// The same alerts in another order of arrival, within the allowed lateness: what semantics.md, section 1, says must be
/// equal then. Incidents at CLOSE (rule, key, first, last, totals), verdicts of non-monotone rules among them, and totals
/// with first and last time per fingerprint.
public struct Shuffle {
    private let seed: UInt64
    private let settings: WorldSettings
    private let alerts: [WorldAlert]
    private var chance: Chance

    /// What must not depend on the order.
    struct Comparable: Hashable {
        var closes: [String] = []
        /// By fingerprint and first time. A group of which everything left, because a late alert joined what had been
        /// several, has none.
        var summaries: [String: String] = [:]
        /// Alerts of every fingerprint.
        var marked: [SubjectID: Int] = [:]
        var late = 0
    }

    /// Returns how many incidents and summaries were compared.
    @discardableResult
    public static func run(_ seed: UInt64, count: Int = 150) throws(SimulationFailure) -> Int {
        var shuffle = Shuffle(seed, count: count)
        return try shuffle.compare()
    }

    init(_ seed: UInt64, count: Int) {
        self.seed = seed
        var chance = Chance(seed ^ 0xc0ff_ee00)
        settings = WorldSettings(chance.next(), number: 0, comparable: true)
        var time = World.start
        var alerts: [WorldAlert] = []
        let pauses: [Int64] = chance.pick([
            [0, 1, World.second / 3], [0, World.second, 3 * World.second], [World.second / 2, 20 * World.second],
        ])
        for number in 0 ..< count {
            time += chance.pick(pauses)
            var alert = WorldAlert(time: time, rule: chance.pick(WorldRules.falcoRules))
            alert.hostname = "node-\(chance.below(3))"
            alert.tags = chance.oneIn(3) ? ["mitre_execution"] : []
            // The command line is the same for one name: a variant that leaves first depends on the order.
            let process = chance.below(3)
            alert.fields = [
                .init("container.id", chance.pick(["host", "c1", "c2"])), .init("proc.name", "p\(process)"),
                .init("proc.cmdline", "p\(process)"), .init("user.name", chance.pick(["root", "eve"])),
                .init("evt.rawres", "\(number % 40)"),
            ]
            if chance.oneIn(2) { alert.fields.append(.init("fd.name", "f\(chance.below(4))")) }
            alerts.append(alert)
        }
        self.alerts = alerts
        self.chance = chance
    }

    private mutating func compare() throws(SimulationFailure) -> Int {
        let lateness = settings.engine.time.allowedLateness.wholeNanoseconds
        let straight = run(alerts)
        guard straight.late == 0 else { throw fail("an alert in order is late") }
        for _ in 0 ..< 2 {
            let delayed = alerts.map { alert in
                var alert = alert
                alert.arrival += chance.upTo(lateness)
                return alert
            }
            let order = delayed.indices.sorted { (delayed[$0].arrival, $0) < (delayed[$1].arrival, $1) }
            let shuffled = run(order.map { delayed[$0] })
            guard shuffled.late == 0 else { throw fail("shuffled within the lateness, an alert is late") }
            guard straight.marked == shuffled.marked else { throw fail("totals per fingerprint differ") }
            try compare("closes", straight.closes, shuffled.closes)
            for (group, total) in shuffled.summaries {
                guard let expected = straight.summaries[group], expected != total else { continue }
                throw fail("group \(group) is \(expected) in order, \(total) shuffled")
            }
        }
        return straight.closes.count + straight.summaries.count
    }

    private func compare(_ what: String, _ one: [String], _ two: [String]) throws(SimulationFailure) {
        guard one != two else { return }
        let only = one.filter { !two.contains($0) }
        let other = two.filter { !one.contains($0) }
        throw fail("\(what) depend on the order: in order only \(only), shuffled only \(other)")
    }

    private func fail(_ what: String) -> SimulationFailure {
        SimulationFailure(seed: seed, steps: 0, what: "shuffle: \(what)")
    }

    private mutating func run(_ alerts: [WorldAlert]) -> Comparable {
        var engine = AlertEngine(settings.engine)
        var result = Comparable()
        var place: Int64 = 1
        var rest = alerts[...]
        func take(_ decision: EntryDecision) {
            for mark in decision.notes.marks {
                if mark.flags.contains(.late) { result.late += 1 }
                if mark.subject > 0, case .group(let group) = decision.notes.subjects[Int(mark.subject) - 1] {
                    result.marked[group, default: 0] += 1
                }
            }
            for placed in decision.notes.records where placed.record.state == .close {
                switch placed.record {
                case .incident(let incident) where incident.mergedInto == nil:
                    let key = incident.group.map { "\($0.name)=\($0.value)" }
                    result.closes.append(
                        "\(incident.ruleID) \(incident.ruleType) \(key) \(incident.first) \(incident.last) \(incident.value)"
                    )
                case .summary(let summary):
                    result.summaries["\(summary.group) \(summary.first)"] = "\(summary.last) \(summary.total)"
                default: break
                }
            }
        }
        while !rest.isEmpty {
            let batch = Array(rest.prefix(1 + chance.below(6)))
            rest = rest.dropFirst(batch.count)
            take(
                engine.process(
                    JournalEntry(place: place, epoch: 1, source: "node", content: .alerts(.of(batch)))))
            place += Int64(batch.count)
        }
        take(engine.end(at: place))
        result.closes.sort()
        return result
    }
}
