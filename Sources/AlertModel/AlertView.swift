// SPDX-License-Identifier: Apache-2.0
public import CAlertBatch

/// One alert inside a batch: a borrowed view, two pointers wide, without copies.
///
/// Byte spans are exactly what the sender wrote; they may hold NUL and (from protobuf) invalid UTF-8.
@safe
public struct AlertView: ~Escapable {
    @usableFromInline let batch: UnsafePointer<calert_batch>
    @usableFromInline let record: UnsafePointer<calert_record>

    @inlinable
    @_lifetime(immortal)
    init(batch: UnsafePointer<calert_batch>, record: UnsafePointer<calert_record>) {
        unsafe self.batch = batch
        unsafe self.record = record
    }

    @inlinable public var eventTime: EventTime { unsafe EventTime(nanoseconds: record.pointee.event_time) }
    @inlinable public var arrivalTime: EventTime { unsafe EventTime(nanoseconds: record.pointee.arrival_time) }
    /// The alert carried no usable time, and its arrival time stands in.
    @inlinable public var isTimeFromArrival: Bool { has(CALERT_TIME_FROM_ARRIVAL) }
    /// A protobuf whose `output` was Falco's whole JSON document; `wrapped` is that document.
    public var isWrappedJSON: Bool { has(CALERT_WRAPPED_JSON) }
    public var isMultiline: Bool { has(CALERT_MULTILINE) }
    public var hasNoFields: Bool { has(CALERT_NO_FIELDS) }
    @inlinable public var priority: Priority { unsafe Priority(rawValue: record.pointee.priority & 7) ?? .debug }
    public var encoding: AlertEncoding { unsafe AlertEncoding(raw: record.pointee.encoding) }

    public var raw: Span<UInt8> { @_lifetime(copy self) get { unsafe bytes(record.pointee.raw) } }
    public var wrapped: Span<UInt8> { @_lifetime(copy self) get { unsafe bytes(record.pointee.wrapped) } }
    @inlinable public var rule: Span<UInt8> { @_lifetime(copy self) get { unsafe bytes(record.pointee.rule) } }
    @inlinable public var source: Span<UInt8> { @_lifetime(copy self) get { unsafe bytes(record.pointee.source) } }
    @inlinable public var hostname: Span<UInt8> { @_lifetime(copy self) get { unsafe bytes(record.pointee.hostname) } }
    @inlinable public var output: Span<UInt8> { @_lifetime(copy self) get { unsafe bytes(record.pointee.output) } }
    @inlinable public var message: Span<UInt8> { @_lifetime(copy self) get { unsafe bytes(record.pointee.message) } }

    @inlinable public var tagCount: Int { unsafe Int(record.pointee.tag_count) }

    @inlinable
    @_lifetime(copy self)
    public func tag(at index: Int) -> Span<UInt8> {
        precondition(index >= 0 && index < tagCount)
        return unsafe bytes(batch.pointee.tags[Int(record.pointee.first_tag) + index])
    }

    @inlinable public var fieldCount: Int { unsafe Int(record.pointee.field_count) }

    /// The output field at `index`, in the order it arrived; a synthetic `evt.time` comes last.
    @inlinable
    @_lifetime(copy self)
    public func field(at index: Int) -> FieldView {
        precondition(index >= 0 && index < fieldCount)
        let field = unsafe FieldView(
            batch: batch, field: batch.pointee.fields + Int(record.pointee.first_field) + index)
        return unsafe _overrideLifetime(field, copying: self)
    }

    /// The first field of a known name, nil when it was not sent. Linear: alerts have about ten fields.
    @inlinable
    @_lifetime(copy self)
    public func field(_ id: calert_field_id) -> FieldView? {
        // The table is not there while no alert of the batch has a field.
        guard let table = unsafe batch.pointee.fields else { return nil }
        let first = unsafe table + Int(record.pointee.first_field)
        for index in 0 ..< fieldCount where unsafe UInt32(first[index].key_id) == id.rawValue {
            return field(at: index)
        }
        return nil
    }

    @inlinable
    func has(_ flag: UInt32) -> Bool { unsafe UInt32(record.pointee.flags) & flag != 0 }

    @inlinable
    @_lifetime(copy self)
    func bytes(_ slice: calert_slice) -> Span<UInt8> {
        let span = unsafe Span(_unsafeStart: calert_slice_bytes(batch, slice), count: Int(slice.length))
        return unsafe _overrideLifetime(span, copying: self)
    }
}

/// One output field of an alert.
@safe
public struct FieldView: ~Escapable {
    @usableFromInline let batch: UnsafePointer<calert_batch>
    @usableFromInline let field: UnsafePointer<calert_field>

    @inlinable
    @_lifetime(immortal)
    init(batch: UnsafePointer<calert_batch>, field: UnsafePointer<calert_field>) {
        unsafe self.batch = batch
        unsafe self.field = field
    }

    /// Falco's name, `proc.aname[2]` included.
    @inlinable public var key: Span<UInt8> { @_lifetime(copy self) get { unsafe bytes(field.pointee.key) } }
    /// The value's text as received, without JSON quotes; the digits of a number; empty for null.
    @inlinable public var text: Span<UInt8> { @_lifetime(copy self) get { unsafe bytes(field.pointee.text) } }
    /// `calert_field_id` of an exact name of Falco's; 0 for others and for names with an argument.
    @inlinable public var keyID: UInt16 { unsafe field.pointee.key_id }
    @inlinable public var kind: FieldKind { unsafe FieldKind(rawValue: field.pointee.kind) ?? .null }
    /// What Falco's field list says the field holds.
    public var type: calert_type { unsafe calert_type(rawValue: UInt32(field.pointee.type)) }
    /// Not sent by Falco: the `evt.time` that its gRPC leaves out.
    public var isSynthetic: Bool { unsafe field.pointee.flags & CALERT_FIELD_SYNTHETIC != 0 }

    public var value: FieldValue {
        switch kind {
        case .null, .notAvailable, .empty: .null
        case .string, .json: .text(String(decoding: [UInt8](_span: text), as: UTF8.self))
        case .int64: .integer(Int64(bitPattern: bits))
        case .uint64: .unsigned(bits)
        case .double: .double(Double(bitPattern: bits))
        case .bool: .bool(bits != 0)
        }
    }

    /// The number's bits: an integer, or the bit pattern of a double, or 0 and 1 of a Boolean. 0 for text.
    @inlinable public var bits: UInt64 { unsafe field.pointee.number.u }

    @inlinable
    @_lifetime(copy self)
    func bytes(_ slice: calert_slice) -> Span<UInt8> {
        let span = unsafe Span(_unsafeStart: calert_slice_bytes(batch, slice), count: Int(slice.length))
        return unsafe _overrideLifetime(span, copying: self)
    }
}
