// SPDX-License-Identifier: Apache-2.0
public import ConfigTree

/// JSON lines from standard input, until its end.
public struct StdinSourceSettings: Sendable, Hashable {
    /// The longest line. A longer one is skipped and becomes a dead letter.
    public var receiveLimitBytes: Int

    public init(receiveLimitBytes: Int = 64 << 20) { self.receiveLimitBytes = receiveLimitBytes }

    public init(_ section: inout ConfigSection) {
        receiveLimitBytes = section.size(
            "receive_limit", default: 64 << 20, in: 4 << 10 ... 256 << 20,
            help: "The longest line. A longer one becomes a dead letter.")
    }
}
