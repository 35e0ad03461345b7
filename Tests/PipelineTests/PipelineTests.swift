// SPDX-License-Identifier: Apache-2.0
import AlertGenerator
import AlertModel
import AlertSources
import Foundation
import GRDB
import Inspection
import Journal
import Logging
import Testing

@testable import Pipeline

@Suite struct PipelineTests {
    private let folder = TemporaryFolder()

    /// Alerts through the whole way and back out of the file; stops cleanly, with every equation at zero.
    private func run(_ text: String, expecting lines: Int) throws -> Pipeline {
        let pipeline = try build(text)
        pipeline.start()
        try until { folder.lines("out.jsonl").count >= lines && pipeline.inspector.conservation == .right }
        #expect(pipeline.inspector.conservation == .right)
        #expect(pipeline.stop(within: .seconds(120)))
        return pipeline
    }

    private func build(_ text: String) throws -> Pipeline {
        let outcome = Configuration.check(Array(text.utf8), file: "test.yaml")
        let configuration = try #require(outcome.value, "\(outcome.problems)")
        let machine = Surroundings(isRoot: false, environment: ["HOME": folder.path], hasFalcoSocket: false)
        return try Pipeline.build(
            configuration,
            PipelineSurroundings(
                machine: machine, generation: try .read(configuration, name: "test.yaml", text: Array(text.utf8)),
                log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
    }

    private func configuration(input: String = "in.jsonl", follow: Bool = true, format: String = "creance") -> String {
        """
        sources: { log: { type: file, path: "\(folder.path)/\(input)", follow: \(follow) } }
        journal: { path: "\(folder.path)/journal.db" }
        sinks: { out: { type: file, path: "\(folder.path)/out.jsonl", format: \(format) } }
        server: { listen: [] }
        deduplicate: { enabled: false }
        correlate: { rules: [] }
        """
    }

    private func generate(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var settings = GeneratorSettings()
        settings.seed = seed
        settings.count = count
        var bytes: [UInt8] = []
        for alert in AlertStream(settings) {
            alert.appendJSON(to: &bytes)
            bytes.append(10)
        }
        return bytes
    }

    @Test func `every alert of a file leaves once, as it came`() throws {
        let input = generate(5000)
        _ = try folder.write("in.jsonl", input)
        _ = try run(configuration(format: "falco"), expecting: 5000)
        #expect(
            folder.lines("out.jsonl") == String(decoding: input, as: UTF8.self).split(separator: "\n").map(String.init))
    }

    @Test func `a second start goes on where the first one stopped`() throws {
        let input = generate(3000)
        let lines = input.split(separator: 10).map { Array($0) + [10] }
        _ = try folder.write("in.jsonl", Array(lines[..<1000].joined()))
        _ = try run(configuration(), expecting: 1000)
        let first = folder.lines("out.jsonl")
        _ = try folder.write("in.jsonl", input)
        _ = try run(configuration(), expecting: 3000)
        let all = folder.lines("out.jsonl")
        #expect(all.count == 3000 && Array(all.prefix(1000)) == first)
        let ids = try all.map { line in
            try #require((try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["id"] as? String)
        }
        #expect(Set(ids).count == 3000)
    }

    @Test func `what cannot be read is a dead letter with its bytes, and the rest goes on`() throws {
        let text =
            "{\"rule\":\"a\",\"priority\":\"Notice\",\"time\":\"2026-01-01T00:00:00Z\"}\nnot json\n{}\n{\"rule\":\"b\",\"priority\":\"Error\"}\n"
        _ = try folder.write("in.jsonl", Array(text.utf8))
        let pipeline = try run(configuration(), expecting: 2)
        let letters = try pipeline.reader.deadLetters()
        #expect(letters.map { String(decoding: $0.bytes, as: UTF8.self) } == ["{}", "not json"])
        #expect(letters.map(\.reason) == ["not_an_alert", "plain_text"])
        #expect(letters.allSatisfy { $0.source == "log" })
    }

    @Test func `entries that were accepted and not decided are decided after the start, under their own epoch`() throws
    {
        let journal = "\(folder.path)/journal.db"
        let epoch: UInt64 = 77
        do {
            let writer = try JournalWriter(JournalSettings(path: journal), newInstallation: 5)
            let decoder = AlertDecoder()
            var builder = AlertBatchBuilder()
            for line in generate(10).split(separator: 10) {
                decoder.decode(
                    .json, Array(line).span, arrival: EventTime(nanoseconds: 1_767_225_700_000_000_000), into: &builder)
            }
            var group = CommitGroup()
            group.append(.start(epoch: epoch, at: EventTime(nanoseconds: 1)))
            group.append(.alerts(builder.seal(), source: "lost"))
            _ = try writer.commit(group)
            writer.close()
        }
        _ = try folder.write("in.jsonl", [])
        _ = try run(configuration(), expecting: 10)
        let lines = folder.lines("out.jsonl")
        #expect(lines.count == 10)
        #expect(
            lines.allSatisfy {
                $0.contains("\"id\":\"\(RecordID(installation: 5, epoch: epoch, place: 0).description.dropLast())")
            })
        #expect(lines.allSatisfy { $0.contains("\"received\":{\"source\":\"lost\"") })
    }

