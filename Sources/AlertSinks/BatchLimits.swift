// SPDX-License-Identifier: Apache-2.0
public import ConfigTree

/// When what has gathered for a sink is handed on: as soon as one of the three is reached.
public struct BatchLimits: Sendable, Hashable {
    public var count: Int
    public var bytes: Int
    /// For the first of the batch; zero: what is there goes at once.
    public var wait: Duration

    public init(count: Int = 1_024, bytes: Int = 1 << 20, wait: Duration = .zero) {
        self.count = count
        self.bytes = bytes
        self.wait = wait
    }

    public init(_ section: inout ConfigSection) { self.init(&section, default: BatchLimits()) }

    /// `standard`: the defaults of this type of sink.
    public init(_ section: inout ConfigSection, default standard: BatchLimits) {
        count = section.integer("count", default: standard.count, in: 1 ... 100_000, help: "Records in a batch.")
        bytes = section.size(
            "size", default: standard.bytes, in: 1 << 10 ... 64 << 20,
            help: "Bytes in a batch; a longer record goes alone.")
        wait = section.duration(
            "wait", default: standard.wait, in: .zero ... .seconds(60),
            help: "How long the first record waits for more. 0s: what is there goes at once.")
    }
}
