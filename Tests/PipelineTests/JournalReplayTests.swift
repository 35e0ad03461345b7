// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertGenerator
import AlertModel
import Foundation
import GRDB
import Journal
import Logging
import Testing

@testable import Pipeline

@Suite struct JournalReplayTests {
    private let folder = TemporaryFolder()
    private let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private let machine = Surroundings(isRoot: false, environment: ["HOME": "/nowhere"], hasFalcoSocket: false)

    private func configuration(_ rest: String) -> String {
        """
        sources: { log: { type: file, path: "\(folder.path)/in.jsonl", follow: true } }
        journal: { path: "\(folder.path)/journal.db" }
        sinks: { out: { type: file, path: "\(folder.path)/out.jsonl", format: creance } }
        server: { listen: [] }
        \(rest)
        """
    }

    /// One run of the daemon over what the file holds so far.
    private func live(_ text: String, alerts: Int) throws {
        let configuration = try #require(Configuration.check(Array(text.utf8), file: "test.yaml").value)
        let pipeline = try Pipeline.build(
            configuration,
            PipelineSurroundings(
                machine: machine, generation: try .read(configuration, name: "test.yaml", text: Array(text.utf8)),
                log: log))
        pipeline.start()
        let counters = pipeline.journal.counters
        let wanted = alerts
        try until {
            counters.alerts.value >= wanted && counters.undecidedAlerts.value == 0
                && pipeline.inspector.conservation == Conservation(intake: 0, fate: 0, sink: 0)
        }
        #expect(pipeline.stop(within: .seconds(120)))
    }

    private func append(seed: UInt64, count: Int) throws {
        var settings = GeneratorSettings()
        settings.seed = seed
        settings.count = count
        var bytes = [UInt8](FileManager.default.contents(atPath: "\(folder.path)/in.jsonl") ?? Data())
        for alert in AlertStream(settings) {
            alert.appendJSON(to: &bytes)
            bytes.append(10)
        }
        _ = try folder.write("in.jsonl", bytes)
    }

    private func replayed() throws -> [String] {
        var replay = try JournalReplay(
            path: "\(folder.path)/journal.db", machine, instead: nil, format: FormatKind.creance.format())
        var bytes: [UInt8] = []
        try replay.run(write: { bytes += [UInt8](_span: $0) }, progress: { _ in })
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func `a journal run again gives the bytes that left, over restarts and changed configurations`() throws {
        try append(seed: 11, count: 3000)
        try live(configuration(""), alerts: 3000)
        try append(seed: 12, count: 2000)
        try live(configuration("deduplicate: { variants: 1, quiet: 10s }"), alerts: 2000)
        try append(seed: 13, count: 1000)
        try live(
            configuration("storm: { per_rule: { burst: 5, rate: 1/s } }\ntime: { allowed_lateness: 1s }"), alerts: 1000)
        let left = folder.lines("out.jsonl")
        #expect(left.count > 100)
        #expect(try replayed() == left)
    }

    /// Three configurations, and restarts under the last, after which no checkpoint is older than it.
    private func liveUnderThree(
        first: String = "deduplicate: { variants: 2 }", betweenFirstAndSecond: () throws -> Void = {}
    ) throws {
        let third = "storm: { per_rule: { burst: 5, rate: 1/s } }"
        try append(seed: 21, count: 1500)
        try live(configuration(first), alerts: 1500)
        try betweenFirstAndSecond()
        for (seed, text) in [(22, "deduplicate: { variants: 1, quiet: 10s }"), (23, third), (24, third), (25, third)] {
            try append(seed: UInt64(seed), count: 500)
            try live(configuration(text), alerts: 500)
        }
    }

    @Test func `configurations that no checkpoint needs are kept with the entries under them`() throws {
        try liveUnderThree()
        let left = folder.lines("out.jsonl")
        #expect(left.count > 100)
        #expect(try replayed() == left)
    }

    @Test func `where retention took the entry that named a configuration, what is left runs under it`() throws {
        // Nothing the engine knows from before, such as the time of the start, decides what leaves under the first.
        var left: [String] = []
        try liveUnderThree(first: "deduplicate: { enabled: false }") {
            left = Self.alertIDs(folder.lines("out.jsonl"))
            // The process start and the configuration.
            let settings = JournalSettings(path: "\(folder.path)/journal.db", retainBytes: 1)
            let outcome = try JournalWriter(settings).prune(limit: 2)
            #expect(outcome.entries == 2)
        }
        let reader = try JournalReader.open("\(folder.path)/journal.db")
        #expect(try reader.startingConfiguration()?.place == 3)
        #expect(left.count == 1500)
        #expect(try Self.alertIDs(replayed()).prefix(left.count) == left[...])
    }

    /// The ids of the alerts among lines of the `creance` format.
    private static func alertIDs(_ lines: [String]) -> [String] {
        lines.compactMap { line in
            guard let id = line.firstMatch(of: /"id":"([0-9a-f]{16}-[0-9a-f]{16}-[0-9]+)"/) else { return nil }
            return String(id.output.1)
        }
    }

    @Test(arguments: [
        ("DELETE FROM generations", "the journal does not have it"),
        ("UPDATE generations SET length = length + 1", "is damaged"),
        ("DELETE FROM generation_uses", "the journal does not have the configuration in force at place"),
    ])
    func `a configuration that cannot be used ends the replay with its place and why`(
        damage: String, reason: String
    ) throws {
        try append(seed: 31, count: 100)
        try live(configuration(""), alerts: 100)
        let queue = try DatabaseQueue(path: "\(folder.path)/journal.db")
        try queue.writeWithoutTransaction { try $0.execute(sql: damage) }
        let error = #expect(throws: PipelineError.self) { _ = try replayed() }
        let said = try #require(error?.description)
        #expect(said.contains(reason) && said.contains("place 1"), "\(said)")
    }

    @Test func `a configuration missing in the middle ends the replay there, behind what left before it`() throws {
        try append(seed: 41, count: 200)
        try live(configuration(""), alerts: 200)
        let before = folder.lines("out.jsonl")
        try append(seed: 42, count: 200)
        try live(configuration("deduplicate: { variants: 1 }"), alerts: 200)
        let queue = try DatabaseQueue(path: "\(folder.path)/journal.db")
        let place = try queue.writeWithoutTransaction { db in
            let row = try #require(
                try Row.fetchOne(db, sql: "SELECT place, digest FROM generation_uses ORDER BY place DESC LIMIT 1"))
            try db.execute(sql: "DELETE FROM generations WHERE digest = ?", arguments: [row["digest"] as String])
            return row["place"] as Int64
        }
        var replay = try JournalReplay(
            path: "\(folder.path)/journal.db", machine, instead: nil, format: FormatKind.creance.format())
        var bytes: [UInt8] = []
        let error = #expect(throws: PipelineError.self) {
            try replay.run(write: { bytes += [UInt8](_span: $0) }, progress: { _ in })
        }
        #expect(error?.description.contains("in force from place \(place), cannot be used") == true)
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(lines.count >= before.count && Array(lines.prefix(before.count)) == before)
    }
}
