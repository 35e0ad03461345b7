// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import Foundation
import Testing

/// The formats over everything that was recorded from a real Falco.
@Suite struct RecordingTests {
    @Test(arguments: ["both.jsonl", "alerts.jsonl"])
    func `every recorded JSON alert leaves as the bytes that came`(name: String) throws {
        let lines = try Sample.lines(name)
        let written = FalcoFormat().lines(Sample.json(lines))
        #expect(written.count == lines.count)
        for (came, left) in zip(lines, written) where came != left {
            Issue.record("\(String(decoding: came, as: UTF8.self)) became \(String(decoding: left, as: UTF8.self))")
        }
    }

    @Test func `a recorded protobuf alert says what Falco's JSON said of it`() throws {
        let json = try Sample.lines("both.jsonl").prefix(3000).map(object)
        let written = FalcoFormat().lines(Sample.protobuf(try Sample.messages("both.pb")))
        #expect(written.count == 3000)
        for (expected, line) in zip(json, written) where try object(line) != expected {
            Issue.record("\(expected) became \(String(decoding: line, as: UTF8.self))")
        }
    }

    @Test func `the string map alone gives the same JSON, typed by the field list`() throws {
        let json = try Sample.lines("both.jsonl").prefix(3000).map(object)
        let messages = try Sample.messages("both.pb")
        let written = FalcoFormat().lines(Sample.protobuf(messages, unwrap: false))
        #expect(written.count == 3000)
        for (expected, line) in zip(json, written) {
            // Not unwrapped, `output` is the whole document; everything else must be equal.
            let object = try object(line)
            let inner = try #require(object["output"] as? String)
            object["output"] = try self.object([UInt8](inner.utf8))["output"]
            #expect(object == expected)
        }
    }

    @Test func `fields of the string map come out in the order of Falco's JSON, to the byte`() throws {
        let lines = try Sample.lines("both.jsonl").prefix(3000)
        let written = FalcoFormat().lines(Sample.protobuf(try Sample.messages("both.pb"), unwrap: false))
        for (expected, line) in zip(lines, written) {
            let from = try #require(range(of: "\"output_fields\":", in: expected, last: false))
            let tail = try #require(range(of: "\"output_fields\":", in: line, last: true))
            #expect([UInt8](expected[from...]) == [UInt8](line[tail...]))
        }
    }

    @Test(arguments: ["internal.pb", "internal-json.pb", "invalid-utf8.pb", "both.pb"], FormatKind.json)
    func `every recorded message becomes one valid JSON object`(name: String, kind: FormatKind) throws {
        let messages = try Sample.messages(name)
        let written = kind.format().lines(Sample.protobuf(messages))
        #expect(!messages.isEmpty && written.count == messages.count)
        for line in written {
            #expect(String(validating: line, as: UTF8.self) != nil)
            _ = try object(line)
        }
    }

    @Test func `Falco's own messages have the keys that its JSON has`() throws {
        let plain = try internalMessages("internal.pb")
        let json = try internalMessages("internal-json.pb")
        #expect(!plain.isEmpty)
        let wanted = Set(json.flatMap { $0.allKeys.compactMap { $0 as? String } })
        for object in plain {
            #expect(Set(object.allKeys.compactMap { $0 as? String }) == wanted)
            guard object["rule"] as? String == "Falco internal: metrics snapshot" else { continue }
            let fields = try #require(object["output_fields"] as? NSDictionary)
            #expect(fields["evt.time"] is NSNumber)
            #expect(fields["falco.version"] is NSString)
            #expect(fields["falco.num_evts"] is NSNumber)
        }
    }

    @Test(arguments: ["both.jsonl", "both.pb", "internal.pb"])
    func `a creance record carries the alert's own output fields`(name: String) throws {
        let entry =
            name.hasSuffix("pb") ? Sample.protobuf(try Sample.messages(name)) : Sample.json(try Sample.lines(name))
        let falco = try FalcoFormat().lines(entry).map(object)
        let creance = try CreanceFormat().lines(entry).map(object)
        #expect(falco.count == creance.count)
        for (index, (expected, record)) in zip(falco, creance).enumerated() {
            for key in ["output", "output_fields", "priority", "rule", "source", "hostname", "time"] {
                #expect(record[key] as? NSObject == expected[key] as? NSObject)
            }
            #expect(record["tags"] as? NSArray == expected["tags"] as? NSArray ?? [])
            #expect(record["id"] as? String == entry.id(at: index).description)
        }
    }

    private func internalMessages(_ name: String) throws -> [NSMutableDictionary] {
        try FalcoFormat().lines(Sample.protobuf(try Sample.messages(name))).map(object)
            .filter { $0["source"] as? String == "internal" }
    }

    private func object(_ line: [UInt8]) throws -> NSMutableDictionary {
        try #require(
            try JSONSerialization.jsonObject(with: Data(line), options: .mutableContainers) as? NSMutableDictionary)
    }

    private func range(of text: String, in line: [UInt8], last: Bool) -> Int? {
        let wanted = [UInt8](text.utf8)
        let text = Data(line).range(of: Data(wanted), options: last ? .backwards : [])
        return text?.lowerBound
    }
}
