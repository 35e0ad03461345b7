// SPDX-License-Identifier: Apache-2.0

/// Which received bytes each submission stands for, so that the reader's window moves on when submissions are settled.
///
/// Pure. Holds one entry for each unsettled submission.
struct CommitLedger: Sendable {
    private var entries: [(number: Int, totalBytes: UInt64)] = []
    /// Bytes received up to the last settled submission.
    private(set) var committedBytes: UInt64 = 0

    var isEmpty: Bool { entries.isEmpty }

    /// Submission `number` holds everything received up to `totalBytes`.
    mutating func submitted(_ number: Int, upTo totalBytes: UInt64) {
        entries.append((number, totalBytes))
    }

    /// True when more is committed than before.
    mutating func settled(upTo number: Int) -> Bool {
        let done = entries.prefix { $0.number <= number }
        guard let last = done.last else { return false }
        committedBytes = last.totalBytes
        entries.removeFirst(done.count)
        return true
    }
}
