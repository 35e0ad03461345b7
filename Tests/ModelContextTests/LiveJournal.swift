// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CJSONScan
import Foundation
import Journal
import ModelContext
import Synchronization

/// A journal in a folder of one test's own, written as the daemon writes it: entries, and at once what was decided.
final class LiveJournal: Sendable {
    static let arrival: Int64 = 1_780_000_000_000_000_000
    let folder: String
    var path: String { folder + "/journal.db" }
    private let state: Mutex<State>

    private struct State {
        var writer: JournalWriter?
        var nextOutput: Int64 = 1
        var arrival = LiveJournal.arrival
    }

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "live-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        folder = url.path
        state = Mutex(State())
        try start()
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// A process start: a new epoch.
    func start(retain: Duration? = nil, installation: UInt64 = .random(in: .min ... .max)) throws {
        try state.withLock { state in
            var settings = JournalSettings(path: path)
            settings.retainAge = retain
            let writer = try JournalWriter(settings, newInstallation: installation)
            state.writer = writer
            state.nextOutput = try reader().status().nextOutput
            var group = CommitGroup()
            group.append(.start(epoch: .random(in: 1 ... .max), at: EventTime(nanoseconds: state.arrival)))
            _ = try writer.commit(group)
        }
    }

    func close() {
        state.withLock { state in
            state.writer?.close()
            state.writer = nil
        }
    }

    /// The journal goes, and with it what it knew.
    func delete() throws {
        close()
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }

    /// Alerts of one entry with their fates (empty: all passed) and records; in two transactions.
    func write(
        _ alerts: [[UInt8]], fates: [Fate] = [], records: [PlacedRecord] = [], after seconds: Int64 = 0
    ) throws {
        try state.withLock { state in
            guard let writer = state.writer else { return }
            state.arrival += seconds * 1_000_000_000 + 1
            var group = CommitGroup()
            if alerts.isEmpty {
                group.append(.tick(EventTime(nanoseconds: state.arrival)))
            } else {
                group.append(.alerts(Self.batch(alerts, arrival: state.arrival), source: "test"))
            }
            let place = try writer.commit(group).places[0]
            var notes = EntryNotes()
            notes.records = records
            let raw = fates.isEmpty ? [] : fates.map(\.rawValue)
            let count = OutputWalk.count(alertCount: alerts.count, isGap: false, fates: raw, notes: notes)
            var second = CommitGroup()
            second.append(
                Decision(
                    place: place, placeCount: max(1, alerts.count), fates: raw, notes: notes,
                    firstOutput: state.nextOutput, outputCount: count))
            // Retention keeps what the engine could need.
            second.engineCheckpoint = EngineCheckpoint(
                version: 1, nextPlace: place + Int64(max(1, alerts.count)), nextOutput: state.nextOutput, state: [1])
            state.nextOutput += Int64(count)
            _ = try writer.commit(second)
        }
    }

    /// Removes what `retain` no longer covers.
    func prune() throws {
        try state.withLock { state in
            while let writer = state.writer, try writer.prune().hasMore {}
        }
    }

    func reader() throws -> JournalReader { try JournalReader(path: path) { LiveDecoder() } }

    /// A log that nobody rings but the test.
    func log() throws -> AlertLog {
        try AlertLog { [path] () throws(JournalError) in try JournalReader(path: path) { LiveDecoder() } }
    }

    static func alert(
        _ output: String = "something happened", rule: String = "Rule", priority: String = "Notice",
        process: String = "sh"
    ) -> [UInt8] {
        [UInt8](
            """
            {"hostname":"node-1","output":"\(output)","output_fields":{"container.id":"c1","k8s.ns.name":"shop",\
            "proc.name":"\(process)"},"priority":"\(priority)","rule":"\(rule)","source":"syscall","tags":["test"],\
            "time":"2026-05-28T20:26:40.000484839Z"}
            """.utf8)
    }

    static func incident(
        _ number: UInt64, _ state: RecordState, level: IncidentLevel = .critical, revision: Int = 0
    ) -> PlacedRecord {
        let time = EventTime(nanoseconds: arrival)
        return PlacedRecord(
            position: 0,
            record: .incident(
                IncidentRecord(
                    incident: SubjectID(high: 7, low: number), state: state, revision: revision, ruleID: "rule-1",
                    ruleTitle: "Title", ruleType: "event_count", level: level, tags: [],
                    group: [KeyField(name: "container.id", value: .text("c1"))], value: 3, first: time, last: time,
                    alerts: [])))
    }

    static func batch(_ alerts: [[UInt8]], arrival: Int64) -> AlertBatch {
        var builder = AlertBatchBuilder()
        let decoder = LiveDecoder()
        for alert in alerts {
            decoder.decode(.json, alert.span, arrival: EventTime(nanoseconds: arrival), into: &builder)
        }
        return builder.seal()
    }
}

/// Falco's JSON, as the daemon reads it.
@safe
private final class LiveDecoder: BlockDecoder {
    private let parser: OpaquePointer

    init() { unsafe parser = unsafe cjson_parser_create() }
    deinit { unsafe cjson_parser_destroy(parser) }

    func decode(_ encoding: AlertEncoding, _ raw: Span<UInt8>, arrival: EventTime, into batch: inout AlertBatchBuilder)
    {
        let target = unsafe batch.raw
        _ = unsafe raw.withUnsafeBufferPointer { raw in
            unsafe cjson_scan_alert(parser, target, raw.baseAddress, raw.count, arrival.nanoseconds)
        }
    }
}
