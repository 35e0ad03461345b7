// SPDX-License-Identifier: Apache-2.0
import AlertModel
import BuiltinRules
import CAlertBatch
import SigmaRules
import Testing

@testable import AlertEngine

/// What the engine remembers of kinds of alerts and of alerts saves work and decides nothing.
@Suite struct MemoryTests {
    /// Random alerts out of few values, so that most of them were there before, whole or in part.
    private struct Stream {
        struct Shape {
            var rule: String
            var source: String
            var host: String
            var tags: [String]
            var priority: Int
            var fields: [(String, String)]
        }

        var shapes: [Shape] = []
        var dice = SystemDice(1)
        var time: Int64 = 1_767_225_600 * second

        mutating func pick(_ values: [String]) -> String { values[dice.below(values.count)] }

        mutating func batch(_ count: Int) -> AlertBatch {
            let builder = AlertBatchBuilder(byteCapacity: 1 << 20, recordCapacity: count)
            let raw = unsafe builder.raw
            func text(_ value: String) -> calert_slice {
                let bytes = Array(value.utf8)
                guard let place = unsafe calert_batch_reserve_bytes(raw, UInt32(bytes.count)) else {
                    return calert_slice()
                }
                for (index, byte) in bytes.enumerated() { unsafe place[index] = byte }
                let slice = unsafe calert_slice(offset: raw.pointee.byte_count, length: UInt32(bytes.count))
                unsafe raw.pointee.byte_count += UInt32(bytes.count)
                return slice
            }
            for _ in 0 ..< count {
                time += Int64(dice.below(400)) * 1_000_000
                let shape = shape()
                let fields = shape.fields.map { (text($0.0), text($0.1)) }
                let (rule, source, host) = (text(shape.rule), text(shape.source), text(shape.host))
                let output = text("12:00:00.000000000: Warning file opened (number=\(dice.below(1 << 30)))")
                let tags = shape.tags.map { text($0) }
                guard let record = unsafe calert_batch_append_record(raw) else { continue }
                unsafe record.pointee.rule = rule
                unsafe record.pointee.hostname = host
                unsafe record.pointee.source = source
                unsafe record.pointee.output = output
                unsafe record.pointee.priority = UInt8(shape.priority)
                unsafe record.pointee.first_field = raw.pointee.field_count
                unsafe record.pointee.first_tag = raw.pointee.tag_count
                for (key, value) in fields {
                    guard let field = unsafe calert_batch_append_field(raw) else { continue }
                    unsafe field.pointee.key = key
                    unsafe field.pointee.text = value
                    unsafe calert_set_text(
                        field, calert_slice_bytes(raw, key), Int(key.length), calert_slice_bytes(raw, value),
                        Int(value.length))
                }
                unsafe record.pointee.field_count = UInt16(fields.count)
                for tag in tags {
                    if let place = unsafe calert_batch_append_tag(raw) { unsafe place.pointee = tag }
                }
                unsafe record.pointee.tag_count = UInt16(tags.count)
                unsafe calert_record_set_time(record, dice.below(50) > 0, time - Int64(dice.below(3)) * second, time)
            }
            return builder.seal()
        }

        /// One that was there before, two times of three; now and then but for one field, or its priority.
        private mutating func shape() -> Shape {
            if !shapes.isEmpty, dice.below(3) > 0 {
                var shape = shapes[dice.below(shapes.count)]
                if dice.below(8) == 0, !shape.fields.isEmpty { shape.fields.remove(at: dice.below(shape.fields.count)) }
                if dice.below(20) == 0 { shape.priority = 2 + dice.below(5) }
                return shape
            }
            let shape = Shape(
                rule: pick(["Terminal shell in container", "Read sensitive file untrusted", "rule", "Attach/Exec Pod"]),
                source: pick(["syscall", "syscall", "syscall", "k8s_audit", "aws_cloudtrail", ""]),
                host: pick(["node-1", "node-2", ""]),
                tags: (0 ..< dice.below(3)).map { _ in
                    pick(["mitre_execution", "T1611", "shell", "container", "T1070.004", "mitre_discovery"])
                },
                priority: 2 + dice.below(5), fields: fields())
            if shapes.count < 60 { shapes.append(shape) }
            return shape
        }

        private mutating func fields() -> [(String, String)] {
            var fields: [(String, String)] = []
            let values: [(String, [String])] = [
                ("container.id", ["3ad7b26ded65", "3ad7b26ded66", "host", "", "<NA>"]),
                ("container.image.repository", ["registry.example/shop/web", "busybox"]),
                ("evt.type", ["openat", "unlink", "execve"]),
                ("fd.name", ["/etc/shadow", "10.0.0.1:4000\(dice.below(3))->10.0.0.2:443", "/run/docker.sock"]),
                ("fd.sip", ["10.0.0.2"]), ("fd.sport", ["443", "80"]), ("k8s.ns.name", ["shop", "<NA>"]),
                ("k8s.pod.name", ["web-1", "web-2"]), ("k8s.pod.label[app]", ["web", "api"]),
                ("ka.target.subresource", ["exec"]), ("ka.target.resource", ["pods"]), ("ka.verb", ["create"]),
                (
                    "proc.cmdline",
                    [
                        "cat /etc/shadow", "curl http://x/a.sh", "sh -c id \(dice.below(4))",
                        "sleep \(dice.below(99999))",
                    ]
                ),
                ("proc.exepath", ["/usr/bin/cat", "/tmp/x", "/opt/tool-\(dice.below(3))"]),
                ("proc.name", ["cat", "sh", "curl", "rm"]), ("proc.pid", ["\(dice.below(30_000))"]),
                ("proc.aname[2]", ["containerd-shim", "sshd"]), ("proc.tty", ["34816", "0"]),
                ("ct.name", ["ConsoleLogin", "GetObject"]), ("user.name", ["root", "app"]),
            ]
            for (name, choices) in values where dice.below(4) > 0 { fields.append((name, pick(choices))) }
            return fields
        }
    }

