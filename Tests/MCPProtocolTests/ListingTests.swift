// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MCPProtocol

@Suite struct ListingTests {
    private var long: ServerProfile {
        var profile = ServerProfile.sample
        profile.resources = (0 ..< 120).map {
            Resource("sample://r/\($0)", name: "r\($0)", title: "R", description: "d", mediaType: "text/plain")
        }
        return profile
    }

    private func result(_ lines: [String]) throws -> JSONValue {
        let start = try #require(lines.first?.firstIndex(of: "{"))
        return try #require(try JSONValue(reading: Array(lines[0][start...].utf8))["result"])
    }

    @Test func `pages follow one another without a gap or a repeat`() throws {
        var conversation = Conversation(long)
        var uris: [String] = []
        var sizes: [Int] = []
        var cursor: String?
        repeat {
            let params = cursor.map { #""cursor":"\#($0)""# } ?? ""
            let page = try result(conversation.modern("1", "resources/list", params))
            let entries = try #require(page["resources"]?.array)
            uris += entries.compactMap { $0["uri"]?.string }
            sizes.append(entries.count)
            cursor = page["nextCursor"]?.string
        } while cursor != nil
        #expect(sizes == [50, 50, 20])
        #expect(uris == (0 ..< 120).map { "sample://r/\($0)" })
    }

    @Test(arguments: [
        "\"\"", "\"r-120-0\"", "\"r-120-120\"", "\"r-119-50\"", "\"p-120-50\"", "\"r-120-050\"", "\"r-120-+50\"",
        "\"r-120--50\"", "\"r-120-99999999999999999999\"", "\"r-120-50 \"", "7", "{}",
    ])
    func `a cursor that was not given out is refused`(cursor: String) {
        var conversation = Conversation(long)
        #expect(code(conversation.modern("1", "resources/list", #""cursor":\#(cursor)"#)) == -32602)
    }

    @Test func `tools have one page`() {
        var conversation = Conversation()
        #expect(code(conversation.modern("1", "tools/list", #""cursor":"r-1-1""#)) == -32602)
        #expect(conversation.modern("1", "tools/list") == conversation.modern("1", "tools/list"))
    }

    @Test func `the schema that is published is the one that is checked`() {
        let schema = Schema.object([
            SchemaField("kind", .choice(["a", "b"])), SchemaField("share", .number(0 ... 1)),
            SchemaField("on", .boolean), SchemaField("names", .list(.string(length: 0 ... 3), atMost: 2)),
            SchemaField("counts", .map(.wholeNumber)), SchemaField("cursor", .nullable(.text)),
        ])
        #expect(
            JSONValue.object(schema.json).encodedText
                == #"{"type":"object","properties":{"kind":{"type":"string","enum":["a","b"]},"share":{"type":"number","minimum":0.0,"maximum":1.0},"on":{"type":"boolean"},"names":{"type":"array","items":{"type":"string","maxLength":3},"maxItems":2},"counts":{"type":"object","additionalProperties":{"type":"integer"}},"cursor":{"anyOf":[{"type":"string"},{"type":"null"}]}},"additionalProperties":false}"#
        )
        let good: JSONValue = [
            "kind": "a", "share": 1, "on": true, "names": ["x", "äöü"], "counts": ["n": 3], "cursor": .null,
        ]
        #expect(schema.problems(in: good) == [])
        let bad: JSONValue = [
            "kind": "c", "share": 2, "on": 1, "names": ["long", 1], "counts": ["n": "x"], "cursor": 5,
        ]
        #expect(
            schema.problems(in: bad) == [
                "kind must be one of a, b", "share must be from 0.0 to 1.0", "on must be true or false",
                "names[0] may have at most 3 characters", "names[1] must be a string",
                "a member of counts must be an integer", "cursor must be a string",
            ])
        #expect(schema.bracketed(["names": "a", "kind": "b"]) == ["names": ["a"], "kind": "b"])
        #expect(schema.problems(in: ["names": ["a", "b", "c"]]) == ["names may have at most 2 elements"])
        #expect(schema.problems(in: []) == ["the value must be an object"])
        #expect(Schema.list(.boolean, atMost: 1000).problems(in: .array(Array(repeating: 1, count: 900))).count == 8)
    }
}