    @Test func `a damaged entry is passed over at the start, and a gap record says so`() throws {
        let journal = "\(folder.path)/journal.db"
        do {
            let writer = try JournalWriter(JournalSettings(path: journal), newInstallation: 5)
            let decoder = AlertDecoder()
            for number in 0 ..< 3 {
                var builder = AlertBatchBuilder()
                for line in generate(10, seed: UInt64(number)).split(separator: 10) {
                    decoder.decode(
                        .json, Array(line).span, arrival: EventTime(nanoseconds: Int64(number + 1)), into: &builder)
                }
                var group = CommitGroup()
                group.append(.alerts(builder.seal(), source: "lost"))
                _ = try writer.commit(group)
            }
            writer.close()
        }
        let database = try DatabaseQueue(path: journal)
        try database.write { db in
            try db.execute(sql: "UPDATE entries SET payload = x'00112233' WHERE place = 11")
        }
        try database.close()
        _ = try folder.write("in.jsonl", [])
        _ = try run(configuration(), expecting: 21)
        let lines = folder.lines("out.jsonl")
        let gaps = lines.filter { $0.contains("\"kind\":\"gap\"") }
        #expect(lines.count == 21 && gaps.count == 1)
        #expect(gaps.allSatisfy { $0.contains("\"reason\":\"journal_damaged\"") && $0.contains("\"source\":\"lost\"") })
    }

