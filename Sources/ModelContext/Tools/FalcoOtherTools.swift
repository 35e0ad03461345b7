// SPDX-License-Identifier: Apache-2.0
import FalcoProcess
import FalcoRules
import MCPProtocol

/// `falco_dry_run`, `falco_list_fields`, `falco_get_version`.
extension FalcoTools {
    static let dryRun = Tool(
        "falco_dry_run", title: "Try a Falco configuration",
        description:
            "Starts Falco up to the point where it would begin to watch, as falco --dry-run does: configuration, "
            + "plugins and rules are loaded, nothing is captured. Without a falco executable only the rules and the keys of "
            + "config are checked, and `checked` says so.",
        arguments: rulesArguments + configArguments,
        result: [
            engineMember, SchemaField("ok", .boolean, required: true, "It would start."),
            SchemaField("checked", .list(.choice(["configuration", "plugins", "rules"]), atMost: 3), required: true),
            SchemaField("reason", .text, "Why it would not start, in Falco's words."),
            SchemaField("log", .list(.text, atMost: 40), "The last lines of its log."),
        ], effects: .init(readOnly: true))

    static let listFields = Tool(
        "falco_list_fields", title: "List Falco's fields",
        description:
            "Fields that conditions and outputs of rules may use, as falco --list does: names, and where known "
            + "type and class. Narrow with contains, such as `fd.` or `exepath`.",
        arguments: [
            SchemaField("source", .string(length: 1 ... 64), "Only fields of this event source, such as syscall."),
            SchemaField("contains", .string(length: 0 ... 100), "Only fields with this in their name."),
            SchemaField("limit", .integer(1 ... 500), default: 150, "At most so many fields."),
            SchemaField("offset", .integer(0 ... 100_000), default: 0, "Fields to pass over."),
        ] + configArguments + [format],
        result: [
            engineMember, SchemaField("total", .wholeNumber, "Fields that fit, of which `fields` are some."),
            SchemaField("next_offset", .wholeNumber, "There are more: the offset of the next call."),
            SchemaField(
                "fields",
                .list(
                    .object([
                        SchemaField("name", .text, required: true), SchemaField("type", .text),
                        SchemaField("class", .text),
                    ]), atMost: 500)),
            textMember,
        ], effects: .init(readOnly: true))

    static let getVersion = Tool(
        "falco_get_version", title: "Falco's version",
        description: "Versions of the configured falco executable, its engine, libraries and drivers; without one, the "
            + "version of Falco's rules engine that the built-in reader follows.",
        arguments: [format],
        result: [engineMember, SchemaField("versions", .map(.text), required: true), textMember],
        effects: .init(readOnly: true))

    // MARK: Dry run

    func dryRun(_ call: ToolCall) async throws(ToolProblem) -> JSONObject {
        let input = try FalcoInput(call.arguments, folders)
        var text = FalcoText()
        guard let process = engine.process else {
            guard !input.rules.isEmpty else { throw FalcoEngine.noExecutable }
            let files = FalcoRuleFiles(try input.files())
            let bad = files.results.filter { !$0.isSuccessful }
            var result: JSONObject = [
                "engine": .string(FalcoEngine.ownName), "ok": .bool(bad.isEmpty),
                // The keys of a configuration passed as text were checked when it was read.
                "checked": call.arguments["config"] == nil ? ["rules"] : ["configuration", "rules"],
            ]
            if !bad.isEmpty {
                result["reason"] = text.lines(bad.map(\.text).joined(separator: "\n"), limit: 4_000)
            }
            return result
        }
        let answer = try await engine.run(
            process, FalcoEngine.arguments("-r", input) + ["--dry-run"], input, folders)
        var result: JSONObject = [
            "engine": .string(await engine.name()), "ok": .bool(answer.exitCode == 0),
            "checked": ["configuration", "plugins", "rules"],
        ]
        if answer.exitCode != 0 {
            result["reason"] = text.lines(FalcoReply.reason(in: answer.errors).renamed(input.names), limit: 4_000)
        }
        let lines = String(decoding: answer.errors, as: UTF8.self).split(separator: "\n")
            .prefix { !$0.hasPrefix("Error: ") }.suffix(40).map { String($0).renamed(input.names) }
        result["log"] = text.json(lines, limit: 300, atMost: 40)
        return result
    }

