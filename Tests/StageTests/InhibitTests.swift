// SPDX-License-Identifier: Apache-2.0
import AlertModel
import FalcoRules
import Testing

@testable import AlertEngine

@Suite struct InhibitTests {
    private static func rule(
        _ when: String, hold: String = "priority <= warning", equal: [String] = ["hostname"], duration: Double = 300
    ) throws -> InhibitSettings.Rule {
        InhibitSettings.Rule(
            when: try Condition(when), hold: try Condition(hold), equal: equal, duration: .seconds(duration))
    }

    private func inhibitor(_ rules: InhibitSettings.Rule...) -> Inhibitor {
        Inhibitor(InhibitSettings(rules: rules), key: testKey)
    }

    private func isHeld(_ inhibitor: inout Inhibitor, _ alert: SampleAlert) -> Bool {
        withContext(alert) { inhibitor.inhibitor(of: $0) } != nil
    }

    private func observe(_ inhibitor: inout Inhibitor, _ alert: SampleAlert) {
        withContext(alert) { inhibitor.observe($0) }
    }

    private let escape = "kind = incident and rule.title = \"Container escape\""
    private func host(_ name: String) -> [KeyField] { [KeyField(name: "hostname", value: .text(name))] }

    @Test func `while an incident is open, alerts of its host are held, others not`() throws {
        var inhibitor = inhibitor(try Self.rule(escape))
        #expect(!isHeld(&inhibitor, SampleAlert(1)))
        inhibitor.observe(incident(.open, group: host("node-1")))
        #expect(withContext(SampleAlert(2)) { inhibitor.inhibitor(of: $0) } == escape)
        #expect(!isHeld(&inhibitor, SampleAlert(2, hostname: "node-2")))
        #expect(!isHeld(&inhibitor, SampleAlert(2, priority: .error)))
        inhibitor.observe(incident(.close, group: host("node-1")))
        #expect(!isHeld(&inhibitor, SampleAlert(3)))
        #expect(inhibitor.counters.inhibited == 1)
    }

    @Test func `another incident of the same values keeps on holding`() throws {
        var inhibitor = inhibitor(try Self.rule(escape))
        inhibitor.observe(incident(.open, id: 1, group: host("node-1")))
        inhibitor.observe(incident(.open, id: 2, group: host("node-1")))
        inhibitor.observe(incident(.update, id: 2, group: host("node-1")))
        inhibitor.observe(incident(.close, id: 1, group: host("node-1")))
        #expect(isHeld(&inhibitor, SampleAlert(1)))
        inhibitor.observe(incident(.close, id: 2, group: host("node-1")))
        #expect(!isHeld(&inhibitor, SampleAlert(1)))
    }

    @Test func `an incident that the condition does not match holds nothing`() throws {
        var inhibitor = inhibitor(try Self.rule(escape))
        inhibitor.observe(incident(.open, title: "Other", group: host("node-1")))
        #expect(!isHeld(&inhibitor, SampleAlert(1)))
    }

    @Test func `what the incident's key lacks comes from the alert that brought it about`() throws {
        var inhibitor = inhibitor(try Self.rule(escape))
        let group = [KeyField(name: "container.id", value: .text("c1"))]
        inhibitor.observe(incident(.open, id: 1, group: group))
        #expect(!isHeld(&inhibitor, SampleAlert(1)) && inhibitor.counters.unkeyed == 1)
        withContext(SampleAlert(1)) { inhibitor.observe(incident(.open, id: 2, group: group), causedBy: $0) }
        #expect(isHeld(&inhibitor, SampleAlert(1)))
        inhibitor.observe(incident(.close, id: 2, group: group))
        #expect(!isHeld(&inhibitor, SampleAlert(1)))
    }

    @Test func `an alert holds others from its own time for exactly its duration`() throws {
        var inhibitor = inhibitor(try Self.rule("rule = drift", duration: 60))
        observe(&inhibitor, SampleAlert(100, rule: "drift"))
        #expect(!isHeld(&inhibitor, SampleAlert(99.999_999_999)))
        #expect(isHeld(&inhibitor, SampleAlert(100)))
        #expect(isHeld(&inhibitor, SampleAlert(160)))
        #expect(!isHeld(&inhibitor, SampleAlert(160.000_000_001)))
    }