    @Test func `two pipelines cannot have one journal`() throws {
        _ = try folder.write("in.jsonl", [])
        let first = try build(configuration())
        #expect(throws: JournalError.inUse(path: "\(folder.path)/journal.db", process: getpid())) {
            try build(configuration())
        }
        first.start()
        #expect(first.stop(within: .seconds(120)))
        let second = try build(configuration())
        second.start()
        #expect(second.stop(within: .seconds(120)))
    }

    @Test func `health names the host whose alerts come long after their time`() throws {
        let alert =
            "{\"rule\":\"a\",\"priority\":\"Notice\",\"hostname\":\"behind\",\"source\":\"syscall\",\"time\":\"2026-01-01T00:00:00Z\"}\n"
        _ = try folder.write("in.jsonl", Array(alert.utf8))
        let pipeline = try build(configuration())
        pipeline.start()
        try until { pipeline.inspector.readiness.components.contains { $0.name == "stream syscall of behind" } }
        #expect(pipeline.inspector.readiness.isHealthy)
        #expect(pipeline.stop(within: .seconds(120)))
    }

    @Test func `a batch waits for more as long as it is told, and a stop does not wait`() throws {
        _ = try folder.write("in.jsonl", generate(10))
        let text = configuration().replacingOccurrences(
            of: "format: creance }", with: "format: creance, batch: { wait: 60s } }")
        let pipeline = try build(text)
        pipeline.start()
        try until { pipeline.sinks[0].lane.counters.accepted.value == 10 }
        #expect(folder.lines("out.jsonl").isEmpty)
        #expect(pipeline.stop(within: .seconds(120)))
        #expect(folder.lines("out.jsonl").count == 10)
    }

    @Test func `a pipeline without alerts makes ticks, and its watermark moves`() throws {
        _ = try folder.write("in.jsonl", [])
        let pipeline = try build(configuration())
        pipeline.start()
        try until { pipeline.engine.status.watermark.nanoseconds > 0 }
        #expect(pipeline.stop(within: .seconds(120)))
    }

    @Test func `a sink that cannot write holds back neither intake nor the other sink`() throws {
        let text = """
            sources: { log: { type: file, path: "\(folder.path)/in.jsonl", follow: true } }
            journal: { path: "\(folder.path)/journal.db" }
            sinks:
              out: { type: file, path: "\(folder.path)/out.jsonl", format: creance }
              dead: { type: file, path: "/proc/no/such/folder/alerts.jsonl" }
            server: { listen: [] }
            deduplicate: { enabled: false }
            correlate: { rules: [] }
            """
        _ = try folder.write("in.jsonl", generate(4000))
        let pipeline = try build(text)
        pipeline.start()
        try until { folder.lines("out.jsonl").count == 4000 }
        let dead = try #require(pipeline.sinks.first { $0.lane.name == "dead" })
        #expect(dead.lane.failure != nil && dead.lane.counters.accepted.value == 0)
        #expect(pipeline.inspector.conservation == .right)
        #expect(!pipeline.stop(within: .milliseconds(200)), "what the dead sink did not take is left behind, and said")
        #expect(try pipeline.reader.status().cursors["out"]?.nextOutput == 4001)
    }

    @Test func `what only a file counts is among the metrics, and goes on over a reload`() throws {
        let name = MetricCatalogue.fileForeignLines.name
        func count(_ families: [MetricFamily]) throws -> [MetricSample] {
            try #require(families.first { $0.description.name == name }).samples
        }
        let one = [MetricSample(["out", "file"], .integer(1))]
        _ = try folder.write("in.jsonl", generate(10))
        let first = try run(configuration(), expecting: 10)
        #expect(try count(first.inspector.metrics) == [MetricSample(["out", "file"], .integer(0))])
        // Somebody else writes a line behind what the cursor knows.
        for (file, more) in [("out.jsonl", Array("not ours\n".utf8)), ("in.jsonl", generate(5, seed: 2))] {
            let handle = try FileHandle(forWritingTo: URL(filePath: folder.path + "/" + file))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(more))
            try handle.close()
        }
        let second = try run(configuration(), expecting: 16)
        #expect(try count(second.inspector.metrics) == one)
        let third = try build(configuration())
        var carry = CounterCarry()
        carry.renew(after: second.inspector.metrics, with: third.inspector.metrics)
        #expect(try count(carry.applied(to: third.inspector.metrics)) == one)
        third.start()
        #expect(third.stop(within: .seconds(120)))
        #expect(try count(third.inspector.metrics) == [MetricSample(["out", "file"], .integer(0))])
        #expect(try count(carry.applied(to: third.inspector.metrics)) == one)
    }

    @Test func `every metric of the catalogue but the server's, its stream's and the process's own is there`() throws {
        _ = try folder.write("in.jsonl", generate(10))
        let pipeline = try run(configuration(), expecting: 10)
        let given = Set(pipeline.inspector.metrics.map(\.description.name))
        let missing = MetricCatalogue.all.map(\.name).filter { name in
            !given.contains(name) && !name.hasPrefix("creance_http_") && !name.hasPrefix("creance_process_")
                && !name.hasPrefix("creance_stream_") && name != "creance_build_info"
        }
        #expect(missing.isEmpty, "\(missing)")
    }
}

extension Conservation {
    static let right = Conservation(intake: 0, fate: 0, sink: 0)
}

/// Waits for what other threads bring about; the limit only ends a test that has failed.
func until(_ isTrue: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(300)
    while try !isTrue() {
        try #require(ContinuousClock.now < deadline, "it did not happen within five minutes")
        usleep(5_000)
    }
}