    // MARK: Fields

    func listFields(_ call: ToolCall) async throws(ToolProblem) -> JSONObject {
        let source = call.arguments["source"]?.string
        if let source,
            !source.utf8.allSatisfy({
                $0 == 45 || $0 == 46 || $0 == 95 || (48 ... 57).contains($0)
                    || (65 ... 90).contains($0) || (97 ... 122).contains($0)
            })
        {
            throw ToolProblem(
                "source is the name of an event source: letters, digits, `_`, `-` and `.`, such as syscall.")
        }
        let wantsText = call.arguments["output_format"]?.string == "text"
        var text = FalcoText()
        var result: JSONObject = ["engine": .string(await engine.name())]
        let wanted = (call.arguments["contains"]?.string ?? "").lowercased()
        guard let process = engine.process else {
            guard source == nil || source == "syscall" else {
                throw ToolProblem(
                    "Only fields of syscall are known without a falco executable (falco.executable): plugins bring theirs."
                )
            }
            return add(FalcoField.all.map(\.name), to: result, wanted, call.arguments, wantsText)
        }
        let list = source.map { "--list=\($0)" } ?? "--list"
        let answer = try await engine.run(
            process, wantsText ? [list] : [list, "-N"], try FalcoInput(configOf: call.arguments, folders), folders)
        guard answer.exitCode == 0 else {
            throw ToolProblem(
                "falco refused: \(text.lines(FalcoReply.reason(in: answer.errors), limit: 500).string ?? "")")
        }
        if wantsText {
            result["text"] = text.lines(String(decoding: answer.output, as: UTF8.self), limit: 13_000)
            return result
        }
        let names = String(decoding: answer.output, as: UTF8.self).split(separator: "\n").map { String($0).trimmed }
            .filter { !$0.isEmpty && !$0.contains(" ") }
        guard !names.isEmpty else { throw Self.noSense }
        return add(names, to: result, wanted, call.arguments, false)
    }

    private func add(
        _ names: [String], to result: JSONObject, _ wanted: String, _ arguments: JSONObject, _ wantsText: Bool
    ) -> JSONObject {
        var text = FalcoText()
        var result = result
        let fitting = names.filter { wanted.isEmpty || $0.lowercased().contains(wanted) }
        if wantsText {
            result["text"] = text.lines(fitting.joined(separator: "\n"), limit: 13_000)
            return result
        }
        let known = Dictionary(FalcoField.all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let offset = Int(clamping: arguments["offset"]?.wholeNumber ?? 0)
        let limit = Int(clamping: arguments["limit"]?.wholeNumber ?? 150)
        var fields: [JSONValue] = []
        for name in fitting.dropFirst(offset).prefix(limit) {
            guard !text.isFull else { break }
            var field: JSONObject = ["name": text.json(name, limit: 100)]
            if let known = known[name] {
                field["type"] = .string(known.type)
                field["class"] = .string(known.className)
            }
            fields.append(.object(field))
        }
        result["total"] = .integer(Int64(fitting.count))
        let next = offset + fields.count
        if next < fitting.count, !fields.isEmpty { result["next_offset"] = .integer(Int64(next)) }
        result["fields"] = .array(fields)
        return result
    }

    // MARK: Version

    func getVersion(_ call: ToolCall) async throws(ToolProblem) -> JSONObject {
        var text = FalcoText()
        var versions: JSONObject = [:]
        if let theirs = try await engine.versions() {
            for member in theirs.members.prefix(20) {
                versions[text.short(member.name, limit: 64)] = text.json(member.value.string ?? "", limit: 64)
            }
        } else {
            versions["engine_version_semver"] = .string(FalcoRuleFiles.Settings().engine.text)
        }
        var result: JSONObject = ["engine": .string(await engine.name()), "versions": .object(versions)]
        if call.arguments["output_format"]?.string == "text" {
            result["text"] = .string(
                versions.members.map { "\($0.name): \($0.value.string ?? "")" }.joined(separator: "\n"))
        }
        return result
    }
}
