// SPDX-License-Identifier: Apache-2.0

/// What storm control lets through; configuration key `storm`.
public struct StormSettings: Hashable, Sendable {
    /// A token bucket: `burst` at once, and `count` more in every `interval`.
    public struct Bucket: Hashable, Sendable {
        /// 1 … 1,000,000.
        public var burst: Int
        /// 1 … 1,000,000.
        public var count: Int
        /// One nanosecond … one hour.
        public var interval: Duration

        public init(burst: Int, count: Int, per interval: Duration = .seconds(1)) {
            self.burst = burst
            self.count = count
            self.interval = interval
        }

        /// The largest `burst` and `count`; with an interval of an hour, levels fit 64 bits.
        public static let largest = 1_000_000
    }

    public var perRule: Bucket
    public var perScope: Bucket
    public var overall: Bucket
    /// A storm is over when nothing was held for so long.
    public var quiet: Duration

    public init(
        perRule: Bucket = Bucket(burst: 100, count: 10), perScope: Bucket = Bucket(burst: 200, count: 20),
        overall: Bucket = Bucket(burst: 5_000, count: 500), quiet: Duration = .seconds(60)
    ) {
        self.perRule = perRule
        self.perScope = perScope
        self.overall = overall
        self.quiet = quiet
    }
}
