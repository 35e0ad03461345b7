// SPDX-License-Identifier: Apache-2.0
import MCPProtocol

/// Rules from the JSON of `falco -L` and `-l`, as rows and as a whole.
struct FalcoListing {
    private let described: JSONObject
    private var text = FalcoText()

    init(_ described: JSONObject) { self.described = described }

    static let rowFields: [SchemaField] = [
        SchemaField("name", .text, required: true), SchemaField("priority", .text, required: true),
        SchemaField("source", .text, required: true), SchemaField("enabled", .boolean, required: true),
        SchemaField("tags", .list(.text, atMost: .max), required: true),
        SchemaField("description", .text, required: true),
    ]

    static let ruleFields: [SchemaField] =
        rowFields + [
            SchemaField("condition", .text), SchemaField("output", .text), SchemaField("condition_expanded", .text),
            SchemaField("output_fields", .list(.text, atMost: .max)),
            SchemaField("condition_fields", .list(.text, atMost: .max)),
            SchemaField("condition_operators", .list(.text, atMost: .max)),
            SchemaField("macros", .list(.text, atMost: .max)),
            SchemaField("lists", .list(.text, atMost: .max)), SchemaField("exceptions", .list(.text, atMost: .max)),
            SchemaField("events", .list(.text, atMost: .max), "The first forty of them."),
            SchemaField("event_count", .wholeNumber), SchemaField("plugins", .list(.text, atMost: .max)),
        ]

    private var rules: [JSONValue] { described["rules"]?.array ?? [] }

    mutating func list(_ arguments: JSONObject) -> JSONObject {
        let wanted = (arguments["contains"]?.string ?? "").lowercased()
        let source = arguments["source"]?.string
        let fitting = rules.filter { rule in
            guard let info = rule["info"] else { return false }
            if let source, info["source"]?.string != source { return false }
            guard !wanted.isEmpty else { return true }
            let texts = [info["name"]?.string, info["description"]?.string].compactMap(\.self) + strings(info["tags"])
            return texts.contains { $0.lowercased().contains(wanted) }
        }
        let offset = Int(clamping: arguments["offset"]?.wholeNumber ?? 0)
        let limit = Int(clamping: arguments["limit"]?.wholeNumber ?? 50)
        var rows: [JSONValue] = []
        for rule in fitting.dropFirst(offset).prefix(limit) {
            guard !text.isFull else { break }
            rows.append(.object(row(rule, descriptionLimit: 160)))
        }
        var result: JSONObject = ["total": .integer(Int64(fitting.count))]
        let next = offset + rows.count
        if next < fitting.count, !rows.isEmpty { result["next_offset"] = .integer(Int64(next)) }
        result["rules"] = .array(rows)
        if let version = described["required_engine_version"]?.string {
            result["required_engine_version"] = text.json(version, limit: 32)
        }
        result["macro_count"] = (described["macros"]?.array?.count).map { .integer(Int64($0)) }
        result["list_count"] = (described["lists"]?.array?.count).map { .integer(Int64($0)) }
        return result
    }

    /// The rule of this name, or the only one; nil: there is none.
    mutating func rule(_ name: String) -> JSONObject? {
        guard let rule = rules.first(where: { $0["info"]?["name"]?.string == name }) else { return nil }
        let details = rule["details"]
        var object = row(rule, descriptionLimit: 1_024)
        object["condition"] = text.json(rule["info"]?["condition"]?.string ?? "", limit: 2_000)
        object["output"] = text.json(rule["info"]?["output"]?.string ?? "", limit: 1_024)
        object["condition_expanded"] = text.json(details?["condition_compiled"]?.string ?? "", limit: 4_000)
        let lists = [
            ("output_fields", "output_fields"), ("condition_fields", "condition_fields"),
            ("condition_operators", "condition_operators"), ("macros", "macros"), ("lists", "lists"),
            ("exceptions", "exception_names"), ("plugins", "plugins"),
        ]
        for (name, theirs) in lists { object[name] = texts(details?[theirs], atMost: 60) }
        object["events"] = texts(details?["events"], atMost: 40)
        object["event_count"] = .integer(Int64(details?["events"]?.array?.count ?? 0))
        return object
    }

    private mutating func row(_ rule: JSONValue, descriptionLimit: Int) -> JSONObject {
        let info = rule["info"]
        return [
            "name": text.json(info?["name"]?.string ?? "", limit: 160),
            "priority": text.json(info?["priority"]?.string ?? "", limit: 32),
            "source": text.json(info?["source"]?.string ?? "", limit: 64),
            "enabled": .bool(info?["enabled"]?.bool ?? true), "tags": texts(info?["tags"], atMost: 20),
            "description": text.json((info?["description"]?.string ?? "").trimmed, limit: descriptionLimit),
        ]
    }

    private mutating func texts(_ value: JSONValue?, atMost count: Int) -> JSONValue {
        text.json(strings(value), limit: 100, atMost: count)
    }

    private func strings(_ value: JSONValue?) -> [String] { value?.array?.compactMap(\.string) ?? [] }
}
