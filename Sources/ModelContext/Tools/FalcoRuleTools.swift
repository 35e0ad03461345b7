// SPDX-License-Identifier: Apache-2.0
import FalcoProcess
import FalcoRules
import MCPProtocol

/// `falco_validate_rules`, `falco_list_rules`, `falco_describe_rule`.
extension FalcoTools {
    static let validateRules = Tool(
        "falco_validate_rules", title: "Validate Falco rules",
        description:
            "Checks rules files as falco -V does: every file with its errors and warnings, Falco's codes, line, "
            + "column and a snippet. Give rules (text) or rules_path (a name); without either, all configured rules are "
            + "checked. The built-in reader tells all errors of a file at once; falco stops at a file's first.",
        arguments: rulesArguments + configArguments + [format],
        result: [engineMember] + FalcoVerdict.schema + [textMember], effects: .init(readOnly: true))

    static let listRules = Tool(
        "falco_list_rules", title: "List Falco rules",
        description: "The rules that would be loaded, as falco -L does: name, priority, source, tags, enabled and the "
            + "beginning of the description. Narrow with contains; page with offset. falco_describe_rule has the rest.",
        arguments: rulesArguments + configArguments + [
            SchemaField("contains", .string(length: 0 ... 200), "Only rules with this in name, description or tags."),
            SchemaField(
                "source", .string(length: 1 ... 64), "Only rules for this event source, such as syscall or k8s_audit."),
            SchemaField("limit", .integer(1 ... 200), default: 50, "At most so many rules."),
            SchemaField(
                "offset", .integer(0 ... 1_000_000), default: 0, "Rules to pass over: next_offset of the call before."),
            format,
        ],
        result: [
            engineMember,
            SchemaField("total", .wholeNumber, "Rules that fit, of which `rules` are some."),
            SchemaField("next_offset", .wholeNumber, "There are more: the offset of the next call."),
            SchemaField("rules", .list(.object(FalcoListing.rowFields), atMost: 200)),
            SchemaField("required_engine_version", .text),
            SchemaField("macro_count", .wholeNumber), SchemaField("list_count", .wholeNumber),
            SchemaField("problem", .text, "Files that could not be loaded, which falco_validate_rules explains."),
            textMember,
        ], effects: .init(readOnly: true))

    static let describeRule = Tool(
        "falco_describe_rule", title: "Describe a Falco rule",
        description:
            "One rule as falco -l NAME tells it: condition as written and with macros and lists expanded, fields, "
            + "output, priority, source, tags, exceptions, macros, lists, events.",
        arguments: [SchemaField("rule_name", .string(length: 1 ... 512), required: true, "The rule's whole name.")]
            + rulesArguments + configArguments + [format],
        result: [
            engineMember, SchemaField("rule", .object(FalcoListing.ruleFields)), textMember,
        ], effects: .init(readOnly: true))

    // MARK: Validate

    func validateRules(_ call: ToolCall) async throws(ToolProblem) -> JSONObject {
        let input = try FalcoInput(call.arguments, folders)
        guard !input.rules.isEmpty else { throw Self.nothingNamed }
        let wantsText = call.arguments["output_format"]?.string == "text"
        var result: JSONObject = ["engine": .string(await engine.name())]
        guard let process = engine.process else {
            let files = FalcoRuleFiles(try input.files())
            return add(files, to: result, input, wantsText)
        }
        let format = wantsText ? [] : ["-o", "json_output=true"]
        let answer = try await engine.run(process, format + FalcoEngine.arguments("-V", input), input, folders)
        var text = FalcoText()
        if wantsText, !answer.output.isEmpty {
            result["valid"] = .bool(answer.exitCode == 0)
            result["text"] = text.lines(
                String(decoding: answer.output, as: UTF8.self).renamed(input.names), limit: 12_000)
            return result
        }
        guard let files = FalcoReply.object(in: answer.output)?["falco_load_results"]?.array else {
            guard answer.exitCode != 0 else { throw Self.noSense }
            // Judged nothing: a plugin is missing, the configuration is wrong.
            result["valid"] = false
            result["reason"] = text.lines(FalcoReply.reason(in: answer.errors).renamed(input.names), limit: 2_000)
            return result
        }
        var verdict = FalcoVerdict(Self.wanted(files, input), names: input.names)
        for member in verdict.json().members { result[member.name] = member.value }
        return result
    }

    private func add(
        _ files: FalcoRuleFiles, to result: JSONObject, _ input: FalcoInput, _ wantsText: Bool
    ) -> JSONObject {
        var result = result
        if wantsText {
            var text = FalcoText()
            result["valid"] = .bool(files.isSuccessful)
            result["text"] = text.lines(files.results.map(\.text).joined(separator: "\n"), limit: 12_000)
            return result
        }
        let judged =
            (try? JSONValue(reading: Array(files.loadResultsJSON(withSuggestions: true).line.utf8), limits: .rules))
        var verdict = FalcoVerdict(Self.wanted(judged?["falco_load_results"]?.array ?? [], input), names: [])
        for member in verdict.json().members { result[member.name] = member.value }
        return result
    }

