// SPDX-License-Identifier: Apache-2.0
import AlertModel
import Journal
@testable import MCPProtocol
import MCPServing
import Synchronization
import Testing

@testable import ModelContext

@Suite struct LiveToolTests {
    /// Calls the tool as the assistant does: arguments checked, defaults filled in.
    private static func call(
        _ log: AlertLog, _ given: JSONObject, scopes: Caller.Scopes = .read,
        progress: @escaping @Sendable (Double, Double?, String?) -> Void = { _, _, _ in }
    ) async throws -> JSONObject {
        let tool = try #require(WaitTool(log).tools.first)
        var arguments = given
        if case .object(let fields) = tool.declaration.arguments {
            for field in fields where arguments[field.name] == nil { arguments[field.name] = field.defaultValue }
        }
        #expect(tool.declaration.arguments.problems(in: .object(arguments)).isEmpty)
        let context = CallContext(
            revision: .july2026, client: nil, clientCapabilities: [:], progressToken: nil, logLevel: nil)
        let answer = try await tool.run(
            ToolCall(
                arguments: arguments, caller: Caller(name: "test", scopes: scopes), context: context, progress: progress
            )
        )
        let problems = try #require(tool.declaration.result).problems(in: .object(answer))
        #expect(problems.isEmpty, "\(problems)")
        return answer
    }

    private static func ids(_ answer: JSONObject, _ list: String = "alerts") -> [String] {
        answer[list]?.array?.compactMap { $0["id"]?.string } ?? []
    }

    @Test func `what is behind the cursor is told at once, then nothing in time`() async throws {
        let journal = try LiveJournal()
        let log = try journal.log()
        log.start()
        let begin = try await Self.call(log, ["max_wait_seconds": 0])
        #expect(begin["status"] == "timeout")
        try journal.write(
            [LiveJournal.alert(), LiveJournal.alert()], fates: [.passed, .suppressed],
            records: [LiveJournal.incident(1, .open)])
        let cursor = try #require(begin["next_cursor"])
        let answer = try await Self.call(log, ["cursor": cursor, "settle_ms": 0])
        #expect(answer["status"] == "alerts")
        #expect(Self.ids(answer).count == 1)
        #expect(Self.ids(answer, "incidents").count == 1)
        #expect(answer["matched"] == 2)
        #expect(answer["suppressed"] == 1)
        #expect(answer["has_more"] == false)
        #expect(answer["gap"] == .null)
        let alone = try await Self.call(log, ["cursor": cursor, "settle_ms": 0, "include_incidents": false])
        #expect(alone["matched"] == 1)
        let next = try #require(answer["next_cursor"])
        #expect(try await Self.call(log, ["cursor": next, "max_wait_seconds": 0])["status"] == "timeout")
        log.close()
    }

    @Test func `secrets are told to who may read raw text and asks for all of it`() async throws {
        let journal = try LiveJournal()
        let log = try journal.log()
        log.start()
        let begin = try #require(try await Self.call(log, ["max_wait_seconds": 0])["next_cursor"])
        try journal.write([LiveJournal.alert("login with password=hunter2")])
        for (detail, scopes, isShown) in [
            ("full", [.read, .raw], true), ("normal", [.read, .raw], false), ("brief", [.read, .raw], false),
            ("full", .read, false),
        ] as [(String, Caller.Scopes, Bool)] {
            let arguments: JSONObject = ["cursor": begin, "settle_ms": 0, "detail": .string(detail)]
            let answer = try await Self.call(log, arguments, scopes: scopes)
            let alert = try #require(answer["alerts"]?.array?.first)
            let text = try #require(alert["untrusted"]?["output"]?.string)
            #expect(text.contains("hunter2") == isShown, "\(detail)")
        }
        log.close()
    }

    @Test(arguments: ["", "latest", "9be0c4d2a1f08e37.-1", String(repeating: "é", count: 256)])
    func `a cursor of nobody's is a problem that says what to give`(text: String) async throws {
        let journal = try LiveJournal()
        let log = try journal.log()
        let problem = await #expect(throws: ToolProblem.self) { try await Self.call(log, ["cursor": .string(text)]) }
        #expect(problem?.sentence.contains("next_cursor") == true)
        #expect(text.isEmpty || problem?.sentence.contains(text) == false)
    }

    @Test func `a condition that cannot be read is a problem that says where`() async throws {
        let journal = try LiveJournal()
        let log = try journal.log()
        let problem = await #expect(throws: ToolProblem.self) { try await Self.call(log, ["when": "proc.name ="]) }
        #expect(problem?.sentence.contains("when cannot be read") == true)
    }

    @Test func `an answer keeps the size budget and loses nothing`() async throws {
        let journal = try LiveJournal()
        let long = String(repeating: "x", count: 6_000)
        for _ in 0 ..< 6 {
            try journal.write(Array(repeating: LiveJournal.alert(long, process: long), count: 10))
        }
        let log = try journal.log()
        for detail in ["brief", "normal", "full"] {
            var cursor = JSONValue.string("\(AlertCursor(epoch: try journal.reader().installation, output: 0))")
            var found: [String] = []
            var calls = 0
            while true {
                let answer = try await Self.call(
                    log, ["cursor": cursor, "detail": .string(detail), "limit": 100, "settle_ms": 0])
                #expect(JSONValue.object(answer).encodedText.unicodeScalars.count <= 23_000)
                #expect(answer["gap"] == .null)
                found += Self.ids(answer)
                cursor = try #require(answer["next_cursor"])
                calls += 1
                if answer["has_more"] == false || calls > 60 { break }
            }
            #expect(found.count == 60)
            #expect(Set(found).count == 60)
        }
    }

    @Test func `a gap says its reason and how much is missing`() async throws {
        let journal = try LiveJournal()
        try journal.write([LiveJournal.alert()])
        let log = try journal.log()
        let answer = try await Self.call(log, ["cursor": "0000000000000001.1"])
        #expect(answer["status"] == "gap")
        #expect(answer["gap"] == ["reason": "history_lost", "missed": .null])
        #expect(Self.ids(answer).count == 1)
    }

    @Test func `incidents are found by level, rule and what they are grouped by`() async throws {
        let journal = try LiveJournal()
        let log = try journal.log()
        try journal.write(
            [], records: [LiveJournal.incident(1, .open, level: .high), LiveJournal.incident(2, .open)])
        let cursor = JSONValue.string("\(AlertCursor(epoch: try journal.reader().installation, output: 0))")
        let cases: [(JSONObject, Int64)] = [
            (["min_priority": "critical"], 1), (["min_priority": "error"], 2), (["rule": ["Title"]], 2),
            (["rule": ["rule-1"]], 2), (["rule": ["other"]], 0), (["container": ["c1"]], 2), (["container": ["c2"]], 0),
            (["hostname": ["node-1"]], 0), (["when": "priority = critical"], 1), (["text": "Title"], 0),
        ]
        for (filter, count) in cases {
            var arguments = filter
            arguments["cursor"] = cursor
            arguments["settle_ms"] = 0
            arguments["max_wait_seconds"] = 0
            #expect(try await Self.call(log, arguments)["matched"] == .integer(count), "\(filter)")
        }
    }
}
