// SPDX-License-Identifier: Apache-2.0
import Foundation
import MCPProtocol

/// A small MCP server over stdio, for tests of `MCPProtocol` with real clients. One thread; ends at the end of its input.
///
/// Its tools: `echo` answers with its argument, `touch` changes `fixture://latest`, `wait` never answers by itself.
@main
struct MCPFixtureServer {
    private static let latest = "fixture://latest"

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

    private var connection = ServerConnection(profile)
    private let clock = ContinuousClock()
    private let start = ContinuousClock().now

    static func main() {
        var server = MCPFixtureServer()
        var splitter = LineSplitter()
        while true {
            let read = FileHandle.standardInput.availableData
            if read.isEmpty { return }
            for frame in splitter.take(Array(read)[...]) {
                switch frame {
                case .line(let line): server.act(server.connection.receive(line))
                case .tooLong: server.act([.send(LineSplitter.tooLong, .answer(nil))])
                }
            }
        }
    }

    private mutating func act(_ actions: [ServerAction]) {
        for action in actions {
            switch action {
            case .send(let message, _):
                var writer = JSONWriter()
                writer.write(message)
                writer.endLine()
                FileHandle.standardOutput.write(Data(writer.bytes))
            case .perform(let call): perform(call)
            case .cancel, .end: break
            }
        }
    }

    private mutating func perform(_ call: Call) {
        let outcome: CallOutcome
        switch call.work {
        case .tool("wait", _):
            act(connection.progress(call.number, 1, of: 2, "waiting"))
            return
        case .tool("touch", _):
            act(connection.resourceChanged(Self.latest, note: ["example.com/count": 1], at: clock.now - start))
            outcome = .tool(ToolAnswer(text: "changed"))
        case .tool(_, let arguments): outcome = .tool(ToolAnswer(structured: arguments))
        case .resource(let uri) where uri == Self.latest || uri == "fixture://item/7":
            outcome = .resource([ResourceText(uri: uri, mediaType: "text/plain", text: "here")], keepMilliseconds: 0)
        case .resource(let uri): outcome = .resourceNotFound(uri: uri)
        case .prompt(_, let arguments):
            let text = "Greet \(arguments["who"]?.string ?? "nobody")."
            outcome = .prompt(PromptAnswer(description: "A greeting.", messages: [.init(.user, text)]))
        case .completion(let question):
            outcome = .completion(CompletionAnswer(["anna", "bert"].filter { $0.hasPrefix(question.typed) }))
        }
        act(connection.finish(call.number, outcome))
    }
}
