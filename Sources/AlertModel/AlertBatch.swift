// SPDX-License-Identifier: Apache-2.0
public import CAlertBatch

/// A batch being filled by one source: the unique owner of the memory that decoders write into.
///
/// `seal()` turns it into an `AlertBatch`. Dropping it gives the memory back to its pool.
@safe
public struct AlertBatchBuilder: ~Copyable, Sendable {
    /// For the C decoders. The pointer must not outlive the builder.
    public var raw: UnsafeMutablePointer<calert_batch> { unsafe storage.raw }
    private let storage: BatchStorage

    init(_ storage: BatchStorage) { self.storage = storage }

    /// A builder outside any pool, for tools and tests.
    public init(byteCapacity: Int = 64 << 10, recordCapacity: Int = 64) {
        unsafe storage = BatchStorage(calert_batch_create(UInt32(byteCapacity), UInt32(recordCapacity)), pool: nil)
    }

    public var alertCount: Int { unsafe Int(raw.pointee.record_count) }
    public var rejectCount: Int { unsafe Int(raw.pointee.reject_count) }
    /// Raw bytes held, alerts and rejects together.
    public var byteCount: Int { unsafe Int(raw.pointee.byte_count) }
    public var isEmpty: Bool { alertCount == 0 && rejectCount == 0 }

    /// Keeps a unit that could not be read, to become a dead letter.
    public mutating func reject(
        _ reason: RejectReason, encoding: AlertEncoding, bytes: Span<UInt8>, receivedBytes: Int? = nil,
        arrival: EventTime
    ) {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe calert_batch_reject(
                raw, reason.raw, encoding.raw, buffer.baseAddress, UInt64(buffer.count), arrival.nanoseconds)
        }
        if let receivedBytes { unsafe raw.pointee.rejects[rejectCount - 1].received_bytes = UInt64(receivedBytes) }
    }

    /// Ends the filling: from here on the batch is read-only and can be shared between lanes.
    public consuming func seal() -> AlertBatch { AlertBatch(storage) }
}

/// A batch of decoded alerts: immutable, shared by reference count, recycled when the last reader lets go.
@safe
public final class AlertBatch: Sendable {
    private let storage: BatchStorage

    init(_ storage: BatchStorage) { self.storage = storage }

    /// For C readers. Valid while the batch lives; nothing may be written.
    public var raw: UnsafePointer<calert_batch> { unsafe UnsafePointer(storage.raw) }

    public var count: Int { unsafe Int(raw.pointee.record_count) }
    public var rejectCount: Int { unsafe Int(raw.pointee.reject_count) }
    /// Raw bytes of all alerts and rejects.
    public var byteCount: Int { unsafe Int(raw.pointee.byte_count) }

    /// The alert at `index`, 0 ..< count. The view cannot outlive the borrow of the batch.
    @_lifetime(borrow self)
    public func alert(at index: Int) -> AlertView {
        precondition(index >= 0 && index < count)
        let view = unsafe AlertView(batch: raw, record: raw.pointee.records + index)
        return unsafe _overrideLifetime(view, borrowing: self)
    }

    /// The unreadable unit at `index`, 0 ..< rejectCount.
    public func reject(at index: Int) -> RejectedInput {
        precondition(index >= 0 && index < rejectCount)
        let reject = unsafe raw.pointee.rejects[index]
        let bytes = unsafe UnsafeBufferPointer(
            start: calert_slice_bytes(raw, reject.raw), count: Int(reject.raw.length))
        return RejectedInput(
            reason: RejectReason(raw: reject.reason), encoding: AlertEncoding(raw: reject.encoding),
            bytes: unsafe Array(bytes),
            receivedBytes: Int(clamping: reject.received_bytes), arrival: EventTime(nanoseconds: reject.arrival_time))
    }
}

/// Owns one `calert_batch` and returns it to its pool at the end. Only `AlertBatchBuilder` writes through it.
@safe
final class BatchStorage: @unchecked Sendable {
    let raw: UnsafeMutablePointer<calert_batch>
    private let pool: BatchPool?

    init(_ raw: UnsafeMutablePointer<calert_batch>, pool: BatchPool?) {
        unsafe self.raw = raw
        self.pool = pool
    }

    deinit {
        if let pool { unsafe pool.recycle(raw) } else { unsafe calert_batch_destroy(raw) }
    }
}
