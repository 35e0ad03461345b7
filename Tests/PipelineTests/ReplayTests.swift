// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertGenerator
import AlertModel
import Foundation
import Testing

@testable import Pipeline

@Suite struct ReplayTests {
    private let folder = TemporaryFolder()

    /// - Parameter text: the configuration; that of most tests follows every single alert.
    private func replay(
        _ files: [String], _ text: String = "{ deduplicate: { enabled: false }, correlate: { rules: [] } }"
    ) throws -> (lines: [Substring], summary: ReplaySummary) {
        let outcome = Configuration.check(Array(text.utf8), file: "test.yaml")
        let configuration = try #require(outcome.value, "\(outcome.problems)")
        var replay = try Replay(
            files: files, configuration: configuration,
            generation: try .read(configuration, name: "test.yaml", text: Array(text.utf8)),
            format: FormatKind.creance.format())
        var bytes: [UInt8] = []
        try replay.run(write: { bytes += [UInt8](_span: $0) }, progress: { _ in })
        return (String(decoding: bytes, as: UTF8.self).split(separator: "\n"), replay.summary)
    }

    private func generated(_ name: String, seed: UInt64, count: Int, delimited: Bool = false) throws -> String {
        var settings = GeneratorSettings()
        settings.seed = seed
        settings.count = count
        var bytes: [UInt8] = []
        for alert in AlertStream(settings) {
            if delimited {
                alert.appendProtobuf(to: &bytes, delimited: true)
            } else {
                alert.appendJSON(to: &bytes)
                bytes.append(10)
            }
        }
        return try folder.write(name, bytes)
    }

    @Test func `the same input gives the same bytes`() throws {
        let file = try generated("a.jsonl", seed: 1, count: 3000)
        let (first, summary) = try replay([file])
        #expect(first == (try replay([file]).lines))
        #expect(first.count == 3000 && summary.alerts == 3000 && summary.outputs == 3000 && summary.rejects == 0)
    }

    @Test func `several files are merged by time, equal times in the order of the names`() throws {
        let files = [
            try generated("a.jsonl", seed: 1, count: 700), try generated("b.pb", seed: 2, count: 900, delimited: true),
        ]
        let lines = try replay(files).lines
        #expect(lines.count == 1600)
        let times = try lines.map { try time(of: $0) }
        #expect(times == times.sorted())
    }

    @Test func `places count on over ticks, and never repeat`() throws {
        let lines = try replay([try generated("a.jsonl", seed: 3, count: 2000)]).lines
        let places = try lines.map { line in
            let id = try #require(try object(line)["id"] as? String)
            return try #require(RecordID(id)).place
        }
        #expect(zip(places, places.dropFirst()).allSatisfy { $0 < $1 })
        #expect(places.first == 1)
    }

    @Test func `an alert without a time takes that of the alert before it`() throws {
        let text = """
            {"rule":"a","priority":"Notice","time":"2026-01-01T00:00:05Z","output":"x"}
            {"rule":"b","priority":"Notice","output":"x"}
            {"rule":"c","priority":"Notice","time":"2026-01-01T00:00:03Z","output":"x"}
            not json

            """
        let (lines, summary) = try replay([try folder.write("a.jsonl", Array(text.utf8))])
        #expect(
            try lines.map { try time(of: $0) } == [
                "2026-01-01T00:00:05.000000000Z", "2026-01-01T00:00:05.000000000Z", "2026-01-01T00:00:03.000000000Z",
            ])
        let received = try #require(try object(lines[2])["received"] as? [String: Any])
        #expect(received["time"] as? String == "2026-01-01T00:00:05.000000000Z")
        #expect(summary.rejects == 1)
    }

    @Test func `a back-test counts what became of every alert, and every repeat is in a summary`() throws {
        let file = try generated("a.jsonl", seed: 5, count: 5000)
        let (lines, summary) = try replay([file], "{}")
        #expect(summary.alerts == 5000 && summary.fates.reduce(0, +) == 5000)
        #expect(summary[.passed] + summary[.suppressed] == 5000 && summary[.suppressed] > 0)
        #expect(summary.outputs == lines.count && summary.topRules(3).count == 3)
        var suppressed: [String: Int] = [:]
        for line in lines {
            let record = try object(line)
            guard record["kind"] as? String == "summary", record["state"] as? String == "close" else { continue }
            let group = try #require((record["group"] as? [String: Any])?["id"] as? String)
            suppressed[group, default: 0] += try #require(record["suppressed"] as? Int)
        }
        #expect(suppressed.values.reduce(0, +) == summary[.suppressed])
    }

    @Test func `a rule beside the configuration opens its incidents`() throws {
        let rule = """
            title: Ten in a minute
            name: ten
            correlation:
                type: event_count
                rules: ["falco:Run shell untrusted"]
                group-by: [hostname]
                timespan: 1m
                condition: { gte: 10 }
            level: high
            """
        let path = try folder.write("ten.yml", Array(rule.utf8))
        let file = try generated("a.jsonl", seed: 6, count: 5000)
        let (lines, summary) = try replay(
            [file], "{ deduplicate: { enabled: false }, correlate: { rules: [\"\(path)\"] } }")
        #expect(summary.openedIncidents > 0 && summary.incidents.keys.first == "Ten in a minute")
        let opens = try lines.filter { try object($0)["kind"] as? String == "incident" }
        #expect(opens.count >= 2 * summary.openedIncidents, "each is opened and closed")
    }

    private func object(_ line: Substring) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }

    private func time(of line: Substring) throws -> String { try #require(try object(line)["time"] as? String) }
}
