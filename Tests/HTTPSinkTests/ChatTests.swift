// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import AlertSinks

@Suite struct ChatTests {
    @Test func `Slack gets a message a record, in which nothing can be forged`() throws {
        let rig = Rig(.slack)
        try rig.feed(Made.alerts([try Made.alert(rule: Made.hostile, output: Made.hostile)]))
        let message = try rig.onlyBody()
        let text = try #require(message["text"] as? String)
        // Ours: two line feeds and the bold priority. No mention, link, code or colour of the attacker's.
        #expect(text.split(separator: "\n").count == 3 && text.hasPrefix("*Critical* · "))
        #expect(!text.contains("<") && !text.contains(">") && text.contains("&lt;!channel&gt;"))
        #expect(!text.contains("https:/") && !text.contains("\u{1b}") && !text.contains("\u{202e}"))
        for place in text.dropFirst("*Critical*".count).indices where "*_~`@".contains(text[place]) {
            #expect(text[text.index(before: place)] == "\u{2060}")
        }
        let blocks = try #require(message["blocks"] as? [[String: Any]])
        let block = try #require(blocks[0]["text"] as? [String: Any])
        #expect(block["verbatim"] as? Bool == true && block["text"] as? String == text)
        #expect(message["unfurl_links"] as? Bool == false)
    }

    @Test func `many records become one message`() throws {
        let rig = Rig(.slack) { $0.options.digest = 3 }
        try rig.feed(try Made.alerts(count: 10))
        let message = try rig.onlyBody()
        #expect(message["text"] as? String == "10 alerts")
        let blocks = try #require(message["blocks"] as? [[String: Any]])
        #expect(blocks.count == 4)
        #expect((blocks[3]["text"] as? [String: Any])?["text"] as? String == "and 7 more")
        #expect(rig.sink.counters.records == 10)
    }

    @Test func `few records are a message each`() throws {
        let rig = Rig(.slack) { $0.options.digest = 3 }
        try rig.feed(try Made.alerts(count: 3))
        #expect(rig.exchange.asked.count == 3)
    }

    @Test func `Teams gets a card whose texts know no markup`() throws {
        let rig = Rig(.teams)
        try rig.feed(
            Made.alerts([try Made.alert(rule: Made.hostile, output: Made.hostile)]), Made.records(Made.incident(.open)))
        #expect(rig.exchange.asked.count == 2)
        for asked in rig.exchange.asked {
            let message = try object(asked.text)
            #expect(message["type"] as? String == "message")
            let attachment = try #require((message["attachments"] as? [[String: Any]])?.first)
            #expect(attachment["contentType"] as? String == "application/vnd.microsoft.card.adaptive")
            let card = try #require(attachment["content"] as? [String: Any])
            let body = try #require(card["body"] as? [[String: Any]])
            #expect(body.allSatisfy { $0["type"] as? String == "RichTextBlock" })
            let texts = body.flatMap { ($0["inlines"] as? [[String: Any]] ?? []).compactMap { $0["text"] as? String } }
            #expect(texts.count == 4)
            #expect(texts.allSatisfy { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202E } })
        }
    }

    @Test(arguments: [HTTPPreset.slack, .teams])
    func `a template puts the operator's words, and nothing forged, in place of ours`(preset: HTTPPreset) throws {
        let rig = Rig(preset) { $0.options.template = "*{priority}* {rule} in {k8s.ns.name}: {proc.cmdline}" }
        try rig.feed(
            Made.alerts([try Made.alert(output: Made.hostile)]), Made.gap(), Made.records(Made.incident(.open)))
        #expect(rig.exchange.asked.count == 3)
        for asked in rig.exchange.asked { #expect(throws: Never.self) { try object(asked.text) } }
        let first = rig.exchange.asked[0].text
        #expect(first.contains("*Critical* Shell in shop: "))
        #expect(!first.contains("<!channel>") || preset == .teams)
        #expect(!first.contains("\\u00") && !first.contains("\u{202e}"))
    }
}