    @Test func `a further alert prolongs it, an earlier one that comes late extends it backwards`() throws {
        var inhibitor = inhibitor(try Self.rule("rule = drift", duration: 60))
        observe(&inhibitor, SampleAlert(100, rule: "drift"))
        observe(&inhibitor, SampleAlert(150, rule: "drift"))
        observe(&inhibitor, SampleAlert(98, rule: "drift"))
        #expect(isHeld(&inhibitor, SampleAlert(210)) && isHeld(&inhibitor, SampleAlert(98)))
        #expect(!isHeld(&inhibitor, SampleAlert(97)) && !isHeld(&inhibitor, SampleAlert(211)))
    }

    @Test func `what matches when is not held by the same inhibition, even while another is in force`() throws {
        var inhibitor = inhibitor(try Self.rule("rule = drift"))
        observe(&inhibitor, SampleAlert(100, rule: "drift"))
        #expect(!isHeld(&inhibitor, SampleAlert(101, rule: "drift")))
        #expect(isHeld(&inhibitor, SampleAlert(101)))
    }

    @Test func `a null is equal to nothing`() throws {
        var inhibitor = inhibitor(try Self.rule("rule = drift", equal: ["k8s.ns.name"]))
        observe(&inhibitor, SampleAlert(100, rule: "drift"))
        observe(&inhibitor, SampleAlert(100, rule: "drift", fields: [("k8s.ns.name", "<NA>")]))
        #expect(!isHeld(&inhibitor, SampleAlert(101)))
        #expect(!isHeld(&inhibitor, SampleAlert(101, fields: [("k8s.ns.name", "")])))
        #expect(inhibitor.counters.unkeyed == 2)
        observe(&inhibitor, SampleAlert(100, rule: "drift", fields: [("k8s.ns.name", "shop")]))
        #expect(isHeld(&inhibitor, SampleAlert(101, fields: [("k8s.ns.name", "shop")])))
    }

    @Test func `the container of a host is that host, as in the keys of incidents`() throws {
        var inhibitor = inhibitor(try Self.rule(escape, equal: ["container.id"]))
        inhibitor.observe(incident(.open, group: [KeyField(name: "container.id", value: .text("host@node-1"))]))
        #expect(isHeld(&inhibitor, SampleAlert(1, container: "host")))
        #expect(!isHeld(&inhibitor, SampleAlert(1, hostname: "node-2", container: "host")))
    }

    @Test func `numbers agree between an incident's key and an alert`() throws {
        var inhibitor = inhibitor(try Self.rule(escape, equal: ["fd.sport", "hostname"]))
        let group = host("node-1") + [KeyField(name: "fd.sport", value: .integer(443))]
        inhibitor.observe(incident(.open, group: group))
        #expect(isHeld(&inhibitor, SampleAlert(1, fields: [("fd.sport", "443")])))
        #expect(!isHeld(&inhibitor, SampleAlert(1, fields: [("fd.sport", "80")])))
    }

    @Test func `two tuples of values never read the same`() throws {
        var inhibitor = inhibitor(try Self.rule("rule = drift", equal: ["k8s.ns.name", "k8s.pod.name"]))
        observe(&inhibitor, SampleAlert(1, rule: "drift", fields: [("k8s.ns.name", "ab"), ("k8s.pod.name", "c")]))
        #expect(!isHeld(&inhibitor, SampleAlert(1, fields: [("k8s.ns.name", "a"), ("k8s.pod.name", "bc")])))
        #expect(isHeld(&inhibitor, SampleAlert(1, fields: [("k8s.ns.name", "ab"), ("k8s.pod.name", "c")])))
    }

