// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import CAlertBatch
import CAllocations
import Foundation
import SigmaRules

// What correlation costs an alert: counting rules over batches made beforehand, watermark and incidents included, on one
// core. Matching detections is not part of it.
//
//     correlate-benchmark [event_count | value_count]

/// Resident memory that belongs to no file, in bytes.
func heapBytes() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") } ?? ""
    return (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
}

/// Processor time of this thread: what one core would take, on a machine that does other things as well.
func seconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

let second: Int64 = 1_000_000_000
let start: Int64 = 1_780_000_000 * second

/// A batch of alerts: one key field each, and a value.
func batch(_ count: Int, from time: Int64, step: Int64, key: (Int) -> String, value: (Int) -> String) -> AlertBatch {
    let builder = AlertBatchBuilder(byteCapacity: count * 64, recordCapacity: count)
    let raw = unsafe builder.raw
    func text(_ value: String) -> calert_slice {
        let bytes = Array(value.utf8)
        guard let place = unsafe calert_batch_reserve_bytes(raw, UInt32(bytes.count)) else { return calert_slice() }
        for (index, byte) in bytes.enumerated() { unsafe place[index] = byte }
        let slice = unsafe calert_slice(offset: raw.pointee.byte_count, length: UInt32(bytes.count))
        unsafe raw.pointee.byte_count += UInt32(bytes.count)
        return slice
    }
    func field(_ name: String, _ value: String) {
        let (key, slice) = (text(name), text(value))
        guard let field = unsafe calert_batch_append_field(raw) else { return }
        unsafe field.pointee.key = key
        unsafe field.pointee.text = slice
        unsafe Array(name.utf8).withUnsafeBufferPointer { name in
            unsafe Array(value.utf8).withUnsafeBufferPointer { value in
                unsafe calert_set_text(field, name.baseAddress, name.count, value.baseAddress, value.count)
            }
        }
    }
    for index in 0 ..< count {
        guard let record = unsafe calert_batch_append_record(raw) else { continue }
        unsafe record.pointee.first_field = raw.pointee.field_count
        unsafe record.pointee.field_count = 2
        field("container.id", key(index))
        field("proc.exepath", value(index))
        let time = time + Int64(index) * step
        unsafe calert_record_set_time(record, true, time, time)
    }
    return builder.seal()
}

func rule(_ kind: CorrelationKind, timespan: Duration) -> CorrelationRule {
    CorrelationRule(
        index: 0, id: "bench", name: "bench", title: "Bench", level: .high, tags: [], body: SubjectID(high: 0, low: 0),
        kind: kind, references: [.detection(0)],
        groupBy: [
            GroupField(
                name: "container.id", fields: [FactName("container.id")], untilField: FactName("container.id"))
        ], timespan: timespan)
}

/// Runs batches through; the watermark follows after each.
struct Bench {
    var correlator: Correlator
    var outbox = Outbox(installation: 1, epochs: EpochTable([1]))
    var matches = MatchSet(count: 1)
    var place: Int64 = 1
    var records = 0

    init(_ rule: CorrelationRule) {
        correlator = Correlator([rule], CorrelateSettings(memoryBytes: 1 << 30), key: HashKey(low: 1, high: 2))
        matches.insert(0)
    }

    mutating func run(_ batch: AlertBatch, shift: Int64 = 0) {
        outbox.removeAll(epochs: EpochTable([1]))
        var latest = EventTime(nanoseconds: 0)
        for index in 0 ..< batch.count {
            outbox.position = index
            let alert = batch.alert(at: index)
            let time = alert.eventTime.advanced(byNanoseconds: shift)
            latest = time
            let context = AlertContext(
                AlertFacts(alert), time: time, arrival: time, reference: AlertReference(place: place, epochIndex: 0),
                isLate: false)
            correlator.observe(context, matches, &outbox)
            place += 1
        }
        outbox.position = batch.count
        correlator.advance(EngineMoment(watermark: latest.advanced(byNanoseconds: -2 * second), now: latest), &outbox)
        records += outbox.records.count
    }
}

