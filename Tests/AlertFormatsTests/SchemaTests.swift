// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertModel
import Foundation
import Testing

/// What is written against docs/schema/creance-record.schema.json, as far as it goes without a JSON Schema library:
/// validate_records.py does the rest.
@Suite struct SchemaTests {
    private let definitions: [String: Any]

    init() throws {
        let file = Sample.folder.deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "docs/schema/creance-record.schema.json")
        let schema = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        definitions = try #require(schema["$defs"] as? [String: Any])
    }

    private func definition(_ kind: String) throws -> (required: Set<String>, known: [String: Any]) {
        let definition = try #require(definitions[kind] as? [String: Any])
        let known = try #require(definition["properties"] as? [String: Any])
        return (Set(try #require(definition["required"] as? [String])), known)
    }

    @Test(arguments: ["both.pb", "both.jsonl", "alerts.jsonl", "internal.pb", "internal-json.pb", "invalid-utf8.pb"])
    func `every recorded alert becomes a record with all required keys and no unknown one`(name: String) throws {
        let entry =
            name.hasSuffix("pb") ? Sample.protobuf(try Sample.messages(name)) : Sample.json(try Sample.lines(name))
        let (required, known) = try definition("alert")
        for line in CreanceFormat().lines(entry) {
            let record = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
            let keys = Set(record.keys)
            if !keys.isSuperset(of: required) || !keys.isSubset(of: Set(known.keys).union(["schema"])) {
                Issue.record("\(String(decoding: line, as: UTF8.self))")
            }
            guard record["schema"] as? Int == CreanceFormat.schema, record["kind"] as? String == "alert",
                record["output_fields"] is [String: Any], record["tags"] is [String],
                let received = record["received"] as? [String: Any], received["source"] as? String == "node",
                let id = record["id"] as? String, RecordID(id)?.description == id
            else {
                Issue.record("\(String(decoding: line, as: UTF8.self))")
                continue
            }
        }
    }

    @Test func `a gap has exactly the keys of its definition, and every reason is in it`() throws {
        let (required, known) = try definition("gap")
        let reasons = try #require((known["reason"] as? [String: Any])?["enum"] as? [String])
        #expect(Set(reasons) == Set(Gap.Reason.allCases.map(\.rawValue)))
        let line = try #require(CreanceFormat().lines(Sample.gap(.restarted)).first)
        let record = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
        #expect(Set(record.keys) == required)
    }

    @Test func `the engine's records have all required keys and no unknown one`() throws {
        var incident = SampleRecords.incident()
        incident.firing = SampleRecords.alert(1)
        incident.mergedInto = SubjectID(high: 1, low: 1)
        let records: [(String, EngineRecord)] = [
            ("summary", .summary(SampleRecords.summary())),
            ("summary", .summary(SampleRecords.summary(newVariants: ["sh"]))),
            ("incident", .incident(SampleRecords.incident())), ("incident", .incident(incident)),
            ("storm", .storm(SampleRecords.storm())),
        ]
        for (kind, record) in records {
            let (required, known) = try definition(kind)
            let line = try #require(CreanceFormat().lines(SampleRecords.entry(record)).first)
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
            #expect(Set(object.keys).isSuperset(of: required))
            #expect(Set(object.keys).isSubset(of: Set(known.keys).union(["schema"])))
        }
    }

    @Test func `every priority is in the schema`() throws {
        let priorities = try #require((definitions["priority"] as? [String: Any])?["enum"] as? [String])
        #expect(priorities == Priority.allCases.map(\.name))
    }
}
