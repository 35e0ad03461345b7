// SPDX-License-Identifier: Apache-2.0
import AlertGenerator
import Testing

@Suite struct AlertStreamTests {
    static func alerts(_ count: Int, seed: UInt64 = 1, _ change: (inout GeneratorSettings) -> Void = { _ in })
        -> [GeneratedAlert]
    {
        var settings = GeneratorSettings()
        settings.seed = seed
        settings.count = count
        change(&settings)
        return Array(AlertStream(settings))
    }

    static func json(_ alerts: [GeneratedAlert]) -> [UInt8] {
        var bytes: [UInt8] = []
        for alert in alerts {
            alert.appendJSON(to: &bytes)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    static func protobuf(_ alerts: [GeneratedAlert]) -> [UInt8] {
        var bytes: [UInt8] = []
        for alert in alerts { alert.appendProtobuf(to: &bytes, delimited: true) }
        return bytes
    }

    /// FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/).
    static func digest(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    @Test func `the same seed gives the same bytes, another seed others`() {
        let first = Self.json(Self.alerts(3_000, seed: 7))
        #expect(first == Self.json(Self.alerts(3_000, seed: 7)))
        #expect(first != Self.json(Self.alerts(3_000, seed: 8)))
    }

    // A change of these numbers changes every benchmark and demonstration: intended ones are entered here.
    @Test func `the bytes of a seed are those they were`() {
        let alerts = Self.alerts(2_000)
        #expect(Self.digest(Self.json(alerts)) == 3_214_819_825_054_037_519)
        #expect(Self.digest(Self.protobuf(alerts)) == 5_315_764_889_001_549_044)
    }

    @Test func `an alert takes about as much room as those of a real Falco`() {
        let mean = Self.protobuf(Self.alerts(20_000)).count / 20_000
        #expect((880 ... 1_020).contains(mean), "\(mean) bytes")
    }

    @Test func `many rules, priorities, hosts, containers, namespaces and sources take part`() {
        let alerts = Self.alerts(20_000)
        #expect(Set(alerts.map(\.rule)).count >= 25)
        #expect(Set(alerts.map(\.priority)).count == 7)
        #expect(Set(alerts.map(\.hostname)).count == 5)
        #expect(Set(alerts.map(\.source)) == ["syscall", "k8s_audit", "aws_cloudtrail"])
        #expect(Set(alerts.compactMap { Self.text($0, "container.id") }).count == 41)
        #expect(Set(alerts.compactMap { Self.text($0, "k8s.ns.name") }).count >= 6)
        #expect(alerts.contains { $0.fields.contains { $0.value.printed == "<NA>" } })
    }

    @Test func `alerts come in order of time, at the rate that was asked for`() {
        let alerts = Self.alerts(20_000) { $0.rate = 100 }
        #expect(zip(alerts, alerts.dropFirst()).allSatisfy { $0.time < $1.time })
        #expect(alerts[0].time > GeneratorSettings.standardStart.nanoseconds)
        // Bursts differ in length: 20,000 alerts are close to the mean, not at it.
        let seconds = Double(alerts[19_999].time - alerts[0].time) / 1e9
        #expect((160 ... 240).contains(seconds), "\(seconds) s")
    }

    @Test func `there are bursts of one rule and command in one container`() {
        var longest = 0
        var run = 0
        var last: [String?] = []
        for alert in Self.alerts(20_000) {
            let what = [alert.rule, Self.text(alert, "container.id"), Self.text(alert, "proc.cmdline")]
            run = what == last ? run + 1 : 1
            last = what
            longest = max(longest, run)
        }
        #expect(longest >= 30)
    }

    @Test func `an attack runs through one container, its steps in order`() {
        let steps = ["Terminal shell in container", "Drop and execute new binary in container", "Clear Log Activities"]
        var place = 0
        var containers: Set<String> = []
        let marks = ["bash -i", "/tmp/.x/kinsing --pool 203.0.113.66:3333", "truncate -s 0 /var/log/auth.log"]
        for alert in Self.alerts(200, { $0.attackEvery = 100 }).prefix(99) where place < steps.count {
            guard alert.rule == steps[place], Self.text(alert, "proc.cmdline") == marks[place] else { continue }
            containers.insert(Self.text(alert, "container.id") ?? "")
            place += 1
        }
        #expect(place == 3)
        #expect(containers.count == 1 && containers.first != "host")
    }

    @Test(arguments: [(0, 1, 1), (3, 1, 1), (50, 200, 1)])
    func `any size of cluster works`(count: Int, hosts: Int, containers: Int) {
        let alerts = Self.alerts(count) {
            $0.hosts = hosts
            $0.containersPerHost = containers
            $0.attackEvery = 0
        }
        #expect(alerts.count == count)
    }

    @Test func `time stands still at its end`() {
        let alerts = Self.alerts(20) { $0.start = .max - 1_000 }
        #expect(alerts.count == 20 && alerts[19].time == .max)
        #expect(!Self.protobuf(alerts).isEmpty)
    }

    static func text(_ alert: GeneratedAlert, _ field: String) -> String? {
        guard case .text(let text)? = alert.fields.first(where: { $0.name == field })?.value else { return nil }
        return text
    }
}
