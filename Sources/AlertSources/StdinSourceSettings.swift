// SPDX-License-Identifier: Apache-2.0
public import ConfigTree

/// JSON lines from standard input, until its end.
public struct StdinSourceSettings: Sendable, Hashable {
    /// The longest line. A longer one is skipped and becomes a dead letter.
    public var receiveLimitBytes: Int

    /// The end of the pipe is the end of the daemon, after a clean stop. Otherwise it runs on for its history and numbers.
    public var stopAtEnd: Bool

    public init(receiveLimitBytes: Int = 64 << 20, stopAtEnd: Bool = false) {
        self.receiveLimitBytes = receiveLimitBytes
        self.stopAtEnd = stopAtEnd
    }

    public init(_ section: inout ConfigSection) {
        receiveLimitBytes = section.size(
            "receive_limit", default: 64 << 20, in: 4 << 10 ... 256 << 20,
            help: "The longest line. A longer one becomes a dead letter.")
        stopAtEnd = section.bool(
            "stop_at_end", default: false, help: "The end of the pipe ends the daemon, after a clean stop.")
    }
}
