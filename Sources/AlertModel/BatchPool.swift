// SPDX-License-Identifier: Apache-2.0
import CAlertBatch
import Synchronization

/// Empty batches for the sources of one pipeline: memory of drained batches is used again instead of returned.
///
/// Thread-safe; one short lock per batch, never per alert. Holds at most `idleLimit` unused batches.
@safe
public final class BatchPool: Sendable {
    /// Raw bytes a batch is meant to hold; a batch grown past it by one huge alert shrinks when it comes back.
    public let byteCapacity: Int
    public let recordCapacity: Int
    private let idleLimit: Int
    private let idle = Mutex<[Idle]>([])

    /// A pointer nobody else holds.
    @safe private struct Idle: @unchecked Sendable {
        let raw: UnsafeMutablePointer<calert_batch>
    }

    public init(byteCapacity: Int = 256 << 10, recordCapacity: Int = 1024, idleLimit: Int = 16) {
        self.byteCapacity = byteCapacity
        self.recordCapacity = recordCapacity
        self.idleLimit = idleLimit
    }

    // Batches outside hold the pool: what is left is idle.
    deinit {
        for batch in idle.withLock({ $0 }) { unsafe calert_batch_destroy(batch.raw) }
    }

    /// An empty batch, recycled or new.
    public func take() -> AlertBatchBuilder {
        if let recycled = idle.withLock({ $0.popLast() }) {
            return unsafe AlertBatchBuilder(BatchStorage(recycled.raw, pool: self))
        }
        return unsafe AlertBatchBuilder(
            BatchStorage(calert_batch_create(UInt32(byteCapacity), UInt32(recordCapacity)), pool: self))
    }

    func recycle(_ raw: UnsafeMutablePointer<calert_batch>) {
        unsafe calert_batch_clear(raw, UInt32(byteCapacity * 2))
        let batch = unsafe Idle(raw: raw)
        let kept = idle.withLock { idle in
            guard idle.count < idleLimit else { return false }
            idle.append(batch)
            return true
        }
        if !kept { unsafe calert_batch_destroy(raw) }
    }
}
