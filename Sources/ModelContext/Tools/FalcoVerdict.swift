// SPDX-License-Identifier: Apache-2.0
import MCPProtocol

/// Falco's judgement of rules files, from the JSON that `falco -V` and Creance's reader both write, as a tool's result.
struct FalcoVerdict {
    /// Errors and warnings that are shown, of all files together.
    static let shownLimit = 60

    private let files: [JSONValue]
    private let names: [(path: String, name: String)]
    private var text = FalcoText()
    private var shown = 0
    private var leftOut = 0
    private(set) var isValid = true
    private var errorCount = 0
    private var warningCount = 0

    /// - Parameter names: what answers call the files.
    init(_ files: [JSONValue], names: [(path: String, name: String)]) {
        self.files = files
        self.names = names
    }

    /// `files`, `errors`, `warnings`, `valid`, `left_out`.
    mutating func json() -> JSONObject {
        // Errors before warnings: they are what must be mended.
        let errors = files.map { findings($0, "errors") }
        let warnings = files.map { findings($0, "warnings") }
        var all: [JSONValue] = []
        for (index, file) in files.enumerated() {
            let isGood = file["successful"]?.bool ?? false
            isValid = isValid && isGood
            var object: JSONObject = [
                "name": name(file["name"]?.string ?? ""), "valid": .bool(isGood), "errors": .array(errors[index]),
                "warnings": .array(warnings[index]),
            ]
            if let isSchemaValid = file["schema_valid"]?.bool { object["schema_valid"] = .bool(isSchemaValid) }
            all.append(.object(object))
        }
        var result: JSONObject = [
            "valid": .bool(isValid), "files": .array(all), "error_count": .integer(Int64(errorCount)),
            "warning_count": .integer(Int64(warningCount)),
        ]
        if leftOut > 0 { result["left_out"] = .integer(Int64(leftOut)) }
        return result
    }

    private mutating func name(_ given: String) -> JSONValue { text.json(given.renamed(names), limit: 160) }

    private mutating func findings(_ file: JSONValue, _ kind: String) -> [JSONValue] {
        var all: [JSONValue] = []
        for finding in file[kind]?.array ?? [] {
            if kind == "errors" { errorCount += 1 } else { warningCount += 1 }
            guard shown < Self.shownLimit, !text.isFull else {
                leftOut += 1
                continue
            }
            shown += 1
            all.append(.object(self.finding(finding)))
        }
        return all
    }

    private mutating func finding(_ finding: JSONValue) -> JSONObject {
        var object: JSONObject = [
            "code": text.json(finding["code"]?.string ?? "", limit: 64),
            "message": text.json((finding["message"]?.string ?? "").renamed(names), limit: 400),
        ]
        let locations = finding["context"]?["locations"]?.array ?? []
        // Places within a condition count otherwise; the one before them is exact.
        let place = locations.last { $0["item_type"]?.string != "condition expression" }
        if let position = place?["position"] {
            // Falco counts from 0.
            object["line"] = .integer((position["line"]?.wholeNumber ?? 0).addingReportingOverflow(1).partialValue)
            object["column"] = .integer((position["column"]?.wholeNumber ?? 0).addingReportingOverflow(1).partialValue)
        }
        let item = locations.last { $0["item_name"]?.string?.isEmpty == false }
        if let item, let type = item["item_type"]?.string, let name = item["item_name"]?.string {
            object["item"] = text.json("\(type) '\(name)'", limit: 160)
        }
        let snippet = (finding["context"]?["snippet"]?.string ?? "").split(separator: "\n").prefix(4).map(String.init)
        object["snippet"] = text.json(snippet, limit: 170, atMost: 4)
        if let suggestion = finding["suggestion"]?.string { object["did_you_mean"] = text.json(suggestion, limit: 80) }
        return object
    }

    static let schema: [SchemaField] = [
        SchemaField("valid", .boolean, required: true, "Every file would load."),
        SchemaField(
            "files",
            .list(
                .object([
                    SchemaField("name", .text, required: true),
                    SchemaField("valid", .boolean, required: true),
                    SchemaField("schema_valid", .boolean, "It has known keys only."),
                    SchemaField("errors", findings, required: true),
                    SchemaField("warnings", findings, required: true),
                ]), atMost: .max)),
        SchemaField("error_count", .wholeNumber),
        SchemaField("warning_count", .wholeNumber),
        SchemaField("left_out", .wholeNumber, "Errors and warnings that are not shown: mend these first."),
        SchemaField("reason", .text, "Why Falco judged nothing, such as a plugin that is missing."),
    ]

    private static let findings = Schema.list(
        .object([
            SchemaField("code", .text, required: true, "Falco's code, such as LOAD_ERR_COMPILE_CONDITION."),
            SchemaField("message", .text, required: true),
            SchemaField("line", .wholeNumber, "Counted from 1."),
            SchemaField("column", .wholeNumber, "Counted from 1."),
            SchemaField("item", .text),
            SchemaField("snippet", .list(.text, atMost: 4), "The line, and a mark under the place."),
            SchemaField("did_you_mean", .text),
        ]), atMost: .max)
}
