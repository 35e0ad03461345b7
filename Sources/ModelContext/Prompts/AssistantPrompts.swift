// SPDX-License-Identifier: Apache-2.0
import AlertModel
import HostileText
public import MCPProtocol
public import MCPServing

/// Tasks that a user can pick: which tools to use, in which order, and what the report must say.
///
/// The text is constant but for the user's own arguments; nothing of an alert is in it, since it is read as the user's word.
public struct AssistantPrompts: PromptGroup {
    private let calls: [String: AssistantTool]

    /// - Parameter tools: those that suggestions are taken from.
    public init(tools: [any ToolGroup] = []) {
        calls = tools.flatMap(\.tools).reduce(into: [:]) { $0[$1.declaration.name] = $1 }
    }

    public var prompts: [Prompt] { PromptList.all }

    public func fill(
        _ name: String, _ arguments: JSONObject, for caller: Caller
    ) async throws(ToolProblem) -> PromptAnswer {
        guard let prompt = PromptList.all.first(where: { $0.name == name }) else {
            throw ToolProblem("There is no such prompt; see prompts/list.")
        }
        let given = PromptArguments(arguments)
        let text: String
        switch name {
        case PromptList.triage: text = PromptText.triage(try given.priority())
        case PromptList.investigate: text = PromptText.investigate(try given.incident())
        case PromptList.hunt: text = PromptText.hunt(try given.text("hypothesis"))
        case PromptList.report: text = PromptText.report(try given.hours())
        default: text = PromptText.tune(try given.rule())
        }
        return PromptAnswer(
            description: prompt.description, messages: [PromptAnswer.Message(.user, text + PromptText.caution)])
    }

    public func complete(_ question: CompletionQuestion, prompt: String, for caller: Caller) async -> [String] {
        let suggestions = Suggestions(calls, caller)
        let values: [String]
        switch (prompt, question.argument) {
        case (PromptList.triage, "min_priority"): values = AlertFilter.priorityNames
        case (PromptList.investigate, "incident"): values = await suggestions.incidents()
        case (PromptList.report, "hours"): values = ["8", "12", "24"]
        case (PromptList.tune, "rule"): values = await suggestions.rules()
        default: values = []
        }
        return Suggestions.matching(values, question.typed)
    }
}

/// A user's arguments, checked: what goes into a prompt is an id, a number, a known word, or visible text in quotes.
struct PromptArguments {
    private let arguments: JSONObject

    init(_ arguments: JSONObject) { self.arguments = arguments }

    func priority() throws(ToolProblem) -> String {
        guard let text = given("min_priority") else { return "warning" }
        guard let priority = Priority(name: text) else {
            throw ToolProblem("min_priority must be one of \(AlertFilter.priorityNames.joined(separator: ", ")).")
        }
        return priority.name.lowercased()
    }

    func incident() throws(ToolProblem) -> String {
        guard let id = given("incident").flatMap({ SubjectID($0) }) else {
            throw ToolProblem("incident must be an incident's id: 32 hexadecimal digits; list_incidents shows them.")
        }
        return id.description
    }

    func hours() throws(ToolProblem) -> Int {
        guard let text = given("hours") else { return 12 }
        guard let hours = Int(text), (1 ... 168).contains(hours) else {
            throw ToolProblem("hours must be a whole number from 1 to 168.")
        }
        return hours
    }

    func rule() throws(ToolProblem) -> String {
        guard let name = given("rule") else { throw ToolProblem("rule must name a detection rule.") }
        guard RuleName.isPlain(name), !name.utf8.contains(UInt8(ascii: "\"")) else {
            throw ToolProblem("rule must be a rule's name in visible ASCII, of at most \(RuleName.limit) characters.")
        }
        return name
    }

    func text(_ name: String) throws(ToolProblem) -> String {
        guard let text = given(name) else { throw ToolProblem("\(name) must not be empty.") }
        var sanitizer = Sanitizer(redacts: true)
        return sanitizer.excerpt(text, limit: TextLimit.detail).text
    }

    private func given(_ name: String) -> String? {
        guard let text = arguments[name]?.string, !text.isEmpty else { return nil }
        return text
    }
}
