// SPDX-License-Identifier: Apache-2.0
import MCPProtocol

/// What the fixture offers.
///
/// `echo` answers with its argument, `touch` changes `fixture://latest`, `wait` never answers by itself, `state` (over HTTP)
/// says what is open, `fail` is a tool that could not do it.
enum Fixture {
    static let latest = "fixture://latest"

    static let profile = ServerProfile(
        name: "fixture", title: "Fixture", version: "1.0.0", instructions: "A server for tests.",
        tools: [
            Tool(
                "echo", title: "Echo", description: "Answers with its argument.",
                arguments: [SchemaField("text", .string(length: 0 ... 100), required: true, "What to say.")],
                result: [SchemaField("text", .text, required: true)], effects: Tool.Effects(readOnly: true)),
            Tool(
                "touch", title: "Touch", description: "Changes the latest.", arguments: [], result: nil,
                effects: Tool.Effects(readOnly: false)),
            Tool(
                "wait", title: "Wait", description: "Waits until it is cancelled.", arguments: [], result: nil,
                effects: Tool.Effects(readOnly: true)),
            Tool(
                "state", title: "State", description: "Says what is open.", arguments: [], result: nil,
                effects: Tool.Effects(readOnly: true)),
            Tool(
                "fail", title: "Fail", description: "Cannot do it.", arguments: [], result: nil,
                effects: Tool.Effects(readOnly: true)),
        ],
        resources: [
            Resource(latest, name: "latest", title: "Latest", description: "Changes.", mediaType: "text/plain")
        ],
        templates: [
            ResourceTemplate(
                "fixture://item/{id}", name: "item", title: "Item", description: "One item.", mediaType: "text/plain")
        ],
        prompts: [
            Prompt(
                "greet", title: "Greet", description: "Greets somebody.",
                arguments: [Prompt.Argument("who", "Whom to greet.", required: true)])
        ],
        subscribable: [.exactly(latest)])

    /// What needs nobody.
    static func outcome(_ work: Call.Work) -> CallOutcome {
        switch work {
        case .tool("echo", let arguments): .tool(ToolAnswer(structured: arguments))
        case .tool("fail", _): .tool(.mistake("It cannot be done."))
        case .tool: .tool(ToolAnswer(text: "done"))
        case .resource(let uri) where uri == latest || uri == "fixture://item/7":
            .resource([ResourceText(uri: uri, mediaType: "text/plain", text: "here")], keepMilliseconds: 0)
        case .resource(let uri): .resourceNotFound(uri: uri)
        case .prompt(_, let arguments):
            .prompt(
                PromptAnswer(
                    description: "A greeting.",
                    messages: [.init(.user, "Greet \(arguments["who"]?.string ?? "nobody").")]))
        case .completion(let question):
            .completion(CompletionAnswer(["anna", "bert"].filter { $0.hasPrefix(question.typed) }))
        }
    }
}
