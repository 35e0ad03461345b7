// SPDX-License-Identifier: Apache-2.0
public import AlertModel
import CAlertBatch

/// One alert of a simulated world, by value.
public struct WorldAlert: Hashable, Sendable {
    /// Nanoseconds.
    public var time: Int64
    public var arrival: Int64
    public var hasTime = true
    public var rule: String
    public var priority = Priority.warning
    public var hostname = "node-1"
    public var source = "syscall"
    public var tags: [String] = []
    public var fields: [Field] = []

    public struct Field: Hashable, Sendable {
        public let name: String
        public let value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(time: Int64, arrival: Int64? = nil, rule: String, fields: [Field] = []) {
        self.time = time
        self.arrival = arrival ?? time
        self.rule = rule
        self.fields = fields
    }
}

extension AlertBatch {
    /// As a source would have decoded them.
    public static func of(_ alerts: [WorldAlert]) -> AlertBatch {
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
            let (rule, hostname, source) = (text(alert.rule), text(alert.hostname), text(alert.source))
            let tags = alert.tags.map { text($0) }
            let (firstField, firstTag) = unsafe (raw.pointee.field_count, raw.pointee.tag_count)
            for tag in tags {
                guard let slot = unsafe calert_batch_append_tag(raw) else { continue }
                unsafe slot.pointee = tag
            }
            for field in alert.fields {
                let (key, value) = (text(field.name), text(field.value))
                guard let slot = unsafe calert_batch_append_field(raw) else { continue }
                let (keyBytes, valueBytes) = (Array(field.name.utf8), Array(field.value.utf8))
                unsafe calert_set_text(slot, keyBytes, keyBytes.count, valueBytes, valueBytes.count)
                unsafe slot.pointee.key = key
                unsafe slot.pointee.text = value
            }
            guard let record = unsafe calert_batch_append_record(raw) else { continue }
            unsafe record.pointee.rule = rule
            unsafe record.pointee.hostname = hostname
            unsafe record.pointee.source = source
            unsafe record.pointee.priority = alert.priority.rawValue
            unsafe record.pointee.first_field = firstField
            unsafe record.pointee.field_count = UInt16(alert.fields.count)
            unsafe record.pointee.first_tag = firstTag
            unsafe record.pointee.tag_count = UInt16(tags.count)
            unsafe calert_record_set_time(record, alert.hasTime, alert.time, alert.arrival)
        }
        return builder.seal()
    }
}
