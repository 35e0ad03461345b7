// SPDX-License-Identifier: Apache-2.0
import AlertFormats
import AlertGenerator
import AlertModel
import Foundation
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
            path: "\(folder.path)/journal.db", machine, instead: nil, format: FormatKind.creance.format(), log: log)
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
}
