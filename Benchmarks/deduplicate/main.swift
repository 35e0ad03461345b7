// SPDX-License-Identifier: Apache-2.0
// Deduplication on one core: alerts a second with hot keys and at a million live keys, bytes, allocations.
// Batches are made before; hashing of keys is measured, decoding is not.
import AlertEngine
import AlertModel
import CAlertBatch
import CAllocations
import Glibc

let settings = DeduplicateSettings(quiet: .seconds(3_600), maxOpen: .seconds(86_400), memoryBytes: 1_100 << 20)
let start: Int64 = 1_767_225_600_000_000_000

/// Alerts as Falco's default rules make them: ten fields.
func batch(_ numbers: [Int]) -> AlertBatch {
    let builder = AlertBatchBuilder(byteCapacity: 1 << 20, recordCapacity: numbers.count)
    let raw = unsafe builder.raw
    func text(_ value: String) -> calert_slice {
        let bytes = Array(value.utf8)
        guard let place = unsafe calert_batch_reserve_bytes(raw, UInt32(bytes.count)) else { return calert_slice() }
        for (index, byte) in bytes.enumerated() { unsafe place[index] = byte }
        let slice = unsafe calert_slice(offset: raw.pointee.byte_count, length: UInt32(bytes.count))
        unsafe raw.pointee.byte_count += UInt32(bytes.count)
        return slice
    }
    for number in numbers {
        let fields = [
            ("container.id", String(0x3f2a_0000_0000 + number % 4_000, radix: 16)),
            ("container.image.repository", "docker.io/library/nginx"), ("evt.type", "execve"),
            ("k8s.ns.name", "shop"), ("k8s.pod.name", "web-7d4b9c6f5-\(number / 4_000)"),
            ("proc.cmdline", "bash -c ls /var/log/nginx"), ("proc.exepath", "/usr/bin/bash"),
            ("proc.name", "bash"), ("proc.pname", "containerd-shim"), ("user.name", "root"),
        ].map { (text($0.0), text($0.1)) }
        let (rule, host, source) = (text("Terminal shell in container"), text("node-\(number % 40)"), text("syscall"))
        guard let record = unsafe calert_batch_append_record(raw) else { continue }
        unsafe record.pointee.rule = rule
        unsafe record.pointee.hostname = host
        unsafe record.pointee.source = source
        unsafe record.pointee.priority = Priority.warning.rawValue
        unsafe record.pointee.first_field = raw.pointee.field_count
        for (key, value) in fields {
            guard let field = unsafe calert_batch_append_field(raw) else { continue }
            unsafe field.pointee.key = key
            unsafe field.pointee.text = value
            unsafe calert_set_text(
                field, calert_slice_bytes(raw, key), Int(key.length), calert_slice_bytes(raw, value), Int(value.length))
        }
        unsafe record.pointee.field_count = UInt16(fields.count)
        unsafe calert_record_set_time(record, true, start, start)
    }
    return builder.seal()
}

/// Processor time of this thread: what others do on the machine is not in it.
func now() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Pages of the process that are in memory.
func resident() -> Int {
    guard let file = unsafe fopen("/proc/self/statm", "r") else { return 0 }
    defer { unsafe fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    unsafe fgets(&line, 128, file)
    let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
        separator: " ")
    return words.count > 1 ? (Int(words[1]) ?? 0) * 4_096 : 0
}

struct Measure {
    var deduplicator = Deduplicator(settings, key: HashKey(low: 0x0123_4567_89ab_cdef, high: 0xfedc_ba98_7654_3210))
    var outbox = Outbox()
    var place: Int64 = 1
    var repeated = 0
    let epochs = EpochTable([0])

    mutating func run(_ batches: [AlertBatch]) {
        for batch in batches {
            for index in 0 ..< batch.count {
                let time = EventTime(nanoseconds: start + place * 100)
                let context = AlertContext(
                    AlertFacts(batch.alert(at: index)), time: time, arrival: time,
                    reference: AlertReference(place: place, epochIndex: 0), isLate: false)
                place += 1
                if case .repeated = deduplicator.admit(context, &outbox) { repeated += 1 }
            }
            let mark = EventTime(nanoseconds: start + place * 100 - 2_000_000_000)
            deduplicator.advance(EngineMoment(watermark: mark, now: mark), &outbox)
            outbox.removeAll(epochs: epochs)
        }
    }
}

func perSecond(_ count: Int, _ seconds: Double) -> String {
    let millions = Double(count) / seconds / 1e6
    return "\((millions * 100).rounded() / 100) M/s (\(Int(seconds / Double(count) * 1e9)) ns)"
}

func measureHot() {
    var measure = Measure()
    let batches = (0 ..< 4).map { _ in batch((0 ..< 1_000).map { $0 * 7 % 500 }) }
    measure.run(batches)
    let before = allocations_of_this_thread()
    var best = Double.infinity
    let rounds = 250
    for _ in 0 ..< 5 {
        let began = now()
        for _ in 0 ..< rounds { measure.run(batches) }
        best = min(best, now() - began)
    }
    let made = allocations_of_this_thread() - before
    print(
        "hot keys (500): \(perSecond(rounds * 4_000, best)), \(made) allocations in \(5 * rounds) batches of 4,000 alerts"
    )
}

func measureMillion() {
    var measure = Measure()
    let empty = resident()
    let count = 1_000_000
    // A permutation, so that neighbours in time are no neighbours in memory.
    let batches = (0 ..< 1_000).map { part in batch((0 ..< 1_000).map { (part * 1_000 + $0) * 611_953 % count }) }
    let made = resident()
    var began = now()
    measure.run(batches)
    print("opening a million groups: \(perSecond(count, now() - began))")
    let opened = resident()
    print(
        "resident for a million groups without repeats: \((opened - made) / count) bytes each, index entry \(Deduplicator.indexEntryBytes)"
    )
    began = now()
    measure.run(batches)
    print("first repeat of each: \(perSecond(count, now() - began))")
    let before = allocations_of_this_thread()
    began = now()
    measure.run(batches)
    let seconds = now() - began
    print("a million live keys: \(perSecond(count, seconds)), \(allocations_of_this_thread() - before) allocations")
    print(
        "resident with counts: \((resident() - made) / count) bytes each; the alerts themselves \((made - empty) >> 20) MiB"
    )
    began = now()
    var writer = ByteWriter()
    measure.deduplicator.write(to: &writer)
    print("checkpoint: \(writer.bytes.count >> 20) MiB written in \(Int((now() - began) * 1e3)) ms")
    began = now()
    var reader = ByteReader(writer.bytes)
    if let restored = try? Deduplicator(settings, key: HashKey(low: 1, high: 1), from: &reader) {
        print("checkpoint: read in \(Int((now() - began) * 1e3)) ms, \(restored.counters.openGroups) groups")
    }
    print(measure.deduplicator.counters)
}

measureHot()
if CommandLine.arguments.count < 2 { measureMillion() }
