// SPDX-License-Identifier: Apache-2.0
public import AlertFormats

/// Which file to append records to, and how safely.
public struct FileSinkSettings: Sendable, Hashable {
    /// What a line that the cursor has passed survives.
    public enum Sync: String, CaseIterable, Sendable {
        /// Kill −9; a power loss can cost the newest lines.
        case never
        /// Power loss: one fsync per batch, before the cursor moves.
        case batch
    }

    public var path: String
    /// Any but `text`.
    public var format: FormatKind
    public var sync: Sync
    public var delivery: DeliveryKeys
    var batch: BatchLimits { delivery.batch }
    /// nil: only others rotate the file.
    public var rotation: RotationSettings?

    public init(
        path: String, format: FormatKind = .falco, sync: Sync = .never, batch: BatchLimits = BatchLimits(),
        retry: RetryLimits = DeliveryKeys.local.retry, backlog: BacklogLimits = BacklogLimits(),
        rotation: RotationSettings? = nil
    ) {
        self.path = path
        self.format = format
        self.sync = sync
        delivery = DeliveryKeys(batch: batch, retry: retry, backlog: backlog)
        self.rotation = rotation
    }
}
