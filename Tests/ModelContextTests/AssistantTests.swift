// SPDX-License-Identifier: Apache-2.0
import MCPProtocol
import MCPServing
import ModelContext
import Synchronization
import Testing

/// Two tools that read and one that writes.
private struct SomeTools: ToolGroup {
    var tools: [AssistantTool] {
        [
            AssistantTool(Self.tool("look", effects: .init(readOnly: true))) { (call) throws(ToolProblem) in
                guard let size = call.arguments["size"]?.wholeNumber else { throw ToolProblem("Say a size.") }
                return ["text": .string(String(repeating: "x", count: Int(size)))]
            },
            AssistantTool(Self.tool("raw", effects: .init(readOnly: true)), scopes: [.read, .raw]) { (_) in
                ["text": "r"]
            },
            AssistantTool(Self.tool("change", effects: .init(readOnly: false)), scopes: [.read, .write]) { (_) in
                ["text": "w"]
            },
        ]
    }

    private static func tool(_ name: String, effects: Tool.Effects) -> Tool {
        Tool(
            name, title: name, description: name, arguments: [SchemaField("size", .wholeNumber)],
            result: [SchemaField("text", .text, required: true)], effects: effects)
    }
}

/// What it shows went through the one way of alert text.
private struct Shower: ToolGroup {
    var tools: [AssistantTool] {
        [
            AssistantTool(
                Tool(
                    "show", title: "show", description: "show", arguments: [],
                    result: [SchemaField("text", .text, required: true)], effects: .init(readOnly: true))
            ) { (_) in ["text": AlertRendering(detail: .brief).untrusted("token=abc123 and password=def456")] }
        ]
    }
}

private struct SomeResources: ResourceGroup {
    var resources: [Resource] {
        [Resource("t://one", name: "one", title: "One", description: "One.", mediaType: "text/plain")]
    }
    var templates: [ResourceTemplate] {
        [ResourceTemplate("t://item/{id}", name: "item", title: "Item", description: "Item.", mediaType: "text/plain")]
    }
    var subscribable: [ServerProfile.Subscribable] { [.exactly("t://one")] }

    func read(_ uri: String, for caller: Caller) async throws(ToolProblem) -> ResourceReading? {
        switch uri {
        case "t://one": ResourceReading([ResourceText(uri: uri, mediaType: "text/plain", text: "1")], keep: .seconds(2))
        case "t://broken": throw ToolProblem("It cannot be read now.")
        case "t://huge":
            ResourceReading([
                ResourceText(uri: uri, mediaType: "text/plain", text: String(repeating: "x", count: 300_000))
            ])
        default: nil
        }
    }

    func complete(_ question: CompletionQuestion, template: String, for caller: Caller) async -> [String] { ["17"] }
}

private struct SomePrompts: PromptGroup {
    var prompts: [Prompt] { [Prompt("ask", title: "Ask", description: "Asks.", arguments: [.init("what", "What.")])] }

    func fill(_ name: String, _ arguments: JSONObject, for caller: Caller) async throws(ToolProblem) -> PromptAnswer {
        PromptAnswer(description: "d", messages: [.init(.user, arguments["what"]?.string ?? "nothing")])
    }
}

private final class SomeChanges: ResourceChanges {
    let alerts = Mutex<Int64>(0)
    let watched = Mutex<Set<String>>([])

    var standing: StreamStanding { StreamStanding(cursor: "c.1", alerts: alerts.withLock { $0 }, criticalOpen: 2) }

    func watch(
        _ uris: Set<String>, as watcher: WatcherID,
        tell: @escaping @Sendable (_ uri: String, _ note: JSONObject) -> Void
    ) {
        watched.withLock { $0 = uris }
    }
}

private final class Audits: Sendable {
    let entries = Mutex<[AuditEntry]>([])
    var last: AuditEntry? { entries.withLock { $0.last } }
}

@Suite struct AssistantTests {
    private let changes = SomeChanges()
    private let audits = Audits()

    private func assistant(allowsWrites: Bool = false) -> Assistant {
        Assistant(
            tools: [SomeTools()], resources: [SomeResources()], prompts: [SomePrompts()], changes: changes,
            settings: AssistantSettings(version: "1", allowsWrites: allowsWrites),
            audit: { [audits] entry in audits.entries.withLock { $0.append(entry) } })
    }

    private let reader = Caller(name: "r", scopes: .read)
    private let owner = Caller(name: "o", scopes: [.read, .raw, .write])

    /// What a client of the newest revision would get for one request.
    private func ask(
        _ assistant: Assistant, _ caller: Caller, _ method: String, _ params: JSONObject
    ) async -> JSONValue {
        let (answers, answer) = AsyncStream<JSONValue>.makeStream()
        let runner = ConnectionRunner(service: assistant, caller: caller, outlet: OneAnswer(answer: answer))
        var params = params
        params["_meta"] = [
            "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": [:],
            "io.modelcontextprotocol/clientInfo": ["name": "te\u{1B}st", "version": "1"],
        ]
        let request: JSONValue = ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": .object(params)]
        runner.receive(request.encoded)
        for await message in answers { return message }
        return .null
    }

    private struct OneAnswer: MessageOutlet {
        let answer: AsyncStream<JSONValue>.Continuation
        func send(_ message: JSONValue, _ route: MessageRoute) -> Bool {
            answer.yield(message)
            return true
        }
        func end(_ request: RequestID) { answer.finish() }
        func close() { answer.finish() }
    }

    private func names(_ caller: Caller, allowsWrites: Bool) -> [String] {
        assistant(allowsWrites: allowsWrites).profile(for: caller).tools.map(\.name)
    }

