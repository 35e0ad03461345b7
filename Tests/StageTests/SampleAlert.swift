// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CAlertBatch

@testable import AlertEngine

/// Alerts made by hand: what conditions, buckets and keys look at. Times in seconds.
struct SampleAlert {
    var time: Double
    var arrival: Double?
    var rule = "Terminal shell in container"
    var priority = Priority.warning
    var hostname = "node-1"
    var container: String? = "c1"
    var fields: [(name: String, value: String)] = []

    init(
        _ time: Double, arrival: Double? = nil, rule: String = "Terminal shell in container",
        priority: Priority = .warning, hostname: String = "node-1", container: String? = "c1",
        fields: [(name: String, value: String)] = []
    ) {
        self.time = time
        self.arrival = arrival
        self.rule = rule
        self.priority = priority
        self.hostname = hostname
        self.container = container
        self.fields = fields
    }
}

func nanoseconds(_ seconds: Double) -> Int64 { Int64((seconds * 1_000_000_000).rounded()) }
func seconds(_ seconds: Double) -> EventTime { EventTime(nanoseconds: nanoseconds(seconds)) }

func sampleBatch(_ alerts: [SampleAlert]) -> AlertBatch {
    let builder = AlertBatchBuilder()
    let raw = unsafe builder.raw
    func text(_ value: String) -> calert_slice {
        let bytes = Array(value.utf8)
        guard let place = unsafe calert_batch_reserve_bytes(raw, UInt32(bytes.count)) else { return calert_slice() }
        for (index, byte) in bytes.enumerated() { unsafe place[index] = byte }
        let slice = unsafe calert_slice(offset: raw.pointee.byte_count, length: UInt32(bytes.count))
        unsafe raw.pointee.byte_count += UInt32(bytes.count)
        return slice
    }
    for alert in alerts {
        let slices = (rule: text(alert.rule), hostname: text(alert.hostname), source: text("syscall"))
        let fields = (alert.container.map { [("container.id", $0)] } ?? []) + alert.fields.map { ($0.name, $0.value) }
        let first = unsafe raw.pointee.field_count
        for (name, value) in fields {
            let (key, content) = (text(name), text(value))
            guard let field = unsafe calert_batch_append_field(raw) else { continue }
            let (keyBytes, valueBytes) = (Array(name.utf8), Array(value.utf8))
            unsafe calert_set_text(field, keyBytes, keyBytes.count, valueBytes, valueBytes.count)
            unsafe field.pointee.key = key
            unsafe field.pointee.text = content
        }
        guard let record = unsafe calert_batch_append_record(raw) else { continue }
        unsafe record.pointee.rule = slices.rule
        unsafe record.pointee.hostname = slices.hostname
        unsafe record.pointee.source = slices.source
        unsafe record.pointee.priority = alert.priority.rawValue
        unsafe record.pointee.first_field = first
        unsafe record.pointee.field_count = UInt16(fields.count)
        unsafe calert_record_set_time(
            record, true, nanoseconds(alert.time), nanoseconds(alert.arrival ?? alert.time))
    }
    return builder.seal()
}

/// Shows one alert to a stage, at its event time.
func withContext<Result>(
    _ alert: SampleAlert, place: Int64 = 1, _ body: (borrowing AlertContext) throws -> Result
) rethrows -> Result {
    let batch = sampleBatch([alert])
    let view = batch.alert(at: 0)
    let context = AlertContext(
        AlertFacts(view), time: view.eventTime, arrival: view.arrivalTime,
        reference: AlertReference(place: place, epochIndex: 0), isLate: false)
    return try body(context)
}

let testKey = HashKey(low: 0x0123_4567_89ab_cdef, high: 0xfedc_ba98_7654_3210)

/// The generator of Steele, Lea and Flood's "Fast Splittable Pseudorandom Number Generators".
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

func incident(
    _ state: RecordState, id: UInt64 = 1, title: String = "Container escape", group: [KeyField]
) -> EngineRecord {
    .incident(
        IncidentRecord(
            incident: SubjectID(high: id, low: id), state: state, revision: 0, ruleID: "r", ruleTitle: title,
            ruleType: "temporal", level: .high, tags: [], group: group, value: 1, first: seconds(1), last: seconds(1),
            alerts: []))
}
