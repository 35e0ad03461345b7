// SPDX-License-Identifier: Apache-2.0

/// Bounds of rule files: what a hostile or runaway set of rules can cost.
public enum RuleLimit {
    /// Of one file.
    public static let fileBytes = 4 << 20
    public static let files = 10_000
    /// Of all files together.
    public static let totalBytes = 64 << 20
    /// Folders inside one another.
    public static let folderDepth = 16
    /// Rules, filters and correlations of all files.
    public static let documents = 20_000
    /// Maps and lists inside one another.
    public static let depth = 24
    /// Values and keys of one file, with every alias written out.
    public static let nodes = 200_000
    /// Values of one field of a selection, after modifiers have multiplied them.
    public static let values = 20_000
    /// Of a value or a regular expression, in bytes.
    public static let valueBytes = 4_096
    /// Of one `condition`, in words; its parentheses may be `conditionDepth` deep.
    public static let conditionWords = 2_000
    public static let conditionDepth = 64
    /// Steps that a detection's condition compiles to.
    public static let steps = 50_000
    /// Rules that one correlation refers to.
    public static let references = 256
    /// The same for temporal types, whose state is a word of bits.
    public static let temporalReferences = 62
    /// Fields of `group-by`, and of a `value_count`.
    public static let fields = 16
    /// Spelt out.
    public static let problems = 200
}
