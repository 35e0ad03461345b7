// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MCPProtocol

@Suite struct CallTests {
    private let search = #""name":"search","arguments":{"query":"x"}"#

    @Test func `a cancelled call gets no answer, and its outcome is ignored`() {
        var conversation = Conversation()
        #expect(conversation.modern("1", "tools/call", search) == ["perform 1"])
        let cancel = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"reason":"enough"}}"#
        #expect(conversation.say(cancel) == ["cancel 1", "end 1"])
        #expect(conversation.say(cancel).isEmpty)
        #expect(conversation.finish(.tool(ToolAnswer(text: "late"))).isEmpty)
        #expect(conversation.modern("1", "tools/call", search) == ["perform 2"])
    }

    @Test func `the id in a cancellation must have the request's type`() {
        var conversation = Conversation()
        #expect(conversation.modern("1", "tools/call", search) == ["perform 1"])
        #expect(
            conversation.say(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"1"}}"#)
                .isEmpty)
        #expect(conversation.finish(.tool(ToolAnswer(text: "t"))).count == 1)
    }

    @Test func `a closed response stream cancels a modern request and no legacy one`() {
        var conversation = Conversation()
        conversation.shakeHands()
        _ = conversation.say(#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{\#(search)}}"#)
        #expect(conversation.show(conversation.connection.exchangeClosed(.integer(1))).isEmpty)
        #expect(conversation.finish(.tool(ToolAnswer(text: "t"))).count == 1)
        _ = conversation.modern("2", "tools/call", search)
        #expect(conversation.show(conversation.connection.exchangeClosed(.integer(2))) == ["cancel 2", "end 2"])
    }

    @Test func `an id that is under way is not taken twice`() {
        var conversation = Conversation()
        _ = conversation.modern("1", "tools/call", search)
        #expect(code(conversation.modern("1", "tools/call", search)) == -32600)
        #expect(code(conversation.modern("1", "tools/list")) == -32600)
        #expect(conversation.modern(#""1""#, "tools/call", search) == ["perform 2"])
    }

    @Test func `calls under way are limited, and quick answers go on`() {
        var conversation = Conversation(limits: ConnectionLimits(calls: 2))
        _ = conversation.modern("1", "tools/call", search)
        _ = conversation.modern("2", "tools/call", search)
        #expect(code(conversation.modern("3", "tools/call", search)) == -32010)
        #expect(conversation.modern("4", "tools/list").count == 1)
        #expect(conversation.finish(.failed(ProtocolError(.internalError, "no"))).count == 1)
        #expect(conversation.modern("5", "tools/call", search) == ["perform 3"])
    }

    @Test func `progress is told to those who asked, and only when it grows`() {
        var conversation = Conversation()
        _ = conversation.modern("1", "tools/call", search)
        guard let silent = conversation.call?.number else { return #expect(Bool(false), "no call") }
        #expect(conversation.connection.progress(silent, 1).isEmpty)
        _ = conversation.modern("2", "tools/call", search, meta: #","progressToken":"p""#)
        guard let told = conversation.call?.number else { return #expect(Bool(false), "no call") }
        #expect(
            conversation.show(conversation.connection.progress(told, 1, of: 4, "waiting")) == [
                #"exchange 2: {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"p","progress":1.0,"total":4.0,"message":"waiting"}}"#
            ])
        #expect(conversation.connection.progress(told, 1).isEmpty)
        #expect(conversation.connection.progress(told, .nan).isEmpty)
        #expect(conversation.connection.progress(told, 2).count == 1)
        _ = conversation.finish(.tool(ToolAnswer(text: "t")))
        #expect(conversation.connection.progress(told, 3).isEmpty)
        #expect(code(conversation.modern("3", "tools/call", search, meta: #","progressToken":[]"#)) == -32602)
    }

    @Test func `wrong arguments are a result that says how to mend them, an unknown tool is an error`() {
        var conversation = Conversation()
        let wrong = #""name":"search","arguments":{"limit":0,"<|ignore|>":1}"#
        let lines = conversation.modern("1", "tools/call", wrong)
        #expect(lines.count == 1 && lines[0].contains(#""isError":true"#))
        #expect(
            lines[0].contains(
                "query is missing; limit must be from 1 to 100; a name is not known here; known are: query, limit."))
        #expect(!lines[0].contains("ignore"))
        #expect(code(conversation.modern("2", "tools/call", #""name":"none""#)) == -32602)
        #expect(code(conversation.modern("3", "tools/call")) == -32602)
        #expect(code(conversation.modern("4", "tools/call", #""name":"search","arguments":[]"#)) == -32602)
    }

    @Test func `prompts get their arguments checked`() {
        var conversation = Conversation()
        #expect(code(conversation.modern("1", "prompts/get", #""name":"none""#)) == -32602)
        #expect(code(conversation.modern("2", "prompts/get", #""name":"hunt""#)) == -32602)
        #expect(code(conversation.modern("3", "prompts/get", #""name":"hunt","arguments":{"what":7}"#)) == -32602)
        #expect(conversation.modern("4", "prompts/get", #""name":"hunt","arguments":{"what":"cron"}"#) == ["perform 1"])
        #expect(conversation.call?.work == .prompt(name: "hunt", arguments: ["what": "cron"]))
        let lines = conversation.finish(.prompt(PromptAnswer(description: "d", messages: [.init(.user, "Look.")])))
        #expect(
            lines[0].contains(
                #""description":"d","messages":[{"role":"user","content":{"type":"text","text":"Look."}}],"resultType""#
            ))
    }

    @Test func `completion knows prompts and templates, and sends a hundred values`() {
        var conversation = Conversation()
        let prompt = #""ref":{"type":"ref/prompt","name":"hunt"},"argument":{"name":"where","value":"no"}"#
        #expect(
            conversation.modern("1", "completion/complete", prompt + #","context":{"arguments":{"what":"x"}}"#) == [
                "perform 1"
            ])
        #expect(
            conversation.call?.work
                == .completion(
                    CompletionQuestion(subject: .prompt("hunt"), argument: "where", typed: "no", others: ["what": "x"]))
        )
        let lines = conversation.finish(.completion(CompletionAnswer((0 ..< 150).map { "n\($0)" })))
        #expect(lines[0].contains(#""n99"],"total":150,"hasMore":true}"#))
        let template = #""ref":{"type":"ref/resource","uri":"sample://alert/{id}"},"argument":{"name":"id","value":""}"#
        #expect(conversation.modern("2", "completion/complete", template) == ["perform 2"])
        for wrong in [
            #""ref":{"type":"ref/prompt","name":"no"},"argument":{"name":"where","value":"no"}"#,
            #""ref":{"type":"ref/prompt","name":"hunt"},"argument":{"name":"no","value":"no"}"#,
            #""ref":{"type":"ref/other"},"argument":{"name":"where","value":"no"}"#,
            #""ref":{"type":"ref/prompt","name":"hunt"},"argument":{"name":"where"}"#,
        ] {
            #expect(code(conversation.modern("3", "completion/complete", wrong)) == -32602)
        }
    }

    @Test func `a closed connection cancels its calls, oldest first`() {
        var conversation = Conversation()
        for id in 1 ... 3 { _ = conversation.modern("\(id)", "tools/call", search) }
        #expect(conversation.show(conversation.connection.close()) == ["cancel 1", "cancel 2", "cancel 3"])
        #expect(conversation.finish(.tool(ToolAnswer(text: "t"))).isEmpty)
    }

    @Test func `what a profile does not offer is no method`() {
        let bare = ServerProfile(name: "bare", title: "Bare", version: "1", instructions: "")
        var conversation = Conversation(bare)
        for method in ["tools/list", "tools/call", "resources/list", "prompts/get", "completion/complete"] {
            #expect(code(conversation.modern("1", method)) == -32601)
        }
        #expect(conversation.modern("1", "server/discover")[0].contains(#""capabilities":{"logging":{}}"#))
    }
}
