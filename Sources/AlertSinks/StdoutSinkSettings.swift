// SPDX-License-Identifier: Apache-2.0
public import AlertFormats
public import ConfigTree

/// How to print records on standard output.
public struct StdoutSinkSettings: Sendable, Hashable {
    /// nil: `text` on a terminal, `falco` elsewhere.
    public var format: FormatKind?

    public init(format: FormatKind? = nil) { self.format = format }

    public init(_ section: inout ConfigSection) {
        format = section.optional(
            "format", .choice(), whenAbsent: "text on a terminal, falco elsewhere",
            help: "text is for people, with colours on a terminal; the others are for machines.")
    }
}