    @Test func `without equal fields everything that hold matches is held`() throws {
        var inhibitor = inhibitor(try Self.rule("rule = drift", equal: []))
        observe(&inhibitor, SampleAlert(1, rule: "drift", hostname: "a", container: nil))
        #expect(isHeld(&inhibitor, SampleAlert(1, hostname: "b")))
    }

    @Test func `a full table holds nothing more, and what is over makes room`() throws {
        var inhibitor = inhibitor(try Self.rule("rule = drift", duration: 10))
        for index in 0 ..< Inhibitor.tableLimit {
            observe(&inhibitor, SampleAlert(100, rule: "drift", hostname: "h\(index)"))
        }
        observe(&inhibitor, SampleAlert(100, rule: "drift", hostname: "more"))
        #expect(!isHeld(&inhibitor, SampleAlert(101, hostname: "more")) && inhibitor.counters.untracked == 1)
        #expect(isHeld(&inhibitor, SampleAlert(101, hostname: "h7")))
        inhibitor.advance(EngineMoment(watermark: seconds(111), now: seconds(113)))
        observe(&inhibitor, SampleAlert(112, rule: "drift", hostname: "more"))
        #expect(isHeld(&inhibitor, SampleAlert(113, hostname: "more")))
    }

    @Test func `more open incidents than there is room for hold nothing`() throws {
        var inhibitor = inhibitor(try Self.rule(escape))
        for index in 0 ... UInt64(Inhibitor.tableLimit) {
            inhibitor.observe(incident(.open, id: index, group: host("h\(index)")))
        }
        #expect(inhibitor.counters.untracked == 1)
        #expect(isHeld(&inhibitor, SampleAlert(1, hostname: "h0")))
        #expect(!isHeld(&inhibitor, SampleAlert(1, hostname: "h\(Inhibitor.tableLimit)")))
    }

    private enum Step {
        case alert(SampleAlert)
        case record(EngineRecord)
    }

    private static func steps(_ random: inout SplitMix) -> [Step] {
        var now = 100.0
        return (0 ..< 300).map { _ in
            now += [0, 0, 1, 5, 20].randomElement(using: &random) ?? 0
            let host = "node-\(random.next() % 3)"
            let id = random.next() % 5
            switch random.next() % 8 {
            case 0:
                let group = [KeyField(name: "hostname", value: .text("node-\(id % 3)"))]
                return .record(
                    incident([.open, .update, .close].randomElement(using: &random) ?? .open, id: id, group: group))
            case 1: return .alert(SampleAlert(now, rule: "drift", priority: .error, hostname: host))
            default:
                return .alert(SampleAlert(now, priority: random.next() % 3 == 0 ? .error : .notice, hostname: host))
            }
        }
    }

    @Test(arguments: 0 ..< 200 as Range<UInt64>)
    func `an alert is held exactly when something before it says so`(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        var inhibitor = inhibitor(try Self.rule(escape), try Self.rule("rule = drift", duration: 20))
        var drifts: [SampleAlert] = []
        var open: [UInt64: String] = [:]
        for (index, step) in Self.steps(&random).enumerated() {
            switch step {
            case .record(let record):
                inhibitor.observe(record)
                guard case .incident(let incident) = record else { continue }
                if record.state == .close {
                    open[incident.incident.low] = nil
                } else if case .text(let host) = incident.group[0].value {
                    open[incident.incident.low] = host
                }
            case .alert(let alert):
                let isExplained =
                    open.values.contains(alert.hostname)
                    || drifts.contains {
                        $0.hostname == alert.hostname && $0.time <= alert.time && alert.time <= $0.time + 20
                    }
                let expected = alert.priority <= .warning && isExplained
                #expect(isHeld(&inhibitor, alert) == expected, "seed \(seed), step \(index)")
                observe(&inhibitor, alert)
                if alert.rule == "drift" { drifts.append(alert) }
            }
        }
    }

