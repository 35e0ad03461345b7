// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MCPProtocol

@Suite struct MessageTests {
    @Test(arguments: [
        #""1""#, "1", "0", "-5", "9007199254740993", "123456789012345678901234567890", "-0", #""""#, #""\u2028""#,
    ])
    func `an id comes back with its exact type and value`(id: String) {
        var conversation = Conversation()
        let lines = conversation.say(#"{"jsonrpc":"2.0","id":\#(id),"method":"ping"}"#)
        #expect(lines == [#"answer \#(id): {"jsonrpc":"2.0","id":\#(id),"result":{}}"#])
    }

    @Test(arguments: ["null", "1.5", "1e3", "1.0", "true", "[]", "{}", "\"\(String(repeating: "x", count: 257))\""])
    func `what is no id is refused, to null`(id: String) {
        var conversation = Conversation()
        let lines = conversation.say(#"{"jsonrpc":"2.0","id":\#(id),"method":"ping"}"#)
        #expect(code(lines) == -32600)
        #expect(lines[0].hasPrefix(#"answer -: {"jsonrpc":"2.0","id":null,"#))
    }

    @Test func `the number 1, the string 1 and their lookalikes are different requests`() {
        let ids: Set<RequestID> = [
            .integer(1), .string("1"), .longInteger("1"), .string("K"), .string("\u{212A}"), .string("\u{E9}"),
            .string("e\u{301}"),
        ]
        #expect(ids.count == 7)
    }

    @Test(
        arguments: [
            ("[]", -32600), ("[{}]", -32600), ("{", -32700), ("7", -32600), ("{}", -32600), ("null", -32600),
            (#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, -32600), (#"{"id":1,"method":"ping"}"#, -32600),
            (#"{"jsonrpc":"2.0","id":1}"#, -32600), (#"{"jsonrpc":"2.0","id":1,"method":7}"#, -32600),
            (#"{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}"#, -32600),
            (#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#, -32602),
            (#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#, -32700),
        ] as [(String, Int64)])
    func `malformed messages get their code`(text: String, expected: Int64) {
        var conversation = Conversation()
        #expect(code(conversation.say(text)) == expected)
    }

    @Test func `responses and unknown notifications are counted and not answered`() {
        var conversation = Conversation()
        #expect(conversation.say(#"{"jsonrpc":"2.0","id":1,"result":{}}"#).isEmpty)
        #expect(conversation.say(#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}"#).isEmpty)
        #expect(conversation.say(#"{"jsonrpc":"2.0","method":"notifications/strange"}"#).isEmpty)
        #expect(
            conversation.say(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":9}}"#).isEmpty)
        #expect(conversation.connection.ignored == 4)
    }

    @Test(arguments: [21, 22, 23] as [UInt64])
    func `damaged messages never leave a request without exactly one answer or one call`(seed: UInt64) {
        var numbers = SeededNumbers(state: seed)
        let whole = Array(
            #"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"search","arguments":{"query":"a"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#
                .utf8)
        for _ in 0 ..< 400 {
            var bytes = whole
            for _ in 0 ..< Int.random(in: 1 ... 3, using: &numbers) {
                bytes[Int.random(in: 0 ..< bytes.count, using: &numbers)] =
                    "\"{}[]:,0e\\ax".utf8.randomElement(using: &numbers) ?? 0
            }
            var connection = ServerConnection(.sample)
            let actions = connection.receive(bytes)
            let ignored = connection.ignored
            #expect(actions.count + ignored == 1, "\(String(decoding: bytes, as: UTF8.self))")
        }
    }
}