    @Test func `a caller is shown what its scopes allow, and changes only where they are allowed at all`() {
        #expect(names(reader, allowsWrites: true) == ["look"])
        #expect(names(owner, allowsWrites: false) == ["look", "raw"])
        #expect(names(owner, allowsWrites: true) == ["look", "raw", "change"])
        #expect(names(Caller(name: "n", scopes: []), allowsWrites: true) == [])
        #expect(assistant().profile(for: Caller(name: "n", scopes: .write)).resources.isEmpty)
    }

    @Test func `a tool that is not shown cannot be called`() async {
        let refused = await ask(assistant(), owner, "tools/call", ["name": "change"])
        #expect(refused["error"]?["code"] == -32602)
        let done = await ask(assistant(allowsWrites: true), owner, "tools/call", ["name": "change"])
        #expect(done["result"]?["structuredContent"]?["text"] == "w")
    }

    @Test func `secrets that were taken out of a result are counted in the audit`() async throws {
        let assistant = Assistant(
            tools: [Shower(), SomeTools()], changes: changes, settings: AssistantSettings(version: "1"),
            audit: { [audits] entry in audits.entries.withLock { $0.append(entry) } })
        let answer = await ask(assistant, reader, "tools/call", ["name": "show"])
        let text = try #require(answer["result"]?["structuredContent"]?["text"]?.string)
        #expect(!text.contains("abc123") && !text.contains("def456"))
        #expect(audits.last?.redactions == 2)
        _ = await ask(assistant, reader, "tools/call", ["name": "look", "arguments": ["size": 1]])
        #expect(audits.last?.redactions == 0)
    }

    @Test func `a result has the notice in front, the stream behind, and fits the schema that is shown`() async throws {
        let assistant = assistant()
        changes.alerts.withLock { $0 = 5 }
        let call: JSONObject = ["name": "look", "arguments": ["size": 3]]
        let first = try #require(await ask(assistant, reader, "tools/call", call)["result"]?["structuredContent"])
        #expect(first.object?.members.map(\.name) == ["notice", "text", "stream"])
        #expect(first["stream"] == ["cursor": "c.1", "new_since_last": 0, "critical_open": 2])
        changes.alerts.withLock { $0 = 9 }
        let second = await ask(assistant, reader, "tools/call", call)["result"]?["structuredContent"]
        #expect(second?["stream"]?["new_since_last"] == 4)
        let other = await ask(assistant, owner, "tools/call", call)["result"]?["structuredContent"]
        #expect(other?["stream"]?["new_since_last"] == 0)
        let schema = try #require(assistant.profile(for: reader).tools.first?.result)
        #expect(schema.problems(in: first) == [])
        #expect(schema.problems(in: ["text": "x"]).count == 2)
    }

    @Test func `a result beyond the budget is a mistake that says so`() async {
        let assistant = assistant()
        let fits = await ask(assistant, reader, "tools/call", ["name": "look", "arguments": ["size": 23_000]])
        #expect(fits["result"]?["isError"] == nil)
        let beyond = await ask(assistant, reader, "tools/call", ["name": "look", "arguments": ["size": 24_000]])
        #expect(beyond["result"]?["isError"] == true)
        #expect(beyond["result"]?["structuredContent"] == nil)
        #expect(beyond["result"]?["content"]?.array?.first?["text"]?.string?.contains("24000 characters") == true)
    }

    @Test func `what a tool throws is a result that the model can act on`() async {
        let answer = await ask(assistant(), reader, "tools/call", ["name": "look"])
        #expect(answer["result"]?["isError"] == true)
        #expect(answer["result"]?["content"]?.array?.first?["text"] == "Say a size.")
        #expect(audits.last?.outcome == .mistake)
    }

    @Test func `resources, prompts and completions come from their groups`() async {
        let assistant = assistant()
        let one = await ask(assistant, reader, "resources/read", ["uri": "t://one"])
        #expect(one["result"]?["contents"]?.array?.first?["text"] == "1")
        #expect(one["result"]?["ttlMs"] == 2_000)
        #expect(await ask(assistant, reader, "resources/read", ["uri": "t://none"])["error"]?["code"] == -32602)
        #expect(await ask(assistant, reader, "resources/read", ["uri": "t://broken"])["error"]?["code"] == -32603)
        #expect(await ask(assistant, reader, "resources/read", ["uri": "t://huge"])["error"]?["code"] == -32603)
        let prompt = await ask(assistant, reader, "prompts/get", ["name": "ask", "arguments": ["what": "w"]])
        #expect(prompt["result"]?["messages"]?.array?.first?["content"]?["text"] == "w")
        let completion = await ask(
            assistant, reader, "completion/complete",
            ["ref": ["type": "ref/resource", "uri": "t://item/{id}"], "argument": ["name": "id", "value": "1"]])
        #expect(completion["result"]?["completion"]?["values"] == ["17"])
    }

    @Test func `every call is audited, with a digest in the arguments' place`() async throws {
        let assistant = assistant()
        _ = await ask(assistant, reader, "tools/call", ["name": "look", "arguments": ["size": 3]])
        let first = try #require(audits.last)
        #expect(first.caller == "r" && first.what == "look" && first.outcome == .answered)
        #expect(first.argumentDigest.count == 32)
        #expect(first.size > 3)
        #expect(first.client == "te?st 1")
        _ = await ask(assistant, reader, "tools/call", ["name": "look", "arguments": ["size": 4]])
        #expect(audits.last?.argumentDigest != first.argumentDigest)
        _ = await ask(assistant, reader, "resources/read", ["uri": "t://none"])
        #expect(audits.last?.what == "resources/read" && audits.last?.outcome == .refused)
    }

    @Test func `watching goes to where changes come from`() {
        assistant().watch(["t://one"], as: WatcherID(value: 1)) { _, _ in }
        #expect(changes.watched.withLock { $0 } == ["t://one"])
    }
}
