// SPDX-License-Identifier: Apache-2.0
public import ConfigTree

/// How to print records on standard output.
public struct StdoutSinkSettings: Sendable, Hashable {
    /// nil: `text` on a terminal, `falco` elsewhere.
    public var format: SinkFormat?

    public init(format: SinkFormat? = nil) { self.format = format }

    public init(_ section: inout ConfigSection) {
        format = section.optional(
            "format", .choice(later: SinkFormat.later), whenAbsent: "text on a terminal, falco elsewhere",
            help: "text is for people, with colours on a terminal; the others are JSON lines.")
    }
}
