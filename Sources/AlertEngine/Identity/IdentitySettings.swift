// SPDX-License-Identifier: Apache-2.0

/// How much transport identity remembers.
public struct IdentitySettings: Hashable, Sendable {
    /// Alerts of the last minute. About 40 bytes each, reserved at the start and touched as they are used.
    public var limit: Int

    public init(limit: Int = 1_000_000) {
        self.limit = limit
    }
}
