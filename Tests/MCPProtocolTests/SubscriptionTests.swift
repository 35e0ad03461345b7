// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MCPProtocol

@Suite struct SubscriptionTests {
    private let both =
        #""notifications":{"toolsListChanged":true,"resourcesListChanged":true,"resourceSubscriptions":["sample://latest","sample://alert/7","sample://other","sample://latest"]}"#

    @Test func `listen is acknowledged with what is honoured, and frames carry its id`() {
        var conversation = Conversation()
        #expect(
            conversation.modern("9", "subscriptions/listen", both) == [
                #"exchange 9: {"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"notifications":{"resourcesListChanged":true,"resourceSubscriptions":["sample://latest","sample://alert/7"]},"_meta":{"io.modelcontextprotocol/subscriptionId":9}}}"#
            ])
        #expect(
            conversation.show(
                conversation.connection.resourceChanged("sample://latest", note: ["cursor": "c.1"], at: .seconds(5)))
                == [
                    #"exchange 9: {"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"sample://latest","_meta":{"cursor":"c.1","io.modelcontextprotocol/subscriptionId":9}}}"#
                ])
        #expect(conversation.connection.resourceChanged("sample://other", at: .seconds(5)).isEmpty)
        #expect(
            conversation.show(conversation.connection.listsChanged([.tools, .prompts, .resources])) == [
                #"exchange 9: {"jsonrpc":"2.0","method":"notifications/resources/list_changed","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":9}}}"#
            ])
        #expect(
            conversation.show(conversation.connection.endSubscriptions()) == [
                #"answer 9: {"jsonrpc":"2.0","id":9,"result":{"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"sample","title":"Sample","version":"1.2.3"},"io.modelcontextprotocol/subscriptionId":9}}}"#
            ])
        #expect(conversation.connection.resourceChanged("sample://latest", at: .seconds(50)).isEmpty)
    }

    @Test func `the first change is told at once, those within the interval once, with the newest note`() {
        var conversation = Conversation()
        _ = conversation.modern("1", "subscriptions/listen", both)
        let uri = "sample://latest"
        #expect(conversation.connection.resourceChanged(uri, at: .milliseconds(100)).count == 1)
        #expect(conversation.connection.nextUpdate == nil)
        for change in 1 ... 500 {
            let note: JSONObject = ["count": .integer(Int64(change))]
            #expect(conversation.connection.resourceChanged(uri, note: note, at: .milliseconds(100 + change)).isEmpty)
        }
        #expect(conversation.connection.nextUpdate == .milliseconds(1100))
        #expect(conversation.connection.sendUpdates(at: .milliseconds(1099)).isEmpty)
        let told = conversation.show(conversation.connection.sendUpdates(at: .milliseconds(1100)))
        #expect(told.count == 1 && told[0].contains(#""count":500"#))
        #expect(conversation.connection.nextUpdate == nil)
        #expect(conversation.connection.sendUpdates(at: .seconds(9)).isEmpty)
        #expect(conversation.connection.resourceChanged(uri, at: .seconds(9)).count == 1)
    }

    @Test func `two streams are told each for itself, and a cancelled one no more`() {
        var conversation = Conversation()
        _ = conversation.modern("1", "subscriptions/listen", both)
        _ = conversation.modern(#""two""#, "subscriptions/listen", both)
        #expect(conversation.connection.resourceChanged("sample://alert/7", at: .zero).count == 2)
        #expect(
            conversation.say(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#) == [
                "end 1"
            ])
        let told = conversation.show(conversation.connection.resourceChanged("sample://alert/7", at: .seconds(2)))
        #expect(told.count == 1 && told[0].hasPrefix(#"exchange "two""#))
        #expect(conversation.show(conversation.connection.exchangeClosed(.string("two"))) == [#"end "two""#])
        #expect(conversation.connection.resourceChanged("sample://alert/7", at: .seconds(4)).isEmpty)
    }

    @Test func `streams and their URIs are limited, malformed wishes refused`() {
        var conversation = Conversation(limits: ConnectionLimits(streams: 1, urisPerStream: 2))
        let one = #""notifications":{"resourceSubscriptions":["sample://latest"]}"#
        #expect(code(conversation.modern("1", "subscriptions/listen")) == -32602)
        #expect(code(conversation.modern("1", "subscriptions/listen", #""notifications":[]"#)) == -32602)
        #expect(
            code(conversation.modern("1", "subscriptions/listen", #""notifications":{"toolsListChanged":1}"#)) == -32602
        )
        let three = #""notifications":{"resourceSubscriptions":["a","b","c"]}"#
        #expect(code(conversation.modern("1", "subscriptions/listen", three)) == -32602)
        #expect(conversation.modern("1", "subscriptions/listen", one)[0].hasPrefix("exchange 1"))
        #expect(code(conversation.modern("1", "subscriptions/listen", one)) == -32600)
        #expect(code(conversation.modern("2", "subscriptions/listen", one)) == -32010)
    }

    @Test func `the legacy era subscribes to single URIs of its session`() {
        var conversation = Conversation(limits: ConnectionLimits(urisPerStream: 2))
        conversation.shakeHands()
        func ask(_ method: String, _ uri: String) -> String {
            #"{"jsonrpc":"2.0","id":1,"method":"resources/\#(method)","params":{"uri":"\#(uri)"}}"#
        }
        let done = [#"answer 1: {"jsonrpc":"2.0","id":1,"result":{}}"#]
        #expect(conversation.say(ask("subscribe", "sample://latest")) == done)
        #expect(conversation.say(ask("subscribe", "sample://latest")) == done)
        #expect(conversation.say(ask("subscribe", "sample://alert/1")) == done)
        #expect(code(conversation.say(ask("subscribe", "sample://alert/2"))) == -32010)
        #expect(code(conversation.say(ask("subscribe", "sample://other"))) == -32002)
        #expect(
            conversation.show(conversation.connection.resourceChanged("sample://latest", at: .zero)) == [
                #"session: {"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"sample://latest"}}"#
            ])
        #expect(
            conversation.show(conversation.connection.listsChanged(.resources)) == [
                #"session: {"jsonrpc":"2.0","method":"notifications/resources/list_changed"}"#
            ])
        #expect(conversation.say(ask("unsubscribe", "sample://latest")) == done)
        #expect(conversation.say(ask("unsubscribe", "sample://latest")) == done)
        #expect(conversation.connection.resourceChanged("sample://latest", at: .seconds(9)).isEmpty)
        conversation.shakeHands()
        #expect(conversation.connection.resourceChanged("sample://alert/1", at: .seconds(9)).isEmpty)
    }
}
