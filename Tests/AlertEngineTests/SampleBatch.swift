// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CAlertBatch

/// Alerts made by hand: only what the engine looks at.
struct SampleAlert {
    var time: Int64
    var arrival: Int64
    var hostname = "node-1"
    var source = "syscall"
    var hasTime = true
}

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
        let hostname = text(alert.hostname)
        let source = text(alert.source)
        guard let record = unsafe calert_batch_append_record(raw) else { continue }
        unsafe record.pointee.hostname = hostname
        unsafe record.pointee.source = source
        unsafe calert_record_set_time(record, alert.hasTime, alert.time, alert.arrival)
    }
    return builder.seal()
}

func entry(_ place: Int64, _ alerts: [SampleAlert]) -> JournalEntry {
    JournalEntry(place: place, epoch: 1, source: "node", content: .alerts(sampleBatch(alerts)))
}

func tick(_ place: Int64, at seconds: Int64) -> JournalEntry {
    JournalEntry(place: place, epoch: 1, source: "", content: .tick(EventTime(nanoseconds: seconds * second)))
}

let second: Int64 = 1_000_000_000
