// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Counts observations in fixed buckets: for batch sizes and durations. Any thread; one lock of some ten nanoseconds, so
/// for what happens once per batch or request, not once per alert.
public final class Histogram: Sendable {
    private let bounds: [Double]
    private let state: Mutex<(counts: [Int], sum: Double)>

    /// - Precondition: `bounds` ascend.
    public init(bounds: [Double]) {
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 })
        self.bounds = bounds
        state = Mutex((Array(repeating: 0, count: bounds.count + 1), 0))
    }

    public func observe(_ value: Double) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock {
            $0.counts[bucket] += 1
            $0.sum += value
        }
    }

    /// In seconds.
    public func observe(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        observe(Double(seconds) + Double(attoseconds) * 1e-18)
    }

    public var snapshot: HistogramSnapshot {
        state.withLock { HistogramSnapshot(bounds: bounds, counts: $0.counts, sum: $0.sum) }
    }

    /// From 100 µs to 10 s.
    public static let seconds: [Double] = [
        0.000_1, 0.000_25, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10,
    ]
    /// From one alert to a full batch.
    public static let batchSizes: [Double] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
}
