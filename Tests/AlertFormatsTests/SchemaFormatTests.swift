// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Foundation
import Testing

@testable import AlertFormats

/// `ecs`, `ocsf` and `otlp` over recordings, records of the engine's own and hostile alerts.
@Suite struct SchemaFormatTests {
    static let recordings = [
        "both.pb", "both.jsonl", "alerts.jsonl", "internal.pb", "internal-json.pb", "invalid-utf8.pb",
    ]
    static let formats: [FormatKind] = [.ecs, .ocsf, .otlp]

    /// Some four hundred alerts of a recording, from its beginning to its end.
    private static func thinned(_ alerts: [[UInt8]]) -> [[UInt8]] {
        stride(from: 0, to: alerts.count, by: max(1, alerts.count / 400)).map { alerts[$0] }
    }

    private static func recording(_ name: String) throws -> DecidedEntry {
        name.hasSuffix("pb")
            ? Sample.protobuf(thinned(try Sample.messages(name))) : Sample.json(thinned(try Sample.lines(name)))
    }

    static var records: DecidedEntry {
        var incident = SampleRecords.incident(.close, title: SampleRecords.hostile)
        incident.group = [
            KeyField(name: "hostname", value: .text("node-1")), KeyField(name: "proc.pid", value: .integer(7)),
            KeyField(name: "user.name", value: .text("root")), KeyField(name: "k8s.pod.name", value: .text("web")),
            KeyField(name: "a.b", value: .bool(true)), KeyField(name: "a_b", value: .double(0.5)),
            KeyField(name: SampleRecords.hostile, value: .text(SampleRecords.hostile)),
        ]
        incident.mergedInto = SubjectID(high: 8, low: 9)
        incident.firing = SampleRecords.alert(77)
        incident.attack = ["execution", "nonsense", SampleRecords.hostile]
        return SampleRecords.entry(
            .summary(SampleRecords.summary()),
            .summary(SampleRecords.summary(rule: SampleRecords.hostile, newVariants: [SampleRecords.hostile])),
            .incident(SampleRecords.incident()), .incident(incident), .storm(SampleRecords.storm()),
            .storm(SampleRecords.storm(key: SampleRecords.hostile)))
    }

    private func problems(_ kind: FormatKind, _ line: [UInt8]) throws -> [String] {
        guard let object = try SchemaWalk.object(line) else { return ["no object"] }
        var problems = DuplicateKeys.find(line)
        // What can break a line, or a terminal, is escaped.
        if line.contains(where: { $0 < 0x20 }) { problems.append("a control character") }
        switch kind {
        case .ecs: problems += SchemaWalk.problemsOfECS(object)
        case .ocsf: problems += SchemaWalk.problemsOfOCSF(object)
        default: problems += OTLPWalk.problems(object)
        }
        return problems
    }

    private func check(_ kind: FormatKind, _ entry: DecidedEntry) throws {
        let lines = kind.format().lines(entry)
        #expect(lines.count == entry.outputCount)
        for line in lines {
            let found = try problems(kind, line)
            if !found.isEmpty { Issue.record("\(found)\n\(String(decoding: line.prefix(4_000), as: UTF8.self))") }
        }
    }

    @Test(arguments: recordings, formats)
    func `every recorded alert keeps to the schema`(name: String, kind: FormatKind) throws {
        try check(kind, Self.recording(name))
    }

    @Test(arguments: formats)
    func `the engine's records keep to the schema`(kind: FormatKind) throws { try check(kind, Self.records) }

    @Test(arguments: formats, Gap.Reason.allCases)
    func `every gap keeps to the schema`(kind: FormatKind, reason: Gap.Reason) throws {
        try check(kind, Sample.gap(reason, source: SampleRecords.hostile))
    }

    @Test(arguments: formats)
    func `no text, name or number of an attacker's leaves its place`(kind: FormatKind) throws {
        let entry = HostileAlerts.json()
        try #require(entry.outputCount == HostileAlerts.texts.count - 1)  // an empty rule is no alert
        try check(kind, entry)
        try check(kind, HostileAlerts.protobuf())
    }

