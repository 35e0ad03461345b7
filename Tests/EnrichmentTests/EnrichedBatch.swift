// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CAlertBatch

/// An alert made by hand: what enrichment looks at. A field without a value is null.
struct SampleAlert {
    var hostname = "node-1"
    var time: Int64 = 1_700_000_000_000_000_000
    var tags: [String] = []
    var fields: [(name: String, value: String?)] = []
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
        guard let record = unsafe calert_batch_append_record(raw) else { continue }
        unsafe record.pointee.hostname = hostname
        unsafe record.pointee.first_field = raw.pointee.field_count
        unsafe record.pointee.first_tag = raw.pointee.tag_count
        unsafe record.pointee.field_count = UInt16(alert.fields.count)
        unsafe record.pointee.tag_count = UInt16(alert.tags.count)
        unsafe calert_record_set_time(record, true, alert.time, alert.time)
        for tag in alert.tags {
            let slice = text(tag)
            if let place = unsafe calert_batch_append_tag(raw) { unsafe place.pointee = slice }
        }
        for (name, value) in alert.fields {
            let key = text(name)
            let slice = text(value ?? "")
            guard let field = unsafe calert_batch_append_field(raw) else { continue }
            unsafe field.pointee.key = key
            unsafe field.pointee.text = slice
            let (keyBytes, valueBytes) = unsafe (calert_slice_bytes(raw, key), calert_slice_bytes(raw, slice))
            unsafe calert_set_text(field, keyBytes, Int(key.length), valueBytes, Int(slice.length))
            if value == nil { unsafe field.pointee.kind = UInt8(CALERT_NULL.rawValue) }
        }
    }
    return builder.seal()
}

extension AddedFields {
    /// Name and text of what one alert got, in order.
    func texts(ofAlert alert: Int) -> [String] {
        var texts: [String] = []
        forEach(ofAlert: alert) { name, _, _, text in
            texts.append("\(name.name)=\(String(decoding: [UInt8](_span: text), as: UTF8.self))")
        }
        return texts
    }
}
