// SPDX-License-Identifier: Apache-2.0
public import AlertModel

/// What deduplication is set to; configuration key `deduplicate`.
public struct DeduplicateSettings: Hashable, Sendable {
    public var isEnabled: Bool
    /// A group closes when no repeat comes for this long. At least a second.
    public var quiet: Duration
    /// A group closes after this long in any case; the next alert is a first again. At least a second.
    public var maxOpen: Duration
    /// How many variants of a group leave, the first alert's included; Critical and above always do.
    public var variants: Int
    /// Everything the stage holds: groups, counts, variants, keys.
    public var memoryBytes: Int
    /// The members of the key; nil for the default.
    public var parts: [KeyPart]?

    public init(
        isEnabled: Bool = true, quiet: Duration = .seconds(300), maxOpen: Duration = .seconds(3_600),
        variants: Int = 8, memoryBytes: Int = 64 << 20, parts: [KeyPart]? = nil
    ) {
        self.isEnabled = isEnabled
        self.quiet = quiet
        self.maxOpen = maxOpen
        self.variants = variants
        self.memoryBytes = memoryBytes
        self.parts = parts
    }
}
