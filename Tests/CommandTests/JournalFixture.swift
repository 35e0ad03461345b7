// SPDX-License-Identifier: Apache-2.0
import AlertGenerator
import AlertModel
import AlertSources
import Journal

/// A journal with made-up alerts, written as a daemon writes it.
final class JournalFixture {
    let folder: TemporaryFolder
    let path: String
    let alerts: [GeneratedAlert]
    private var writer: JournalWriter?

    /// Entries of a hundred alerts; the first sink has sent `sent` of them. With `alternates` every other alert goes to
    /// another sink.
    init(count: Int = 500, sent: Int64 = 300, alternates: Bool = false) throws {
        folder = try TemporaryFolder()
        path = folder.path("journal.db")
        var settings = GeneratorSettings()
        settings.count = count
        alerts = Array(AlertStream(settings))
        let writer = try JournalWriter(JournalSettings(path: path), newInstallation: 1)
        self.writer = writer
        var group = CommitGroup()
        group.append(.start(epoch: 2, at: EventTime(nanoseconds: 1)))
        for start in stride(from: 0, to: count, by: 100) {
            group.append(.alerts(Self.batch(alerts[start ..< min(count, start + 100)]), source: "node"))
        }
        group.setCursor(SinkCursor(nextOutput: 1 + sent), ofSink: "archive")
        let receipt = try writer.commit(group)
        group.removeAll()
        var output: Int64 = 1
        for (index, start) in stride(from: 0, to: count, by: 100).enumerated() {
            let size = min(count, start + 100) - start
            var notes = EntryNotes()
            if alternates {
                notes.routes.sets = [["archive"], ["pager"]]
                notes.routes.perOutput = (0 ..< size).map { UInt16($0 % 2) }
            }
            group.append(
                Decision(
                    place: receipt.places[index + 1], placeCount: size, fates: [], notes: notes,
                    firstOutput: output, outputCount: size))
            output += Int64(size)
        }
        _ = try writer.commit(group)
    }

    /// Ends the daemon: its lock is given back.
    func stop() { writer = nil }

    private static func batch(_ alerts: ArraySlice<GeneratedAlert>) -> AlertBatch {
        let decoder = AlertDecoder()
        var builder = AlertBatchBuilder()
        for alert in alerts {
            var bytes: [UInt8] = []
            alert.appendJSON(to: &bytes)
            decoder.decode(.json, bytes.span, arrival: EventTime(nanoseconds: alert.time + 1_000_000), into: &builder)
        }
        decoder.decode(.json, [UInt8]("{".utf8).span, arrival: EventTime(nanoseconds: 1), into: &builder)
        return builder.seal()
    }
}