func eventCount() {
    // A million groups, half of them with one hit and half with two, all live.
    let groups = 1_000_000
    let size = 1000
    var batches: [AlertBatch] = []
    var numbers = SystemRandomNumberGenerator()
    var order = (0 ..< groups * 3 / 2).map { $0 < groups ? $0 : ($0 - groups) * 2 }
    order.shuffle(using: &numbers)
    for first in stride(from: 0, to: order.count, by: size) {
        batches.append(
            batch(
                min(size, order.count - first), from: start + Int64(first) * 1000, step: 1000,
                key: { String(format: "%012x", order[first + $0] &* 0x9e37_79b9) }, value: { _ in "/bin/sh" }))
    }
    var bench = Bench(rule(.eventCount(Bounds(gte: 10)), timespan: .seconds(3600)))
    let heap = heapBytes()
    let began = seconds()
    for batch in batches { bench.run(batch) }
    let filled = seconds()
    let live = bench.correlator.groupCount(ofRule: 0)
    print(
        String(
            format:
                "event_count, filling %d groups of one or two hits: %.2f M alerts/s; %.1f bytes a group by account, %.1f by heap",
            live, Double(order.count) / (filled - began) / 1e6, Double(bench.correlator.byteCount) / Double(live),
            Double(heapBytes() - heap) / Double(live)))
    // Steady: time passes an hour in a few rounds, groups expire and come again.
    let rounds = 3
    let before = heapBytes()
    let allocations = allocations_of_this_thread()
    let again = seconds()
    for round in 1 ... rounds {
        for batch in batches { bench.run(batch, shift: Int64(round) * 3700 * second) }
    }
    let ended = seconds()
    print(
        String(
            format:
                "event_count, %d rounds of the same groups expiring and coming again: %.2f M alerts/s, heap grew by %d bytes, %d allocations",
            rounds, Double(order.count * rounds) / (ended - again) / 1e6, heapBytes() - before,
            Int(allocations_of_this_thread() - allocations)))
}

func valueCount(_ distinct: Int, groups: Int) {
    // A window always holds `distinct` values of each group: they come round in turn.
    let size = 1000
    let total = 2_000_000
    let step: Int64 = 1_000_000
    let timespan = Duration.nanoseconds(step * Int64(distinct * groups - 1))
    var batches: [AlertBatch] = []
    let length = max(distinct * groups, size)
    for first in stride(from: 0, to: min(length, total), by: size) {
        batches.append(
            batch(
                size, from: start, step: step, key: { "c\((first + $0) % groups)" },
                value: { "/usr/bin/program-\(((first + $0) / groups) % distinct)" }))
    }
    for gte in [distinct + 1, distinct] {
        var bench = Bench(
            rule(.valueCount(fields: [FactName("proc.exepath")], Bounds(gte: Double(gte))), timespan: timespan))
        var shift: Int64 = 0
        func round(_ alerts: Int) {
            var done = 0
            while done < alerts {
                bench.run(batches[(done / size) % batches.count], shift: shift)
                shift += Int64(size) * step
                done += size
            }
        }
        round(max(length, 200_000))
        let before = heapBytes()
        let allocations = allocations_of_this_thread()
        let records = bench.records
        let began = seconds()
        round(total)
        let ended = seconds()
        print(
            String(
                format:
                    "value_count, %d distinct values in the window, threshold %d (%d records): %.2f M alerts/s, heap grew by %d bytes, %d allocations",
                distinct, gte, bench.records - records, Double(total) / (ended - began) / 1e6, heapBytes() - before,
                Int(allocations_of_this_thread() - allocations)))
    }
}

let only = CommandLine.arguments.dropFirst().first
if only == nil || only == "event_count" { eventCount() }
if only == nil || only == "value_count" {
    for distinct in [10, 1_800, 100_000] { valueCount(distinct, groups: 1) }
}