    /// A generator of its own: the same stream for the same seed (SplitMix64; Steele, Lea, Flood 2014).
    private struct SystemDice {
        private var state: UInt64

        init(_ seed: UInt64) { state = seed }

        mutating func below(_ limit: Int) -> Int {
            state &+= 0x9e37_79b9_7f4a_7c15
            var word = state
            word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
            word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
            return Int((word ^ word >> 31) % UInt64(limit))
        }
    }

    private static let ownRules = """
        title: Everything with a shell
        id: 7d3c8f0e-31d1-4a44-9b38-17a3f25d9c01
        name: own_shell
        logsource: {product: falco}
        detection:
            line: {proc.cmdline|contains: ['sh -c', 'curl']}
            pid: {proc.pid|gt: 29000}
            condition: line or pid
        ---
        title: Often
        id: 7d3c8f0e-31d1-4a44-9b38-17a3f25d9c02
        correlation:
            type: event_count
            rules: [own_shell]
            group-by: [hostname, 'k8s.pod.label[app]']
            timespan: 1m
            condition: {gte: 3}
        """

    private static let readsOutput = """
        title: Something opened
        id: 7d3c8f0e-31d1-4a44-9b38-17a3f25d9c03
        name: own_output
        logsource: {product: falco}
        detection:
            text: {output|contains: 'number=1'}
            condition: text
        ---
        title: Twice
        id: 7d3c8f0e-31d1-4a44-9b38-17a3f25d9c04
        correlation:
            type: event_count
            rules: [own_output]
            group-by: [hostname]
            timespan: 1m
            condition: {gte: 2}
        """

    private static func settings(_ number: Int) throws -> EngineSettings {
        var files = BuiltinRules.files.map { RuleFile(name: $0.name, bytes: $0.bytes) }
        files.append(RuleFile(name: "own.yml", bytes: Array(ownRules.utf8)))
        if number == 2 { files.append(RuleFile(name: "output.yml", bytes: Array(readsOutput.utf8))) }
        let outcome = SigmaRuleSet.read(files)
        let rules = try #require(outcome.rules, "\(outcome.problems)")
        var settings = EngineSettings(
            identity: IdentitySettings(), enrich: EnrichSettings(), deduplicate: DeduplicateSettings(), rules: rules,
            hashKey: HashKey(low: 5, high: UInt64(number)))
        if number == 1 { settings.deduplicate?.parts = [KeyPart("rule"), KeyPart("proc.name"), KeyPart("proc.pid")] }
        return settings
    }

    private static func isSame(_ one: EntryNotes, _ other: EntryNotes) -> Bool {
        one.marks == other.marks && one.subjects == other.subjects && one.links == other.links
            && one.records == other.records
    }

    @Test(arguments: 0 ... 2)
    func `with all that it remembers and with nothing of it the engine decides alike`(_ number: Int) throws {
        let settings = try Self.settings(number)
        var remembering = AlertEngine(settings)
        var forgetful = AlertEngine(settings)
        forgetful.stages.forgetEverything()
        var stream = Stream()
        var place: Int64 = 1
        for round in 0 ..< 30 {
            let entry = JournalEntry(
                place: place, epoch: 7, source: "node", content: .alerts(stream.batch(1 + round * 7)))
            place += Int64(entry.placeCount)
            let one = remembering.process(entry)
            let other = forgetful.process(entry)
            #expect(one.fates == other.fates && Self.isSame(one.notes, other.notes), "round \(round)")
            #expect(one.outputCount == other.outputCount)
        }
        #expect(remembering.checkpoint() == forgetful.checkpoint())
        #expect(remembering.stages.correlator.incidentCounters.opened > 10)
        #expect(remembering.counts[.suppressed] > 20)
        // And what it remembers survives no restart, which makes no difference either.
        var restored = try #require(AlertEngine(settings, checkpoint: remembering.checkpoint()))
        let entry = JournalEntry(place: place, epoch: 7, source: "node", content: .alerts(stream.batch(200)))
        #expect(Self.isSame(restored.process(entry).notes, forgetful.process(entry).notes))
    }

    @Test func `made-up kinds take the place of others and change nothing`() {
        var kinds = AlertKinds(HashKey(low: 1, high: 2))
        func batch(_ first: Int) -> AlertBatch {
            sampleBatch((first ..< first + 300).map { SampleAlert(time: 1, arrival: 1, source: "source-\($0)") })
        }
        /// The numbers of a batch, and whether the table began anew for it.
        func number(_ first: Int) -> (hasBegun: Bool, numbers: [Int]) {
            let hasBegun = kinds.number(batch(first))
            return (hasBegun, (0 ..< 300).map { kinds.number(at: $0) })
        }
        let first = number(0)
        #expect(!first.hasBegun && Set(first.numbers).count == 300)
        #expect(number(0) == first)
        let later = (1 ..< 4).map { number($0 * 300) }
        #expect(later.allSatisfy { !$0.hasBegun })
        #expect(later[2].numbers[299] == AlertKinds.none, "there is no room for more than \(AlertKinds.limit)")
        #expect(number(0) == first)
        var rounds = 0
        var last = number(5_000)
        while !last.hasBegun {
            rounds += 1
            last = number(5_000)
        }
        #expect(rounds > AlertKinds.patience / 300 - 10)
        #expect(Set(last.numbers).count == 300)
    }
}
