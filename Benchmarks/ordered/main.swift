// SPDX-License-Identifier: Apache-2.0
import AlertEngine
import AlertModel
import CAlertBatch
import CAllocations
import Foundation
import SigmaRules

// What ordered and temporal rules of three steps cost an alert, on one core: group keys, watermark and incidents
// included, matching of detections not. Allocations are counted.
//
//     ordered-benchmark [GROUPS]

let groups = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 100_000
let second: Int64 = 1_000_000_000
let start: Int64 = 1_780_000_000 * second
/// Nanoseconds from one alert to the next: ten thousand alerts a second.
let step: Int64 = 100_000
let size = 1000

/// Processor time of this thread: other programs do not count.
func seconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// A batch of alerts with one field, their group.
func batch(_ count: Int, key: (Int) -> Int) -> AlertBatch {
    let builder = AlertBatchBuilder(byteCapacity: count * 64, recordCapacity: count)
    let raw = unsafe builder.raw
    func text(_ bytes: [UInt8]) -> calert_slice {
        guard let place = unsafe calert_batch_reserve_bytes(raw, UInt32(bytes.count)) else { return calert_slice() }
        for (index, byte) in bytes.enumerated() { unsafe place[index] = byte }
        let slice = unsafe calert_slice(offset: raw.pointee.byte_count, length: UInt32(bytes.count))
        unsafe raw.pointee.byte_count += UInt32(bytes.count)
        return slice
    }
    let name = Array("container.id".utf8)
    for index in 0 ..< count {
        let value = Array(String(format: "%012x", key(index) &* 0x9e37_79b9).utf8)
        guard let record = unsafe calert_batch_append_record(raw) else { continue }
        unsafe record.pointee.first_field = raw.pointee.field_count
        unsafe record.pointee.field_count = 1
        let (keySlice, valueSlice) = (text(name), text(value))
        guard let field = unsafe calert_batch_append_field(raw) else { continue }
        unsafe field.pointee.key = keySlice
        unsafe field.pointee.text = valueSlice
        unsafe name.withUnsafeBufferPointer { name in
            unsafe value.withUnsafeBufferPointer { value in
                unsafe calert_set_text(field, name.baseAddress, name.count, value.baseAddress, value.count)
            }
        }
        unsafe calert_record_set_time(record, true, start, start)
    }
    return builder.seal()
}

func rule(_ kind: CorrelationKind) -> CorrelationRule {
    CorrelationRule(
        index: 0, id: "bench", name: "bench", title: "Bench", level: .high, tags: [], body: SubjectID(high: 0, low: 0),
        kind: kind, references: (0 ..< 3).map { .detection($0) },
        groupBy: [
            GroupField(
                name: "container.id", fields: [FactName](repeating: FactName("container.id"), count: 3),
                untilField: FactName("container.id"))
        ], timespan: .seconds(300))
}

/// Every group comes round in turn, in an order of its own.
let order = { () -> [Int] in
    var state: UInt64 = 1
    var order = Array(0 ..< groups)
    for index in stride(from: groups - 1, to: 0, by: -1) {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        order.swapAt(index, Int(state >> 33) % (index + 1))
    }
    return order
}()
let batches = stride(from: 0, to: groups, by: size).map { first in
    batch(min(size, groups - first)) { order[first + $0] }
}

