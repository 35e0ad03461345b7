// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// What happens outside: a few hosts with a few containers, users and commands, so that groups, chains, variants, storms,
/// silences and inhibitions come about. Everything from the seed.
public struct World: Sendable {
    public static let second: Int64 = 1_000_000_000
    public static let start: Int64 = 1_767_225_600 * second

    private var chance: Chance
    /// True time; arrivals are at it.
    public private(set) var now = World.start
    private let hosts: [Host]
    private let pauses: [Int64]
    /// What arrived lately: a second transport may bring it again.
    private var recent: [WorldAlert] = []
    private var silences: [Silence] = []
    private let generations: Int
    private let isCalm: Bool

    private struct Host {
        let name: String
        /// How far its clock is off.
        let skew: Int64
        /// How late its alerts may come.
        let delay: Int64
    }

    public init(_ seed: UInt64, generations: Int) {
        var chance = Chance(seed)
        let hosts = (0 ..< 2 + chance.below(3)).map { number in
            let skew =
                switch chance.below(8) {
                case 0: 3_600 * World.second
                case 1: -3_600 * World.second
                case 2, 3: chance.upTo(2 * World.second) - World.second
                default: Int64(0)
                }
            return Host(
                name: "node-\(number)", skew: skew,
                delay: chance.pick([0, 1_000, World.second, 3 * World.second, 20 * World.second]))
        }
        self.hosts = hosts
        pauses = chance.pick([
            [0, 0, 1, 1_000_000], [0, World.second / 4, World.second], [0, 1, World.second, 30 * World.second],
            [1_000_000, World.second, 10 * World.second, 400 * World.second],
        ])
        isCalm = chance.oneIn(4)
        self.generations = generations
        self.chance = chance
    }

    /// What the next entry of the journal holds.
    public mutating func next() -> (source: String, content: JournalEntry.Content) {
        switch chance.below(isCalm ? 60 : 24) {
        case 0, 1:
            now += chance.pick([World.second, World.second, 12 * World.second, 700 * World.second])
            return ("", .tick(EventTime(nanoseconds: now)))
        case 2:
            return (
                "node",
                .gap(
                    Gap(
                        source: "node", from: EventTime(nanoseconds: now - chance.upTo(5 * World.second)),
                        to: EventTime(nanoseconds: now), reason: .reconnected))
            )
        case 3 where chance.oneIn(2): return ("", .silence(silence()))
        case 4 where generations > 1 && chance.oneIn(3):
            return ("", .configuration("generation-\(chance.below(generations))"))
        default:
            let count = chance.oneIn(12) ? 30 : 1 + chance.below(8)
            var alerts: [WorldAlert] = []
            for _ in 0 ..< count { alerts.append(alert()) }
            return (chance.pick(["node", "ingest"]), .alerts(.of(alerts)))
        }
    }

    private mutating func silence() -> SilenceChange {
        if let known = silences.last, chance.oneIn(3) { return .lift(id: known.id, by: "eve") }
        let silence = Silence(
            when: chance.pick(["rule = Read", "hostname = node-1 and priority <= warning", "proc.name in (p0, p2)"]),
            until: EventTime(nanoseconds: now + chance.pick([1, 20, 300]) * World.second), reason: "maintenance",
            createdBy: "eve", createdAt: EventTime(nanoseconds: now))
        silences.append(silence)
        return .set(silence)
    }

    private mutating func alert() -> WorldAlert {
        now += chance.pick(pauses)
        if !recent.isEmpty, chance.oneIn(10) {
            var again = chance.pick(recent)
            again.arrival = now
            return again
        }
        let host = chance.pick(hosts)
        let happened = now - (host.delay > 0 ? chance.upTo(host.delay) : 0)
        var alert = WorldAlert(time: happened + host.skew, arrival: now, rule: chance.pick(WorldRules.falcoRules))
        alert.hostname = host.name
        alert.hasTime = !chance.oneIn(40)
        alert.priority = chance.pick([.warning, .warning, .notice, .error, .critical])
        if chance.oneIn(3) {
            alert.tags = [chance.pick(["mitre_execution", "T1059", "network", "mitre_exfiltration"])]
        }
        alert.fields = fields(host.name)
        recent.append(alert)
        if recent.count > 12 { recent.removeFirst() }
        return alert
    }

    private mutating func fields(_ host: String) -> [WorldAlert.Field] {
        var fields = [WorldAlert.Field("container.id", chance.pick(["host", "c1", "c2", "\(host)-c3"]))]
        let process = chance.below(3)
        fields.append(.init("proc.name", "p\(process)"))
        fields.append(.init("user.name", chance.oneIn(8) ? "<NA>" : chance.pick(["root", "eve"])))
        fields.append(.init("proc.cmdline", "p\(process) -c \(chance.pick(["ls", "ls", "ls", "id", "curl x | sh"]))"))
        if chance.oneIn(3) { fields.append(.init("k8s.pod.name", chance.oneIn(2) ? "<NA>" : "pod")) }
        if chance.oneIn(2) { fields.append(.init("fd.name", "/etc/f\(chance.below(4))")) }
        if chance.oneIn(2) { fields.append(.init("evt.rawres", "\(chance.below(40))")) }
        return fields
    }
}
