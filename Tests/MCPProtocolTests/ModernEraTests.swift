// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MCPProtocol

private let stamp =
    #""_meta":{"io.modelcontextprotocol/serverInfo":{"name":"sample","title":"Sample","version":"1.2.3"}}"#

@Suite struct ModernEraTests {
    @Test func `discover says what the handshake would`() {
        var conversation = Conversation()
        #expect(
            conversation.modern("1", "server/discover") == [
                #"answer 1: {"jsonrpc":"2.0","id":1,"result":{"supportedVersions":["2026-07-28"],"capabilities":{"logging":{},"completions":{},"prompts":{"listChanged":false},"resources":{"subscribe":true,"listChanged":true},"tools":{"listChanged":false}},"instructions":"Ask get_overview first.","resultType":"complete","ttlMs":60000,"cacheScope":"private",\#(stamp)}}"#
            ])
    }

    @Test func `the era is never locked`() {
        var conversation = Conversation()
        #expect(conversation.modern("1", "server/discover").count == 1)
        conversation.shakeHands()
        #expect(
            conversation.say(#"{"jsonrpc":"2.0","id":2,"method":"prompts/list"}"#)[0].contains("resultType") == false)
        #expect(conversation.modern("3", "prompts/list")[0].contains(#""resultType":"complete""#))
        #expect(conversation.say(#"{"jsonrpc":"2.0","id":4,"method":"ping"}"#)[0].hasSuffix(#""result":{}}"#))
    }

    @Test(arguments: ["ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe", "no/such", ""])
    func `methods of the legacy era are gone`(method: String) {
        var conversation = Conversation()
        conversation.shakeHands()
        #expect(code(conversation.modern("1", method, #""uri":"sample://latest","level":"info""#)) == -32601)
    }

    @Test(
        arguments: [
            (#"{}"#, -32602), (#"{"_meta":7}"#, -32602), (#"{"_meta":{}}"#, -32602),
            (#"{"_meta":{"io.modelcontextprotocol/protocolVersion":7}}"#, -32602),
            (#"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}"#, -32602),
            (
                #"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":[]}}"#,
                -32602
            ),
            (#"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2025-11-25"}}"#, -32022),
            (#"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2099-01-01"}}"#, -32022),
        ] as [(String, Int64)])
    func `metadata must be there and good`(params: String, expected: Int64) {
        var conversation = Conversation()
        let text = #"{"jsonrpc":"2.0","id":1,"method":"server/discover","params":\#(params)}"#
        #expect(code(conversation.say(text)) == expected)
    }

    @Test func `an unsupported version is told which are supported`() {
        var conversation = Conversation()
        let text =
            #"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2099-01-01"}}}"#
        #expect(conversation.say(text)[0].hasSuffix(#""data":{"supported":["2026-07-28"],"requested":"2099-01-01"}}}"#))
    }

    @Test func `a tool's answer is stamped`() {
        var conversation = Conversation()
        let call = #""name":"search","arguments":{"query":"x","limit":5.0}"#
        #expect(conversation.modern("7", "tools/call", call) == ["perform 1"])
        #expect(
            conversation.finish(.tool(ToolAnswer(text: "t", structured: ["matched": 0]))) == [
                #"answer 7: {"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"t"}],"structuredContent":{"matched":0},"resultType":"complete",\#(stamp)}}"#
            ])
    }

    @Test func `reading says how long it may be kept, and what does not exist is -32602`() {
        var conversation = Conversation()
        #expect(conversation.modern("1", "resources/read", #""uri":"sample://latest""#) == ["perform 1"])
        let text = ResourceText(uri: "sample://latest", mediaType: "application/json", text: "{}")
        #expect(
            conversation.finish(.resource([text], keepMilliseconds: 0)) == [
                #"answer 1: {"jsonrpc":"2.0","id":1,"result":{"contents":[{"uri":"sample://latest","mimeType":"application/json","text":"{}"}],"resultType":"complete","ttlMs":0,"cacheScope":"private",\#(stamp)}}"#
            ])
        #expect(conversation.modern("2", "resources/read", #""uri":"sample://none""#) == ["perform 2"])
        #expect(
            conversation.finish(.resourceNotFound(uri: "sample://none")) == [
                #"answer 2: {"jsonrpc":"2.0","id":2,"error":{"code":-32602,"message":"There is no such resource.","data":{"uri":"sample://none"}}}"#
            ])
        #expect(code(conversation.modern("3", "resources/read", #""uri":"sample://\u0000""#)) == -32602)
    }

    @Test func `a missing client capability is an object in the error`() {
        var conversation = Conversation()
        _ = conversation.modern("1", "tools/call", #""name":"search","arguments":{"query":"x"}"#)
        let lines = conversation.finish(.failed(.missingCapability(["elicitation": [:]])))
        #expect(code(lines) == -32021)
        #expect(lines[0].hasSuffix(#""data":{"requiredCapabilities":{"elicitation":{}}}}}"#))
    }

    @Test func `log messages follow the level in the request`() {
        var conversation = Conversation()
        let call = #""name":"search","arguments":{"query":"x"}"#
        _ = conversation.modern("1", "tools/call", call)
        guard let silent = conversation.call else { return #expect(Bool(false), "no call") }
        #expect(conversation.connection.log(.emergency, logger: "s", "x", during: silent.number).isEmpty)
        _ = conversation.modern("2", "tools/call", call, meta: #","io.modelcontextprotocol/logLevel":"info""#)
        guard let told = conversation.call else { return #expect(Bool(false), "no call") }
        #expect(conversation.connection.log(.debug, logger: "s", "x", during: told.number).isEmpty)
        #expect(
            conversation.show(conversation.connection.log(.info, logger: "s", "x", during: told.number)) == [
                #"exchange 2: {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","logger":"s","data":"x"}}"#
            ])
        #expect(
            code(conversation.modern("3", "tools/list", meta: #","io.modelcontextprotocol/logLevel":"loud""#)) == -32602
        )
    }
}
