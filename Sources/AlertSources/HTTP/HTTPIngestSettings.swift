// SPDX-License-Identifier: Apache-2.0

/// Limits of one `falco_http` source.
public struct HTTPIngestSettings: Sendable {
    /// Alerts and dead letters that end a batch.
    public var batchAlertLimit = 1024
    /// Raw bytes that end a batch; a single larger alert still makes one.
    public var batchLimitBytes = 256 << 10
    /// Batches given to the journal and not yet settled. Beyond it, requests wait.
    public var underWayLimit = 4
    /// A longer alert becomes a dead letter (`too_large`). The parser takes four times that memory for the longest.
    public var alertLimitBytes = 16 << 20
    /// A longer body, as sent or decompressed, becomes one dead letter (`too_large`).
    public var bodyLimitBytes = 64 << 20

    public init() {}
}