    @Test(arguments: 0 ..< 40 as Range<UInt64>)
    func `inhibition from a checkpoint goes on as the undisturbed one`(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let settings = InhibitSettings(rules: [try Self.rule(escape), try Self.rule("rule = drift", duration: 20)])
        let steps = Self.steps(&random)
        let cut = Int(random.next() % UInt64(steps.count))
        var (undisturbed, resumed) = (Inhibitor(settings, key: testKey), Inhibitor(settings, key: testKey))
        for (index, step) in steps.enumerated() {
            if index == cut {
                let bytes = bytes(of: undisturbed)
                var reader = ByteReader(bytes)
                resumed = try Inhibitor(settings, key: HashKey(low: 5, high: 6), from: &reader)
                #expect(reader.isAtEnd && self.bytes(of: resumed) == bytes)
            }
            switch step {
            case .record(let record):
                undisturbed.observe(record)
                if index >= cut { resumed.observe(record) }
            case .alert(let alert):
                let expected = isHeld(&undisturbed, alert)
                observe(&undisturbed, alert)
                guard index >= cut else { continue }
                #expect(isHeld(&resumed, alert) == expected, "seed \(seed), step \(index)")
                observe(&resumed, alert)
            }
        }
        #expect(bytes(of: resumed) == bytes(of: undisturbed))
    }

    @Test func `state of another list is dropped, damaged state refused or harmless`() throws {
        let settings = InhibitSettings(rules: [try Self.rule("rule = drift")])
        var inhibitor = Inhibitor(settings, key: testKey)
        observe(&inhibitor, SampleAlert(100, rule: "drift"))
        let good = bytes(of: inhibitor)
        var reader = ByteReader(good)
        var changed = try Inhibitor(
            InhibitSettings(rules: [try Self.rule("rule = drift", duration: 301)]), key: testKey, from: &reader)
        #expect(!isHeld(&changed, SampleAlert(101)))
        var random = SplitMix(state: 1)
        for _ in 0 ..< 2_000 {
            var bytes = good
            bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            if random.next() % 4 == 0 { bytes.removeLast(Int(random.next() % UInt64(bytes.count))) }
            var reader = ByteReader(bytes)
            guard var read = try? Inhibitor(settings, key: testKey, from: &reader) else { continue }
            _ = isHeld(&read, SampleAlert(101))
            observe(&read, SampleAlert(102, rule: "drift", hostname: "b"))
        }
    }

    @Test func `what is in force goes on under a list that still has its inhibition, and ends under others`() throws {
        let (kept, gone) = (try Self.rule(escape), try Self.rule("rule = drift"))
        var inhibitor = inhibitor(gone, kept)
        observe(&inhibitor, SampleAlert(100, rule: "drift", hostname: "a"))
        inhibitor.observe(incident(.open, id: 1, group: host("b")))
        func change(_ rules: InhibitSettings.Rule...) throws {
            let bytes = bytes(of: inhibitor)
            var reader = ByteReader(bytes)
            inhibitor = try Inhibitor(InhibitSettings(rules: rules), key: testKey, from: &reader)
            #expect(reader.isAtEnd)
        }
        try change(try Self.rule("rule = other"), kept)
        #expect(!isHeld(&inhibitor, SampleAlert(101, hostname: "a")))
        #expect(isHeld(&inhibitor, SampleAlert(101, hostname: "b")))
        inhibitor.observe(incident(.close, id: 1, group: host("b")))
        #expect(!isHeld(&inhibitor, SampleAlert(101, hostname: "b")))
        inhibitor.observe(incident(.open, id: 2, group: host("b")))
        try change()
        #expect(!isHeld(&inhibitor, SampleAlert(101, hostname: "b")))
        try change(kept, gone)
        #expect(!isHeld(&inhibitor, SampleAlert(101, hostname: "b")))
        inhibitor.observe(incident(.close, id: 2, group: host("b")))
        inhibitor.observe(incident(.open, id: 3, group: host("b")))
        #expect(isHeld(&inhibitor, SampleAlert(101, hostname: "b")))
    }

    private func bytes(of inhibitor: Inhibitor) -> [UInt8] {
        var writer = ByteWriter()
        inhibitor.write(to: &writer)
        return writer.bytes
    }
}
