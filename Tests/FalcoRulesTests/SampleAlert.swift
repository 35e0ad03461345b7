// SPDX-License-Identifier: Apache-2.0
import AlertModel
import CAlertBatch
import FalcoRules

/// Alerts made by hand for conditions.
struct SampleAlert {
    var rule = "Terminal shell in container"
    var priority = Priority.warning
    var source = "syscall"
    var hostname = "node-1"
    var output = "A shell was spawned"
    var tags: [String] = []
    /// Names and values; a text becomes what Falco's list says the field holds.
    var fields: [(String, Value)] = []
    var time: Int64 = 1_795_295_751_555_062_537

    enum Value {
        /// As a JSON string, or as gRPC has every value.
        case text([UInt8])
        /// As JSON number.
        case digits(String)
        case null
        case json(String)
    }
}

extension SampleAlert.Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    init(stringLiteral text: String) { self = .text(Array(text.utf8)) }
    init(integerLiteral number: Int) { self = .digits(String(number)) }
}

func sampleBatch(_ alerts: [SampleAlert]) -> AlertBatch {
    let builder = AlertBatchBuilder()
    let raw = unsafe builder.raw
    func slice(_ bytes: [UInt8]) -> calert_slice {
        guard let place = unsafe calert_batch_reserve_bytes(raw, UInt32(bytes.count)) else { return calert_slice() }
        for (index, byte) in bytes.enumerated() { unsafe place[index] = byte }
        let slice = unsafe calert_slice(offset: raw.pointee.byte_count, length: UInt32(bytes.count))
        unsafe raw.pointee.byte_count += UInt32(bytes.count)
        return slice
    }
    func text(_ value: String) -> calert_slice { slice(Array(value.utf8)) }
    for alert in alerts {
        let parts = (text(alert.rule), text(alert.source), text(alert.hostname), text(alert.output))
        guard let record = unsafe calert_batch_append_record(raw) else { continue }
        unsafe record.pointee.rule = parts.0
        unsafe record.pointee.source = parts.1
        unsafe record.pointee.hostname = parts.2
        unsafe record.pointee.output = parts.3
        unsafe record.pointee.priority = alert.priority.rawValue
        unsafe record.pointee.first_field = raw.pointee.field_count
        unsafe record.pointee.first_tag = raw.pointee.tag_count
        unsafe record.pointee.field_count = UInt16(alert.fields.count)
        unsafe record.pointee.tag_count = UInt16(alert.tags.count)
        unsafe calert_record_set_time(record, true, alert.time, alert.time)
        for tag in alert.tags { unsafe calert_batch_append_tag(raw).pointee = text(tag) }
        for (name, value) in alert.fields {
            var key = Array(name.utf8)
            let keySlice = slice(key)
            guard let field = unsafe calert_batch_append_field(raw) else { continue }
            unsafe field.pointee.key = keySlice
            unsafe calert_classify_key(&key, key.count, &field.pointee.key_id, &field.pointee.type)
            switch value {
            case .text(var bytes):
                unsafe field.pointee.text = slice(bytes)
                unsafe calert_canonicalise_string(field, &bytes, bytes.count)
            case .digits(let digits):
                var bytes = Array(digits.utf8)
                unsafe field.pointee.text = slice(bytes)
                _ = unsafe calert_canonicalise_number(field, &bytes, bytes.count)
            case .null: unsafe field.pointee.kind = UInt8(CALERT_NULL.rawValue)
            case .json(let document):
                unsafe field.pointee.text = text(document)
                unsafe field.pointee.kind = UInt8(CALERT_JSON.rawValue)
            }
        }
    }
    return builder.seal()
}

/// What a condition says about one alert.
func matches(_ condition: Condition, _ alert: SampleAlert) -> Bool {
    let batch = sampleBatch([alert])
    let facts = AlertFacts(batch.alert(at: 0))
    return condition.matches(facts)
}

extension Condition {
    func matches(_ batch: AlertBatch, _ index: Int) -> Bool {
        let facts = AlertFacts(batch.alert(at: index))
        return matches(facts)
    }
}
