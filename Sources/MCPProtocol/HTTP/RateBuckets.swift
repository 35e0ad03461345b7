// SPDX-License-Identifier: Apache-2.0

/// How often each principal may ask: a bucket of tokens for each, filled steadily. Pure; times are counted from any fixed
/// instant. A bucket that is full again is forgotten, so memory grows with those who ask now.
public struct RateBuckets<Principal: Hashable & Sendable>: Sendable {
    private struct Bucket: Sendable {
        var tokens: Double
        var filledAt: Duration
    }

    private let burst: Double
    private let perSecond: Double
    private var buckets: [Principal: Bucket] = [:]

    /// - Parameters:
    ///   - burst: requests that may come at once.
    ///   - perSecond: requests that may follow in every second.
    public init(burst: Int, perSecond: Double) {
        self.burst = Double(max(burst, 1))
        self.perSecond = max(perSecond, 0.001)
    }

    public var count: Int { buckets.count }

    /// Nil: go on. Otherwise the seconds after which it is worth asking again, at least one.
    public mutating func take(_ principal: Principal, at now: Duration) -> Int? {
        if buckets.count >= 1024 { forgetFull(at: now) }
        var bucket = buckets[principal] ?? Bucket(tokens: burst, filledAt: now)
        fill(&bucket, at: now)
        defer { buckets[principal] = bucket }
        guard bucket.tokens >= 1 else {
            let missing = min((1 - bucket.tokens) / perSecond, 3600)
            // Not `rounded(.up)`: it wants the C library's rounding, which nothing else here links.
            return Int(missing) + 1
        }
        bucket.tokens -= 1
        return nil
    }

    private func fill(_ bucket: inout Bucket, at now: Duration) {
        let passed = now - bucket.filledAt
        let seconds = Double(passed.components.seconds) + Double(passed.components.attoseconds) / 1e18
        bucket.tokens = min(burst, bucket.tokens + max(seconds, 0) * perSecond)
        bucket.filledAt = max(now, bucket.filledAt)
    }

    private mutating func forgetFull(at now: Duration) {
        buckets = buckets.filter { entry in
            var bucket = entry.value
            fill(&bucket, at: now)
            return bucket.tokens < burst
        }
    }
}
