// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// The position of a sink that the journal stored last: whatever happens, the next start begins there or later.
///
/// A sink may let go of what lies before it. Written by the journal's lane, read by any thread.
public final class StoredCursor: Sendable {
    private let latest = Mutex<[UInt8]>([])

    public init() {}

    /// Empty before anything was stored, and for sinks without a position.
    public var position: [UInt8] { latest.withLock { $0 } }

    /// To be called after the commit.
    public func note(_ position: [UInt8]) { latest.withLock { $0 = position } }
}
