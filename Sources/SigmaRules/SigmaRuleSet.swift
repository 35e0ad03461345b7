// SPDX-License-Identifier: Apache-2.0

/// Which detections of a set an alert matches: one bit each, in order.
public struct MatchSet: Sendable {
    public private(set) var words: [UInt64]

    public init(count: Int) { words = [UInt64](repeating: 0, count: (count + 63) / 64) }

    public mutating func removeAll() {
        for index in words.indices { words[index] = 0 }
    }

    public mutating func insert(_ index: Int) { words[index >> 6] |= 1 << UInt64(index & 63) }
    public func contains(_ index: Int) -> Bool { words[index >> 6] & 1 << UInt64(index & 63) != 0 }
    public var isEmpty: Bool { words.allSatisfy { $0 == 0 } }
}
