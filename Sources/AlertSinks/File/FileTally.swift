// SPDX-License-Identifier: Apache-2.0

/// The counters that only a file has. Any thread.
final class FileTally: SinkTally {
    private let counters: DeliveryCounters

    init(_ counters: DeliveryCounters) { self.counters = counters }

    var counts: [(count: SinkCount, value: Int)] {
        [
            (.rotations, counters.rotations), (.packed, counters.packed), (.removed, counters.removed),
            (.rotationFailures, counters.rotationFailures), (.recognised, counters.recognised),
            (.completedLines, counters.completedLines), (.foreignLines, counters.foreignLines),
        ]
    }
}