    @Test(arguments: formats)
    func `every value of every field is in the line`(kind: FormatKind) throws {
        for name in ["both.jsonl", "alerts.jsonl"] {
            let entry = try Self.recording(name)
            for (line, document) in zip(kind.format().lines(entry), Self.thinned(try Sample.lines(name))) {
                let source = try #require(try SchemaWalk.object(document))
                let values = Set(Leaves.of(try #require(try SchemaWalk.object(line))))
                let fields = try #require(source["output_fields"] as? [String: Any])
                for (key, value) in fields {
                    let text = Leaves.text(value)
                    if text == "<NA>" || text == "" || text == "null" || key == "evt.time" || key == "fd.type" {
                        continue
                    }
                    if !values.contains(text) { Issue.record("\(key)=\(text) of \(name) is gone") }
                }
            }
        }
    }
}

/// Keys that an object has twice, which JSON parsers pass over and Elasticsearch refuses.
enum DuplicateKeys {
    static func find(_ line: [UInt8]) -> [String] {
        var problems: [String] = []
        var objects: [Set<[UInt8]>] = []
        var isKey = false
        var place = 0
        while place < line.count {
            switch line[place] {
            case UInt8(ascii: "{"):
                objects.append([])
                isKey = true
            case UInt8(ascii: "["): objects.append([[0]])
            case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = objects.popLast()
            case UInt8(ascii: ","): isKey = objects.last?.contains([0]) == false
            case UInt8(ascii: ":"): isKey = false
            case UInt8(ascii: "\""):
                let start = place + 1
                place += 1
                while place < line.count, line[place] != UInt8(ascii: "\"") {
                    place += line[place] == UInt8(ascii: "\\") ? 2 : 1
                }
                if isKey {
                    let key = Array(line[start ..< place])
                    if key == [0] || !objects[objects.count - 1].insert(key).inserted {
                        problems.append("key \(String(decoding: key, as: UTF8.self)) twice")
                    }
                }
                isKey = false
            default: break
            }
            place += 1
        }
        return problems
    }
}

/// The values of a JSON document as texts.
enum Leaves {
    static func of(_ value: Any) -> [String] {
        switch value {
        case let object as [String: Any]: object.values.flatMap(of)
        case let list as [Any]: list.flatMap(of)
        default: [text(value)]
        }
    }

    static func text(_ value: Any) -> String {
        switch value {
        case let text as String: text
        case is NSNull: "null"
        case let number as NSNumber: number.stringValue
        default: "\(value)"
        }
    }
}

/// OTLP's JSON by its rules: keys once, values of one kind, whole numbers as strings.
enum OTLPWalk {
    static func problems(_ request: [String: Any]) -> [String] {
        guard Set(request.keys) == ["resourceLogs"], let resources = request["resourceLogs"] as? [[String: Any]],
            resources.count == 1, let resource = (resources[0]["resource"] as? [String: Any])?["attributes"],
            let scopes = resources[0]["scopeLogs"] as? [[String: Any]], scopes.count == 1,
            let records = scopes[0]["logRecords"] as? [[String: Any]], records.count == 1
        else { return ["not one record of one resource"] }
        let record = records[0]
        var problems = attributes(resource) + attributes(record["attributes"] as Any)
        for key in ["timeUnixNano", "observedTimeUnixNano"] where UInt64(record[key] as? String ?? "") == nil {
            problems.append("\(key) is no number in a string")
        }
        if !(1 ... 24).contains(record["severityNumber"] as? Int ?? 0) { problems.append("severityNumber") }
        if Priority(name: record["severityText"] as? String ?? "") == nil { problems.append("severityText") }
        if (record["body"] as? [String: Any])?["stringValue"] as? String == nil { problems.append("body") }
        if record["eventName"] as? String == nil { problems.append("eventName") }
        return problems
    }

    private static func attributes(_ list: Any) -> [String] {
        guard let list = list as? [[String: Any]] else { return ["attributes are no list"] }
        var problems: [String] = []
        var keys: Set<String> = []
        for one in list {
            guard let key = one["key"] as? String, !key.isEmpty, let value = one["value"] as? [String: Any] else {
                problems.append("no attribute: \(one)")
                continue
            }
            if !keys.insert(key).inserted { problems.append("\(key) twice") }
            if !isValue(value) { problems.append("\(key): \(value)") }
        }
        return problems
    }

    private static func isValue(_ value: [String: Any]) -> Bool {
        guard value.count == 1, let (kind, content) = value.first else { return false }
        switch kind {
        case "stringValue": return content is String
        case "intValue": return (content as? String).map { Int64($0) != nil } ?? false
        case "doubleValue", "boolValue": return content is NSNumber
        case "arrayValue":
            guard let values = (content as? [String: Any])?["values"] as? [[String: Any]] else { return false }
            return !values.isEmpty && values.allSatisfy(isValue)
        default: return false
        }
    }
}
