// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MCPProtocol

@Suite struct LegacyEraTests {
    private func hello(_ revision: String) -> String {
        #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"\#(revision)","capabilities":{"roots":{}},"clientInfo":{"name":"client","version":"9"}}}"#
    }

    @Test func `the handshake is answered with what the server is and can`() {
        var conversation = Conversation()
        #expect(
            conversation.say(hello("2025-11-25")) == [
                #"answer 0: {"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25","capabilities":{"logging":{},"completions":{},"prompts":{"listChanged":false},"resources":{"subscribe":true,"listChanged":true},"tools":{"listChanged":false}},"serverInfo":{"name":"sample","title":"Sample","version":"1.2.3"},"instructions":"Ask get_overview first."}}"#
            ])
        #expect(conversation.connection.session?.client?.name == "client")
        #expect(conversation.connection.session?.isReady == false)
        #expect(conversation.say(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).isEmpty)
        #expect(conversation.connection.session?.isReady == true)
    }

    @Test(arguments: [
        ("2024-11-05", "2024-11-05"), ("2025-03-26", "2025-03-26"), ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"), ("2026-07-28", "2025-11-25"), ("1999-01-01", "2025-11-25"), ("", "2025-11-25"),
    ])
    func `a known revision is kept, anything else becomes the newest with a handshake`(asked: String, given: String) {
        var conversation = Conversation()
        #expect(conversation.say(hello(asked))[0].contains(#""protocolVersion":"\#(given)""#))
    }

    @Test func `before the handshake only ping is answered`() {
        var conversation = Conversation()
        #expect(
            conversation.say(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#) == [
                #"answer 1: {"jsonrpc":"2.0","id":1,"result":{}}"#
            ])
        #expect(code(conversation.say(#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#)) == -32600)
        #expect(code(conversation.say(#"{"jsonrpc":"2.0","id":3,"method":"initialize","params":{}}"#)) == -32602)
    }

    @Test func `tools are listed as each revision knows them`() {
        var conversation = Conversation()
        conversation.shakeHands()
        #expect(
            conversation.say(#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#) == [
                #"answer 1: {"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"search","title":"Search","description":"Search alerts.","inputSchema":{"type":"object","properties":{"query":{"type":"string","minLength":1,"maxLength":20,"description":"What to look for."},"limit":{"type":"integer","minimum":1,"maximum":100,"description":"How many.","default":20}},"required":["query"],"additionalProperties":false},"outputSchema":{"type":"object","properties":{"matched":{"type":"integer"}},"required":["matched"],"additionalProperties":false},"annotations":{"readOnlyHint":true,"destructiveHint":false,"idempotentHint":true,"openWorldHint":false}}]}}"#
            ])
        conversation.shakeHands("2024-11-05")
        let old = conversation.say(#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#)[0]
        #expect(!old.contains("outputSchema") && !old.contains("annotations") && !old.contains("title"))
    }

    @Test func `a tool is called with its defaults, and its answer has no modern members`() {
        var conversation = Conversation()
        conversation.shakeHands()
        let asked = conversation.say(
            #"{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"search","arguments":{"query":"x"}}}"#)
        #expect(asked == ["perform 1"])
        #expect(conversation.call?.work == .tool(name: "search", arguments: ["query": "x", "limit": 20]))
        #expect(
            conversation.finish(.tool(ToolAnswer(structured: ["matched": 3]))) == [
                #"answer "a": {"jsonrpc":"2.0","id":"a","result":{"content":[{"type":"text","text":"{\"matched\":3}"}],"structuredContent":{"matched":3}}}"#
            ])
        #expect(conversation.finish(.tool(ToolAnswer(text: "again"))).isEmpty)
    }

    @Test func `a resource that does not exist is -32002`() {
        var conversation = Conversation()
        conversation.shakeHands()
        let read = #"{"jsonrpc":"2.0","id":4,"method":"resources/read","params":{"uri":"sample://none"}}"#
        #expect(conversation.say(read) == ["perform 1"])
        #expect(
            conversation.finish(.resourceNotFound(uri: "sample://none")) == [
                #"answer 4: {"jsonrpc":"2.0","id":4,"error":{"code":-32002,"message":"There is no such resource.","data":{"uri":"sample://none"}}}"#
            ])
    }

    @Test func `log messages come from the level that was set, to a session that is ready`() {
        var conversation = Conversation()
        conversation.shakeHands()
        #expect(conversation.show(conversation.connection.log(.emergency, logger: "s", "x")).isEmpty)
        let level = #"{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"warning"}}"#
        #expect(conversation.say(level) == [#"answer 1: {"jsonrpc":"2.0","id":1,"result":{}}"#])
        #expect(conversation.show(conversation.connection.log(.notice, logger: "s", "x")).isEmpty)
        #expect(
            conversation.show(conversation.connection.log(.error, logger: "s", "x")) == [
                #"session: {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"error","logger":"s","data":"x"}}"#
            ])
        #expect(
            code(conversation.say(#"{"jsonrpc":"2.0","id":2,"method":"logging/setLevel","params":{"level":"loud"}}"#))
                == -32602)
    }

    @Test func `batches belong to one revision, and are answered together`() {
        let batch =
            #"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"search","arguments":{"query":"x"}}},{"jsonrpc":"2.0","method":"notifications/strange"},{"jsonrpc":"2.0","id":3,"method":"initialize"}]"#
        var conversation = Conversation()
        conversation.shakeHands("2025-06-18")
        #expect(code(conversation.say(batch)) == -32600)
        conversation.shakeHands("2025-03-26")
        #expect(conversation.say(batch) == ["perform 1"])
        #expect(
            conversation.finish(.tool(ToolAnswer(text: "t"))) == [
                #"answer 1: [{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","id":3,"error":{"code":-32600,"message":"initialize cannot be part of a batch."}},{"jsonrpc":"2.0","id":2,"result":{"content":[{"type":"text","text":"t"}]}}]"#
            ])
        #expect(code(conversation.say("[]")) == -32600)
    }

    @Test func `a cancelled call of a batch does not hold back the others`() {
        var conversation = Conversation()
        conversation.shakeHands("2025-03-26")
        let call =
            #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"search","arguments":{"query":"x"}}}"#
        let cancel = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}"#
        #expect(
            conversation.say(#"[\#(call),{"jsonrpc":"2.0","id":3,"method":"ping"},\#(cancel)]"#) == [
                "perform 1", "cancel 1", #"answer 2: [{"jsonrpc":"2.0","id":3,"result":{}}]"#,
            ])
        #expect(conversation.say("[\(call),\(cancel)]") == ["perform 2", "cancel 2", "end 2"])
    }
}
