// SPDX-License-Identifier: Apache-2.0

/// The last bytes that went into a connection, in whole frames: what it may have swallowed when it breaks.
///
/// Pure. Holds the fewest frames that make `limitBytes`, so at most one frame more; nothing when that is 0.
struct SentTail {
    let limitBytes: Int
    /// Frames that are gone stand before `start` and `first`, until enough of them make moving worthwhile.
    private var bytes: [UInt8] = []
    private var lengths: [Int] = []
    private var start = 0
    private var first = 0

    init(limitBytes: Int) { self.limitBytes = limitBytes }

    var byteCount: Int { bytes.count - start }
    var frameCount: Int { lengths.count - first }
    var isEmpty: Bool { frameCount == 0 }

    /// One more frame has been sent.
    mutating func add(_ frame: Span<UInt8>) {
        guard limitBytes > 0 else { return }
        for place in frame.indices { bytes.append(frame[place]) }
        lengths.append(frame.count)
        while byteCount - lengths[first] >= limitBytes {
            start += lengths[first]
            first += 1
        }
        if start > limitBytes {
            bytes.removeFirst(start)
            lengths.removeFirst(first)
            (start, first) = (0, 0)
        }
    }

    /// The frames, oldest first.
    func forEach<Failure: Error>(_ body: (Span<UInt8>) throws(Failure) -> Void) throws(Failure) {
        var place = start
        for index in first ..< lengths.count {
            try body(bytes.span.extracting(place ..< place + lengths[index]))
            place += lengths[index]
        }
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        (start, first) = (0, 0)
    }
}