/// `detection(group, round)`: which of the rule's three an alert matches; nil for none.
func run(_ name: String, _ kind: CorrelationKind, _ detection: (Int, Int) -> Int) {
    var correlator = Correlator([rule(kind)], CorrelateSettings(memoryBytes: 2 << 30), key: HashKey(low: 1, high: 2))
    var outbox = Outbox(installation: 1, epochs: EpochTable([1]))
    let matches = (0 ..< 3).map { detection in
        var set = MatchSet(count: 3)
        set.insert(detection)
        return set
    }
    var place: Int64 = 0
    var records = 0
    var measured = 0
    var allocations: UInt64 = 0
    var time = 0.0
    let rounds = max(6, 4_000_000 / groups)
    for round in 0 ..< rounds {
        // Two rounds to grow.
        let counts = round >= 2
        let before = allocations_of_this_thread()
        let began = seconds()
        for index in batches.indices {
            outbox.removeAll(epochs: EpochTable([1]))
            var latest = EventTime(nanoseconds: 0)
            let batch = batches[index]
            for position in 0 ..< batch.count {
                outbox.position = position
                let alert = batch.alert(at: position)
                latest = EventTime(nanoseconds: start + place * step)
                let context = AlertContext(
                    AlertFacts(alert), time: latest, arrival: latest,
                    reference: AlertReference(place: place, epochIndex: 0), isLate: false)
                correlator.observe(context, matches[detection(index * size + position, round)], &outbox)
                place += 1
            }
            correlator.advance(
                EngineMoment(watermark: latest.advanced(byNanoseconds: -2 * second), now: latest), &outbox)
            records += outbox.records.count
        }
        if counts {
            time += seconds() - began
            allocations += allocations_of_this_thread() - before
            measured += groups
        }
    }
    let live = correlator.groupCount(ofRule: 0)
    print(
        String(
            format: "%@: %.2f M alerts/s, %.5f allocations an alert, %d groups, %.0f bytes a group, %d records", name,
            Double(measured) / time / 1e6, Double(allocations) / Double(measured), live,
            Double(correlator.byteCount) / Double(max(1, live)), records))
}

run("temporal_ordered, steps one and two in turn", .temporalOrdered) { _, round in round & 1 }
run("temporal_ordered, first steps only", .temporalOrdered) { _, _ in 0 }
run("temporal_ordered, one group in a thousand goes on to the third", .temporalOrdered) { group, round in
    group % 1000 == 7 ? round % 3 : round & 1
}
run("temporal, three references of which two are there", .temporal(.all(3))) { _, round in round & 1 }
run("temporal, three references, one group in a thousand has all", .temporal(.all(3))) { group, round in
    group % 1000 == 7 ? round % 3 : round & 1
}

/// Ten million keys of one hit each, while one chain of three steps goes on slowly: it must fire, or say what was lost.
func flood(_ keys: Int) {
    let limit = 64 << 20
    var correlator = Correlator(
        [rule(.temporalOrdered)], CorrelateSettings(memoryBytes: limit), key: HashKey(low: 1, high: 2))
    var outbox = Outbox(installation: 1, epochs: EpochTable([1]))
    var place: Int64 = 0
    var fired = 0
    var marked = 0
    var time = 0.0
    func take(_ batch: AlertBatch, _ detection: Int, step: Int64) {
        var matches = MatchSet(count: 3)
        matches.insert(detection)
        outbox.removeAll(epochs: EpochTable([1]))
        var latest = EventTime(nanoseconds: 0)
        let began = seconds()
        for position in 0 ..< batch.count {
            outbox.position = position
            let alert = batch.alert(at: position)
            latest = EventTime(nanoseconds: start + place * step)
            let context = AlertContext(
                AlertFacts(alert), time: latest, arrival: latest,
                reference: AlertReference(place: place, epochIndex: 0), isLate: false)
            correlator.observe(context, matches, &outbox)
            place += 1
        }
        correlator.advance(EngineMoment(watermark: latest.advanced(byNanoseconds: -2 * second), now: latest), &outbox)
        time += seconds() - began
        for placed in outbox.records {
            if case .incident(let incident) = placed.record, incident.state == .open {
                fired += 1
                if incident.mayBeUndercounted { marked += 1 }
            }
        }
    }
    let step: Int64 = 20_000
    // Two of three steps, then the flood, then the third.
    take(batch(1) { _ in -1 }, 0, step: step)
    take(batch(1) { _ in -1 }, 1, step: step)
    for first in stride(from: 0, to: keys, by: size) { take(batch(size) { first + $0 }, 0, step: step) }
    take(batch(1) { _ in -1 }, 2, step: step)
    print(
        String(
            format:
                "flood of %d one-hit keys in %d MiB: %.2f M alerts/s, chain fired %d times, %d of them marked, %d groups live",
            keys, limit >> 20, Double(place) / time / 1e6, fired, marked, correlator.groupCount(ofRule: 0)))
}

flood(10_000_000)
