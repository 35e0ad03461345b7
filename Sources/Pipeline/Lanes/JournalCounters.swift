// SPDX-License-Identifier: Apache-2.0
import LockFree
import Synchronization

/// What the journal's lane did, for metrics.
final class JournalCounters: Sendable {
    let commits = Counter()
    let failures = Counter()
    let commitTime = LatencyHistogram()
}

/// How long something took, in buckets that double; written by one lane, read by anyone.
final class LatencyHistogram: Sendable {
    /// Upper bounds in seconds: 0.1 ms, 0.2 ms, … about 26 s; one more counts what is longer.
    static let bounds: [Double] = (0..<19).map { 0.0001 * Double(1 << $0) }

    private let counts = (0...19).map { _ in Counter() }
    private let nanoseconds = Counter()

    func record(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let value = Double(seconds) + Double(attoseconds) * 1e-18
        let bucket = Self.bounds.firstIndex { value <= $0 } ?? Self.bounds.count
        counts[bucket].add(1)
        nanoseconds.add(Int(value * 1e9))
    }

    /// Observations per bucket (the last one beyond all bounds), and their sum in seconds.
    var snapshot: (counts: [Int], sum: Double) { (counts.map(\.value), Double(nanoseconds.value) / 1e9) }
}
