// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CFalcoOutputs
import Foundation
import Journal

// The journal alone: how many alerts a second one lane stores, what a commit costs, and how small an alert gets.
//
//     journal-benchmark [ALERTS] [RECORDING.pb]        one line per durability, batch size and compression level

let alertCount = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1_000_000
let recording = CommandLine.arguments.dropFirst(2).first ?? "Tests/Samples/both.pb"

/// The recording's alerts, over and over, as batches of `size`: about `total` alerts, at most one pass held in memory.
func batches(size: Int) throws -> [AlertBatch] {
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: recording)))
    var batches: [AlertBatch] = []
    var builder = AlertBatchBuilder(byteCapacity: size * 1024, recordCapacity: size)
    var place = 0
    var frame = cfalco_frame()
    while unsafe cfalco_next_frame(bytes, bytes.count, place, 1 << 26, &frame) == CFALCO_FRAME_MESSAGE {
        let message = bytes[Int(frame.message) ..< Int(frame.message + frame.length)]
        unsafe message.withUnsafeBufferPointer {
            _ = unsafe cfalco_append_response(builder.raw, $0.baseAddress, $0.count, 1_780_000_000_000_000_000)
        }
        if builder.alertCount == size {
            batches.append(builder.seal())
            builder = AlertBatchBuilder(byteCapacity: size * 1024, recordCapacity: size)
        }
        place = Int(frame.next)
    }
    return batches
}

func threadSeconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func column(_ text: String, _ width: Int) -> String {
    text.count >= width ? text : String(repeating: " ", count: width - text.count) + text
}

func rounded(_ value: Double, _ digits: Int = 0) -> String { String(format: "%.\(digits)f", value) }

/// What an engine at work notes about a batch: every alert in a group, a group of its own for every fourth, a field
/// added, one summary.
func sampleNotes(of count: Int, batch: Int) -> EntryNotes {
    var notes = EntryNotes()
    let groups = max(1, count / 4)
    for group in 0 ..< groups {
        notes.subjects.append(
            .group(SubjectID(digestOf: Array("group \(batch) \(group)".utf8).span)))
    }
    for index in 0 ..< count {
        notes.marks.append(
            AlertMark(
                subject: UInt32(index * 7 % groups + 1), variant: UInt32(index % 3 + 1), count: UInt32(index * 31 % 900)
            ))
        notes.added.add(FieldName("k8s.ns.name"), Array("shop-\(index % 5)".utf8).span)
        notes.added.endAlert()
    }
    notes.records.append(
        PlacedRecord(
            position: count,
            record: .summary(
                GroupSummary(
                    group: SubjectID(high: UInt64(batch), low: 1), opened: EventTime(nanoseconds: 1), state: .close,
                    revision: 1, fields: [KeyField(name: "rule", value: .text("Terminal shell in container"))],
                    total: 1000, suppressed: 992, variants: 8, first: EventTime(nanoseconds: 1),
                    last: EventTime(nanoseconds: 2), byPriority: [0, 0, 0, 0, 1000, 0, 0, 0], samples: []))))
    return notes
}

func measure(
    _ durability: JournalSettings.Durability, batches: [AlertBatch], level: Int, alerts: Int, notes: [EntryNotes] = []
) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "journal-benchmark-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var settings = JournalSettings(path: folder + "/journal.db", durability: durability)
    settings.compressionLevel = level
    let writer = try JournalWriter(settings)
    var waits: [Double] = []
    var stored = 0
    var undecided: Decision?
    let clock = ContinuousClock()
    let begin = clock.now
    let cpu = threadSeconds()
    while stored < alerts {
        let batch = batches[waits.count % batches.count]
        var group = CommitGroup()
        group.append(.alerts(batch, source: "node"))
        group.setCheckpoint([1, 2, 3, 4], ofSource: "node")
        group.setCursor(SinkCursor(nextOutput: Int64(stored), position: [1, 2, 3, 4]), ofSink: "archive")
        if let undecided { group.append(undecided) }
        let started = clock.now
        let receipt = try writer.commit(group)
        waits.append(Double((clock.now - started).wholeNanoseconds) / 1000)
        let noted = notes.isEmpty ? EntryNotes() : notes[waits.count % notes.count]
        undecided = Decision(
            place: receipt.places[0], placeCount: batch.count, fates: [], notes: noted,
            firstOutput: receipt.places[0], outputCount: batch.count + noted.records.count)
        stored += batch.count
    }
    let seconds = Double((clock.now - begin).wholeNanoseconds) / 1e9
    let busy = threadSeconds() - cpu
    let raw = batches.reduce(0) { $0 + $1.byteCount } / batches.reduce(0) { $0 + $1.count }
    let status = try JournalReader(path: settings.path) { fatalError("nothing is decoded here") }.status()
    waits.sort()
    let cells = [
        durability.rawValue + (notes.isEmpty ? "" : "+notes"), String(batches[0].count), String(level),
        rounded(Double(stored) / seconds),
        rounded(busy / Double(stored) * 1e9), rounded(waits[waits.count / 2]), rounded(waits[waits.count * 99 / 100]),
        rounded(waits.last ?? 0), rounded(Double(raw)), rounded(Double(status.usedBytes) / Double(stored), 1),
        rounded(Double(status.logBytes) / 1e6, 1),
    ]
    print(zip(cells, widths).map(column).joined(separator: " "))
}

let titles = [
    "durability", "batch", "level", "alerts/s", "CPU ns", "p50 µs", "p99 µs", "max µs", "raw B", "file B", "log MB",
]
let widths = [12, 6, 6, 9, 7, 8, 8, 8, 6, 7, 7]
print(zip(titles, widths).map(column).joined(separator: " "))
let full = try batches(size: 1024)
for level in [-5, -3, -2, -1, 1, 3] { try measure(.os, batches: full, level: level, alerts: alertCount) }
let noted = (0 ..< 16).map { sampleNotes(of: 1024, batch: $0) }
try measure(.os, batches: full, level: 1, alerts: alertCount, notes: noted)
for durability in [JournalSettings.Durability.memory, .disk] {
    try measure(durability, batches: full, level: -1, alerts: alertCount)
}
for size in [1, 10, 100] {
    let small = try batches(size: size)
    for durability in JournalSettings.Durability.allCases {
        try measure(durability, batches: small, level: -1, alerts: min(alertCount, 2000 * size))
    }
}
