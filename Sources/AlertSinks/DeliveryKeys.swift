// SPDX-License-Identifier: Apache-2.0
public import ConfigTree

/// The keys `batch`, `retry` and `backlog`, which every sink has alike; docs/delivery.md says what comes of them.
public struct DeliveryKeys: Sendable, Hashable {
    public var batch: BatchLimits
    public var retry: RetryLimits
    public var backlog: BacklogLimits

    public init(
        batch: BatchLimits = BatchLimits(), retry: RetryLimits = RetryLimits(), backlog: BacklogLimits = BacklogLimits()
    ) {
        self.batch = batch
        self.retry = retry
        self.backlog = backlog
    }

    /// For what is written on this machine: to try again costs nothing, and nothing is given up.
    public static let local = DeliveryKeys(retry: RetryLimits(longest: .seconds(5), giveUp: nil))

    /// `standard`: the defaults of this type of sink.
    public init(_ section: inout ConfigSection, default standard: DeliveryKeys = DeliveryKeys()) {
        batch = section.section("batch", help: "When records are handed on.") {
            BatchLimits(&$0, default: standard.batch)
        }
        retry = section.section("retry", help: "When a delivery that failed is tried again.") {
            RetryLimits(&$0, default: standard.retry)
        }
        backlog = section.section(
            "backlog",
            help: "What may wait for the sink in the journal; beyond it the lowest priorities go first, counted."
        ) { BacklogLimits(&$0, default: standard.backlog) }
    }
}

/// When a delivery that failed is tried again: after a random time between nothing and a bound that doubles from `first`
/// to `longest`, and never before the destination allows it (`Retry-After`).
///
/// Full jitter: Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
public struct RetryLimits: Sendable, Hashable {
    public var first: Duration
    public var longest: Duration
    /// Since the first failure of a batch; what it holds then goes to the dead letters. nil: never.
    public var giveUp: Duration?

    public init(
        first: Duration = .seconds(1), longest: Duration = .seconds(300), giveUp: Duration? = .seconds(86_400)
    ) {
        self.first = first
        self.longest = longest
        self.giveUp = giveUp
    }

    public init(_ section: inout ConfigSection, default standard: RetryLimits = RetryLimits()) {
        first = section.duration(
            "first", default: standard.first, in: .milliseconds(1) ... .seconds(3_600),
            help: "The bound of the first random pause; it doubles with each failure.")
        longest = section.duration(
            "longest", default: standard.longest, in: .milliseconds(1) ... .seconds(86_400),
            help: "The bound never grows beyond this.")
        let giveUp = section.duration(
            "give_up", default: standard.giveUp ?? .zero, in: .zero ... .seconds(365 * 86_400),
            help: "A batch that failed for this long goes to the dead letters, and the next one follows. 0s: never. "
                + "Files and standard output give nothing up: what cannot be written waits in the backlog.")
        self.giveUp = giveUp == .zero ? nil : giveUp
        if longest < first {
            section.report(.error, "longest", "is shorter than first", allowed: "at least first")
            longest = first
        }
    }
}

/// What may wait for a sink; it lies in the journal, on disk.
public struct BacklogLimits: Sendable, Hashable {
    /// Of the waiting records, as they were received.
    public var bytes: Int
    /// By arrival.
    public var age: Duration

    public init(bytes: Int = 1 << 30, age: Duration = .seconds(7 * 86_400)) {
        self.bytes = bytes
        self.age = age
    }

    public init(_ section: inout ConfigSection, default standard: BacklogLimits = BacklogLimits()) {
        bytes = section.size(
            "size", default: standard.bytes, in: 64 << 10 ... 1 << 50, help: "Of the waiting records, as received.")
        age = section.duration(
            "age", default: standard.age, in: .seconds(1) ... .seconds(3_650 * 86_400),
            help: "Since arrival; what waits longer goes whatever its priority.")
    }
}