    /// The files that the caller named, and of the configured ones before them those with errors.
    private static func wanted(_ files: [JSONValue], _ input: FalcoInput) -> [JSONValue] {
        guard input.namedCount > 0 else { return files }
        let first = files.count - input.namedCount
        return files.enumerated().filter { $0.offset >= first || $0.element["successful"]?.bool == false }.map(
            \.element)
    }

    static let nothingNamed = ToolProblem(
        "Which rules? Pass their text as rules, or a name as rules_path. No rules are configured here (falco.rules) that "
            + "could be meant without.")
    static let noSense = ToolProblem(
        "falco ended well and said nothing that can be understood: is the configured executable Falco?")

    // MARK: List and describe

    func listRules(_ call: ToolCall) async throws(ToolProblem) -> JSONObject {
        let input = try FalcoInput(call.arguments, folders)
        var result: JSONObject = ["engine": .string(await engine.name())]
        if call.arguments["output_format"]?.string == "text" {
            result["text"] = try await table(nil, input)
            return result
        }
        let (described, problem) = try await description(nil, input)
        var listing = FalcoListing(described)
        for member in listing.list(call.arguments).members { result[member.name] = member.value }
        if let problem {
            var text = FalcoText()
            result["problem"] = text.lines(problem, limit: 1_000)
        }
        return result
    }

    func describeRule(_ call: ToolCall) async throws(ToolProblem) -> JSONObject {
        let input = try FalcoInput(call.arguments, folders)
        let name = call.arguments["rule_name"]?.string ?? ""
        var result: JSONObject = ["engine": .string(await engine.name())]
        if call.arguments["output_format"]?.string == "text" {
            result["text"] = try await table(name, input)
            return result
        }
        var listing = FalcoListing(try await description(name, input).0)
        guard let rule = listing.rule(name) else { throw Self.noRule }
        result["rule"] = .object(rule)
        return result
    }

    static let noRule = ToolProblem(
        "There is no rule of that name among the loaded ones. falco_list_rules with contains finds names.")

    /// Falco's description of all rules, or of one; and what kept some files from being loaded.
    private func description(
        _ rule: String?, _ input: FalcoInput
    ) async throws(ToolProblem) -> (JSONObject, problem: String?) {
        guard let process = engine.process else {
            guard !input.rules.isEmpty else { throw Self.nothingNamed }
            let files = FalcoRuleFiles(try input.files())
            let json = rule.map { files.descriptionJSON(ofRule: $0) } ?? files.descriptionJSON
            let problem = files.results.filter { !$0.isSuccessful }.map { "\($0.name) has errors" }.joined(
                separator: "\n")
            guard let json else {
                throw files.isSuccessful
                    ? Self.noRule
                    : ToolProblem(
                        "No such rule was loaded, and a rules file has "
                            + "errors: falco_validate_rules explains them.")
            }
            guard let object = (try? JSONValue(reading: Array(json.line.utf8), limits: .rules))?.object else {
                throw ToolProblem("There are too many rules to describe them; name one rules file as rules_path.")
            }
            return (object, problem.isEmpty ? nil : problem)
        }
        let what = rule.map { ["-l", $0] } ?? ["-L"]
        let answer = try await engine.run(
            process, ["-o", "json_output=true"] + FalcoEngine.arguments("-r", input) + what, input, folders)
        guard let object = FalcoReply.object(in: answer.output) else { throw refusal(answer, rule, input) }
        return (object, nil)
    }

    private func table(_ rule: String?, _ input: FalcoInput) async throws(ToolProblem) -> JSONValue {
        var text = FalcoText()
        guard let process = engine.process else {
            guard !input.rules.isEmpty else { throw Self.nothingNamed }
            let files = FalcoRuleFiles(try input.files())
            guard let table = rule.map({ files.table(ofRule: $0) }) ?? files.table else { throw Self.noRule }
            return text.lines(table, limit: 13_000)
        }
        let what = rule.map { ["-l", $0] } ?? ["-L"]
        let answer = try await engine.run(process, FalcoEngine.arguments("-r", input) + what, input, folders)
        guard answer.exitCode == 0 else { throw refusal(answer, rule, input) }
        return text.lines(String(decoding: answer.output, as: UTF8.self).renamed(input.names), limit: 13_000)
    }

    private func refusal(_ answer: FalcoProcess.Answer, _ rule: String?, _ input: FalcoInput) -> ToolProblem {
        if answer.exitCode == 0 { return Self.noSense }
        let reason = FalcoReply.reason(in: answer.errors).renamed(input.names)
        if rule != nil, reason.contains("is not loaded") { return Self.noRule }
        var text = FalcoText()
        return ToolProblem("falco refused: \(text.lines(reason, limit: 1_500).string ?? "")")
    }
}

extension JSONLimits {
    /// Of what is written here about rules files that were read here.
    static let rules = JSONLimits(bytes: 256 << 20, depth: 64, values: 16_000_000)
}
