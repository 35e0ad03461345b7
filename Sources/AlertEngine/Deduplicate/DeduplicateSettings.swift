// SPDX-License-Identifier: Apache-2.0
public import AlertModel
public import FalcoRules

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
    /// Other keys for some alerts; the first whose condition matches.
    public var overrides: [KeyOverride]

    public init(
        isEnabled: Bool = true, quiet: Duration = .seconds(300), maxOpen: Duration = .seconds(3_600),
        variants: Int = 8, memoryBytes: Int = 64 << 20, parts: [KeyPart]? = nil,
        overrides: [KeyOverride] = []
    ) {
        self.isEnabled = isEnabled
        self.quiet = quiet
        self.maxOpen = maxOpen
        self.variants = variants
        self.memoryBytes = memoryBytes
        self.parts = parts
        self.overrides = overrides
    }
}

/// The key of those alerts that a condition matches.
public struct KeyOverride: Hashable, Sendable {
    public var condition: Condition
    /// nil for the default.
    public var parts: [KeyPart]?

    public init(_ condition: Condition, parts: [KeyPart]?) {
        self.condition = condition
        self.parts = parts
    }
}
